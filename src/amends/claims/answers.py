"""What is an answer: as a column that can be computed with, and as canonical JSON that can be kept?

Columns: money and decimals are exact DECIMALs as wide as the question's range asks, dates DATE, yes-no BOOLEAN.
JSON: money and decimals as text with all their decimal places, because JSON numbers are floats to most readers.
"""

from __future__ import annotations

from decimal import Decimal

from amends.claims.sql import identifier, literal
from amends.programmes.programme import Question

# A question without limits still gets limits: what an exact whole number of minor units may be (RFC 8785: 2^53 - 1).
WIDEST = 15
TYPES = {"integer": "BIGINT", "date": "DATE", "choice": "VARCHAR", "yes-no": "BOOLEAN", "text": "VARCHAR"}


def limits(question: Question) -> tuple[Decimal, Decimal]:
    """The lowest and the highest number that may be answered."""
    widest = Decimal(10) ** (WIDEST - question.decimals) - Decimal(1).scaleb(-question.decimals)
    low = question.low if question.low is not None else -widest
    high = question.high if question.high is not None else widest
    return low, high


def column_type(question: Question) -> str:
    """The DuckDB type of the question's column."""
    if question.type in TYPES:
        return TYPES[question.type]
    whole_digits = max(len(str(abs(int(limit)))) for limit in limits(question))
    return f"DECIMAL({whole_digits + question.decimals},{question.decimals})"


def json_sql(questions: dict[str, Question]) -> str:
    """SQL over typed columns: the answers given, as canonical JSON. What was not answered is left out."""
    if not questions:
        return "'{}'"
    pairs = ", ".join(_pair_sql(questions[name]) for name in sorted(questions))
    return f"'{{' || concat_ws(',', {pairs}) || '}}'"  # concat_ws leaves out nulls, and a pair with a null is null


def unpack_sql(json: str, questions: dict[str, Question]) -> str:
    """SQL: the struct of typed columns that the JSON text `json` stands for; the inverse of `json_sql`.

    Strict: an answer that does not fit its question is an error and never a silent null. What was left out is null.
    """
    nothing = "{" + ",".join(f'"{name}":null' for name in questions) + "}"
    types = ",".join(f'"{name}":"{column_type(question)}"' for name, question in questions.items())
    whole = f"json_merge_patch({literal(nothing)}, {json})"
    return f"json_transform_strict({whole}, {literal('{' + types + '}')})"


def _pair_sql(question: Question) -> str:
    column = identifier(question.id)
    if question.type in ("choice", "text"):
        value = f"to_json({column})"
    elif question.type in ("integer", "yes-no"):
        value = f"CAST({column} AS VARCHAR)"
    else:
        value = f"""'"' || CAST({column} AS VARCHAR) || '"'"""
    key = literal(f'"{question.id}":')
    return f"{key} || {value}"
