"""What people are told at each station of a claim, before entry into force and after; and what they never are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from amends.checks import operations as checks
from amends.claims import operations as claims
from amends.decisions import operations as decisions
from amends.programmes import folder
from amends.programmes import operations as programmes
from amends.programmes import queries as adopted
from amends.public import queries
from amends.treaty import operations as treaty
from amends.treaty.entry import Needed
from amends.treaty.scenario import simulated

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "test", "at": NOW}
CLAIMS = Path(__file__).with_name("three_claims.csv")


@pytest.fixture
def version(tmp_path: Path, settings: Any) -> int:
    """A home, a home lost before the war, and a detention: filed, tested by the Register, checked; not in force."""
    settings.HOME = tmp_path
    programme = folder.load(folder.find("ukraine/v1"))
    found = programmes.adopt(programme, **WHO)
    treaty.establish(programme=programme, version_id=found, **WHO)
    claims.file_batch(version_id=found, path=CLAIMS, **WHO)
    claims.record(version_id=found, **WHO)
    checks.run(version_id=found, **WHO)
    return found


def page(path: str, language: str = "en") -> str:
    answer = Client().get(f"/{language}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def claim_page(source_key: str) -> str:
    return page(f"claim/{_number(source_key)}/")


def _number(source_key: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM claims_claim WHERE source_key = %s", [source_key])
        number: str = cursor.fetchone()[0]
        return number


def _enter_into_force(version: int) -> None:
    needed = adopted.version(version).programme.entry_into_force
    assert needed is not None
    conditions = Needed(needed.ratifications, needed.reference_budget_minor, needed.share_percent, needed.months)
    treaty.enact(version_id=version, scenario=simulated(conditions, in_force_by=NOW.date()), **WHO)


def test_before_anything_is_adopted_the_pages_say_how_to_begin() -> None:
    for path in ("", "entry-into-force/", "money/", "decisions/"):
        assert "amends demo" in page(path)
    assert "Nothing has been written to the log yet" in page("log/")


def test_before_entry_into_force_the_page_says_what_is_missing(version: int) -> None:
    said = page("entry-into-force/")
    assert "Not yet in force" in said
    assert "25 more ratifications are needed." in said
    assert "Потрібно ще 25 ратифікацій." in page("entry-into-force/", "uk")
    told = Client().get("/api/entry-into-force").json()
    assert (told["in_force"], told["ratifications"], told["ratifications_needed"]) == (False, 0, 25)
    assert not told["simulated"]
    assert "Simulated" not in page("")


def test_a_recorded_claim_is_told_that_it_need_do_nothing(version: int) -> None:
    said = claim_page("home")
    assert "You need not do anything." in said
    assert "Payments" not in said


def test_a_refused_claim_is_told_the_reason_and_what_it_can_do(version: int) -> None:
    said = claim_page("early")
    assert "The damage was done before 24 February 2022." in said
    assert "A new claim may be filed" in said
    assert "Decided" not in said


def test_a_sensitive_claim_shows_its_award_and_no_fact(version: int) -> None:
    _enter_into_force(version)
    decisions.decide(version_id=version, **WHO)
    said = claim_page("detained")
    assert "€" in said
    for told in ("77", "detention", "detained", "Legal basis"):
        assert told not in said.replace("A2.6</span> Deprivation of liberty", "")
    assert "this page therefore shows no facts".casefold() in said.casefold()


def test_no_page_names_a_claimant(version: int) -> None:
    _enter_into_force(version)
    decisions.decide(version_id=version, **WHO)
    pages = [claim_page(key) for key in ("home", "early", "detained")] + [page(path) for path in ("", "decisions/")]
    for said in pages:
        for private in ("Коваль", "Бондар", "3123456789", "UA9030529929900041", "olena"):
            assert private not in said


def test_the_counters_are_derived_from_the_journal_and_not_from_the_tables(version: int) -> None:
    figures = queries.figures(version)
    assert (figures.all.submitted, figures.all.recorded, figures.all.awarded, figures.all.paid) == (3, 2, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(*) FROM journal_entry WHERE claim IS NOT NULL GROUP BY kind")
        told = dict(cursor.fetchall())
    assert (told["claim.filed"], told["claim.recorded"]) == (3, 2)


def test_small_counts_of_a_sensitive_category_are_not_shown(version: int) -> None:
    said = page("decisions/")
    assert "Nothing has been decided yet." in said
    _enter_into_force(version)
    decisions.decide(version_id=version, **WHO)
    assert "Fewer than five claims." in page("decisions/")


def test_a_receipt_that_is_none_is_answered_in_words(version: int) -> None:
    nothing = Client().post("/en/verify/", {"receipt": " "})
    assert (nothing.status_code, b"Choose a receipt file" in nothing.content) == (422, True)
    assert b"published nothing" in Client().post("/en/verify/", {"receipt": "some words"}).content
