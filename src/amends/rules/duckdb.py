"""How are millions of claims decided at once? A model becomes one chain of SELECTs for DuckDB 2.

The text is ours from the first word to the last: no query builder and no transpiler stands between the law
and the arithmetic. What cannot be written is refused with NotCompilable; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from amends.rules.faults import NotCompilable
from amends.rules.model import Decision, DecisionTable, Model
from amends.rules.sql import dialect
from amends.rules.sql.expressions import Expressions, Scope
from amends.rules.sql.layers import Layers
from amends.rules.sql.tables import Tables
from amends.rules.sql.terms import (
    Choice,
    Day,
    Fields,
    Many,
    Nothing,
    Num,
    Quotient,
    Routine,
    Span,
    Term,
    Truth,
    Words,
)
from amends.rules.sql.writing import as_words, depth_of
from amends.rules.types import Boolean, Date, Number, Text, Type


@dataclass(frozen=True)
class Plan:
    """A compiled model. `input_types` says as which DuckDB types the source's columns are read."""

    model: Model
    input_types: Mapping[str, str]
    outputs: tuple[tuple[str, str], ...]
    layers: Layers

    def select(self, source: str, keep: Sequence[str] = ()) -> str:
        """One SELECT that decides every row of `source` (a table, a view, or a query in parentheses).

        Its columns: those of `keep`, then for each decision its value under the decision's name, and for a
        table “<decision>#rules”: the number of the rule that fired, 0 for none; of a table in which several
        may fire, a mask with bit n-1 set for rule n. Columns of the source have the names of the inputs.
        """
        return self.layers.select(source, keep, self.outputs)


def compile_duckdb(model: Model, decisions: Sequence[str] | None = None) -> Plan:
    """The model as SQL; only `decisions` and what they require, or all. Raises NotCompilable."""
    wanted = _needed(model, decisions)
    layers = Layers()
    scope: dict[str, Term] = {}
    types: dict[str, str] = {}
    for name, declared in model.inputs.items():
        if name in wanted:
            types[name] = input_type(name, declared)
            scope[name] = _fact(name, declared, layers)
    for knowledge in model.functions:
        scope[knowledge.name] = Term("", Routine(knowledge))
    outputs: list[tuple[str, str]] = []
    for decision in model.decisions:
        if decision.name in wanted:
            value, rules = _decide(decision, scope, layers)
            scope[decision.name] = value
            if decisions is None or decision.name in decisions:
                outputs.append((decision.name, _shown(value, decision)))
                outputs += [(f"{decision.name}#rules", rules)] if rules else []
    return Plan(model, types, tuple(outputs), layers)


def _needed(model: Model, decisions: Sequence[str] | None) -> set[str]:
    if decisions is None:
        return {*model.inputs, *(decision.name for decision in model.decisions)}
    waiting, needed = list(decisions), set[str]()
    by_name = {decision.name: decision for decision in model.decisions}
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += by_name[name].requires if name in by_name else ()
    return needed


def _decide(decision: Decision, scope: Scope, layers: Layers) -> tuple[Term, str]:
    """The decision's value as a term to read on, and the SQL of its fired rules (empty without a table)."""

    def nested(table: DecisionTable, inner: Scope, name: str) -> Term:
        return Tables(Expressions(decision.name, layers, nested), table, inner, name).decided().value

    write = Expressions(decision.name, layers, nested)
    if decision.table is None:
        return _kept(decision.name, write.term(decision.logic, scope), layers), ""
    decided = Tables(write, decision.table, scope, decision.name).decided()
    rules = decided.rules.sql
    if decision.table.single_hit:
        rules = f"coalesce({rules}, 0)::SMALLINT" if decided.rules.nullable or decided.rules.known else rules
    return _kept(decision.name, decided.value, layers), rules


def _kept(name: str, term: Term, layers: Layers) -> Term:
    """The term as a column, so that what reads it does not compute it again."""
    if isinstance(term.kind, Fields):
        parts = tuple((part, _kept(f"{name}.{part}", value, layers)) for part, value in term.kind.terms)
        return Term("", Fields(parts, term.kind.absent), term.nullable, depth_of(term))
    if term.known or isinstance(term.kind, Many | Span | Routine | Quotient | Nothing):
        return term
    return layers.shared(name, term)


# -- facts


def input_type(name: str, declared: Type) -> str:
    """The DuckDB type of an input's column."""
    match declared:
        case Text(choices) if choices is not None:
            return dialect.choice_type(choices)
        case Text():
            return "VARCHAR"
        case Boolean():
            return "BOOLEAN"
        case Date():
            return "DATE"
        case Number(scale=scale) if scale is not None and declared.digits is not None:
            if declared.digits > 18:
                raise NotCompilable(name, name, f"its range needs {declared.digits} digits, and a column has 18")
            return f"DECIMAL(18,{scale})" if scale else "BIGINT"
        case Number():
            raise NotCompilable(name, name, "the number has no declared range, such as [0..9999999.99]")
    raise NotCompilable(name, name, f"a fact of type {declared.feel} has no column")


def _fact(name: str, declared: Type, layers: Layers) -> Term:
    """A fact as it is decided on: null where it does not fit its declared type, as in the interpreter."""
    column = dialect.quoted(name)
    match declared:
        case Text(choices) if choices is not None:
            return layers.column(name, Term(dialect.code_of_choice(column, choices), Choice(choices)))
        case Text():
            return layers.column(name, Term(column, Words()))
        case Boolean():
            return layers.column(name, Term(column, Truth()))
        case Date(low, high):
            kind = Day(low or date.min, high or date.max)
            return layers.column(name, Term(_checked_day(column, declared), kind))
        case Number(low=Decimal() as low, high=Decimal() as high, scale=int() as scale):
            first = int(low.scaleb(scale)) + (not declared.low_closed)
            last = int(high.scaleb(scale)) - (not declared.high_closed)
            return layers.column(name, Term(_checked_number(column, declared), Num(scale, first, last)))
    raise AssertionError(declared)  # input_type() has refused it


def _checked_day(column: str, declared: Date) -> str:
    tests = []
    if declared.low:
        tests.append(f"{column} {'>=' if declared.low_closed else '>'} {dialect.day(declared.low)}")
    if declared.high:
        tests.append(f"{column} {'<=' if declared.high_closed else '<'} {dialect.day(declared.high)}")
    return f"CASE WHEN {' AND '.join(tests)} THEN {column} END" if tests else column


def _checked_number(column: str, declared: Number) -> str:
    assert declared.scale is not None
    low, high = (f"{end:f}" for end in (declared.low, declared.high) if end is not None)
    if declared.choices is not None:
        inside = " OR ".join(f"{column} = {choice:f}" for choice in declared.choices)
    elif declared.low_closed and declared.high_closed:
        inside = f"{column} BETWEEN {low} AND {high}"
    else:
        above, below = (">=" if declared.low_closed else ">"), ("<=" if declared.high_closed else "<")
        inside = f"{column} {above} {low} AND {column} {below} {high}"
    return f"CASE WHEN {inside} THEN {dialect.integer_of_decimal(column, declared.scale, declared.digits or 18)} END"


# -- results


def _shown(term: Term, decision: Decision) -> str:
    """A term as the column that leaves: numbers as decimals, codes as texts."""
    match term.kind:
        case Num(scale, low, high):
            return dialect.decimal_of_integer(term.sql, scale, len(str(max(abs(low), abs(high)))))
        case Choice():
            return as_words(term)
        case Fields(terms, absent):
            whole = dialect.structure([(name, _shown(part, decision)) for name, part in terms])
            return f"CASE WHEN {absent} THEN NULL ELSE {whole} END" if absent else whole
        case Many(items, absent):
            parts = [
                f"CASE WHEN {guard} THEN [{_shown(item, decision)}] ELSE [] END"
                if guard
                else f"[{_shown(item, decision)}]"
                for guard, item in items
            ]
            whole = f"list_concat({', '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "[]"
            return f"CASE WHEN {absent} THEN NULL ELSE {whole} END" if absent else whole
        case Quotient():
            raise NotCompilable(
                decision.name, decision.text or "the table", "the result is an unrounded quotient; round it"
            )
        case Span() | Routine():
            raise NotCompilable(decision.name, decision.text or "the table", "the result is a range or a function")
    return term.sql
