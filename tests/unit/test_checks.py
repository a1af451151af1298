"""What the checks find, on a caseload whose truth is known."""

from __future__ import annotations

import duckdb
import pytest

from amends.checks.completeness import missing_sql
from amends.checks.matching import duplicates_sql, overlaps_sql
from amends.claims import caseload, intake
from amends.programmes import folder

CLAIMS = 6_000


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """6,000 made-up claims as recorded, and the truth about what was planted among them."""
    file = tmp_path_factory.mktemp("caseload") / "claims.parquet"
    programme = folder.load(folder.find("ukraine/v1"))
    caseload.write(programme, claims=CLAIMS, seed=3, out=file, dirty=0)
    connection = duckdb.connect()
    intake.read(connection, file, programme)
    connection.execute("CREATE TABLE recorded AS SELECT row_number() OVER () AS claim_id, * FROM claims")
    connection.execute(f"CREATE TABLE truth AS FROM read_csv('{file.with_suffix('.truth.csv')}', all_varchar = true)")
    for name, sql in (("duplicate", duplicates_sql), ("overlap", overlaps_sql), ("missing", missing_sql)):
        connection.execute(
            f"CREATE TABLE found_{name} AS "
            f"SELECT * FROM ({sql(programme, 'recorded')}) f(claim_id, kind, other_id, detail)"
        )
    return connection


def _pairs(register: duckdb.DuckDBPyConnection, kind: str) -> set[tuple[str, str]]:
    return set(
        register.execute(
            f"SELECT a.claim, b.claim FROM found_{kind} f JOIN recorded a ON a.claim_id = f.claim_id "
            "JOIN recorded b ON b.claim_id = f.other_id"
        ).fetchall()
    )


@pytest.mark.parametrize("kind", ["duplicate", "overlap"])
def test_every_planted_pair_is_found_and_linked_to_the_earlier_claim(
    register: duckdb.DuckDBPyConnection, kind: str
) -> None:
    planted = set(register.execute("SELECT claim, other FROM truth WHERE kind = ?", [kind]).fetchall())
    found = _pairs(register, kind)
    # A claim that was planted twice over is linked to the first of its group, not to the one it was copied from.
    assert {claim for claim, _ in planted} <= {claim for claim, _ in found}
    assert len(planted & found) >= 0.95 * len(planted)


def test_nothing_that_was_not_planted_is_called_a_duplicate(register: duckdb.DuckDBPyConnection) -> None:
    planted = {row[0] for row in register.execute("SELECT claim FROM truth").fetchall()}
    assert {claim for claim, _ in _pairs(register, "duplicate")} <= planted


def test_a_missing_paper_is_named(register: duckdb.DuckDBPyConnection) -> None:
    [lacks] = register.execute(
        "SELECT count(*) FROM recorded WHERE category = 'A3.1' "
        "AND NOT list_contains(coalesce(evidence, []), 'property-title')"
    ).fetchone() or [0]
    [said] = register.execute(
        "SELECT count(*) FROM found_missing JOIN recorded USING (claim_id) WHERE category = 'A3.1' "
        "AND kind = 'missing-evidence' AND detail = '{\"evidence\":\"property-title\"}'"
    ).fetchone() or [0]
    assert said == lacks > 0
