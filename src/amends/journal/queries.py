"""What happened? Entries as frozen values, in the order in which they were written."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from amends.journal.models import Entry, Outbox
from amends.journal.statement import private_leaf, statement_of


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry. `content` is its canonical text; `key` is None for a public entry."""

    id: int
    kind: str
    claim: int | None
    by: str
    at: datetime
    public: bool
    content: str
    key: bytes | None
    commitment: bytes

    @property
    def statement(self) -> str:
        """The canonical text that was committed to, or published."""
        return statement_of(kind=self.kind, by=self.by, at=self.at, public=self.public)(self.content)

    @property
    def leaf(self) -> bytes:
        """The bytes that stand for this entry in the log."""
        return self.statement.encode() if self.public else private_leaf(self.commitment)


_COLUMNS = ("id", "kind", "claim", "by", "at", "public", "content", "key", "commitment")


def entries_of(claim: int) -> list[EntryRow]:
    """Everything that happened to one claim, oldest first."""
    return [_row(values) for values in Entry.objects.filter(claim=claim).order_by("id").values_list(*_COLUMNS)]


def entries(ids: Collection[int]) -> list[EntryRow]:
    """The entries with these ids, in no order."""
    return [_row(values) for values in Entry.objects.filter(id__in=ids).values_list(*_COLUMNS)] if ids else []


def public_entries(kinds: Iterable[str] = ()) -> list[EntryRow]:
    """What was done in public (rules adopted, money received, rounds), oldest first; of some kinds or of all."""
    entries = Entry.objects.filter(public=True)
    if kinds:
        entries = entries.filter(kind__in=list(kinds))
    return [_row(values) for values in entries.order_by("id").values_list(*_COLUMNS)]


def waiting_for_log() -> int:
    """How many entries have no place in the log yet."""
    return Outbox.objects.count()


def _row(values: tuple[object, ...]) -> EntryRow:
    id_, kind, claim, by, at, public, content, key, commitment = values
    return EntryRow(
        id=id_, kind=kind, claim=claim, by=by, at=at, public=public, content=content,  # type: ignore[arg-type] # values_list of _COLUMNS
        key=None if key is None else bytes(key), commitment=bytes(commitment),  # type: ignore[call-overload] # memoryview
    )  # fmt: skip
