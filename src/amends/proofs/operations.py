"""How do entries get from the journal into the public log? Through one sequencer, that can be killed anywhere.

The order of steps is the promise. 1 One transaction moves entries from the outbox to their places; from then on
each entry has its index, once and for ever. 2 The log's files are written from those places, read back, signed and
published (`tlog.log`). 3 The checkpoint is remembered in the database. A sequencer that starts again finds by
comparing 1, 2 and 3 how far the last one came, and goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from amends.journal.operations import TAKE_OUTBOX_SQL
from amends.proofs.gateway import LogRefused, only_one_sequencer, open_log
from amends.proofs.models import Checkpoint
from amends.proofs.queries import leaves, newest_checkpoint, places
from amends.tlog.accumulator import Accumulator
from amends.tlog.log import Log, LogDamaged

BATCH = 50_000

# One statement, so that what leaves the outbox is exactly what gets a place.
_GIVE_PLACES_SQL = f"""
WITH taken AS ({TAKE_OUTBOX_SQL})
INSERT INTO proofs_leaf (index, entry_id)
SELECT (SELECT coalesce(max(index) + 1, 0) FROM proofs_leaf) + row_number() OVER (ORDER BY entry_id) - 1, entry_id
FROM taken
"""


@dataclass(frozen=True)
class Published:
    """The log after publishing: its size, its root, and how many entries are new in it."""

    size: int
    root: bytes
    fresh: int


def publish(*, by: str, at: datetime, progress: Callable[[int, int], None] | None = None) -> Published:
    """Brings every waiting entry into the public log; what is returned is signed, on the disk and public.

    Must not run inside a transaction: places are given for good before the first file is written. `progress` is
    told (done, total). Refuses (LogRefused) where the published log is damaged, or says more than or something else
    than the database: after a backup was restored, signing on would contradict what the world has seen.
    """
    with only_one_sequencer(), closing(open_log()) as log:
        _refuse_to_contradict(log, by=by, at=at)
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(_GIVE_PLACES_SQL)
        start, total = log.checkpoint.size, places()
        while (done := log.checkpoint.size) < total:
            _extend(log, leaves(done, min(done + BATCH, total)))
            _remember(log, by=by, at=at)
            if progress:
                progress(log.checkpoint.size - start, total - start)
        return Published(log.checkpoint.size, log.checkpoint.root, total - start)


def _extend(log: Log, entries: list[bytes]) -> None:
    try:
        log.extend(entries)
    except (LogDamaged, OSError) as fault:
        raise LogRefused(
            f"The public log could not be continued: {fault}.",
            "Nothing was signed. Every entry has its place and waits; the published log is as it was.",
            "See to the disk (is it full? is it failing?), then publish again.",
        ) from fault


def _refuse_to_contradict(log: Log, *, by: str, at: datetime) -> None:
    """Compares what was published with what the database holds, before anything gets a place."""
    published, newest, known = log.checkpoint, newest_checkpoint(), places()
    if published.size > known:
        raise LogRefused(
            f"The published log has {published.size:,} entries; the database knows of {known:,}.",
            "The database was put back from an older copy. Signing on would give places again, to other entries.",
            "Restore a newer copy, or fill the gap from the published log, before anything is published.",
        )
    if newest and newest.size > published.size:
        raise LogRefused(
            f"The log folder ends at {published.size:,} entries, but {newest.size:,} were published.",
            "The folder was lost or put back from an older copy.",
            "Put the newest copy of the log folder back.",
        )
    if newest and (newest.size, newest.root) == (published.size, published.root):
        return
    if _root_from_database(published.size) != published.root or (newest and newest.size == published.size):
        raise LogRefused(
            f"The published log of {published.size:,} entries is not the one that the database would make.",
            "Entries differ between them: one of the two was changed or put back from another copy.",
            "Run `amends audit`; it names what differs. Publish nothing until that is explained.",
        )
    if published.size:
        _remember(log, by=by, at=at)  # the last sequencer was stopped between publishing and remembering


def _root_from_database(size: int) -> bytes:
    accumulator = Accumulator()
    for start in range(0, size, BATCH):
        accumulator.add(leaves(start, min(start + BATCH, size)))
    return accumulator.root()


def _remember(log: Log, *, by: str, at: datetime) -> None:
    Checkpoint.objects.create(size=log.checkpoint.size, root=log.checkpoint.root, note=log.note, by=by, at=at)
