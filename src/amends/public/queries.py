"""What do the public pages know? Frozen values, read from journal and tables by the statements in figures.sql.

Figures that need many packages' columns are one SQL statement here instead of many calls there; nothing writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from amends.money import Money

_STATEMENTS = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class ProgrammeRow:
    id: int
    code: str
    sha256: str
    currency: str
    minor_digits: int
    adopted_at: datetime

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency, self.minor_digits)


@dataclass(frozen=True)
class Head:
    """The journal's last entry when the figures were made."""

    id: int
    at: datetime
    logged: int | None


@dataclass(frozen=True)
class Stages:
    """Four different counts, never mixed, and the money of the last two."""

    submitted: int = 0
    recorded: int = 0
    awarded: int = 0
    paid: int = 0
    awarded_minor: int = 0
    paid_minor: int = 0


@dataclass(frozen=True)
class Figures:
    head: Head | None
    all: Stages
    by_category: Mapping[str, Stages]
    by_region: Mapping[str, Stages]
    by_month: Mapping[date, Stages]


@dataclass(frozen=True)
class Outcome:
    category: str
    outcome: str
    reason: str
    claims: int
    award_minor: int


@dataclass(frozen=True)
class Recorded:
    outcome: str
    reason: str
    claims: int


@dataclass(frozen=True)
class ClaimRow:
    id: int
    number: str
    programme: ProgrammeRow
    category: str
    filed_at: datetime
    recording: str | None
    recording_reason: str | None
    recorded_at: datetime | None
    checked_at: datetime | None
    outcome: str | None
    reason: str | None
    award_minor: int | None
    currency: str | None
    decided_at: datetime | None


def programmes() -> list[ProgrammeRow]:
    return [ProgrammeRow(**row) for row in _rows("programmes")]


def programme(version: int) -> ProgrammeRow:
    return next(row for row in programmes() if row.id == version)


def head() -> Head | None:
    found = _rows("head")
    return Head(**found[0]) if found else None


def figures(programme: int) -> Figures:
    """The counts of one programme as of the journal's last entry; made once for each new entry."""
    return _figures(programme, head())


def outcomes(programme: int) -> list[Outcome]:
    return [Outcome(**row) for row in _rows("outcomes", programme=programme)]


def recordings(programme: int) -> list[Recorded]:
    return [Recorded(**row) for row in _rows("recordings", programme=programme)]


def claim(number: str) -> ClaimRow | None:
    found = _rows("claim", number=number)
    return ClaimRow(programme=programme(found[0].pop("programme_id")), **found[0]) if found else None


def findings(claim: int) -> list[tuple[str, int]]:
    return [(row["kind"], row["findings"]) for row in _rows("findings", claim=claim)]


@lru_cache(maxsize=8)
def _figures(programme: int, at: Head | None) -> Figures:
    sets: dict[str, dict[Any, Stages]] = {"all": {}, "category": {}, "region": {}, "month": {}}
    for row in _rows("stages", programme=programme):
        over = row.pop("over")
        place = {key: row.pop(key) for key in ("category", "region", "month")}
        sets[over][place.get(over)] = Stages(**row)
    return Figures(at, sets["all"].get(None, Stages()), sets["category"], sets["region"], sets["month"])


@cache
def _statements() -> Mapping[str, str]:
    """name -> SQL of every statement in figures.sql."""
    return dict(_STATEMENTS.findall(Path(__file__).with_name("figures.sql").read_text("utf-8")))


def _rows(statement: str, **values: int | str) -> Sequence[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_statements()[statement], values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
