"""Recording: the Register's four tests, once for every claim, each outcome with its reason and its journal entry."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from amends.claims import operations, queries
from amends.claims.models import Claim, Recording
from amends.journal.canonical import canonical
from amends.journal.queries import entries_of
from amends.programmes import folder
from amends.programmes.operations import adopt

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEADER = "claim,claimant,category,filed_at,damage_date,region,place,cause,area,claimed\n"
KHARKIV = "UA63000000000041885"
OLENA = f"1,olena,A3.1,2024-06-03,2022-03-10,{KHARKIV},in-ukraine,shelling,61.5,38000.50\n"
TARAS = f"2,taras,A3.1,2024-06-03,2014-08-20,{KHARKIV},in-ukraine,shelling,40,\n"


@pytest.fixture
def version_id(tmp_path: Path) -> int:
    """Ukraine's programme, with a claim of 2022 and one of 2014."""
    adopted = adopt(folder.load(folder.find("ukraine/v1")), by="test", at=AT)
    (tmp_path / "claims.csv").write_text(HEADER + OLENA + TARAS)
    operations.file_batch(version_id=adopted, path=tmp_path / "claims.csv", by="test", at=AT)
    return adopted


def test_each_claim_is_recorded_or_refused_with_its_reason(version_id: int) -> None:
    assert operations.record(version_id=version_id, by="board", at=AT) == 2
    said = dict(Recording.objects.values_list("claim__source_key", "reason"))
    assert said == {"1": "eligible", "2": "before-24-february-2022"}
    assert queries.counts(version_id) == {"submitted": 2, "recorded": 1, "refused": 1, "set_aside": 0}


def test_recording_twice_records_once(version_id: int) -> None:
    operations.record(version_id=version_id, by="board", at=AT)
    assert operations.record(version_id=version_id, by="board", at=AT) == 0
    assert Recording.objects.count() == 2


def test_the_journal_tells_of_each_and_the_audit_rebuilds_it(version_id: int) -> None:
    operations.record(version_id=version_id, by="board", at=AT)
    kinds = {claim.source_key: [e.kind for e in entries_of(claim.pk)] for claim in Claim.objects.all()}
    assert kinds == {"1": ["claim.filed", "claim.recorded"], "2": ["claim.filed", "claim.refused"]}
    rebuilt = sorted(canonical(fact.content) for fact in queries.facts_for_audit())
    assert rebuilt == sorted(entry.content for claim in Claim.objects.all() for entry in entries_of(claim.pk))


def test_a_snapshot_gives_back_what_was_filed_with_its_types(version_id: int) -> None:
    duck = duckdb.connect()
    programme = folder.load(folder.find("ukraine/v1"))
    assert queries.snapshot(duck, version_id, programme) == 2
    row = duck.execute(
        "SELECT claimant, region, area, claimed, filed_at, dwelling FROM claims ORDER BY claim_id"
    ).fetchall()
    filed_at = datetime(2024, 6, 3)  # noqa: DTZ001 - the relation's instants are UTC without saying so
    assert row[0] == ("olena", KHARKIV, Decimal("61.5"), Decimal("38000.50"), filed_at, None)
    assert row[1][3] is None


def test_a_snapshot_of_recorded_claims_leaves_out_the_refused(version_id: int) -> None:
    operations.record(version_id=version_id, by="board", at=AT)
    duck = duckdb.connect()
    programme = folder.load(folder.find("ukraine/v1"))
    assert queries.snapshot(duck, version_id, programme, recorded=True) == 1
