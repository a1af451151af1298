"""Asks both engines the same question and insists on one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from amends import rules
from amends.rules.feel.temporal import Months


def columns(model: rules.Model, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the columnar engine decides for `rows`, one dict per row."""
    plan = rules.compile_duckdb(model)
    connection = duckdb.connect(config={"threads": 1})
    names = list(plan.input_types)
    texts = {name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in names}
    connection.register("texts", pa.table({"row_number": pa.array(range(len(rows)), pa.int64()), **texts}))
    casts = ", ".join(
        ['"row_number"', *(f'CAST("{name}" AS {plan.input_types[name]}) AS "{name}"' for name in names)]
    )
    connection.execute(f"CREATE TABLE claims AS SELECT {casts} FROM texts")
    result = connection.sql(f"SELECT * FROM ({plan.select('claims', ['row_number'])}) ORDER BY row_number")
    return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def differences(model: rules.Model, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every disagreement between interpreter and columns: values, nulls and fired rules."""
    found = []
    for row, decided in zip(rows, columns(model, rows), strict=True):
        result = rules.interpret(model, row)
        for decision in model.decisions:
            expected = as_column(result.values[decision.name])
            if not _same(decided[decision.name], expected):
                found.append(f"{decision.name}: columns {decided[decision.name]!r}, interpreter {expected!r}, {row}")
            if decision.table:
                fired, expected = (
                    decided[f"{decision.name}#rules"],
                    trace(decision.table, result.rules[decision.name]),
                )
                if fired != expected:
                    found.append(f"{decision.name}: columns fire {fired}, interpreter {expected}, {row}")
    return found


def trace(table: rules.DecisionTable, fired: tuple[int, ...]) -> int:
    """Fired rules as the columns tell them: a number, or a mask."""
    return (fired[0] if fired else 0) if table.single_hit else sum(1 << (number - 1) for number in fired)


def as_column(value: Any) -> Any:
    """A value as a column holds it: durations as counts."""
    if isinstance(value, Months):
        return value.months
    if isinstance(value, timedelta):
        return value.days
    if isinstance(value, dict):
        return {name: as_column(item) for name, item in value.items()}
    return [as_column(item) for item in value] if isinstance(value, list) else value


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or expected is None:
        return found is expected
    return bool(found == expected)


def ask(model: rules.Model, **facts: Any) -> Any:
    """The last decision's value for one claim, the same from both engines."""
    row = {
        name: Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in facts.items()
    }
    assert differences(model, [row]) == []
    return rules.interpret(model, row).values[model.decisions[-1].name]
