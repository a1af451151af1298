"""Made-up claims: believable, repeatable, and with a truth that can be looked up."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from amends.claims import caseload, intake
from amends.programmes import folder
from amends.programmes.programme import Programme

CLAIMS = 3_000


@pytest.fixture(params=folder.available())
def programme(request: pytest.FixtureRequest) -> Programme:
    return folder.load(folder.find(request.param))


def _made(programme: Programme, out: Path, seed: int = 1) -> bytes:
    caseload.write(programme, claims=CLAIMS, seed=seed, out=out)
    return out.read_bytes()


def test_the_same_seed_makes_the_same_bytes_and_another_others(programme: Programme, tmp_path: Path) -> None:
    first = _made(programme, tmp_path / "first.parquet")
    assert _made(programme, tmp_path / "second.parquet") == first
    assert _made(programme, tmp_path / "third.parquet", seed=2) != first


def test_intake_takes_all_but_the_dirt(programme: Programme, tmp_path: Path) -> None:
    out = tmp_path / "claims.parquet"
    rows = caseload.write(programme, claims=CLAIMS, seed=1, out=out, dirty=0.01)
    connection = duckdb.connect()
    intake.read(connection, out, programme)
    found = connection.execute(
        "SELECT count(*), count(*) FILTER (claim LIKE 'd%') FROM claims WHERE len(problems) > 0"
    )
    assert rows == CLAIMS + 30
    assert found.fetchone() == (30, 30)


def test_planted_claims_are_what_the_truth_says(tmp_path: Path) -> None:
    programme = folder.load(folder.find("ukraine/v1"))
    out = tmp_path / "claims.parquet"
    _made(programme, out)
    pairs = duckdb.execute(
        """
        SELECT t.kind, count(*), bool_and(a.tax_number = b.tax_number
          AND a.damage_date IS NOT DISTINCT FROM b.damage_date
          AND (a.category = b.category) = (t.kind = 'duplicate') AND a.filed_at > b.filed_at)
        FROM read_csv(?, all_varchar = true) t
        JOIN read_parquet(?) a ON a.claim = t.claim JOIN read_parquet(?) b ON b.claim = t.other
        GROUP BY t.kind ORDER BY t.kind
        """,
        [str(out.with_suffix(".truth.csv")), str(out), str(out)],
    ).fetchall()
    assert pairs == [("duplicate", CLAIMS * 2 // 100, True), ("overlap", CLAIMS * 5 // 1000, True)]


def test_a_category_that_opens_brings_a_burst(tmp_path: Path) -> None:
    out = tmp_path / "claims.parquet"
    _made(folder.load(folder.find("ukraine/v1")), out)
    first_weeks, usual = duckdb.execute(
        """
        SELECT count(*) FILTER (day < '2025-05-15') / 4.0, count(*) FILTER (day >= '2025-09-01') / 30.0
        FROM (SELECT left(filed_at, 10) AS day FROM read_parquet(?) WHERE category = 'A1.1')
        """,
        [str(out)],
    ).fetchone() or (0, 0)
    assert first_weeks > 3 * usual


@pytest.mark.parametrize("claims", [1, 2, 30])
def test_a_caseload_may_be_small(programme: Programme, tmp_path: Path, claims: int) -> None:
    out = tmp_path / "claims.csv"
    assert caseload.write(programme, claims=claims, seed=1, out=out) == claims
    assert len(out.read_text().splitlines()) == claims + 1
