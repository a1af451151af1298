"""Which functions does FEEL bring along, and what do they yield?

One table at the end names them all with their parameters, as in DMN 1.5, 10.3.4. A function raises Undefined
where the standard says null. Functions that read the clock (`now`, `today`) are left out on purpose: a
decision must come out the same whenever it is made again.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
    InvalidOperation,
)
from functools import reduce

from amends.rules.faults import FeelSyntaxError
from amends.rules.feel import temporal
from amends.rules.feel.values import (
    ARITHMETIC,
    Function,
    Range,
    Undefined,
    Value,
    arithmetic,
    equals,
    kind,
    less,
    number,
    shown,
)


@dataclass(frozen=True, slots=True)
class Builtin:
    """`signatures` lists the parameter names of each form; a name ending in `?` may be left out, and a
    single name starting with `*` takes a list or its items."""

    name: str
    call: Callable[..., Value]
    signatures: tuple[tuple[str, ...], ...]

    @property
    def variadic(self) -> bool:
        return self.signatures[0][0].startswith("*")

    def accepts(self, count: int) -> bool:
        return self.variadic or any(
            sum(not name.endswith("?") for name in form) <= count <= len(form) for form in self.signatures
        )

    def ordered(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """Where each parameter's argument stands among the named ones; None where no form fits."""
        for form in self.signatures:
            plain = [name.strip("*?") for name in form]
            given = [plain.index(name) for name in names if name in plain]
            if len(given) == len(names) and sorted(given) == list(range(len(names))):
                return tuple(given.index(position) for position in range(len(names)))
        return None


def _need(value: Value, types: type | tuple[type, ...], what: str) -> None:
    if value is None:
        raise Undefined(f"{what} is null")
    if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
        raise Undefined(f"{what} is a {kind(value)}")


def _cut(value: Value, what: str) -> int:
    """A number without its decimals, where the standard cuts them off."""
    _need(value, Decimal, what)
    return int(value)


def _integer(value: Value, what: str) -> int:
    _need(value, Decimal, what)
    if value != value.to_integral_value():
        raise Undefined(f"{what} is not a whole number")
    return int(value)


# -- numbers


def _rounding(mode: str) -> Callable[..., Value]:
    def rounded(n: Value, scale: Value = Decimal(0)) -> Value:
        _need(n, Decimal, "the number to round")
        digits = _cut(scale, "the scale")
        if not -6111 <= digits <= 6176:
            raise Undefined(f"{digits} decimals are out of bounds")
        if -n.as_tuple().exponent <= digits:
            return n
        try:
            return n.quantize(Decimal((0, (1,), -digits)), rounding=mode, context=ARITHMETIC)
        except InvalidOperation:
            raise Undefined(f"{shown(n)} has too many digits to keep {digits} decimals") from None

    return rounded


def _absolute(n: Value) -> Value:
    _need(n, (Decimal, timedelta, temporal.Months), "the argument of abs")
    return temporal.Months(abs(n.months)) if isinstance(n, temporal.Months) else abs(n)


def _modulo(dividend: Value, divisor: Value) -> Value:
    _need(dividend, Decimal, "the dividend")
    _need(divisor, Decimal, "the divisor")
    if not divisor:
        raise Undefined(f"{shown(dividend)} is divided by zero")
    quotient = ARITHMETIC.divide(dividend, divisor).to_integral_value(ROUND_FLOOR)
    return ARITHMETIC.subtract(dividend, ARITHMETIC.multiply(divisor, quotient))


def _decimal_function(name: str) -> Callable[[Value], Value]:
    def call(n: Value) -> Value:
        _need(n, Decimal, f"the argument of {name}")
        try:
            return getattr(ARITHMETIC, name)(n)
        except DecimalException:
            raise Undefined(f"{name} of {shown(n)} has no finite result") from None

    return call


def _parity(rest: int) -> Callable[[Value], Value]:
    return lambda n: _integer(n, "the number") % 2 == rest


def _number(text: Value, grouping: Value = None, point: Value = None) -> Value:
    if isinstance(text, Decimal):
        return text
    _need(text, str, "the text")
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (point and point == grouping):
        raise Undefined("grouping is a blank, comma or point, the decimal sign the other one")
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if not re.fullmatch(r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?", plain):
        raise Undefined(f"{shown(text)} is not a number")
    return number(plain)


# -- texts


def _text(value: Value, what: str = "the text") -> str:
    _need(value, str, what)
    return str(value)


def _string(value: Value) -> Value:
    if value is None:
        return None
    return value if isinstance(value, str) else shown(value)


def _substring(text: Value, start: Value, length: Value = None) -> Value:
    whole, first = _text(text), _cut(start, "the start position")
    if first == 0:
        raise Undefined("positions in a text count from 1")
    begin = first - 1 if first > 0 else len(whole) + first
    if not 0 <= begin <= len(whole):
        return ""
    if length is None:
        return whole[begin:]
    return whole[begin : begin + _cut(length, "the length")]


def _before(text: Value, match: Value) -> Value:
    head, found, _ = _text(text).partition(_text(match, "the match"))
    return head if found else ""


def _after(text: Value, match: Value) -> Value:
    return _text(text).partition(_text(match, "the match"))[2] if match else _text(text)


def _pattern(pattern: Value, flags: Value) -> re.Pattern[str]:
    chosen = re.NOFLAG
    for flag in _text(flags, "the flags") if flags is not None else "":
        if flag not in "imsx":
            raise Undefined(f"{shown(flags)} are not flags of a pattern")
        chosen |= {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}[flag]
    try:
        return re.compile(_text(pattern, "the pattern"), chosen)
    except re.error as error:
        raise Undefined(f"{shown(pattern)} is not a pattern: {error}") from None


def _matches(text: Value, pattern: Value, flags: Value = None) -> Value:
    return _pattern(pattern, flags).search(_text(text)) is not None


def _replace(text: Value, pattern: Value, replacement: Value, flags: Value = None) -> Value:
    by = re.sub(r"\$(\d)", r"\\g<\1>", _text(replacement, "the replacement").replace("\\", r"\\"))
    return _pattern(pattern, flags).sub(by, _text(text))


def _split(text: Value, delimiter: Value) -> Value:
    return _pattern(delimiter, None).split(_text(text))


def _join(items: Value, delimiter: Value = None) -> Value:
    texts = [_text(item, "an item") for item in _list(items) if item is not None]
    return ("" if delimiter is None else _text(delimiter, "the delimiter")).join(texts)


# -- lists


def _list(value: Value) -> list[Value]:
    if value is None:
        raise Undefined("the list is null")
    return value if isinstance(value, list) else [value]


def _numbers(items: Value) -> list[Decimal]:
    for item in _list(items):
        _need(item, Decimal, "an item of the list")
    return _list(items)


def _extreme(sign: int) -> Callable[[Value], Value]:
    def call(items: Value) -> Value:
        found: Value = None
        for item in _list(items):
            if found is None and item is not None:
                found = item
                continue
            smaller = less(item, found) if sign < 0 else less(found, item)
            if smaller is None:
                raise Undefined("the items cannot be compared, or one is null")
            found = item if smaller else found
        if found is None:
            raise Undefined("the list is empty" if not _list(items) else "an item of the list is null")
        return found

    return call


def _sum(items: Value) -> Value:
    if not _list(items):
        raise Undefined("the list is empty")
    return reduce(lambda left, right: arithmetic("+", left, right), _list(items)[1:], _list(items)[0])


def _summable(items: Value) -> Value:
    first = next(iter(_list(items)), None)
    if not isinstance(first, Decimal | timedelta | temporal.Months):
        raise Undefined("only numbers and durations have a sum" if _list(items) else "the list is empty")
    return _sum(items)


def _mean(items: Value) -> Value:
    return arithmetic("/", _sum(_numbers(items)), Decimal(len(_list(items))))


def _product(items: Value) -> Value:
    if not _numbers(items):
        raise Undefined("the list is empty")
    return reduce(ARITHMETIC.multiply, _numbers(items))


def _median(items: Value) -> Value:
    ordered = sorted(_numbers(items))
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _mean(ordered[middle - 1 : middle + 1])


def _deviation(items: Value) -> Value:
    mean, count = _mean(items), len(_list(items))
    if count < 2:
        raise Undefined("a standard deviation needs two numbers")
    squares = [ARITHMETIC.power(ARITHMETIC.subtract(item, mean), Decimal(2)) for item in _numbers(items)]
    return ARITHMETIC.sqrt(ARITHMETIC.divide(_sum(squares), Decimal(count - 1)))


def _mode(items: Value) -> Value:
    counts = {item: _numbers(items).count(item) for item in _numbers(items)}
    return sorted(item for item, count in counts.items() if count == max(counts.values()))


def _has(items: Value, wanted: Value) -> bool:
    return any(equals(item, wanted) is True for item in _list(items))


def _conjunction(stop: bool) -> Callable[[Value], Value]:
    """`all` stops at a false item, `any` at a true one; anything that is not a truth value blurs the rest."""

    def call(items: Value) -> Value:
        values = _list(items)
        if any(item is stop for item in values):
            return stop
        if not all(isinstance(item, bool) for item in values):
            raise Undefined("an item is neither true nor false")
        return not stop

    return call


def _not(value: Value) -> Value:
    _need(value, bool, "the argument of not")
    return not value


def _sublist(items: Value, start: Value, length: Value = None) -> Value:
    values, first = _list(items), _integer(start, "the start position")
    begin = first - 1 if first > 0 else len(values) + first
    if first == 0 or not 0 <= begin <= len(values):
        raise Undefined("the start position is outside the list")
    end = len(values) if length is None else begin + _integer(length, "the length")
    if end > len(values) or end < begin:
        raise Undefined("the length reaches beyond the list")
    return values[begin:end]


def _place(values: list[Value], position: Value) -> int:
    place = _integer(position, "the position")
    if place == 0 or abs(place) > len(values):
        raise Undefined(f"position {place} is outside the list")
    return place - 1 if place > 0 else len(values) + place


def _insert(items: Value, position: Value, item: Value) -> Value:
    place = _place(_list(items), position)
    return [*_list(items)[:place], item, *_list(items)[place:]]


def _remove(items: Value, position: Value) -> Value:
    place = _place(_list(items), position)
    return [*_list(items)[:place], *_list(items)[place + 1 :]]


def _list_replace(items: Value, position: Value, item: Value) -> Value:
    values = _list(items)
    if isinstance(position, Function):
        return [item if position.call(value, item) is True else value for value in values]
    place = _place(values, position)
    return [*values[:place], item, *values[place + 1 :]]


def _positions(items: Value, wanted: Value) -> Value:
    return [Decimal(n) for n, item in enumerate(_list(items), 1) if equals(item, wanted) is True]


def _distinct(items: Value) -> Value:
    found: list[Value] = []
    for item in _list(items):
        if not any(equals(item, other) is True for other in found):
            found.append(item)
    return found


def _flatten(items: Value) -> Value:
    return [leaf for item in _list(items) for leaf in (_flatten(item) if isinstance(item, list) else [item])]


def _sorted(items: Value, precedes: Value) -> Value:
    found: list[Value] = []
    for item in _list(items):
        place = next((n for n, other in enumerate(found) if precedes.call(item, other) is True), len(found))
        found.insert(place, item)
    return found


# -- days, times and durations


def _date(first: Value, month: Value = None, day: Value = None) -> Value:
    if month is not None or day is not None:
        parts = _integer(first, "the year"), _integer(month, "the month"), _integer(day, "the day")
        try:
            return date(*parts)
        except ValueError:
            raise Undefined(f"there is no day {parts[0]}-{parts[1]}-{parts[2]}") from None
    if isinstance(first, datetime):
        return first.date()
    if isinstance(first, date):
        return first
    found = temporal.date_of(_text(first, "the date's text"))
    if found is None:
        raise Undefined(f"{shown(first)} is not a date")
    return found


def _time(first: Value, minute: Value = None, second: Value = None, offset: Value = None) -> Value:
    if minute is not None or second is not None:
        whole = second.to_integral_value(ROUND_FLOOR) if isinstance(second, Decimal) else second
        clock = (
            f"{_integer(first, 'the hour'):02}:{_integer(minute, 'the minute'):02}:{_integer(whole, 'the second'):02}"
        )
        zone = None if offset is None else timezone(offset)
        found = temporal.time_of(clock)
        if found is None:
            raise Undefined(f"{clock} is not a time")
        return found.replace(tzinfo=zone, microsecond=int((second - whole) * 1_000_000))
    if isinstance(first, datetime):
        return first.timetz()
    if isinstance(first, date):
        return time(tzinfo=UTC)
    if isinstance(first, time):
        return first
    found = temporal.time_of(_text(first, "the time's text"))
    if found is None:
        raise Undefined(f"{shown(first)} is not a time")
    return found


def _date_and_time(first: Value, clock: Value = None) -> Value:
    if clock is not None:
        _need(first, date, "the date")
        _need(clock, time, "the time")
        return datetime.combine(first.date() if isinstance(first, datetime) else first, clock)
    if isinstance(first, datetime):
        return first
    if isinstance(first, date):
        return datetime.combine(first, time())
    found = temporal.date_and_time_of(_text(first, "the text"))
    if found is None:
        raise Undefined(f"{shown(first)} is not a date and time")
    return found


def _duration(text: Value) -> Value:
    if isinstance(text, timedelta | temporal.Months):
        return text
    found = temporal.duration_of(_text(text))
    if found is None:
        raise Undefined(f"{shown(text)} is not a duration")
    return found


def _months_between(start: Value, end: Value) -> Value:
    _need(start, date, "the first day")
    _need(end, date, "the last day")
    return temporal.months_between(start, end)


def _range(text: Value) -> Value:
    """The range that a text spells, its ends constants of one ordered type."""
    from amends.rules.feel.evaluate import constant  # which itself needs this module's table
    from amends.rules.feel.parser import Names, parse_expression

    try:
        node = parse_expression(_text(text), Names(("date", "time", "date and time", "duration")))
        bounds = constant(node)
    except FeelSyntaxError as error:
        raise Undefined(f"{shown(text)} is not a range: {error.message}") from None
    if not isinstance(bounds, Range) or (bounds.low is None and bounds.high is None):
        raise Undefined(f"{shown(text)} is not a range")
    if bounds.low is not None and bounds.high is not None and less(bounds.high, bounds.low) is not False:
        raise Undefined(f"the ends of {shown(text)} are out of order, or of different types")
    return bounds


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = tuple(calendar.month_name)[1:]


def _of_day(read: Callable[[date], Value]) -> Callable[[Value], Value]:
    def call(day: Value) -> Value:
        _need(day, date, "the date")
        return read(day)

    return call


# -- contexts, and the rest


def _get_value(context: Value, key: Value) -> Value:
    _need(context, dict, "the context")
    return context.get(_text(key, "the key"))


def _entries(context: Value) -> Value:
    _need(context, dict, "the context")
    return [{"key": key, "value": value} for key, value in context.items()]


def _context(entries: Value) -> Value:
    found: dict[str, Value] = {}
    for entry in _list(entries):
        _need(entry, dict, "an entry")
        if "key" not in entry or "value" not in entry or _text(entry["key"], "the key") in found:
            raise Undefined("an entry has no key, no value, or a key that was there before")
        found[entry["key"]] = entry["value"]
    return found


def _put(context: Value, key: Value, value: Value) -> Value:
    _need(context, dict, "the context")
    return {**context, _text(key, "the key"): value}


def _merge(contexts: Value) -> Value:
    merged: dict[str, Value] = {}
    for context in _list(contexts):
        _need(context, dict, "a context")
        merged |= context
    return merged


def _is(left: Value, right: Value) -> Value:
    return (left is None and right is None) or (kind(left) == kind(right) and equals(left, right) is True)


def _forms(*forms: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.strip() for part in form.split(",")) for form in forms)


_ROUND = ("n, scale",)
_TABLE: tuple[tuple[str, Callable[..., Value], tuple[str, ...]], ...] = (
    ("decimal", _rounding(ROUND_HALF_EVEN), _ROUND),
    ("floor", _rounding(ROUND_FLOOR), ("n, scale?",)),
    ("ceiling", _rounding(ROUND_CEILING), ("n, scale?",)),
    ("round up", _rounding(ROUND_UP), _ROUND),
    ("round down", _rounding(ROUND_DOWN), _ROUND),
    ("round half up", _rounding(ROUND_HALF_UP), _ROUND),
    ("round half down", _rounding(ROUND_HALF_DOWN), _ROUND),
    ("round half even", _rounding(ROUND_HALF_EVEN), _ROUND),
    ("abs", _absolute, ("n",)),
    ("modulo", _modulo, ("dividend, divisor",)),
    ("sqrt", _decimal_function("sqrt"), ("number",)),
    ("log", _decimal_function("ln"), ("number",)),
    ("exp", _decimal_function("exp"), ("number",)),
    ("odd", _parity(1), ("number",)),
    ("even", _parity(0), ("number",)),
    ("number", _number, ("from, grouping separator?, decimal separator?",)),
    ("string", _string, ("from",)),
    ("substring", _substring, ("string, start position, length?",)),
    ("string length", lambda text: Decimal(len(_text(text))), ("string",)),
    ("upper case", lambda text: _text(text).upper(), ("string",)),
    ("lower case", lambda text: _text(text).lower(), ("string",)),
    ("trim", lambda text: _text(text).strip(), ("string",)),
    ("substring before", _before, ("string, match",)),
    ("substring after", _after, ("string, match",)),
    ("contains", lambda text, match: _text(match, "the match") in _text(text), ("string, match",)),
    ("starts with", lambda text, match: _text(text).startswith(_text(match, "the match")), ("string, match",)),
    ("ends with", lambda text, match: _text(text).endswith(_text(match, "the match")), ("string, match",)),
    ("matches", _matches, ("input, pattern, flags?",)),
    ("replace", _replace, ("input, pattern, replacement, flags?",)),
    ("split", _split, ("string, delimiter",)),
    ("string join", _join, ("list, delimiter?",)),
    ("list contains", _has, ("list, element",)),
    ("count", lambda items: Decimal(len(_list(items))), ("*list",)),
    ("min", _extreme(-1), ("*list",)),
    ("max", _extreme(1), ("*list",)),
    ("sum", _summable, ("*list",)),
    ("mean", _mean, ("*list",)),
    ("product", _product, ("*list",)),
    ("median", _median, ("*list",)),
    ("stddev", _deviation, ("*list",)),
    ("mode", _mode, ("*list",)),
    ("all", _conjunction(False), ("*list",)),
    ("any", _conjunction(True), ("*list",)),
    ("not", _not, ("negand",)),
    ("sublist", _sublist, ("list, start position, length?",)),
    ("insert before", _insert, ("list, position, newItem",)),
    ("remove", _remove, ("list, position",)),
    ("list replace", _list_replace, ("list, position, newItem", "list, match, newItem")),
    ("reverse", lambda items: _list(items)[::-1], ("list",)),
    ("index of", _positions, ("list, match",)),
    ("distinct values", _distinct, ("list",)),
    (
        "duplicate values",
        lambda items: _distinct([i for i in _list(items) if len(_positions(items, i)) > 1]),
        ("list",),
    ),
    ("flatten", _flatten, ("list",)),
    ("sort", _sorted, ("list, precedes",)),
    ("date", _date, ("from", "year, month, day")),
    ("time", _time, ("from", "hour, minute, second, offset?")),
    ("date and time", _date_and_time, ("from", "date, time")),
    ("duration", _duration, ("from",)),
    ("years and months duration", _months_between, ("from, to",)),
    ("day of year", _of_day(lambda day: Decimal(day.timetuple().tm_yday)), ("date",)),
    ("day of week", _of_day(lambda day: _WEEKDAYS[day.weekday()]), ("date",)),
    ("month of year", _of_day(lambda day: _MONTH_NAMES[day.month - 1]), ("date",)),
    ("week of year", _of_day(lambda day: Decimal(day.isocalendar()[1])), ("date",)),
    ("get value", _get_value, ("m, key",)),
    ("get entries", _entries, ("m",)),
    ("context", _context, ("entries",)),
    ("context put", _put, ("context, key, value",)),
    ("context merge", _merge, ("contexts",)),
    ("range", _range, ("from",)),
    ("is", _is, ("value1, value2",)),
)


def _append(items: Value, *more: Value) -> Value:
    return [*_list(items), *more]


def _concatenate(*lists: Value) -> Value:
    return [item for items in lists for item in _list(items)]


def _union(*lists: Value) -> Value:
    return _distinct(_concatenate(*lists))


def _free(name: str, call: Callable[..., Value]) -> Builtin:
    """A function of any number of arguments, none of which stands for all of them."""
    return Builtin(name, lambda items: call(*items), (("*",),))


BUILTINS: dict[str, Builtin] = {name: Builtin(name, call, _forms(*forms)) for name, call, forms in _TABLE} | {
    "append": _free("append", _append),
    "concatenate": _free("concatenate", _concatenate),
    "union": _free("union", _union),
}
