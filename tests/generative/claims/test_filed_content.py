"""DuckDB writes the canonical JSON of millions of claims; it must be the text that `canonical` writes of each."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from amends.claims import content
from amends.claims.answers import column_type, json_sql, unpack_sql
from amends.claims.sql import literal
from amends.journal.canonical import canonical, fingerprint
from amends.people.content import FACTS
from amends.programmes.programme import Question

QUESTIONS = {
    question.id: question
    for question in (
        Question("when", "date"), Question("sum", "money", decimals=2), Question("share", "decimal", decimals=4),
        Question("rooms", "integer"), Question("occupied", "yes-no"), Question("words", "text"),
        Question("A", "text"),
    )
}  # fmt: skip
# What intake lets through: any text in form NFC without control characters but tab and line ends.
words = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\t\n\r"\\/\u2028é😀'), max_size=12)
    .map(lambda text: unicodedata.normalize("NFC", text))
)  # fmt: skip
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))
answers = st.fixed_dictionaries(
    {
        "when": st.none() | days,
        "sum": st.none() | st.decimals(0, Decimal("9999999.99"), places=2),
        "share": st.none() | st.decimals(-1, 1, places=4),
        "rooms": st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
        "occupied": st.none() | st.booleans(),
        "words": st.none() | words,
        "A": st.none() | words,
    }
)
claims = st.fixed_dictionaries(
    {
        "number": st.just("TSA-7K2M-9QXZ-4TBN-H"), "source_key": words, "category": words, "region": words,
        "filed_at": st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - UTC is added below
        "evidence": st.lists(words, max_size=3), "claimed_minor": st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    }
)  # fmt: skip
PERSON = pa.schema({name: pa.date32() if name == "birth_date" else pa.string() for name in FACTS})
CLAIM = pa.schema(
    {
        "number": pa.string(),
        "source_key": pa.string(),
        "category": pa.string(),
        "region": pa.string(),
        "filed_at": pa.timestamp("us"),
        "evidence": pa.list_(pa.string()),
        "claimed_minor": pa.int64(),
    }
)
people = st.fixed_dictionaries({name: st.none() | days if name == "birth_date" else words for name in FACTS})


def as_json(name: str, value: Any) -> Any:
    if QUESTIONS[name].type in ("money", "decimal"):
        return f"{value:.{QUESTIONS[name].decimals}f}" if value else f"{abs(value):.{QUESTIONS[name].decimals}f}"
    return value.isoformat() if isinstance(value, date) else value


@given(claims, answers, people)
@settings(max_examples=150, deadline=None)
def test_the_fact_is_the_same_text_in_python_and_in_sql(
    claim: dict[str, Any], given_: dict[str, Any], claimant: dict[str, Any]
) -> None:
    kept = {name: as_json(name, value) for name, value in given_.items() if value is not None}
    expected = content.fact(
        **{**claim, "filed_at": claim["filed_at"].replace(tzinfo=UTC)}, answers=kept, claimant_row=claimant
    )
    duck = duckdb.connect()
    duck.register("people", pa.Table.from_pylist([claimant], PERSON))
    duck.register("claims", pa.Table.from_pylist([claim], CLAIM))
    duck.register("given", pa.table({name: pa.array([None if v is None else str(v)]) for name, v in given_.items()}))
    types = ", ".join(
        f'CAST("{name}" AS {column_type(question)}) AS "{name}"' for name, question in QUESTIONS.items()
    )
    duck.execute(
        f"CREATE TABLE c AS SELECT claims.* REPLACE (CAST(to_json(evidence) AS VARCHAR) AS evidence), "
        f"{json_sql(QUESTIONS)} AS answers FROM claims, (SELECT {types} FROM given)"
    )
    fact = f"CAST({content.fact_sql('c', 'people')} AS VARCHAR)"
    row = duck.execute(f"SELECT {fact}, sha256({fact}) FROM c, people").fetchone()
    assert row == (canonical(expected), fingerprint(expected).hex())

    unpacked = f"SELECT CAST({unpack_sql('answers', QUESTIONS)} AS VARCHAR) AS there_and_back FROM c"
    back = duck.execute(
        f"SELECT there_and_back = CAST(t AS VARCHAR) FROM ({unpacked}), (SELECT {types} FROM given) t"
    )
    assert back.fetchone() == (True,)


def test_the_entry_is_the_same_text_in_python_and_in_sql() -> None:
    said = content.filed(number="TSA-1", programme_sha256="ab", fingerprint="cd")
    written = duckdb.execute(f"SELECT {content.filed_sql(literal('TSA-1'), 'ab', literal('cd'))}").fetchone()
    assert written == (canonical(said),)
