"""Which of FEEL's functions have a columnar form, and which?

One table at the end. Rounding is integer arithmetic on scaled integers, so it is exact and the same on every
engine; a quotient is divided and rounded in one step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from amends.rules.feel.nodes import Call
from amends.rules.sql.terms import (
    EXACT,
    INT64,
    NONE,
    UNKNOWN,
    Choice,
    Day,
    DayCount,
    Many,
    MonthCount,
    Nothing,
    Num,
    Quotient,
    Term,
    Truth,
    Words,
    rescaled,
)
from amends.rules.sql.writing import as_words, at_scale, combined, feel_name, num_of

if TYPE_CHECKING:
    from amends.rules.sql.expressions import Expressions

# -- rounding


def _rounding(mode: str) -> Callable[[Expressions, list[Term], Call], Term]:
    def compiled(self: Expressions, terms: list[Term], node: Call) -> Term:
        places = terms[1] if len(terms) > 1 else self.whole(0)
        if isinstance(terms[0].kind, Nothing) or isinstance(places.kind, Nothing):
            return NONE
        if not places.known or not -18 <= int(places.value) <= 18 or places.value != int(places.value):
            raise self.refusal(node, "the number of decimals must be a constant from -18 to 18")
        return rounded(self, terms[0], int(places.value), mode, node)

    return compiled


def rounded(self: Expressions, term: Term, places: int, mode: str, node: Call) -> Term:
    """`term` rounded to `places` decimals. Its integer is divided by a power of ten, or a fraction by its
    divisor; nothing is rounded twice."""
    if isinstance(term.kind, Quotient):
        return _rounded_quotient(self, term.kind, places, mode, node)
    if not isinstance(term.kind, Num):
        raise self.refusal(node, "only numbers are rounded")
    kind = term.kind
    if kind.scale <= places:
        return term
    step = 10 ** (kind.scale - places)
    scale = max(places, 0)
    back = 10 ** (scale - places)  # tens and hundreds are kept as whole numbers
    ends = [_round_integer(end, step, mode) * back for end in (kind.low, kind.high)]
    once = mode != "half even" and (kind.low >= 0 or kind.high <= 0)  # then it is written only once
    subject = _with_room(term if once else self.share("to round", term), step)
    sql = _divided(subject.sql, str(step), step, mode, kind.low >= 0, kind.high <= 0)
    result = Num(scale, min(ends), max(ends))
    return self.num(f"({sql} * {back})" if back > 1 else sql, result, (subject,), node)


def _rounded_quotient(self: Expressions, quotient: Quotient, places: int, mode: str, node: Call) -> Term:
    dividend, divisor = num_of(quotient.dividend), num_of(quotient.divisor)
    shift = divisor.scale - dividend.scale + max(places, 0)
    if places < 0:
        raise self.refusal(node, "a quotient is rounded to decimals, not to tens")
    above = _times(self, quotient.dividend, 10 ** max(shift, 0), node)
    below = _times(self, quotient.divisor, 10 ** max(-shift, 0), node)
    a, b = num_of(above), num_of(below)
    largest = max(abs(a.low), abs(a.high))
    # Below this bound a quotient rounded to 34 digits, as in the interpreter, falls on the same side of a tie.
    if 2 * (largest + max(abs(b.low), abs(b.high))) >= EXACT:
        raise self.refusal(node, "the quotient may need more than 34 digits; declare narrower ranges")
    smallest = 1 if b.low <= 0 <= b.high else min(abs(b.low), abs(b.high))
    bound = largest // smallest + 1
    if b.low == b.high == 0:
        return NONE
    # The sign is settled first: |dividend| over |divisor|, then turned.
    positive = a.low >= 0 and b.low > 0
    above, below = (
        _with_room(above, 3 * max(abs(b.low), abs(b.high)) + largest),
        _with_room(below, 3 * max(abs(b.low), abs(b.high))),
    )
    over = above if positive else self.share("size", combined(f"abs({above.sql})", _size(a), (above,)))
    under = below if b.low > 0 else self.share("size", combined(f"abs({below.sql})", _size(b), (below,)))
    inner = mode if positive else _for_size(mode)
    if inner is None:
        raise self.refusal(node, "floor and ceiling of a quotient that may be negative")
    size = _divided(over.sql, under.sql, None, inner, True, False)
    sql = (
        size
        if positive
        else f"({size} * sign({above.sql}) * sign({below.sql}))::{'HUGEINT' if bound > 2**63 else 'BIGINT'}"
    )
    may_be_zero = b.low <= 0 <= b.high
    if may_be_zero:
        sql = f"CASE WHEN {below.sql} <> 0 THEN {sql} END"
    kind = Num(places, 0 if positive else -bound, bound)
    return self.num(sql, kind, (above, below, over, under), node, nullable=True if may_be_zero else None)


def _with_room(term: Term, extra: int) -> Term:
    """The term in 128 bits where 64 are not enough to add `extra` while rounding."""
    kind = num_of(term)
    if kind.wide or max(abs(kind.low), abs(kind.high)) + extra <= INT64:
        return term
    size = INT64 + 1  # the kind says 128 bits, so that what comes out is narrowed again
    return replace(term, sql=f"{term.sql}::HUGEINT", kind=Num(kind.scale, -size, size), value=UNKNOWN)


def _size(kind: Num) -> Num:
    return Num(kind.scale, 0, max(abs(kind.low), abs(kind.high)))


def _times(self: Expressions, term: Term, factor: int, node: Call) -> Term:
    return self.share("part of a quotient", term if factor == 1 else self.multiply(term, self.whole(factor), node))


def _for_size(mode: str) -> str | None:
    """The mode on the size of a number whose sign is put back later; None where it looks at the sign."""
    return None if mode in ("floor", "ceiling") else mode


def _divided(
    value: str, step: str, known_step: int | None, mode: str, never_negative: bool, never_positive: bool
) -> str:
    """`value` / `step` as a rounded integer, `step` positive. SQL's // cuts towards zero."""
    if mode in ("floor", "ceiling"):
        away = mode == "ceiling"
        if never_negative or never_positive:
            return _divided_size(
                value, step, known_step, "up" if away == never_negative else "down", not never_negative
            )
        up = _divided_size(value, step, known_step, "up" if away else "down", False)
        down = _divided_size(value, step, known_step, "down" if away else "up", True)
        return f"CASE WHEN {value} >= 0 THEN {up} ELSE {down} END"
    if never_negative:
        return _divided_size(value, step, known_step, mode, False)
    if never_positive:
        return _divided_size(value, step, known_step, mode, True)
    positive = _divided_size(value, step, known_step, mode, False)
    return f"CASE WHEN {value} >= 0 THEN {positive} ELSE {_divided_size(value, step, known_step, mode, True)} END"


def _divided_size(value: str, step: str, known_step: int | None, mode: str, negative: bool) -> str:
    """For values of one sign; `negative` values are turned round, divided, and turned back."""
    if negative:
        # With blanks: two minus signs side by side would begin a comment.
        return f"(- {_divided_size(f'(- {value})', step, known_step, mode, False)})"
    half = str(known_step // 2) if known_step else f"{step} // 2"
    match mode:
        case "down":
            return f"({value} // {step})"
        case "up":
            return f"(({value} + {known_step - 1 if known_step else f'{step} - 1'}) // {step})"
        case "half up" if known_step:
            return f"(({value} + {half}) // {step})"
        case "half down" if known_step:
            return f"(({value} + {known_step // 2 - 1}) // {step})"
        case "half even" if known_step:
            return f"(({value} + {known_step // 2 - 1} + ({value} // {step}) % 2) // {step})"
        case "half up":
            return f"((2 * {value} + {step}) // (2 * {step}))"
        case "half down":
            return f"((2 * {value} + {step} - 1) // (2 * {step}))"
    return f"((2 * {value} + {step} - 1 + ({value} // {step}) % 2) // (2 * {step}))"


def _round_integer(value: int, step: int, mode: str) -> int:
    """The same arithmetic in Python, for the proven ends of a range."""
    size, negative = abs(value), value < 0
    if mode in ("floor", "ceiling"):
        return value // step if mode == "floor" else -((-value) // step)
    half = {"half up": step // 2, "half down": step // 2 - 1, "up": step - 1, "down": 0}
    if mode == "half even":
        result = (size + step // 2 - 1 + (size // step) % 2) // step
    else:
        result = (size + half[mode]) // step
    return -result if negative else result


# -- numbers


def _absolute(self: Expressions, terms: list[Term], node: Call) -> Term:
    (term,) = terms
    match term.kind:
        case Num(scale, low, high):
            if low >= 0:
                return term
            return combined(f"abs({term.sql})", Num(scale, 0, max(-low, high)), terms)
        case MonthCount(low, high) | DayCount(low, high):
            size = max(abs(low), abs(high))
            return combined(f"abs({term.sql})", type(term.kind)(0, size), terms)
    return _refuse_kinds(self, terms, node)


def _modulo(self: Expressions, terms: list[Term], node: Call) -> Term:
    dividend, divisor = terms
    if not isinstance(dividend.kind, Num) or not divisor.known or not divisor.value or divisor.value < 0:
        raise self.refusal(node, "modulo needs a constant divisor above zero")
    scale = max(dividend.kind.scale, num_of(divisor).scale)
    step = rescaled(num_of(divisor), scale).high
    value = at_scale(dividend, scale)
    rest = f"({value} % {step})" if dividend.kind.low >= 0 else f"((({value} % {step}) + {step}) % {step})"
    return self.num(rest, Num(scale, 0, step - 1), (dividend,), node)


def _parity(rest: int) -> Callable[[Expressions, list[Term], Call], Term]:
    def compiled(self: Expressions, terms: list[Term], node: Call) -> Term:
        (term,) = terms
        if not isinstance(term.kind, Num) or term.kind.scale:
            raise self.refusal(node, "only whole numbers are odd or even")
        return combined(f"({term.sql} % 2 {'<>' if rest else '='} 0)", Truth(), terms)

    return compiled


# -- lists whose items are known


def _over_lists(
    compile_: Callable[[Expressions, list[Term], Call], Term],
) -> Callable[[Expressions, list[Term], Call], Term]:
    """A function of a list that may be null as a whole: null then, as the interpreter says."""

    def compiled(self: Expressions, terms: list[Term], node: Call) -> Term:
        kind = terms[0].kind if terms else None
        if not isinstance(kind, Many) or kind.absent is None:
            return compile_(self, terms, node)
        given = replace(terms[0], kind=Many(kind.items), nullable=False)
        absent = Term(f"({kind.absent})", Truth(), False, terms[0].depth)
        return self.choose([(absent, NONE)], compile_(self, [given, *terms[1:]], node), node)

    return compiled


def _items(self: Expressions, terms: list[Term], node: Call) -> list[tuple[str | None, Term]]:
    if len(terms) == 1 and isinstance(terms[0].kind, Many):
        return list(terms[0].kind.items)
    if any(isinstance(term.kind, Many) for term in terms):
        raise self.refusal(node, "a list stands among single values")
    return [(None, term) for term in terms]


def _sum(self: Expressions, terms: list[Term], node: Call) -> Term:
    """A guarded item counts as zero where it is absent; the loops that make such lists are never empty."""
    items = _items(self, terms, node)
    if not items or any(isinstance(term.kind, Nothing) for _, term in items):
        return NONE
    if not all(isinstance(term.kind, Num) for _, term in items):
        raise self.refusal(node, "only numbers are summed")
    parts = [_or_zero(self, guard, term, node) for guard, term in items]
    return reduce(lambda left, right: self.add(left, right, node), parts)


def _or_zero(self: Expressions, guard: str | None, term: Term, node: Call) -> Term:
    if guard is None:
        return term
    return self.choose([(Term(guard, Truth(), False, term.depth), term)], self.whole(0), node)


def _count(self: Expressions, terms: list[Term], node: Call) -> Term:
    if len(terms) == 1 and not isinstance(terms[0].kind, Many):
        return self.choose([(self.is_null(terms[0], node), NONE)], self.whole(1), node)
    items = _items(self, terms, node)
    always = sum(guard is None for guard, _ in items)
    guarded = [Term(guard, Truth(), False, term.depth) for guard, term in items if guard is not None]
    ones = [self.choose([(guard, self.whole(1))], self.whole(0), node) for guard in guarded]
    return reduce(lambda left, right: self.add(left, right, node), ones, self.whole(always))


def _extreme(function: str) -> Callable[[Expressions, list[Term], Call], Term]:
    """`least` and `greatest` skip nulls and FEEL's min and max do not: a null anywhere gives null."""

    def compiled(self: Expressions, terms: list[Term], node: Call) -> Term:
        items = _items(self, terms, node)
        parts = [term for _, term in items]
        if not parts or any(isinstance(term.kind, Nothing) for term in parts):
            return NONE
        if any(guard for guard, _ in items):
            raise self.refusal(node, f"{'min' if function == 'least' else 'max'} over a loop of unknown length")
        if len(parts) == 1:
            return parts[0]
        if not all(type(term.kind) is type(parts[0].kind) and isinstance(term.kind, Num | Day) for term in parts):
            return _refuse_kinds(self, terms, node)
        shared = [self.share("item", term) for term in parts]
        kind, sqls = self.unified(shared, node)
        if isinstance(kind, Num):
            pick = min if function == "least" else max
            spans = [rescaled(num_of(term), kind.scale) for term in shared]
            kind = Num(kind.scale, pick(span.low for span in spans), pick(span.high for span in spans))
        chosen = f"{function}({', '.join(sqls)})"
        nulls = [f"{term.sql} IS NULL" for term in shared if term.nullable]
        if nulls and len(sqls) == 2:
            (a, b), sign = sqls, "<" if function == "least" else ">"
            chosen = (
                f"CASE WHEN {a} {sign}= {b} THEN {a} WHEN {b} {sign} {a} THEN {b} END"  # null compares as neither
            )
        elif nulls:
            chosen = f"CASE WHEN {' OR '.join(nulls)} THEN NULL ELSE {chosen} END"
        return combined(chosen, kind, shared)

    return compiled


def _list_contains(self: Expressions, terms: list[Term], node: Call) -> Term:
    items, wanted = terms
    if not isinstance(items.kind, Many):
        raise self.refusal(node, "the list is not known item by item")
    shared = self.share("element", wanted)
    tests = [self._guarded(guard, self.equal(shared, item, node)) for guard, item in items.kind.items]
    return reduce(lambda left, right: self.logical("or", left, right), tests, Term("FALSE", Truth(), False, 0, False))


def _conjunction(operator: str) -> Callable[[Expressions, list[Term], Call], Term]:
    def compiled(self: Expressions, terms: list[Term], node: Call) -> Term:
        items = _items(self, terms, node)
        if any(guard or not isinstance(term.kind, Truth) for guard, term in items):
            return _refuse_kinds(self, terms, node)
        start = (
            Term("TRUE", Truth(), False, 0, True) if operator == "and" else Term("FALSE", Truth(), False, 0, False)
        )
        return reduce(lambda left, right: self.logical(operator, left, right), (term for _, term in items), start)

    return compiled


def _not(self: Expressions, terms: list[Term], node: Call) -> Term:
    (term,) = terms
    if isinstance(term.kind, Nothing):
        return Term("NULL::BOOLEAN", Truth(), True)
    if not isinstance(term.kind, Truth):
        return _refuse_kinds(self, terms, node)
    return self.negated(term)


# -- texts


def _text_test(function: str) -> Callable[[Expressions, list[Term], Call], Term]:
    def compiled(self: Expressions, terms: list[Term], node: Call) -> Term:
        subject, part = terms
        if isinstance(subject.kind, Choice) and part.known:
            return self._by_choice(node.function.name, terms, node)  # type: ignore[attr-defined]  # a Name: it was found in TABLE
        if not all(isinstance(term.kind, Words | Choice) for term in terms):
            return _refuse_kinds(self, terms, node)
        return combined(f"{function}({as_words(subject)}, {as_words(part)})", Truth(), terms)

    return compiled


def _length(self: Expressions, terms: list[Term], node: Call) -> Term:
    (term,) = terms
    if isinstance(term.kind, Choice):
        return self._by_choice("string length", terms, node)
    if not isinstance(term.kind, Words):
        return _refuse_kinds(self, terms, node)
    return combined(f"length({term.sql})", Num(0, 0, 2**31), terms)


# -- days and durations


def _months_between(self: Expressions, terms: list[Term], node: Call) -> Term:
    """Whole months towards zero, as the interpreter counts them."""
    start, end = (self.share("day", term) for term in terms)
    if not isinstance(start.kind, Day) or not isinstance(end.kind, Day):
        return _refuse_kinds(self, terms, node)
    a, b = start.sql, end.sql
    months = f"((year({b}) - year({a})) * 12 + month({b}) - month({a}))"
    short = f"CASE WHEN {b} >= {a} THEN -((day({b}) < day({a}))::BIGINT) ELSE (day({b}) > day({a}))::BIGINT END"
    low = (start.kind.low, end.kind.low, start.kind.high, end.kind.high)
    span = (max(low).year - min(low).year + 1) * 12
    return combined(f"({months} + {short})", MonthCount(-span, span), (start, end))


def _date(self: Expressions, terms: list[Term], node: Call) -> Term:
    """A date from a date is itself; from numbers, the day they name, or null where there is none."""
    if len(terms) == 1 and isinstance(terms[0].kind, Day):
        return terms[0]
    if len(terms) == 3 and all(isinstance(term.kind, Num) and not term.kind.scale for term in terms):
        year, month, day = (self.share("part of a date", term) for term in terms)
        inside = f"{year.sql} BETWEEN 1 AND 9999 AND {month.sql} BETWEEN 1 AND 12 AND {day.sql} BETWEEN 1 AND 31"
        first = f"make_date({year.sql}, {month.sql}, 1)"
        fits = f"{day.sql} <= day(last_day({first}))"
        sql = f"CASE WHEN {inside} THEN CASE WHEN {fits} THEN make_date({year.sql}, {month.sql}, {day.sql}) END END"
        return combined(sql, Day(), (year, month, day), nullable=True)
    return _refuse_kinds(self, terms, node)


def _refuse_kinds(self: Expressions, terms: list[Term], node: Call) -> Term:
    raise self.refusal(node, f"it has no columnar form for {', '.join(feel_name(term) for term in terms)}")


TABLE: dict[str, Callable[[Expressions, list[Term], Call], Term]] = {
    "decimal": _rounding("half even"),
    "floor": _rounding("floor"),
    "ceiling": _rounding("ceiling"),
    "round up": _rounding("up"),
    "round down": _rounding("down"),
    "round half up": _rounding("half up"),
    "round half down": _rounding("half down"),
    "round half even": _rounding("half even"),
    "abs": _absolute,
    "modulo": _modulo,
    "odd": _parity(1),
    "even": _parity(0),
    "sum": _over_lists(_sum),
    "count": _over_lists(_count),
    "min": _over_lists(_extreme("least")),
    "max": _over_lists(_extreme("greatest")),
    "list contains": _over_lists(_list_contains),
    "all": _conjunction("and"),
    "any": _conjunction("or"),
    "not": _not,
    "contains": _text_test("contains"),
    "starts with": _text_test("starts_with"),
    "ends with": _text_test("suffix"),
    "string length": _length,
    "years and months duration": _months_between,
    "date": _date,
}
