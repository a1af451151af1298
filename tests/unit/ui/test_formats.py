"""Numbers, money and days as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.money import Money
from amends.ui import formats


@pytest.mark.parametrize(
    ("lang", "minor", "written"),
    [
        ("en", 123456789, "€1,234,567.89"),
        ("uk", 123456789, "1\u202f234\u202f567,89\u00a0€"),
        ("en", -5, "−€0.05"),
        ("uk", -5, "−0,05\u00a0€"),
    ],
)
def test_money_is_written_to_the_cent(lang: str, minor: int, written: str) -> None:
    assert formats.money(Money(minor, "EUR"), lang) == written


def test_a_currency_without_a_symbol_keeps_its_code() -> None:
    assert formats.money(Money(100, "CHF"), "en") == "CHF\u00a01.00"
    assert formats.money(Money(100, "CHF"), "uk") == "1,00\u00a0CHF"


def test_pictures_have_short_sums() -> None:
    assert formats.short_money(Money(1_234_567_800, "EUR"), "en") == "€12.3m"
    assert formats.short_money(Money(1_234_567_800, "EUR"), "uk") == "12,3\u00a0млн\u00a0€"
    assert formats.short_money(Money(99_900, "EUR"), "en") == "€999"


def test_a_share_just_under_the_threshold_is_not_rounded_up_to_it() -> None:
    assert formats.percent(Decimal("49.99"), "en") == "49.9%"


def test_days_and_times() -> None:
    at = datetime(2026, 2, 24, 4, 5, tzinfo=UTC)
    assert formats.moment(at, "en") == "24\u00a0February 2026, 04:05\u00a0UTC"
    assert formats.day(at.date(), "uk") == "24\u00a0лютого 2026\u00a0р."
    assert formats.month(date(2026, 2, 1), "uk") == "лют 2026"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "CHF"]), st.sampled_from(["en", "uk"]))
def test_no_digit_is_lost(minor: int, currency: str, lang: str) -> None:
    written = formats.money(Money(minor, currency), lang)
    assert int("".join(c for c in written if c.isdigit())) == abs(minor)
    assert (minor < 0) == ("−" in written)
