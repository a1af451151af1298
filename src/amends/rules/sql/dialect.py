"""How does DuckDB 2 write the few things that engines write differently?

Measured per claim and operation on one core: list look-up 5 ns, lowest bit 2 ns, integer division 2 ns,
comparison of a code 1 ns, of a text 14 ns. So texts become codes once and tables become look-ups.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def day(value: date) -> str:
    return f"DATE '{value.isoformat()}'"


def choice_type(values: Sequence[str]) -> str:
    return f"ENUM({', '.join(text(value) for value in values)})"


def code_of_choice(column: str, values: Sequence[str]) -> str:
    """The place of a text among `values`, from 1. Costs nothing on an ENUM column and, read from Parquet,
    once per dictionary entry instead of once per row."""
    return f"enum_code(TRY_CAST({column} AS {choice_type(values)}))::BIGINT + 1"


def integer_of_decimal(column: str, scale: int, digits: int) -> str:
    """A decimal without its point; in 64 bits where the digits allow the multiplication."""
    if not scale:
        return f"{column}::BIGINT"
    wide = f"::DECIMAL(38,{scale})" if digits + scale > 18 else ""
    return f"({column}{wide} * {10**scale})::BIGINT"


def decimal_of_integer(sql: str, scale: int, digits: int) -> str:
    """The integer as a decimal with `scale` places; 64-bit arithmetic where its digits allow."""
    if not scale:
        return sql
    if digits <= 18 - scale:
        return f"({sql})::DECIMAL({18 - scale},0) * {_unit(scale)}::DECIMAL({scale},{scale})"
    return f"({sql})::DECIMAL({38 - scale},0) * {_unit(scale)}::DECIMAL({scale},{scale})"


def _unit(scale: int) -> str:
    return "0." + "0" * (scale - 1) + "1"


def look_up(items: Sequence[str], position: str, type_: str) -> str:
    """The item at `position`, counted from 1; NULL where the position is NULL or beyond the list."""
    return f"list_extract([{', '.join(items)}]::{type_}[], {position})"


def lowest_bit(mask: str) -> str:
    """The number of the lowest bit, from 1; 0 where no bit is set. Masks have at most 62 bits."""
    return f"(bit_count(xor({mask}, {mask} - 1)) & 63)::SMALLINT"


def several_bits(mask: str) -> str:
    return f"({mask} & ({mask} - 1)) <> 0"


def plus_months(column: str, months: str) -> str:
    """A day moved by months, to the last day where the month is shorter; back from TIMESTAMP to DATE."""
    return f"({column} + to_months(({months})::INTEGER))::DATE"


def plus_days(column: str, days: str) -> str:
    return f"({column} + ({days})::INTEGER)"


def structure(fields: Sequence[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{text(name)}: {sql}" for name, sql in fields) + "}"
