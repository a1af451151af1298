"""What are the values of FEEL, and how do they add, compare and equal one another?

A value is a Decimal (34 digits, half even), str, bool, date, datetime, time, Months, timedelta, list, dict,
Range, Function or None. The operators form a closed table of type pairs: a pair that is not listed gives
null, and says why through `Undefined`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import Any
from zoneinfo import ZoneInfo

from amends.rules.feel.temporal import Months, add_length, add_months

Value = Any  # one of the above; FEEL is dynamically typed and `Any` says so more honestly than a long union

ARITHMETIC = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)


class Undefined(Exception):  # noqa: N818 - the standard's word: the result is undefined, hence null
    """An operation has no result for these operands. Engines turn it into null with this cause."""


@dataclass(frozen=True, slots=True)
class Range:
    low: Value
    high: Value
    low_closed: bool = True
    high_closed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function as a value. `call` takes exactly the parameters, in order."""

    name: str
    parameters: tuple[str, ...]
    call: Callable[..., Value]


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    datetime: "date and time",
    date: "date",
    time: "time",
    Months: "years and months duration",
    timedelta: "days and time duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}
_ORDERED = (
    "number",
    "string",
    "date",
    "date and time",
    "time",
    "years and months duration",
    "days and time duration",
)


def kind(value: Value) -> str:
    """The FEEL name of the value's type."""
    return _KINDS[type(value)]


def number(value: int | str | Decimal) -> Decimal:
    return ARITHMETIC.create_decimal(value)


def normal(value: Value) -> Value:
    """A Python value as a FEEL value: integers become numbers, tuples lists. Floats are refused."""
    if isinstance(value, Decimal | bool | str | None):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, list | tuple):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; numbers are given as int or Decimal, so that no cent is lost")
    return value


def shown(value: Value) -> str:
    """A value as it is printed in a cause or an explanation."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | time):
        return _clock_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _length_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Range):
        low, high = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
        return f"{low}{shown(value.low)}..{shown(value.high)}{high}"
    if isinstance(value, Function):
        return f"function {value.name}"
    return str(value)


def _length_text(length: timedelta) -> str:
    """A days-and-time duration in ISO 8601."""
    size = abs(length)
    seconds = Decimal(size.seconds % 60) + Decimal(size.microseconds) / 1_000_000
    parts = ((size.seconds // 3600, "H"), (size.seconds // 60 % 60, "M"), (seconds.normalize(), "S"))
    days, clock = (
        f"{size.days}D" if size.days else "",
        "".join(f"{n:f}{unit}" if unit == "S" else f"{n}{unit}" for n, unit in parts if n),
    )
    sign = "-" if length < timedelta(0) else ""
    return f"{sign}P{days}{f'T{clock}' if clock else ''}" if days or clock else "PT0S"


def _clock_text(value: datetime | time) -> str:
    """ISO 8601 with the zone as it was written: Z, an offset, or a place."""
    text = value.replace(tzinfo=None).isoformat()
    text = text.rstrip("0") if "." in text else text
    zone = value.tzinfo
    if zone is None:
        return text
    if isinstance(zone, ZoneInfo):
        return f"{text}@{zone.key}"
    offset = value.isoformat()[len(value.replace(tzinfo=None).isoformat()) :]
    return text + ("Z" if offset == "+00:00" else offset)


# -- arithmetic


def _date_plus(day: date, duration: Months | timedelta) -> date:
    moved = add_months(day, duration.months) if isinstance(duration, Months) else add_length(day, duration)
    if moved is None:
        raise Undefined(f"{shown(day)} + {shown(duration)} is outside the years 1 to 9999")
    return moved


def _time_plus(hour: time, length: timedelta) -> time:
    moved = datetime.combine(date(2000, 1, 1), hour.replace(tzinfo=None)) + timedelta(seconds=length.seconds)
    return moved.time().replace(tzinfo=hour.tzinfo)


def _minus(duration: Months | timedelta) -> Months | timedelta:
    return Months(-duration.months) if isinstance(duration, Months) else -duration


def _days(left: date, right: date) -> timedelta:
    left, right = _instant(left), _instant(right)
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise Undefined("a date and time with a zone cannot be compared with one without")
    return left - right


def _instant(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, time())


def _scaled(length: timedelta, factor: Decimal) -> timedelta:
    micro = Decimal(length // timedelta(microseconds=1)) * factor
    return timedelta(microseconds=int(micro.to_integral_value(ROUND_HALF_EVEN)))


def _months_scaled(duration: Months, factor: Decimal) -> Months:
    return Months(int(Decimal(duration.months) * factor))


def _ratio(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise Undefined(f"{shown(left)} is divided by zero")
    return ARITHMETIC.divide(left, right)


_N, _S, _D, _DT, _T = "number", "string", "date", "date and time", "time"
_YM, _DD = "years and months duration", "days and time duration"

# The closed table of operator and type pairs (DMN 1.5, tables 48 to 54).
_OPERATIONS: dict[tuple[str, str, str], Callable[[Any, Any], Value]] = {
    ("+", _N, _N): ARITHMETIC.add,
    ("-", _N, _N): ARITHMETIC.subtract,
    ("*", _N, _N): ARITHMETIC.multiply,
    ("/", _N, _N): _ratio,
    ("**", _N, _N): ARITHMETIC.power,
    ("+", _S, _S): lambda left, right: left + right,
    ("+", _D, _YM): _date_plus,
    ("+", _D, _DD): _date_plus,
    ("+", _DT, _YM): _date_plus,
    ("+", _DT, _DD): _date_plus,
    ("+", _YM, _D): lambda left, right: _date_plus(right, left),
    ("+", _DD, _D): lambda left, right: _date_plus(right, left),
    ("+", _YM, _DT): lambda left, right: _date_plus(right, left),
    ("+", _DD, _DT): lambda left, right: _date_plus(right, left),
    ("+", _T, _DD): _time_plus,
    ("+", _DD, _T): lambda left, right: _time_plus(right, left),
    ("-", _T, _DD): lambda left, right: _time_plus(left, -right),
    ("-", _T, _T): lambda left, right: datetime.combine(date.min, left) - datetime.combine(date.min, right),
    ("-", _D, _YM): lambda left, right: _date_plus(left, _minus(right)),
    ("-", _D, _DD): lambda left, right: _date_plus(left, _minus(right)),
    ("-", _DT, _YM): lambda left, right: _date_plus(left, _minus(right)),
    ("-", _DT, _DD): lambda left, right: _date_plus(left, _minus(right)),
    ("-", _D, _D): _days,
    ("-", _DT, _DT): _days,
    ("-", _D, _DT): _days,
    ("-", _DT, _D): _days,
    ("+", _YM, _YM): lambda left, right: Months(left.months + right.months),
    ("-", _YM, _YM): lambda left, right: Months(left.months - right.months),
    ("+", _DD, _DD): lambda left, right: left + right,
    ("-", _DD, _DD): lambda left, right: left - right,
    ("*", _YM, _N): _months_scaled,
    ("*", _N, _YM): lambda left, right: _months_scaled(right, left),
    ("*", _DD, _N): _scaled,
    ("*", _N, _DD): lambda left, right: _scaled(right, left),
    ("/", _YM, _N): lambda left, right: _months_scaled(left, _ratio(Decimal(1), right)),
    ("/", _DD, _N): lambda left, right: _scaled(left, _ratio(Decimal(1), right)),
    ("/", _YM, _YM): lambda left, right: _ratio(Decimal(left.months), Decimal(right.months)),
    ("/", _DD, _DD): lambda left, right: _ratio(_micro(left), _micro(right)),
}


def _micro(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1))


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """`left operator right`; raises Undefined where the standard says null."""
    if left is None or right is None:
        raise Undefined(f"the {'left' if left is None else 'right'} side of {operator} is null")
    operation = _OPERATIONS.get((operator, kind(left), kind(right)))
    if operation is None:
        raise Undefined(f"{operator} is not defined for {kind(left)} and {kind(right)}")
    try:
        return operation(left, right)
    except (DecimalException, OverflowError):
        raise Undefined(f"{shown(left)} {operator} {shown(right)} has no finite result") from None


# -- equality and order


def equals(left: Value, right: Value) -> bool | None:
    """FEEL's `=`: null equals only null; values of different types are not comparable, hence None."""
    if left is None or right is None:
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equals(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equals(left[key], right[key]) is True for key in left)
    if kind(left) != kind(right):
        return None
    return bool(left == right)


def less(left: Value, right: Value) -> bool | None:
    """FEEL's `<`; None where either is null or the types have no common order."""
    if left is None or right is None or kind(left) != kind(right) or kind(left) not in _ORDERED:
        return None
    try:
        return bool(left < right)
    except TypeError:  # one has a zone and the other has none
        return None


def compare(operator: str, left: Value, right: Value) -> bool | None:
    if operator == "=":
        return equals(left, right)
    if operator == "!=":
        equal = equals(left, right)
        return None if equal is None else not equal
    if operator in ("<", ">="):
        smaller = less(left, right)
        return smaller if operator == "<" or smaller is None else not smaller
    greater = less(right, left)
    return greater if operator == ">" or greater is None else not greater


def within(value: Value, bounds: Range) -> bool | None:
    """Whether `value` lies in the range; an absent end is no bound."""
    low = True if bounds.low is None else compare(">=" if bounds.low_closed else ">", value, bounds.low)
    high = True if bounds.high is None else compare("<=" if bounds.high_closed else "<", value, bounds.high)
    if low is False or high is False:
        return False
    return None if low is None or high is None else True


def is_in(value: Value, tested: Value) -> bool:
    """The unary test `tested` for `value`: equal to it, an item of it, or within it."""
    if isinstance(tested, Range):
        return within(value, tested) is True
    if isinstance(tested, list) and not isinstance(value, list):
        return any(is_in(value, item) for item in tested)
    if isinstance(tested, list) and any(equals(value, item) is True for item in tested):
        return True
    return equals(value, tested) is True
