"""Nothing is decided before entry into force, and the database and the program agree on its day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import Error, IntegrityError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from amends.claims.models import Claim
from amends.decisions.models import Decision, Run
from amends.journal.canonical import canonical
from amends.journal.queries import public_entries
from amends.people.models import Claimant
from amends.programmes.models import Version
from amends.programmes.programme import EntryIntoForce
from amends.treaty import entry, operations, queries
from amends.treaty.notices import ActNotice, NoticesInvalid, ParticipantNotice, acts, participants
from amends.treaty.scenario import simulated

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ICCU = EntryIntoForce(ratifications=25, reference_budget_minor=738_429_900, share_percent=50, months=3)
NEEDED = entry.Needed(25, 738_429_900, 50, 3)
WHO = {"by": "depositary", "at": NOON}


@dataclass(frozen=True)
class Text:
    """The only part of a programme that the treaty reads."""

    entry_into_force: EntryIntoForce | None


def adopted(needed: EntryIntoForce | None = ICCU) -> Version:
    text = "[entry_into_force]\nratifications = 25\n" if needed else ""
    version = Version.objects.create(
        code="test/v1", sha256="0" * 64, currency="EUR", minor_digits=2, adopted_at=NOON,
        files={"programme.toml": text},
    )  # fmt: skip
    operations.establish(programme=Text(needed), version_id=version.pk, **WHO)
    return version


def decide(version: Version, at: datetime = NOON) -> None:
    olena = Claimant.objects.create(programme=version, source_key="olena", kind="person", name="Олена")
    claim = Claim.objects.create(
        programme=version, claimant=olena, number="T-1", source_key="1", category="A", filed_at=NOON, answers={},
        evidence=[], fingerprint=b"",
    )  # fmt: skip
    run = Run.objects.create(programme=version, engine="test", model_sha256="0" * 64, claims=1, started_at=NOON)
    Decision.objects.create(
        claim=claim, run=run, outcome="awarded", award_minor=100, currency="EUR", reason="r", facts={}, trace={},
        at=at,
    )  # fmt: skip


@pytest.mark.django_db
class TestBeforeEntryIntoForce:
    def test_the_database_refuses_a_decision(self) -> None:
        with pytest.raises(IntegrityError, match="No decision before entry into force"), transaction.atomic():
            decide(adopted())

    def test_a_version_whose_condition_was_forgotten_is_refused_too(self) -> None:
        version = Version.objects.create(
            code="test/v1", sha256="0" * 64, currency="EUR", minor_digits=2, adopted_at=NOON,
            files={"programme.toml": "code = 'x'\n  [entry_into_force]\n"},
        )  # fmt: skip
        assert not queries.entry_into_force(version.pk, NOON.date()).in_force
        with pytest.raises(IntegrityError, match="not met"), transaction.atomic():
            decide(version)

    def test_what_is_missing_is_said_one_by_one(self) -> None:
        state = queries.entry_into_force(adopted().pk, NOON.date())
        assert state.missing == (
            entry.Missing("ratifications", 0, 25),
            entry.Missing("share", 0, 369_214_950),  # 3,692,149.50: half of the Register's budget, to the cent
        )
        with pytest.raises(operations.NotInForce, match="0 of 25 ratifications"):
            operations.require_in_force(version_id=adopted_again().pk, deed="decided", on=NOON.date())

    def test_a_decision_dated_before_the_day_is_refused_although_the_day_has_come(self) -> None:
        version = adopted()
        operations.enact(version_id=version.pk, scenario=simulated(NEEDED, in_force_by=NOON.date()), **WHO)
        begins = queries.in_force_on(version.pk)
        assert begins is not None
        early = datetime(begins.year, begins.month, begins.day, tzinfo=UTC) - timedelta(days=1)
        with pytest.raises(IntegrityError, match="enters into force on"), transaction.atomic():
            decide(version, at=early)


def adopted_again() -> Version:
    version = Version.objects.create(
        code="test/v2", sha256="1" * 64, currency="EUR", minor_digits=2, adopted_at=NOON, files={}
    )
    operations.establish(programme=Text(ICCU), version_id=version.pk, **WHO)
    return version


@pytest.mark.django_db
def test_a_simulated_scenario_brings_it_into_force_and_says_that_it_is_simulated() -> None:
    version = adopted()
    scenario = simulated(NEEDED, in_force_by=NOON.date())
    for _ in range(2):  # twice is once
        operations.enact(version_id=version.pk, scenario=scenario, **WHO)
    state = queries.entry_into_force(version.pk, NOON.date())
    assert state.in_force
    assert state.simulated
    assert state.missing == ()
    assert all("Simulated" in row.name and row.simulated for row in queries.participants(version.pk))
    assert [e.kind for e in public_entries(["treaty.in-force"])] == ["treaty.in-force"]
    decide(version)


@pytest.mark.django_db
def test_a_programme_that_needs_no_treaty_is_in_force() -> None:
    version = adopted(None)
    assert queries.entry_into_force(version.pk, NOON.date()).in_force
    decide(version)


@pytest.mark.django_db
def test_facts_rebuilt_from_the_tables_are_what_the_journal_says() -> None:
    version = adopted()
    operations.enact(version_id=version.pk, scenario=simulated(NEEDED, in_force_by=NOON.date()), **WHO)
    told = Counter((e.kind, e.content) for e in public_entries())
    assert told == Counter((f.kind, canonical(f.content)) for f in queries.facts_for_audit())


@pytest.mark.django_db
class TestActs:
    def ratify(self, version: Version, *notices: ActNotice) -> int:
        return operations.record_acts(version_id=version.pk, notices=notices, **WHO)

    def test_of_an_unknown_participant_is_refused(self) -> None:
        with pytest.raises(operations.TreatyRefusal, match="not a participant"):
            self.ratify(adopted(), ActNotice("A", "ratification", date(2026, 1, 1)))

    def test_of_tomorrow_is_refused(self) -> None:
        version = adopted()
        operations.record_participants(
            version_id=version.pk, notices=[ParticipantNotice("A", "A", "state", 1)], **WHO
        )
        with pytest.raises(operations.TreatyRefusal, match="has not happened"):
            self.ratify(version, ActNotice("A", "ratification", date(2026, 11, 24)))

    def test_with_a_second_date_is_refused(self) -> None:
        version = adopted()
        operations.record_participants(
            version_id=version.pk, notices=[ParticipantNotice("A", "A", "state", 1)], **WHO
        )
        self.ratify(version, ActNotice("A", "ratification", date(2026, 1, 1)))
        with pytest.raises(operations.TreatyRefusal, match="which date is right"):
            self.ratify(version, ActNotice("A", "ratification", date(2026, 1, 2)))

    def test_are_history(self) -> None:
        with connection.cursor() as cursor:
            for table in ("treaty_condition", "treaty_participant", "treaty_act", "treaty_entry_into_force"):
                with pytest.raises(Error, match="is history"), transaction.atomic():
                    cursor.execute(f"DELETE FROM {table}")


def test_a_file_of_acts_names_each_fault_with_its_row() -> None:
    with pytest.raises(NoticesInvalid) as refusal:
        acts("participant,kind,on_date\nA,ratified,2026-01-01\nB,ratification,1 May\nC,signature,2026-01-01\n")
    assert [row for row, _ in refusal.value.faults] == [2, 3]
    with pytest.raises(NoticesInvalid, match="column kind, reference_share_minor is missing"):
        participants("code,name\nA,A\n")


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


class TestBothCompute(TestCase):
    """The database's date and the program's are the same, whatever was ratified when."""

    @given(
        needed=st.builds(
            EntryIntoForce, ratifications=st.integers(1, 4), reference_budget_minor=st.integers(1, 50),
            share_percent=st.integers(0, 100), months=st.integers(0, 14),
        ),
        ratified=st.lists(st.tuples(days, st.integers(0, 20)), max_size=6),
    )  # fmt: skip
    def test_the_same_day(self, needed: EntryIntoForce, ratified: list[tuple[date, int]]) -> None:
        version = adopted(needed)
        later = datetime(2028, 1, 1, tzinfo=UTC)
        operations.record_participants(
            version_id=version.pk, by="depositary", at=later,
            notices=[ParticipantNotice(str(n), str(n), "state", share) for n, (_, share) in enumerate(ratified)],
        )  # fmt: skip
        operations.record_acts(
            version_id=version.pk, by="depositary", at=later,
            notices=[ActNotice(str(n), "ratification", day) for n, (day, _) in enumerate(ratified)],
        )  # fmt: skip
        twin = entry.in_force_on(
            entry.Needed(needed.ratifications, needed.reference_budget_minor, needed.share_percent, needed.months),
            [entry.Ratification(day, share) for day, share in ratified],
        )
        assert queries.in_force_on(version.pk) == twin
