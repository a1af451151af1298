"""`amends serve` ends whole: nothing it started outlives it, however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from amends.cli.serve import running

# A program that serves pages and then waits; the pages' own processes are its descendants.
PROGRAM = """
import time
from amends.cli.serve import running
with running(port={port}) as at:
    print(at, flush=True)
    time.sleep(600)
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_server_outlives_the_program_that_started_it(how: signal.Signals, tmp_path: Path) -> None:
    port = _free_port()
    here = {**os.environ, "AMENDS_HOME": str(tmp_path)}
    program = subprocess.Popen([sys.executable, "-c", PROGRAM.format(port=port)], stdout=subprocess.PIPE, env=here)
    assert program.stdout
    assert program.stdout.readline().decode().strip().endswith(f":{port}")
    assert _answers(port)
    program.send_signal(how)
    program.wait(20)
    deadline = time.monotonic() + 20
    while _answers(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _answers(port)


def test_a_port_in_use_is_left_alone_and_the_next_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with running(port=taken) as address:
            assert not address.endswith(f":{taken}")
            with urllib.request.urlopen(f"{address}/static/ui/amends.css", timeout=10) as answer:
                assert answer.status == 200
    assert f"Port {taken} is in use" in capsys.readouterr().out
