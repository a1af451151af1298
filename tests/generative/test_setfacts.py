"""Set-wise facts have one meaning in two languages: plain Python and SQL windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from amends.programmes.mass import set_fact_sql
from amends.programmes.programme import SetFact
from amends.programmes.setfacts import Neighbour, compute

FACTS = [
    SetFact(f"{kind}_{per}", kind, per, ("A", "B"))
    for kind in ("elsewhere", "position", "count")
    for per in ("claimant", "household")
]
START = datetime(2026, 1, 1, tzinfo=UTC)
neighbours = st.builds(
    Neighbour,
    claim=st.uuids().map(str),
    claimant=st.sampled_from("pqr"),
    household=st.sampled_from(["", "h", "p"]),
    category=st.sampled_from("ABC"),
    filed_at=st.none() | st.integers(0, 3).map(lambda days: START + timedelta(days=days)),
    duplicate=st.booleans(),
)


@given(st.lists(neighbours, max_size=12, unique_by=lambda claim: claim.claim))
def test_python_and_sql_agree(claims: list[Neighbour]) -> None:
    connection = duckdb.connect()
    columns = ("claim", "claimant", "household", "category", "filed_at", "duplicate")
    types = [pa.string()] * 4 + [pa.timestamp("us", "UTC"), pa.bool_()]
    rows = {c: pa.array([getattr(n, c) for n in claims], t) for c, t in zip(columns, types, strict=True)}
    connection.register("claims", pa.table(rows))
    wanted = ", ".join(f"{set_fact_sql(fact, columns)} AS {fact.name}" for fact in FACTS)
    found = connection.execute(f"SELECT claim, {wanted} FROM claims").fetchall()
    in_sql = {row[0]: dict(zip((fact.name for fact in FACTS), row[1:], strict=True)) for row in found}
    in_python = dict(zip((n.claim for n in claims), compute(FACTS, claims), strict=True))
    assert in_sql == in_python
