"""Into which parts do the tests of one column cut the values, and which rules hold in each part?

The elementary cells of Calvanese et al.: within a part every rule's test has one answer, so one sample
value speaks for all of it. The columnar engine makes a bit mask of each part, the audit finds gaps and
overlaps with them, and the samples are the facts worth trying.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from amends.rules.feel.builtins import BUILTINS
from amends.rules.feel.evaluate import CAUSES, checked
from amends.rules.feel.nodes import (
    SUBJECT,
    Anything,
    Between,
    Call,
    Comparison,
    Is,
    ListOf,
    Literal,
    Logical,
    Matches,
    Name,
    Node,
    RangeOf,
    UnaryTests,
    walk,
)
from amends.rules.feel.temporal import Months
from amends.rules.feel.values import Value
from amends.rules.types import Boolean, Date, Number, Text, Type, decimals

# -- what a column ranges over


@dataclass(frozen=True, slots=True)
class Listed:
    """Values that can be named one by one. With `others`, any other text too."""

    values: tuple[Value, ...]
    others: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """Whole steps from `low` to `high`: cents, days, months. `unit` says which."""

    unit: str  # "number", "date", "months" or "days"
    scale: int = 0
    low: int | None = None
    high: int | None = None

    def value(self, step: int) -> Value:
        match self.unit:
            case "number":
                return Decimal(step).scaleb(-self.scale)
            case "date":
                return date.fromordinal(min(max(step, 1), date.max.toordinal()))
            case "months":
                return Months(step)
        return timedelta(days=step)

    def steps(self, value: Value) -> tuple[int, int] | None:
        """The last step not above `value` and the first not below it; None for values of another type."""
        if self.unit == "number" and isinstance(value, Decimal):
            place = value.scaleb(self.scale)
            return int(place.to_integral_value(ROUND_FLOOR)), int(place.to_integral_value(ROUND_CEILING))
        if self.unit == "date" and type(value) is date:
            return value.toordinal(), value.toordinal()
        if self.unit == "months" and isinstance(value, Months):
            return value.months, value.months
        if self.unit == "days" and isinstance(value, timedelta):
            return value.days, value.days + bool(value % timedelta(days=1))
        return None


Domain = Listed | Ordered


def domain_of(declared: Type, tests: Sequence[Node] = ()) -> Domain | None:
    """What a fact of the declared type ranges over; None where it cannot be cut into parts."""
    match declared:
        case Boolean():
            return Listed((True, False))
        case Text(choices) if choices is not None:
            return Listed(choices)
        case Text():
            return Listed((), others=True)
        case Number() if declared.choices is not None:
            return Listed(declared.choices)
        case Number():
            return _numbers(declared, tests)
        case Date(low, high, low_closed, high_closed):
            first = date.min.toordinal() if low is None else low.toordinal() + (not low_closed)
            last = date.max.toordinal() if high is None else high.toordinal() - (not high_closed)
            return Ordered("date", 0, first, last)
    return None


def _numbers(declared: Number, tests: Sequence[Node]) -> Ordered:
    """Without a declared scale, one decimal more than the tests name tells between and beyond them."""
    scale = declared.scale
    if scale is None:
        scale = 1 + max((decimals(value) for value in _literals(tests) if isinstance(value, Decimal)), default=0)
    low = None if declared.low is None else int(declared.low.scaleb(scale)) + (not declared.low_closed)
    high = None if declared.high is None else int(declared.high.scaleb(scale)) - (not declared.high_closed)
    return Ordered("number", scale, low, high)


def _literals(nodes: Sequence[Node]) -> list[Value]:
    found: list[Value] = []
    for node in nodes:
        for part in walk(node):
            if isinstance(part, Literal):
                found += part.value if isinstance(part.value, list) else [part.value]
    return found


# -- the parts


@dataclass(frozen=True, slots=True)
class Part:
    """Values between the steps `low` and `high` (None: no end) of an ordered column, or one value of a listed
    one. `mask` has bit n-1 set where rule n's test holds throughout."""

    sample: Value
    mask: int
    low: int | None = None
    high: int | None = None
    other: bool = False  # any text but those named


@dataclass(frozen=True, slots=True)
class Column:
    """All parts of one column, the part of null apart. `open` names the rules (from 1) whose tests depend on
    more than this column's value; their bits are set everywhere."""

    parts: tuple[Part, ...]
    null: Part
    open: tuple[int, ...]


def cut(tests: Sequence[UnaryTests | Anything], domain: Domain) -> Column:
    """The column of these tests, one per rule, over `domain`."""
    closed = [_is_closed(test, domain) for test in tests]
    open_ = tuple(number for number, is_closed in enumerate(closed, 1) if not is_closed)
    always = sum(1 << (number - 1) for number in open_)
    checks = [(number, checked(test)) for number, test in enumerate(tests) if closed[number]]

    def mask(value: Value) -> int:
        return always | sum(1 << number for number, check in checks if check(value, {CAUSES: []}))

    literals = _literals([test for test, is_closed in zip(tests, closed, strict=True) if is_closed])
    if isinstance(domain, Listed):
        parts = tuple(_listed_parts(domain, literals, mask))
    else:
        parts = tuple(_ordered_parts(domain, literals, mask))
    return Column(parts, Part(None, mask(None)), open_)


def _listed_parts(domain: Listed, literals: list[Value], mask: Callable[[Value], int]) -> Iterator[Part]:
    named = [value for value in literals if isinstance(value, str)] if domain.others else []
    for value in dict.fromkeys((*domain.values, *named)):
        yield Part(value, mask(value))
    if domain.others:
        other = "other"
        while other in named:
            other += "?"
        yield Part(other, mask(other), other=True)


def _ordered_parts(domain: Ordered, literals: list[Value], mask: object) -> Iterator[Part]:
    """Parts begin at each named value and just behind it. Neighbours with one mask are one part."""
    assert callable(mask)
    starts: set[int] = set()
    for value in literals:
        steps = domain.steps(value)
        if steps:
            starts |= {steps[1], steps[0] + 1}
    inside = sorted(
        start
        for start in starts
        if (domain.low is None or start > domain.low) and (domain.high is None or start <= domain.high)
    )
    lows: list[int | None] = [domain.low, *inside]
    highs: list[int | None] = [*(start - 1 for start in inside), domain.high]
    waiting: Part | None = None
    for low, high in zip(lows, highs, strict=True):
        at = low if low is not None else high if high is not None else 0
        sample = domain.value(at)
        part = Part(sample, mask(sample), low, high)
        if waiting and waiting.mask == part.mask:
            waiting = Part(waiting.sample, waiting.mask, waiting.low, high)
            continue
        if waiting:
            yield waiting
        waiting = part
    if waiting:
        yield waiting


def _is_closed(test: Node, domain: Domain) -> bool:
    """Whether the test's answer depends on the column's value alone and, over an ordered or open column,
    changes only at the literals in it."""
    if isinstance(test, Anything):
        return True
    if isinstance(domain, Listed) and not domain.others:
        return all(part == SUBJECT or not isinstance(part, Name) or part.name in BUILTINS for part in walk(test))
    orders = isinstance(domain, Ordered)
    return _is_plain(test, orders)


def _is_plain(node: Node, orders: bool) -> bool:
    match node:
        case UnaryTests(tests):
            return all(_is_plain(test, orders) for test in tests)
        case Comparison(operator, left, Literal()) if left == SUBJECT:
            return orders or operator in ("=", "!=")
        case Comparison(operator, Literal(), right) if right == SUBJECT:
            return orders or operator in ("=", "!=")
        case Between(value, Literal(), Literal()) if value == SUBJECT:
            return orders
        case Is(RangeOf(low, high)):
            return orders and all(end is None or isinstance(end, Literal) for end in (low, high))
        case Is(ListOf(items)):
            return all(isinstance(item, Literal) for item in items)
        case Is(Literal()):
            return True
        case Logical(_, left, right):
            return _is_plain(left, orders) and _is_plain(right, orders)
        case Matches(value, tests) if value == SUBJECT:
            return _is_plain(tests, orders)
        case Call(Name("not"), (argument,)):
            return _is_plain(argument, orders)
    return False
