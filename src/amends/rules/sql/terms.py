"""What can a column hold, and what is proven about it?

Numbers are integers scaled by a power of ten with a proven range, so no sum or product can overflow and no
engine's decimal arithmetic is trusted. Texts with known choices are small codes, from 1 in the order of the
choices. Null is SQL's NULL in every kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from amends.rules.feel.nodes import FunctionOf
from amends.rules.model import Knowledge

INT64 = 2**63 - 1
EXACT = 10**34  # the interpreter computes with 34 digits: beyond them it rounds, and columns would not


@dataclass(frozen=True, slots=True)
class Kind:
    """Base of what a column can hold."""


@dataclass(frozen=True, slots=True)
class Num(Kind):
    """The integer n stands for n / 10**scale; low <= n <= high is proven."""

    scale: int
    low: int
    high: int

    @property
    def wide(self) -> bool:
        """Whether 64 bits are too few."""
        return max(abs(self.low), abs(self.high)) > INT64


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """A text out of `values`, held as its place among them, counted from 1."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words(Kind):
    """Any text, held as itself."""


@dataclass(frozen=True, slots=True)
class Truth(Kind):
    pass


@dataclass(frozen=True, slots=True)
class Day(Kind):
    low: date = date.min
    high: date = date.max


@dataclass(frozen=True, slots=True)
class MonthCount(Kind):
    """A years-and-months duration, as whole months."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class DayCount(Kind):
    """A days-and-time duration of whole days."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Nothing(Kind):
    """Null and nothing else."""


# Kinds that have no column of their own: they are taken apart before anything is written.


@dataclass(frozen=True, slots=True)
class Quotient(Kind):
    """An exact fraction that has not been rounded yet."""

    dividend: Term
    divisor: Term


@dataclass(frozen=True, slots=True)
class Many(Kind):
    """A list whose items are known one by one, each present where its guard (SQL) holds; the whole of it is
    null where `absent` (SQL) holds."""

    items: tuple[tuple[str | None, Term], ...]
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Fields(Kind):
    """A context; the whole of it is null where `absent` (SQL) holds."""

    terms: tuple[tuple[str, Term], ...]
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Span(Kind):
    low: Term | None
    high: Term | None
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Routine(Kind):
    """A function, to be written out where it is called."""

    function: Knowledge | FunctionOf


class _Unknown:
    """The mark of a term whose value depends on the claim."""


UNKNOWN: Any = _Unknown()


@dataclass(frozen=True, slots=True)
class Term:
    """SQL text with its kind. `depth` is the layer from which it can be read; `value` is known where the
    term is the same for every claim."""

    sql: str
    kind: Kind
    nullable: bool = True
    depth: int = 0
    value: Any = UNKNOWN

    @property
    def known(self) -> bool:
        return self.value is not UNKNOWN

    def of(self, kind: Kind) -> Term:
        return replace(self, kind=kind)


NONE = Term("NULL", Nothing(), True, 0, None)


def scaled(value: Decimal, scale: int) -> int:
    """`value` as an integer of the given scale; it must have no more decimals than that."""
    result = value.scaleb(scale)
    assert result == result.to_integral_value(), (value, scale)
    return int(result)


def rescaled(kind: Num, scale: int) -> Num:
    factor = 10 ** (scale - kind.scale)
    return Num(scale, kind.low * factor, kind.high * factor)
