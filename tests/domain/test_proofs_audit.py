"""A changed row is named, whoever changed it and however far they went to hide it."""

from __future__ import annotations

import importlib.util
import pkgutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

import amends
from amends.journal.operations import write
from amends.programmes import folder
from amends.programmes.operations import adopt
from amends.proofs.audit.difference import Kind
from amends.proofs.audit.queries import SOURCES, audit
from amends.proofs.operations import publish
from amends.treaty import operations as treaty
from amends.treaty.notices import ActNotice, ParticipantNotice

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUARDED = (
    "journal_entry",
    "proofs_leaf",
    "treaty_participant",
    "treaty_act",
    "programmes_version",
    "proofs_checkpoint",
)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def history(tmp_path: Path, settings: Any) -> Path:
    """A programme, three participants and a signature: adopted, recorded, published."""
    settings.HOME = tmp_path
    version = adopt(folder.load(folder.find("uncc")), by="council", at=NOON)
    states = [
        ParticipantNotice(code, name, "state", 100)
        for code, name in (("EE", "Estonia"), ("FI", "Finland"), ("IE", "Ireland"))
    ]
    treaty.record_participants(version_id=version, notices=states, by="depositary", at=NOON)
    signed = [ActNotice("EE", "signature", date(2025, 5, 16), simulated=False)]
    treaty.record_acts(version_id=version, notices=signed, by="depositary", at=NOON)
    publish(by="sequencer", at=NOON)
    return tmp_path


def alter(*statements: str) -> None:
    """A database administrator at work: the guards are switched off, the rows changed, and the guards are back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def found() -> list[tuple[str, str]]:
    report = audit()
    assert report.holds == (not report.differences)
    return [(each.kind, each.where) for each in report.differences]


def test_untouched_history_agrees() -> None:
    report = audit()
    assert report.holds
    assert (report.facts, report.entries, report.logged, report.waiting) == (5, 5, 5, 0)


def test_a_changed_row_is_named() -> None:
    alter("UPDATE treaty_participant SET name = 'Elsewhere' WHERE code = 'EE'")
    [(kind, where)] = found()
    assert kind == Kind.CHANGED_ROW
    assert "EE" in where


def test_a_removed_row_is_named() -> None:
    alter("DELETE FROM treaty_participant WHERE code = 'FI'")
    [(kind, where)] = found()
    assert kind == Kind.MISSING_ROW
    assert "Finland" in where


def test_a_row_that_no_operation_wrote_is_named() -> None:
    alter(
        "INSERT INTO treaty_participant (programme_id, code, name, kind, reference_share_minor, at) "
        "SELECT programme_id, 'XX', 'Nowhere', kind, 1, at FROM treaty_participant WHERE code = 'IE'"
    )
    [(kind, where)] = found()
    assert kind == Kind.EXTRA_ROW
    assert "XX" in where


def test_a_row_changed_together_with_its_entry_is_found_by_the_log() -> None:
    alter(
        "UPDATE treaty_participant SET name = 'Elsewhere' WHERE code = 'IE'",
        "UPDATE journal_entry SET content = replace(content, 'Ireland', 'Elsewhere')",
    )
    assert [kind for kind, _ in found()] == [Kind.CHANGED_ENTRY]


@pytest.mark.parametrize("column", ["by = 'mallory'", "at = at + interval '1 microsecond'", "kind = 'treaty.gift'"])
def test_an_entry_whose_author_time_or_kind_was_changed_is_found(column: str) -> None:
    alter(f"UPDATE journal_entry SET {column} WHERE kind = 'treaty.act'")
    assert Kind.CHANGED_ENTRY in [kind for kind, _ in found()]


def test_a_removed_entry_is_found() -> None:
    alter("DELETE FROM journal_entry WHERE kind = 'treaty.act'")
    assert {kind for kind, _ in found()} == {Kind.MISSING_ENTRY, Kind.EXTRA_ROW}


def test_an_entry_slipped_past_the_outbox_is_found() -> None:
    alter(
        "INSERT INTO journal_entry (kind, by, at, public, content, commitment) "
        "SELECT kind, by, at, public, content, commitment FROM journal_entry WHERE kind = 'treaty.act'"
    )
    assert {kind for kind, _ in found()} == {Kind.CHANGED_ENTRY, Kind.MISSING_ROW}


def test_a_changed_commitment_is_found() -> None:
    alter("UPDATE journal_entry SET commitment = '\\x00' WHERE kind = 'treaty.act'")
    assert [kind for kind, _ in found()] == [Kind.CHANGED_ENTRY]


def test_swapped_places_are_found() -> None:
    alter(
        "UPDATE proofs_leaf SET index = -1 WHERE index = 1",
        "UPDATE proofs_leaf SET index = 1 WHERE index = 2",
        "UPDATE proofs_leaf SET index = 2 WHERE index = -1",
    )
    assert [kind for kind, _ in found()] == [Kind.CHANGED_ENTRY] * 2


@pytest.mark.parametrize("file", ["checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5", "key.pub"])
@pytest.mark.parametrize("damage", ["changed", "removed"])
def test_a_damaged_log_file_is_named(history: Path, file: str, damage: str) -> None:
    path = history / "log" / file
    if damage == "changed":
        path.write_bytes(path.read_bytes()[:-2] + b"!\n")
    elif file != "key.pub":
        path.unlink()
    else:
        path.write_text("nonsense")
    assert (Kind.DAMAGED_LOG, file) in found()


def test_what_waits_for_the_log_is_counted_and_is_no_difference() -> None:
    version = adopt(folder.load(folder.find("nfip-building")), by="council", at=NOON)
    assert version
    report = audit()
    assert report.holds
    assert report.waiting == 1


@pytest.mark.parametrize("changed", ["substr(key, 2) || '\\x00'", "key || '\\x00'"])
def test_a_private_entry_is_held_to_its_key(changed: str) -> None:
    with transaction.atomic():
        write(kind="claim.filed", by="register", at=NOON, contents=[{"claim": "UA-1"}], claims=[1])
    publish(by="sequencer", at=NOON)
    assert found() == [(Kind.MISSING_ROW, "claim.filed of claim UA-1")]  # there is no such claim in the tables
    alter(f"UPDATE journal_entry SET key = {changed} WHERE claim = 1")
    assert (Kind.CHANGED_ENTRY, "claim.filed of claim UA-1") in found()


@pytest.mark.parametrize("change", ["root = '\\x00'", "size = size - 1", "note = note || 'x'"])
def test_a_changed_checkpoint_is_found(change: str) -> None:
    alter(f"UPDATE proofs_checkpoint SET {change}")
    assert any(kind == Kind.DAMAGED_LOG for kind, _ in found())


def test_a_row_too_damaged_to_be_read_is_a_finding() -> None:
    alter("UPDATE programmes_version SET files = '{\"programme.toml\": 7}'")
    assert (Kind.CHANGED_ROW, "amends.programmes") in found()


def test_no_package_that_has_facts_is_forgotten() -> None:
    names = [f"amends.{module.name}.queries" for module in pkgutil.iter_modules(amends.__path__) if module.ispkg]
    modules = [importlib.import_module(name) for name in names if importlib.util.find_spec(name)]
    having = {module.__name__ for module in modules if hasattr(module, "facts_for_audit")}
    assert having == {source.__module__ for source in SOURCES}
