"""What is in the public log, and what proves it? Frozen values for pages and commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from amends.journal import queries as journal
from amends.journal.statement import private_leaf
from amends.proofs import models, receipt
from amends.proofs.gateway import log_key, published_tree

__all__ = ["CheckpointRow", "Logged", "leaves", "log_key", "logged", "newest_checkpoint", "places", "receipts"]


@dataclass(frozen=True)
class CheckpointRow:
    """A published checkpoint; `note` is its signed text."""

    size: int
    root: bytes
    note: str
    at: datetime


@dataclass(frozen=True)
class Logged:
    """One entry of a claim and its place in the log; `index` is None while it waits."""

    entry: journal.EntryRow
    index: int | None

    @property
    def kind(self) -> str:
        return self.entry.kind

    @property
    def at(self) -> datetime:
        return self.entry.at


def checkpoints() -> Iterator[CheckpointRow]:
    """Every checkpoint that was published, the smallest first."""
    for row in models.Checkpoint.objects.order_by("size").iterator():
        yield CheckpointRow(row.size, bytes(row.root), row.note, row.at)


def newest_checkpoint() -> CheckpointRow | None:
    row = models.Checkpoint.objects.order_by("-size").first()
    return None if row is None else CheckpointRow(row.size, bytes(row.root), row.note, row.at)


def places() -> int:
    """How many entries have a place in the log, whether it is published yet or not."""
    last: int | None = models.Leaf.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def leaves(start: int, stop: int) -> list[bytes]:
    """The bytes of the log's entries from index `start` up to `stop`."""
    rows = (
        models.Leaf.objects.filter(index__gte=start, index__lt=stop)
        .order_by("index")
        .values_list("entry_id", "entry__public", "entry__commitment")
    )
    found = list(rows)
    assert len(found) == stop - start, "places are given without gaps"
    public = {entry.id: entry.leaf for entry in journal.entries([id_ for id_, is_public, _ in found if is_public])}
    return [public[id_] if is_public else private_leaf(commitment) for id_, is_public, commitment in found]


def logged(claim: int) -> list[Logged]:
    """Everything that happened to a claim, oldest first, with its place in the published log."""
    entries = journal.entries_of(claim)
    newest = newest_checkpoint()
    places_of = dict(
        models.Leaf.objects.filter(
            entry_id__in=[entry.id for entry in entries], index__lt=newest.size if newest else 0
        ).values_list("entry_id", "index")
    )
    return [Logged(entry, places_of.get(entry.id)) for entry in entries]


def receipts(claim: int) -> Iterator[tuple[Logged, str]]:
    """A receipt for each entry of the claim that is in the published log."""
    newest = newest_checkpoint()
    if newest is None:
        return
    tree = published_tree(newest.size)
    for place in logged(claim):
        if place.index is not None:
            yield place, receipt.make(
                statement=place.entry.statement, key=place.entry.key, index=place.index,
                path=tree.inclusion_path(place.index), note=newest.note,
            )  # fmt: skip
