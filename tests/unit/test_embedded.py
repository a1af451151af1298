"""The embedded server, treated badly. Each test runs a real PostgreSQL in a folder of its own."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from amends.config.embedded import EmbeddedServerError, remove, server


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that the server's account may enter also when the tests run as root."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="amends-home-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _cluster_pid(home: Path) -> int:
    return int((home / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def _write_row(socket: Path) -> None:
    with psycopg.connect(host=str(socket), user="app", dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def _rows(socket: Path) -> int:
    with psycopg.connect(host=str(socket), user="app", dbname="postgres") as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert found
        return int(found[0])


HOLD = """
import sys, time
from pathlib import Path
from amends.config.embedded import server
with server(Path(sys.argv[1])) as socket:
    print(socket, flush=True)
    time.sleep(600)
"""


def _program_that_holds_a_server(home: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_it_starts_and_stops_and_keeps_what_was_written(home: Path) -> None:
    with server(home) as socket:
        _write_row(socket)
        pid = _cluster_pid(home)
    assert not Path(f"/proc/{pid}").exists()
    with server(home) as socket:
        assert _rows(socket) == 1


def test_it_speaks_only_through_a_private_socket(home: Path) -> None:
    with server(home) as socket:
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        with psycopg.connect(host=str(socket), user="app", dbname="postgres") as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW data_checksums").fetchone() == ("on",)


def test_a_second_program_joins_the_running_server(home: Path) -> None:
    with server(home) as first, server(home) as second:
        assert first == second


def test_the_server_ends_with_a_program_that_was_killed(home: Path) -> None:
    process, socket = _program_that_holds_a_server(home)
    _write_row(socket)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with server(home) as again:  # waits for the old server to end, then starts its own
        assert again != socket
        assert _rows(again) == 1


def test_a_killed_server_left_as_a_zombie_is_seen_as_dead(home: Path) -> None:
    process, socket = _program_that_holds_a_server(home)
    _write_row(socket)
    pid = _cluster_pid(home)
    os.kill(pid, signal.SIGKILL)  # its parent sleeps and does not reap it: a zombie with a pid file
    time.sleep(0.2)
    assert ") Z " in Path(f"/proc/{pid}/stat").read_text()
    with server(home) as again:
        assert _rows(again) == 1
    process.kill()
    process.wait()


def test_a_stale_pid_file_of_another_program_is_no_server(home: Path) -> None:
    with server(home) as socket:
        _write_row(socket)
    pid_file = home / "postgres" / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n0\n5432\n/tmp\n\n\nready\n")
    if os.geteuid() == 0:
        os.chown(pid_file, pid_file.parent.stat().st_uid, -1)
    with server(home) as socket:
        assert _rows(socket) == 1


def test_a_first_start_that_was_cut_off_begins_anew(home: Path) -> None:
    with server(home):
        pass
    (home / "postgres" / "initialised").unlink()
    with server(home) as socket:
        _write_row(socket)
        assert _rows(socket) == 1


def test_no_mode_of_a_folder_is_ever_changed(home: Path) -> None:
    parents = [home, *home.parents]
    before = [stat.S_IMODE(p.stat().st_mode) for p in parents]
    with server(home):
        pass
    assert [stat.S_IMODE(p.stat().st_mode) for p in parents] == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's account cannot enter")
def test_roots_private_folder_stays_private(home: Path) -> None:
    private = home / "private"
    private.mkdir(mode=0o700)
    with server(private) as socket:
        _write_row(socket)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    with server(private) as socket:
        assert _rows(socket) == 1
    remove(private)  # they lie elsewhere, where the server's account can enter


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give the data to another account")
def test_data_of_another_account_are_refused_in_words(home: Path) -> None:
    (home / "postgres").mkdir()
    with pytest.raises(EmbeddedServerError, match="belong to another account"), server(home):
        pass


def test_data_in_use_are_not_removed(home: Path) -> None:
    with server(home) as socket:
        with pytest.raises(EmbeddedServerError, match="in use"):
            remove(home)
        _write_row(socket)
    remove(home)
    assert not (home / "postgres").exists()
