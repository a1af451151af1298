"""Which facts about a claimant stand in the journal? All of them: whoever changed a bank account would be seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# In the order of the alphabet, which is the order of canonical JSON.
FACTS = ("birth_date", "household", "iban", "kind", "language", "name", "name_latin", "source_key", "tax_number")


def claimant(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of people_claimant as canonical values."""
    born = row["birth_date"]
    return {**{name: row[name] for name in FACTS}, "birth_date": None if born is None else born.isoformat()}


def claimant_sql(source: str) -> str:
    """SQL (DuckDB): the canonical JSON of `claimant`, over the columns of `source`; equal to it by test."""
    pairs = []
    for name in FACTS:
        column = f"{source}.{name}"
        text = f"coalesce(to_json(CAST({column} AS VARCHAR)), 'null')"
        pairs.append(f"""'"{name}":' || {text}""")
    return "'{' || " + " || ',' || ".join(pairs) + " || '}'"
