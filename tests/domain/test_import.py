"""Filing a whole file: in = taken + known + set aside, always; twice is once; interrupted, nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from django.db import connection

from amends.claims import operations, queries
from amends.claims.models import Claim, Import
from amends.claims.operations import Filed, ImportRunning
from amends.journal.canonical import canonical
from amends.journal.queries import entries_of
from amends.people.models import Claimant
from amends.programmes import folder
from amends.programmes.operations import adopt

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TSA = Path(__file__).parent.parent / "programmes" / "tsa" / "v1"
HEADER = "claim,claimant,category,name,iban,filed_at,incident_date,claim_amount\n"


def tsa() -> int:
    return adopt(folder.load(TSA), by="test", at=AT)


def file_text(tmp_path: Path, *lines: str, name: str = "claims.csv", version_id: int | None = None) -> Filed:
    path = tmp_path / name
    path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    return operations.file_batch(version_id=version_id or tsa(), path=path, by="test", at=AT)


ALICE = "1,alice,property,Alice,,2007-03-02,2007-03-01,850.00"
BOB = "2,bob,property,Bob,,2007-03-02,2007-03-01,12.30"


def test_a_claim_is_filed_with_its_claimant_and_its_journal_entry(tmp_path: Path) -> None:
    filed = file_text(tmp_path, ALICE)
    claim = Claim.objects.get()
    assert (filed.rows, filed.taken, filed.set_aside) == (1, 1, 0)
    assert (claim.source_key, claim.claimed_minor, claim.claimant_id) == ("1", 85_000, Claimant.objects.get().pk)
    assert claim.answers == {"incident_date": "2007-03-01", "claim_amount": "850.00"}
    assert [entry.kind for entry in entries_of(claim.pk)] == ["claim.filed"]
    view = queries.claim(claim.number.lower().replace("-", " "))
    assert view is not None
    assert view.id == claim.pk


def test_twice_is_once(tmp_path: Path) -> None:
    file_text(tmp_path, ALICE, BOB)
    again = file_text(tmp_path, ALICE, BOB)
    assert (again.taken, again.known, again.set_aside, Claim.objects.count()) == (0, 2, 0, 2)


def test_another_file_with_the_same_claims_files_only_the_new_ones(tmp_path: Path) -> None:
    file_text(tmp_path, ALICE)
    later = file_text(tmp_path, BOB, ALICE, name="later.csv")
    assert (later.taken, later.known, Claim.objects.count()) == (1, 1, 2)


def test_the_same_id_with_other_content_is_set_aside(tmp_path: Path) -> None:
    file_text(tmp_path, ALICE)
    later = file_text(tmp_path, ALICE.replace("850", "8500"), name="later.csv")
    assert (later.taken, later.known, later.set_aside) == (0, 0, 1)
    (row,) = queries.set_aside(later.import_id)
    assert row.reasons == ("claim “1” was filed before with other content",)
    assert row.raw["claim_amount"] == "8500.00"


def test_a_claimant_with_two_bank_accounts_is_set_aside(tmp_path: Path) -> None:
    first = "1,alice,property,Alice,GB33BUKB20201555555555,2007-03-02,2007-03-01,1"
    second = "2,alice,property,Alice,DE75512108001245126199,2007-03-02,2007-03-01,1"
    filed = file_text(tmp_path, first, second)
    assert (filed.taken, filed.set_aside) == (1, 1)
    (row,) = queries.set_aside(filed.import_id)
    assert row.reasons[0].startswith("claimant “alice” has iban “DE75512108001245126199” here and “GB33")


def test_what_an_earlier_row_left_out_a_later_one_may_add(tmp_path: Path) -> None:
    filed = file_text(tmp_path, "1,alice,property,,,,2007-03-01,1", "2,alice,property,Alice,,,2007-03-01,1")
    assert (filed.taken, Claimant.objects.get().name) == (2, "Alice")


def test_bad_rows_are_set_aside_whole_and_counted(tmp_path: Path) -> None:
    filed = file_text(tmp_path, ALICE, "2,bob,property,Bob,,2007-03-02,0206-03-01,3000000000000")
    assert (filed.rows, filed.taken, filed.set_aside) == (2, 1, 1)
    (row,) = queries.set_aside(filed.import_id)
    assert row.row == 2
    assert len(row.reasons) == 2
    assert row.raw["claim_amount"] == "3000000000000"
    assert set(row.raw) == set(HEADER.strip().split(","))


def test_an_interrupted_import_goes_on_behind_its_last_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "CHUNK", 10)
    lines = [f"{n},c{n // 2},property,,,2007-03-02,2007-03-01,{n}.25" for n in range(95)]

    def pull_the_plug(done: int, _of: int) -> None:
        if done == 30:
            raise KeyboardInterrupt

    version_id, path = tsa(), tmp_path / "claims.csv"
    path.write_text(HEADER + "\n".join(lines))
    with pytest.raises(KeyboardInterrupt):
        operations.file_batch(version_id=version_id, path=path, by="test", at=AT, progress=pull_the_plug)
    assert Import.objects.get().done == Claim.objects.count() == 30
    filed = operations.file_batch(version_id=version_id, path=path, by="test", at=AT)
    assert (filed.rows, filed.taken, filed.known, filed.set_aside) == (95, 95, 0, 0)
    assert Claim.objects.values("source_key").distinct().count() == 95


def test_a_second_importer_of_the_programme_is_refused(tmp_path: Path) -> None:
    version_id = tsa()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [operations.IMPORT_LOCK, version_id])
        with pytest.raises(ImportRunning):
            file_text(tmp_path, ALICE, version_id=version_id)
    other.close()


def test_the_audit_rebuilds_what_the_journal_said(tmp_path: Path) -> None:
    file_text(
        tmp_path,
        ALICE,
        '2,bob,property,"Bob ""Й"" O\'Neill\\\t/ \u2028",,2007-03-02T10:00:00.5+03:00,2007-03-01,12.30',
    )
    facts = list(queries.facts_for_audit())
    said = [entry.content for fact in facts for entry in entries_of(fact.claim or 0)]
    assert [canonical(fact.content) for fact in facts] == said
    assert len(facts) == 2


def test_no_real_airport_claim_is_lost(shared_data: Path) -> None:
    source = shared_data / "tsa_claims" / "tsa_claims.parquet"
    filed = operations.file_batch(version_id=tsa(), path=source, by="test", at=AT)
    assert filed.rows == 23_970 == filed.taken + filed.set_aside

    whole = duckdb.execute(
        f"SELECT sum(CAST(CAST(claim_amount AS VARCHAR) AS DECIMAL(20,2))) * 100 FROM '{source}'"
    ).fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT sum(claimed_minor) FROM claims_claim) + "
                       "(SELECT sum((raw->>'claim_amount')::numeric * 100) FROM claims_set_aside)")  # fmt: skip
        assert whole is not None
        assert cursor.fetchone()[0] == whole[0]

    reasons = [reason for row in queries.set_aside(filed.import_id) for reason in row.reasons]
    assert "claim_amount “3000000000000.0” is outside the range 0 to 9,999,999.99" in reasons
    assert sum("lies before 1900" in reason for reason in reasons) == 48
    assert sum("category is missing" in reason for reason in reasons) == 131
