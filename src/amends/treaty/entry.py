"""When does the mechanism enter into force, and what is still missing?

The rule of art. 30(3) of the convention on the International Claims Commission for Ukraine: on the first day of
the month that follows three months after *both* are met, enough ratifications, and ratifiers whose shares of the
reference budget make up enough of it. The numbers are the programme's.

The database computes the same date itself (`treaty_in_force_on`), because it is the database that refuses decisions
and payments before it. This is its twin, and a test holds the two together.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Ratification:
    on: date
    share_minor: int


@dataclass(frozen=True)
class Needed:
    """What a programme asks for."""

    ratifications: int
    reference_budget_minor: int
    share_percent: int
    months: int

    @property
    def share_minor(self) -> int:
        """The smallest sum of shares that is enough: rounded up, for half a cent less is not half the budget."""
        return -(-self.reference_budget_minor * self.share_percent // 100)


@dataclass(frozen=True)
class Missing:
    """One thing that still lacks: `have` of `need` ratifications or minor units, or days that must pass."""

    what: Literal["ratifications", "share", "time"]
    have: int
    need: int


def met_on(needed: Needed, ratifications: Iterable[Ratification]) -> date | None:
    """The day on which both conditions were first met together; None while they are not."""
    count = share = 0
    for each in sorted(ratifications, key=lambda r: r.on):
        count, share = count + 1, share + each.share_minor
        if count >= needed.ratifications and share >= needed.share_minor:
            return each.on
    return None


def in_force_on(needed: Needed, ratifications: Iterable[Ratification]) -> date | None:
    """The day of entry into force, past or to come; None while the conditions are not met."""
    met = met_on(needed, ratifications)
    return None if met is None else _first_of_next_month(_months_after(met, needed.months))


def missing(needed: Needed, ratifications: Iterable[Ratification], on: date) -> tuple[Missing, ...]:
    """What lacks on the day `on`, counting only what had happened by then. Empty: in force."""
    so_far = [each for each in ratifications if each.on <= on]
    share = sum(each.share_minor for each in so_far)
    lacks = []
    if len(so_far) < needed.ratifications:
        lacks.append(Missing("ratifications", len(so_far), needed.ratifications))
    if share < needed.share_minor:
        lacks.append(Missing("share", share, needed.share_minor))
    begins = in_force_on(needed, so_far)
    if begins is not None and on < begins:
        lacks.append(Missing("time", 0, (begins - on).days))
    return tuple(lacks)


def _months_after(day: date, months: int) -> date:
    """The same day `months` later; the month's last day where it is shorter, as PostgreSQL counts too."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _first_of_next_month(day: date) -> date:
    return _months_after(day.replace(day=1), 1)
