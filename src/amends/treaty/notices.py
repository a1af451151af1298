"""How is a file of participants or acts read? Row by row; each fault is named with its row, and nothing is taken
from a file that has one: a treaty's acts are few, and each counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from amends.refusal import Refusal

KINDS = ("signature", "ratification")
PARTICIPANT_KINDS = ("state", "organisation")
Row = TypeVar("Row")


class NoticesInvalid(Refusal):
    """The file has faults. `faults` are (row number, message); the first row under the header is 2."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        self.faults = tuple(faults)
        listed = "; ".join(f"row {row}: {message}" for row, message in faults[:20])
        super().__init__(
            f"The file was not taken: {listed}.",
            "A treaty's acts decide whether anything may be decided or paid, so a file is taken whole or not at all.",
            "Correct the rows and give the file again.",
        )


@dataclass(frozen=True)
class ParticipantNotice:
    code: str
    name: str
    kind: str
    reference_share_minor: int


@dataclass(frozen=True)
class ActNotice:
    participant: str
    kind: str
    on_date: date
    simulated: bool = False


def participants(text: str) -> tuple[ParticipantNotice, ...]:
    """From CSV with columns code, name, kind, reference_share_minor."""
    return _rows(text, ("code", "name", "kind", "reference_share_minor"), _participant)


def acts(text: str) -> tuple[ActNotice, ...]:
    """From CSV with columns participant, kind, on_date and, where the acts are made up, simulated."""
    return _rows(text, ("participant", "kind", "on_date"), _act)


def _rows(text: str, columns: tuple[str, ...], read: Callable[[dict[str, str]], Row]) -> tuple[Row, ...]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    lacking = [column for column in columns if column not in (reader.fieldnames or ())]
    if lacking:
        raise NoticesInvalid([(1, f"column {', '.join(lacking)} is missing")])
    faults: list[tuple[int, str]] = []
    taken: list[Row] = []
    for number, row in enumerate(reader, start=2):
        try:
            taken.append(read({key: (value or "").strip() for key, value in row.items() if key}))
        except ValueError as fault:
            faults.append((number, str(fault)))
    if faults:
        raise NoticesInvalid(faults)
    return tuple(taken)


def _participant(row: dict[str, str]) -> ParticipantNotice:
    if not row["code"] or not row["name"]:
        raise ValueError("code and name are needed")
    if row["kind"] not in PARTICIPANT_KINDS:
        raise ValueError(f"kind {row['kind']!r} is none of {', '.join(PARTICIPANT_KINDS)}")
    if not row["reference_share_minor"].isdecimal():
        raise ValueError(f"share {row['reference_share_minor']!r} is not a whole number of minor units")
    return ParticipantNotice(row["code"], row["name"], row["kind"], int(row["reference_share_minor"]))


def _act(row: dict[str, str]) -> ActNotice:
    if not row["participant"]:
        raise ValueError("participant is needed")
    if row["kind"] not in KINDS:
        raise ValueError(f"kind {row['kind']!r} is none of {', '.join(KINDS)}")
    try:
        day = date.fromisoformat(row["on_date"])
    except ValueError:
        raise ValueError(f"date {row['on_date']!r} is not a day written as 2026-12-31") from None
    if row.get("simulated", "") not in ("", "yes", "no"):
        raise ValueError(f"simulated {row['simulated']!r} is neither yes nor no")
    return ActNotice(row["participant"], row["kind"], day, row.get("simulated") == "yes")
