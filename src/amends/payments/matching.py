"""What does a bank's message mean for our instructions? Decided here, before anything is written.

Applied twice it means nothing new; what fits nothing is kept as unmatched, never guessed at. A bank that says
"duplicate" of a whole file has it already: that is no rejection, and treating it as one would pay everybody twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from amends.iso20022.statement import Booking
from amends.iso20022.status_report import OPEN, REJECTED, StatusReport

# ISO 20022 reasons that say "I have this already".
DUPLICATE = frozenset({"DUPL", "AM05", "DU01", "DU02", "DU03", "DU04"})


@dataclass(frozen=True)
class Ordered:
    """An instruction as the bank's message meets it: what was ordered, and what has happened to it so far."""

    instruction: int
    claim: int
    number: str
    end_to_end_id: str
    amount_minor: int
    currency: str
    message_id: str
    # kind -> the bank's reference of it
    happened: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Happened:
    """Something new about one instruction."""

    kind: str
    ordered: Ordered
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Odd:
    """A line that fits nothing we ordered."""

    end_to_end_id: str
    reference: str
    amount_minor: int | None
    why: str


@dataclass
class Meaning:
    events: list[Happened] = field(default_factory=list)
    unmatched: list[Odd] = field(default_factory=list)
    repeated: int = 0
    received: int = 0
    noted: set[tuple[str, str]] = field(default_factory=set)

    @property
    def counts(self) -> dict[str, int]:
        kinds = Counter(event.kind for event in self.events)
        known = {kind: kinds[kind] for kind in ("accepted", "rejected", "settled", "returned")}
        return {
            **known, "received": self.received, "repeated": self.repeated, "unmatched": len(self.unmatched),
        }  # fmt: skip


def of_report(report: StatusReport, ordered: Mapping[str, Ordered]) -> Meaning:
    """`ordered` by end-to-end id: those the report names, or all of its file where it names none."""
    meaning = Meaning()
    if report.rejects_all:
        if report.reason in DUPLICATE:
            meaning.unmatched.append(
                Odd("", report.message_id, None, f"the bank has this file already: {report.reason}")
            )
            return meaning
        for each in ordered.values():
            _note(meaning, each, Happened("rejected", each, report.message_id, report.reason))
        return meaning
    for line in report.payments:
        mine = ordered.get(line.end_to_end_id)
        if mine is None or mine.message_id != report.original_message_id:
            meaning.unmatched.append(Odd(line.end_to_end_id, report.message_id, None, "we ordered no such payment"))
        elif line.status in OPEN:
            meaning.repeated += 1
        elif line.status in REJECTED:
            _note(meaning, mine, Happened("rejected", mine, report.message_id, line.reason))
        else:
            _note(meaning, mine, Happened("accepted", mine, report.message_id))
    return meaning


def of_bookings(bookings: Iterable[Booking], ordered: Mapping[str, Ordered]) -> Meaning:
    meaning = Meaning()
    booked: dict[tuple[str, str], str] = {}  # in this very message: (kind, end-to-end id) -> the bank's reference
    for line in sorted(bookings, key=lambda line: line.credit):  # what went out before what came back
        mine = ordered.get(line.end_to_end_id)
        kind = "returned" if line.credit else "settled"
        if mine is None and line.credit and not line.returned:
            meaning.received += 1  # a contribution: the treasurer records it, and the statement shows that it came
            continue
        if mine is None:
            meaning.unmatched.append(_odd(line, "we ordered no such payment"))
            continue
        before = booked.get((kind, mine.end_to_end_id)) or mine.happened.get(kind)
        settled = "settled" in mine.happened or ("settled", mine.end_to_end_id) in booked
        if (line.amount_minor, line.currency) != (mine.amount_minor, mine.currency):
            meaning.unmatched.append(_odd(line, f"we ordered {mine.amount_minor} {mine.currency}"))
        elif before == line.reference:
            meaning.repeated += 1
        elif before is not None:
            meaning.unmatched.append(_odd(line, f"booked before as {before}: the bank {_TWICE[kind]} twice"))
        elif kind == "returned" and not settled:
            meaning.unmatched.append(_odd(line, "came back before it was booked"))
        else:
            _note(meaning, mine, Happened(kind, mine, line.reference, line.reason))
            booked[kind, mine.end_to_end_id] = line.reference
    return meaning


_TWICE = {"settled": "paid", "returned": "sent it back"}
# What can no longer become true after what.
CONTRADICTS = {
    "accepted": frozenset({"rejected"}),
    "rejected": frozenset({"settled"}),
    "settled": frozenset({"rejected"}),
    "returned": frozenset[str](),
}


def _note(meaning: Meaning, mine: Ordered, event: Happened) -> None:
    if event.kind in mine.happened or (event.kind, mine.end_to_end_id) in meaning.noted:
        meaning.repeated += 1
    elif against := CONTRADICTS[event.kind] & mine.happened.keys():
        why = f"cannot be {event.kind}: it is {', '.join(sorted(against))}"
        meaning.unmatched.append(Odd(mine.end_to_end_id, event.reference, mine.amount_minor, why))
    else:
        meaning.events.append(event)
        meaning.noted.add((event.kind, mine.end_to_end_id))


def _odd(line: Booking, why: str) -> Odd:
    return Odd(line.end_to_end_id, line.reference, line.amount_minor, why)
