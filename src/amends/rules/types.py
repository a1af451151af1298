"""What may a fact be? Declared types with their choices and ranges.

A range says more than what is allowed: its endpoints declare digits and scale, so `[0..9999999999.99]` is
money with two decimals of at most twelve digits. The columnar engine proves from it that nothing overflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from amends.rules.feel.temporal import Months
from amends.rules.feel.values import Function, Value, shown


@dataclass(frozen=True, slots=True)
class Type:
    """Anything at all; base of the others."""

    @property
    def feel(self) -> str:
        return "Any"


@dataclass(frozen=True, slots=True)
class Text(Type):
    choices: tuple[str, ...] | None = None

    @property
    def feel(self) -> str:
        return "string"


@dataclass(frozen=True, slots=True)
class Number(Type):
    """`scale` is the number of decimals, None where nothing is declared."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_closed: bool = True
    high_closed: bool = True
    scale: int | None = None
    choices: tuple[Decimal, ...] | None = None

    @property
    def feel(self) -> str:
        return "number"

    @property
    def digits(self) -> int | None:
        """Digits in all, those after the point included."""
        if self.low is None or self.high is None or self.scale is None:
            return None
        largest = max(abs(self.low), abs(self.high))
        return max(len(str(int(largest))) if largest >= 1 else 0, 1 if not self.scale else 0) + self.scale


@dataclass(frozen=True, slots=True)
class Boolean(Type):
    @property
    def feel(self) -> str:
        return "boolean"


@dataclass(frozen=True, slots=True)
class Date(Type):
    low: date | None = None
    high: date | None = None
    low_closed: bool = True
    high_closed: bool = True

    @property
    def feel(self) -> str:
        return "date"


@dataclass(frozen=True, slots=True)
class Other(Type):
    """Types without declared bounds: times, instants, durations, functions."""

    name: str = "Any"

    @property
    def feel(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType(Type):
    of: Type = Type()

    @property
    def feel(self) -> str:
        return "list"


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    fields: Mapping[str, Type] = field(default_factory=dict, hash=False)

    @property
    def feel(self) -> str:
        return "context"


ANY = Type()
BASIC: Mapping[str, Type] = {
    "Any": ANY,
    "string": Text(),
    "number": Number(),
    "boolean": Boolean(),
    "date": Date(),
    "time": Other("time"),
    "dateTime": Other("date and time"),
    "date and time": Other("date and time"),
    "dayTimeDuration": Other("days and time duration"),
    "days and time duration": Other("days and time duration"),
    "yearMonthDuration": Other("years and months duration"),
    "years and months duration": Other("years and months duration"),
    "context": ContextType(),
    "list": ListType(),
    "function": Other("function"),
}
_PYTHON: Mapping[str, type] = {
    "time": time,
    "date and time": datetime,
    "days and time duration": timedelta,
    "years and months duration": Months,
    "function": Function,
}


def objection(value: Value, declared: Type) -> str | None:
    """Why `value` is not of the type `declared`, in words; None where it is. Null belongs to every type."""
    if value is None or type(declared) is Type:
        return None
    match declared:
        case Text(choices):
            if not isinstance(value, str):
                return _wrong(value, "a text")
            if choices is not None and value not in choices:
                return f"{shown(value)} is not one of {', '.join(choices)}"
        case Number():
            return _number_objection(value, declared)
        case Boolean():
            return None if isinstance(value, bool) else _wrong(value, "true or false")
        case Date():
            if not isinstance(value, date) or isinstance(value, datetime):
                return _wrong(value, "a date")
            return _bounds_objection(value, declared)
        case ListType(of):
            if not isinstance(value, list):
                return _wrong(value, "a list")
            return next((found for item in value if (found := objection(item, of))), None)
        case ContextType(fields):
            if not isinstance(value, dict):
                return _wrong(value, "a context")
            return next((found for name, of in fields.items() if (found := objection(value.get(name), of))), None)
        case Other(name):
            return None if isinstance(value, _PYTHON.get(name, object)) else _wrong(value, f"a {name}")
    return None


def _wrong(value: Value, wanted: str) -> str:
    return f"{shown(value)} is not {wanted}"


def _number_objection(value: Value, declared: Number) -> str | None:
    if not isinstance(value, Decimal):
        return _wrong(value, "a number")
    if declared.choices is not None:
        return None if value in declared.choices else f"{shown(value)} is not one of the allowed numbers"
    if declared.scale is not None and decimals(value) > declared.scale:
        return f"{shown(value)} has more than {declared.scale} decimals"
    return _bounds_objection(value, declared)


def decimals(value: Decimal) -> int:
    """Decimals that count: 1.50 has one."""
    exponent = int(value.as_tuple().exponent)
    return 0 if exponent >= 0 else max(0, -int(value.normalize().as_tuple().exponent))


def _bounds_objection(value: Value, declared: Number | Date) -> str | None:
    low, high = declared.low, declared.high
    if low is not None and (value < low or (value == low and not declared.low_closed)):
        return f"{shown(value)} is below the allowed {shown(low)}"
    if high is not None and (value > high or (value == high and not declared.high_closed)):
        return f"{shown(value)} is above the allowed {shown(high)}"
    return None
