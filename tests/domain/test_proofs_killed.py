"""The sequencer is killed at random moments while entries are written: none is lost, none doubled, no fork.

A real PostgreSQL, a real process, kill -9. Every checkpoint that was ever published must be consistent with every
later one, and at the end the log holds each journal entry exactly once, in the order of places.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from amends.journal.operations import write
from amends.journal.queries import waiting_for_log
from amends.proofs import queries
from amends.proofs.operations import publish
from amends.tlog.fsck import fsck
from amends.tlog.note import Verifier
from amends.tlog.reader import Tree
from amends.tlog.store import Folder
from amends.tlog.verify import verify_extension

ROUNDS, PER_ROUND = 24, 3_000
NOW = datetime(2026, 11, 23, tzinfo=UTC)
# Small batches, so that there are many moments between two checkpoints.
PUBLISHER = """
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"], settings.HOME = sys.argv[1], sys.argv[2]
django.setup()
from datetime import UTC, datetime
from amends.proofs import operations
operations.BATCH = 700
print("begins", flush=True)
operations.publish(by="sequencer", at=datetime.now(UTC), progress=lambda *_: print("checkpoint", flush=True))
"""
pytestmark = pytest.mark.crash


def file(count: int) -> None:
    with transaction.atomic():
        write(kind="claim.filed", by="register", at=NOW, contents=['{"claim":"UA-1"}'] * count)


def publisher(home: Path, checkpoints: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, connection.settings_dict["NAME"], str(home)],
        stdout=subprocess.PIPE, env=os.environ | {"DJANGO_SETTINGS_MODULE": "amends.config.settings"},
    )  # fmt: skip
    assert process.stdout
    for _ in range(1 + checkpoints):
        process.stdout.readline()
    return process


def test_a_sequencer_killed_anywhere_loses_doubles_and_forks_nothing(
    committed: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> None:
    settings.HOME = tmp_path
    dice, notes, killed, between = random.Random(20261123), [], 0, 0
    with django_db_blocker.unblock():
        for _ in range(ROUNDS):
            file(PER_ROUND)
            process = publisher(tmp_path, checkpoints=dice.randrange(4))
            time.sleep(dice.uniform(0, 0.06))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            notes += published(tmp_path)
            between += 0 < size_of(notes) < queries.places()
        publish(by="sequencer", at=NOW)
        notes += published(tmp_path)
        key = queries.log_key()
        assert key
        assert killed >= ROUNDS // 2
        assert between >= 3, "some were killed after places were given and before all was published"
        assert fsck(tmp_path / "log", key).faults == ()
        assert_no_fork(tmp_path, notes, key)
        assert_each_entry_once(tmp_path)


def published(home: Path) -> Iterator[str]:
    note = Folder(home / "log").read("checkpoint")
    if note:
        yield note.decode()


def size_of(notes: list[str]) -> int:
    return int(notes[-1].split("\n")[1]) if notes else 0


def assert_no_fork(home: Path, notes: list[str], key: Verifier) -> None:
    """Every checkpoint seen is a beginning of the last tree, so each is consistent with every later one."""
    sizes = [size_of([note]) for note in notes]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 3
    tree = Tree(Folder(home / "log"), sizes[-1])
    for size, note in zip(sizes, notes, strict=True):
        verify_extension(note, notes[-1], tree.consistency_path(size), key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, note FROM proofs_checkpoint ORDER BY size")
        for size, note in cursor.fetchall():
            verify_extension(note, notes[-1], tree.consistency_path(size), key)


def assert_each_entry_once(home: Path) -> None:
    total = ROUNDS * PER_ROUND
    assert (queries.places(), waiting_for_log()) == (total, 0)
    in_log = list(Tree(Folder(home / "log"), total).entries())
    assert len(set(in_log)) == total  # each has a commitment of its own
    assert in_log == queries.leaves(0, total)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT l.entry_id) FROM journal_entry e JOIN proofs_leaf l ON l.entry_id = e.id"
        )
        assert cursor.fetchone() == (total, total)
