"""Deciding: in mass, once, with reasons that can be read and repeated; never before entry into force."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from django.db import connection, transaction
from django.db.utils import Error

from amends.checks import operations as checks
from amends.claims import caseload, intake
from amends.claims import operations as claims
from amends.cli.decide import decide_all
from amends.decisions import operations as decisions
from amends.decisions import queries
from amends.journal.canonical import canonical
from amends.programmes import folder
from amends.programmes import operations as programmes
from amends.treaty import operations as treaty
from amends.treaty.entry import Needed
from amends.treaty.operations import NotInForce
from amends.treaty.scenario import simulated

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FLOODS = """claim,claimant,claimant_kind,category,loss_date,damage,deductible_code,coverage
roof,olena,person,building,2012-10-29,12205.00,3,250000
cellar,petro,person,building,2012-10-29,900.00,1,250000
lost-papers,ivan,person,building,2012-10-29,,3,250000
"""

pytestmark = pytest.mark.django_db


def _filed(code: str, path: Path, rows: str) -> int:
    """A programme version with the claims of `rows` filed, recorded and checked."""
    programme = folder.load(folder.find(code))
    version = programmes.adopt(programme, by="test", at=NOW)
    treaty.establish(programme=programme, version_id=version, by="test", at=NOW)
    file = path / "claims.csv"
    file.write_text(rows)
    claims.file_batch(version_id=version, path=file, by="test", at=NOW)
    claims.record(version_id=version, by="test", at=NOW)
    checks.run(version_id=version, by="test", at=NOW)
    return version


def _decided() -> dict[str, tuple[str, int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.source_key, d.outcome, d.award_minor, d.reason, c.number "
            "FROM decisions_decision d JOIN claims_claim c ON c.id = d.claim_id"
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


def test_every_claim_is_decided_once_with_its_reason(tmp_path: Path) -> None:
    version = _filed("nfip-building/v1", tmp_path, FLOODS)
    assert decisions.decide(version_id=version, by="test", at=NOW) == 3
    assert decisions.decide(version_id=version, by="test", at=NOW) == 0
    found = _decided()
    assert found["roof"][:3] == ("awarded", 9_205_00, "deductible-applied")
    assert found["cellar"][:3] == ("nil", 0, "below-deductible")
    assert found["lost-papers"][:3] == ("not computable", 0, "damage-missing")


@pytest.mark.parametrize(("language", "answer"), [("en", "$3,000"), ("uk", "3 000 доларів")])
def test_a_decision_can_be_read_line_by_line_and_repeated(tmp_path: Path, language: str, answer: str) -> None:
    version = _filed("nfip-building/v1", tmp_path, FLOODS)
    decisions.decide(version_id=version, by="test", at=NOW)
    read = queries.explanation(_decided()["roof"][3], language)
    assert read is not None
    assert read.reproduced
    assert read.award_minor == 9_205_00
    deductible = next(line for line in read.lines if line.rule == 4)
    assert "OpenFEMA" in deductible.legal_basis
    assert [fact.value for fact in deductible.facts] == [answer]


def test_the_journal_tells_each_decision_as_it_stands(tmp_path: Path) -> None:
    version = _filed("nfip-building/v1", tmp_path, FLOODS)
    decisions.decide(version_id=version, by="test", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM journal_entry WHERE kind IN ('claim.decided', 'decisions.run')")
        journal = sorted(row[0] for row in cursor.fetchall())
    assert journal == sorted(canonical(fact.content) for fact in queries.facts_for_audit())


def test_nothing_is_decided_before_entry_into_force(tmp_path: Path) -> None:
    rows = "claim,claimant,claimant_kind,category\nc1,olena,person,A2.1\n"
    version = _filed("ukraine/v1", tmp_path, rows)
    with pytest.raises(NotInForce):
        decisions.decide(version_id=version, by="test", at=NOW)


def test_the_database_refuses_too(tmp_path: Path) -> None:
    version = _filed("ukraine/v1", tmp_path, "claim,claimant,claimant_kind,category\nc1,olena,person,A2.1\n")
    insert = """
      WITH run AS (INSERT INTO decisions_run (programme_id, engine, model_sha256, claims, started_at)
                   VALUES (%s, 'by hand', '', 1, now()) RETURNING id)
      INSERT INTO decisions_decision (claim_id, run_id, outcome, award_minor, currency, reason, facts, trace, at)
      SELECT c.id, run.id, 'awarded', 100, 'EUR', '', '{}', '{}', now() FROM claims_claim c, run
    """
    with pytest.raises(Error, match="in force"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert, [version])


def test_a_file_decided_alone_and_through_the_register_gives_the_same_awards(tmp_path: Path) -> None:
    programme = folder.load(folder.find("ukraine/v1"))
    version = programmes.adopt(programme, by="test", at=NOW)
    treaty.establish(programme=programme, version_id=version, by="test", at=NOW)
    needed = programme.entry_into_force
    assert needed is not None
    scenario = simulated(Needed(**asdict(needed)), in_force_by=NOW.date())
    treaty.enact(version_id=version, scenario=scenario, by="test", at=NOW)
    file = tmp_path / "claims.parquet"
    caseload.write(programme, claims=1_500, seed=11, out=file)

    claims.file_batch(version_id=version, path=file, by="test", at=NOW)
    claims.record(version_id=version, by="test", at=NOW)
    checks.run(version_id=version, by="test", at=NOW)
    decisions.decide(version_id=version, by="test", at=NOW)
    duck = duckdb.connect()
    intake.read(duck, file, programme)
    decide_all(duck, programme, "duckdb")

    alone = duck.execute(
        "SELECT claim, outcome, award_minor FROM decisions WHERE outcome <> 'not recorded'"
    ).fetchall()
    registered = [(claim, outcome, award) for claim, (outcome, award, _, _) in _decided().items()]
    assert sorted(alone) == sorted(registered)
    assert {outcome for _, outcome, _ in registered} == {"awarded", "nil", "not computable"}
