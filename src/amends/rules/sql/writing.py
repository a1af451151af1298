"""How are terms put together? Small pieces that every form of expression uses."""

from __future__ import annotations

from collections.abc import Sequence

from amends.rules.sql import dialect
from amends.rules.sql.terms import (
    INT64,
    Choice,
    Day,
    DayCount,
    Fields,
    Kind,
    Many,
    MonthCount,
    Nothing,
    Num,
    Quotient,
    Routine,
    Span,
    Term,
    Truth,
    Words,
    rescaled,
    scaled,
)


def combined(sql: str, kind: Kind, parts: Sequence[Term], *, nullable: bool | None = None) -> Term:
    null = any(part.nullable for part in parts) if nullable is None else nullable
    return Term(sql, kind, null, max((part.depth for part in parts), default=0))


def depth_of(term: Term) -> int:
    """The first layer in which every part of `term` is there."""
    match term.kind:
        case Fields(terms):
            return max([term.depth, *(depth_of(part) for _, part in terms)])
        case Many(items):
            return max([term.depth, *(depth_of(part) for _, part in items)])
        case Quotient(dividend, divisor):
            return max(dividend.depth, divisor.depth)
    return term.depth


def sql_type(kind: Kind) -> str:
    match kind:
        case Num():
            return "HUGEINT" if kind.wide else "BIGINT"
        case Choice() | MonthCount() | DayCount():
            return "BIGINT"
        case Truth():
            return "BOOLEAN"
        case Day():
            return "DATE"
        case Words():
            return "VARCHAR"
    raise AssertionError(kind)


def as_words(term: Term) -> str:
    """A text written out."""
    if isinstance(term.kind, Nothing):
        return "NULL"
    if term.known:
        return dialect.text(term.value)
    if isinstance(term.kind, Choice):
        return dialect.look_up([dialect.text(value) for value in term.kind.values], term.sql, "VARCHAR")
    return term.sql


def integer(value: int) -> str:
    return f"{value}::{'BIGINT' if abs(value) <= INT64 else 'HUGEINT'}"


def num_of(term: Term) -> Num:
    assert isinstance(term.kind, Num), term
    return term.kind


def at_scale(term: Term, scale: int) -> str:
    """The term's integer at a scale that is not smaller than its own."""
    kind = num_of(term)
    if term.known:
        return integer(scaled(term.value, scale))
    if kind.scale == scale:
        return term.sql
    wide = "::HUGEINT" if rescaled(kind, scale).wide and not kind.wide else ""
    return f"({term.sql}{wide} * {10 ** (scale - kind.scale)})"


def binary(operator: str, left: str, right: str, kind: Num, parts: Sequence[Term]) -> str:
    """Widened to 128 bits where 64 are not proven to do."""
    if kind.wide and not any(num_of(part).wide for part in parts):
        left = f"{left}::HUGEINT"
    return f"({left} {operator} {right})"


def feel_name(term: Term) -> str:
    names: dict[type[Kind], str] = {
        Num: "number",
        Choice: "text",
        Words: "text",
        Truth: "true/false",
        Day: "date",
        MonthCount: "years and months duration",
        DayCount: "days duration",
        Nothing: "null",
        Quotient: "an unrounded quotient",
        Many: "list",
        Fields: "context",
        Span: "range",
        Routine: "function",
    }
    return names[type(term.kind)]
