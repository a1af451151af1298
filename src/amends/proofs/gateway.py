"""Where do the log and its key lie? Under the program's home: `log/` for everyone, and `log-key` for nobody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from amends.refusal import Refusal
from amends.tlog.log import KEY, Log, LogDamaged
from amends.tlog.note import NoteInvalid, Signer, Verifier
from amends.tlog.reader import Tree
from amends.tlog.store import Folder

SEQUENCER = 0x616D656E6473  # the number of the lock in the database: "amends"


class LogRefused(Refusal):
    """The log cannot be continued: signing now could contradict what was signed before."""


def log_folder() -> Path:
    return Path(settings.HOME) / "log"


def open_log() -> Log:
    """The log, ready to be continued. Refuses where its files or key are not those of the published checkpoint."""
    try:
        return Log(log_folder(), _signer(Path(settings.HOME) / "log-key"))
    except (LogDamaged, NoteInvalid) as fault:
        raise LogRefused(
            f"The public log in {log_folder()} cannot be continued: {fault}.",
            "A checkpoint signed over a damaged log could never be taken back.",
            "Put the log folder and the log key back from a copy, then publish again.",
        ) from fault


def published_tree(size: int) -> Tree:
    """The files of the published log, for reading."""
    return Tree(Folder(log_folder()), size, log_may_be_ahead=True)


def log_key() -> Verifier | None:
    """The public key that anyone verifies with; None where nothing was published yet."""
    text = Folder(log_folder()).read(KEY)
    return None if text is None else Verifier.parse(text.decode().strip())


@contextmanager
def only_one_sequencer() -> Iterator[None]:
    """Waits until no other process publishes, and lets none begin. A killed process loses it with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SEQUENCER])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SEQUENCER])


def _signer(path: Path) -> Signer:
    """The log's key, made on first use. Only its owner can read the file."""
    if not path.exists():
        if (log_folder() / "checkpoint").exists():
            raise LogRefused(
                f"The log's secret key {path} is missing.",
                "A log continued with another key is another log: every receipt so far would point to nothing.",
                "Put the key back from where it is kept safe.",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and linked into place: two processes that begin together agree on one key.
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(Signer.generate(settings.LOG_NAME).text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(beside)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    return Signer.parse(path.read_text(encoding="utf-8").strip())
