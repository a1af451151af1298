"""From a filed claim to its verified receipt, and to an audit that names it when it was changed: as commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from amends.claims import caseload
from amends.claims.operations import file_batch
from amends.cli import audit, receipt, verify
from amends.programmes import folder
from amends.programmes.operations import adopt
from amends.proofs.operations import publish
from amends.refusal import Refusal

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run(command: Any, *arguments: str) -> Result:
    return CliRunner().invoke(command.command, arguments)


@pytest.fixture
def number(committed: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The number of one of 300 filed claims, all published."""
    settings.HOME = tmp_path
    monkeypatch.setenv("AMENDS_HOME", str(tmp_path))
    programme = folder.load(folder.find("ukraine"))
    caseload.write(programme, claims=300, seed=1, out=tmp_path / "claims.csv")
    version = adopt(programme, by="council", at=NOW)
    file_batch(version_id=version, path=tmp_path / "claims.csv", by="register", at=NOW)
    publish(by="sequencer", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM claims_claim ORDER BY id LIMIT 1")
        return str(cursor.fetchone()[0])


def test_a_receipt_is_written_and_holds(number: str, tmp_path: Path) -> None:
    written = json.loads(run(receipt, number.lower(), "--out", str(tmp_path / "r"), "--json").stdout)
    [file] = [each["file"] for each in written["receipts"]]
    assert "PROVEN: claim.filed" in run(verify, file).stdout
    assert run(verify, file, "--key", written["key"]).exit_code == 0


def test_a_receipt_names_nobody(number: str, tmp_path: Path) -> None:
    run(receipt, number, "--out", str(tmp_path / "r"))
    [file] = (tmp_path / "r").iterdir()
    said = run(verify, str(file), "--json").stdout
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, name_latin, iban, tax_number, birth_date::text FROM people_claimant p "
            "JOIN claims_claim c ON c.claimant_id = p.id WHERE number = %s",
            [number],
        )
        personal = [value for value in cursor.fetchone() if value]
    assert personal
    assert not any(value in said for value in personal)


def test_an_unknown_or_mistyped_claim_has_no_receipt(number: str) -> None:
    other = "UKRA-0000-0000-0000-" + ("0" if number[-1] != "0" else "1")
    assert isinstance(run(receipt, other).exception, Refusal)


def test_the_audit_agrees_until_a_row_is_changed_and_then_names_it(number: str) -> None:
    assert run(audit).exit_code == 0
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE claims_claim DISABLE TRIGGER USER")
        cursor.execute("UPDATE claims_claim SET claimed_minor = 1 WHERE number = %s", [number])
    words, result = run(audit), run(audit, "--json")
    assert (words.exit_code, result.exit_code) == (1, 1)
    assert number in words.stdout
    [difference] = json.loads(result.stdout)["differences"]
    assert (difference["kind"], difference["where"]) == ("changed row", f"claims_claim {number}")
