"""How are the public pages served on this machine? One granian server in a process of its own, on loopback.

It is a child so that Ctrl-C, or the end of the program that started it, stops both it and PostgreSQL in order:
first the pages, which hold connections, then the database.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import click

from amends.cli.output import stdout
from amends.cli.session import database
from amends.refusal import Refusal

START_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 10
OTHER_PORTS = 50  # how many beyond the one asked for are tried


class CannotServe(Refusal):
    """The pages could not be served; the message says why."""


@click.command("serve", epilog="Example: amends serve --port 8080")
@click.option("--port", default=8000, show_default=True, help="The next free one is taken if it is in use.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def command(port: int, host: str) -> None:
    """Serve the public pages until Ctrl-C: figures, entry into force, claims, money, decisions, the log."""
    with database():
        serve(host, port)


def serve(host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serves until Ctrl-C or SIGTERM. The caller has the database open (`session.database`)."""
    with running(host, port) as address:
        stdout.print(f"Public pages: {address}/  (Ctrl-C stops them)", markup=False)
        _wait_for_the_end()


@contextlib.contextmanager
def running(host: str = "127.0.0.1", port: int = 8000) -> Iterator[str]:
    """The pages at the address that is yielded, for the length of the block."""
    free = _free_port(host, port)
    if free != port:
        stdout.print(f"Port {port} is in use; taking {free} instead.", markup=False)
    address = f"http://{f'[{host}]' if ':' in host else host}:{free}"
    process = subprocess.Popen(
        [sys.executable, "-m", "amends.cli.serve", host, str(free), str(os.getpid())],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "amends.config.settings"},
        start_new_session=True,  # Ctrl-C is for us; we stop the pages, and then the caller the database
    )
    try:
        _wait_until_ready(process, address)
        yield address
    finally:
        _stop(process)


def _free_port(host: str, wanted: int) -> int:
    for port in range(wanted, wanted + OTHER_PORTS + 1):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            # As the server itself does it: a port that only waits for old connections to fade is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                raise CannotServe(
                    f"This account may not listen on port {port}.",
                    "Ports below 1024 belong to the system.",
                    "Choose another with --port.",
                ) from None
            except socket.gaierror:
                raise CannotServe(f'"{host}" is not an address of this machine.', "", "Leave --host out.") from None
            except OSError:
                continue
            return port
    raise CannotServe(
        f"None of the ports {wanted} to {wanted + OTHER_PORTS} of {host} is free.",
        "The pages need one to listen on.",
        "Choose another with --port.",
    )


def _wait_until_ready(process: subprocess.Popen[bytes], address: str) -> None:
    """Returns when the first page was served; that also makes the figures, so the first reader does not wait."""
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/en/", timeout=START_LIMIT_SECONDS):  # noqa: S310 - our own http address
                return
        except urllib.error.HTTPError:
            return  # it answers; what it says is for the reader to see
        except OSError:
            time.sleep(0.05)
    raise CannotServe(
        f"The pages did not come up at {address}.",
        "What the server said stands above.",
        "amends doctor may know more.",
    )


def _wait_for_the_end() -> None:
    """Returns at Ctrl-C or SIGTERM."""
    previous = {number: signal.signal(number, _end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        stdout.print("Stopped.", markup=False)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# ------------------------------------------------------------------ in the child


def _child(host: str, port: int, parent: int) -> None:
    """Granian with one worker. Both end when the process that started them does, however it ended."""
    _end_with_parent(parent)
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    me = os.getpid()
    Server(
        "amends.config.wsgi:application",
        address=host, port=port, interface=Interfaces.WSGI, blocking_threads=4, websockets=False,
        log_level=LogLevels.warning,
        log_access=False,  # an address may hold a claim's number
        workers_kill_timeout=5,
    ).serve(target_loader=lambda _target: _application(me))  # fmt: skip


def _application(server: int) -> Callable[..., Any]:
    """In the worker, which granian forks: it must not outlive a killed server, or it would keep the port."""
    _end_with_parent(server)
    from amends.config.wsgi import application

    return application


def _end_with_parent(parent: int) -> None:
    """On Linux: SIGTERM when the parent dies."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            raise SystemExit(0)


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
