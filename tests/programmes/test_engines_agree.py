"""The two engines must say the same of every claim: value, rule and reason, nulls and errors included."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from amends import rules
from amends.programmes import folder, mass
from amends.rules import generate

CLAIMS = 10_000


@pytest.mark.parametrize("code", folder.available())
def test_on_ten_thousand_generated_claims(code: str) -> None:
    programme = folder.load(folder.find(code))
    for law in programme.laws:
        connection = duckdb.connect()
        _claims(connection, law.model)
        compiled = connection.execute(mass.compiled(connection, programme, law)).fetchall()
        names = [column[0] for column in connection.description or []]
        fast = {row[0]: dict(zip(names, row, strict=True)) for row in compiled}
        slow = list(mass.referee(connection, programme, law))

        assert len(slow) == len(fast) == CLAIMS
        assert {v.outcome for v in slow} > {slow[0].outcome}, "generated claims reach more than one outcome"
        for said in slow:
            row = fast[said.claim]
            assert (row["outcome"], row["award_minor"], row["reason"]) == (
                said.outcome,
                said.award_minor,
                said.reason,
            )
            assert row["reasons"] == mass.reasons(law, said)
            for decision in law.model.decisions:
                assert row[f"{decision.name}#value"] == said.values[decision.name], (said.claim, decision.name)


def _claims(connection: duckdb.DuckDBPyConnection, model: rules.Model) -> None:
    """A relation of generated claims whose columns are the law's own facts."""
    rows = list(generate.facts(model, CLAIMS, seed=7))
    types = rules.compile_duckdb(model).input_types
    columns = {
        name: pa.array([None if r[name] is None else str(r[name]) for r in rows], pa.string())
        for name in model.inputs
    }
    connection.register("texts", pa.table({"claim": pa.array([f"g{n}" for n in range(CLAIMS)]), **columns}))
    typed = ", ".join(f'CAST("{name}" AS {types[name]}) AS "{name}"' for name in model.inputs)
    standing = ", ".join(
        f"CAST(NULL AS {kind}) AS {name}"
        for name, kind in (
            ("claimant", "VARCHAR"),
            ("household", "VARCHAR"),
            ("category", "VARCHAR"),
            ("filed_at", "TIMESTAMP"),
        )
        if name not in model.inputs
    )
    connection.execute(
        f"CREATE TABLE claims AS SELECT claim, {typed}{', ' + standing if standing else ''} FROM texts"
    )
