"""A programme with one question of each type: enough for everything intake does, and no law to load."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from amends.programmes.programme import Category, ColumnMapping, Evidence, Programme, Question, Scope

QUESTIONS = (
    Question("damage_date", "date", required=True),
    Question("region", "choice", choices=("UA32", "UA80")),
    Question("property", "text"),
    Question("amount", "money", low=Decimal(0), high=Decimal("9999999.99"), decimals=2),
    Question("share", "decimal", low=Decimal(0), high=Decimal(1), decimals=4),
    Question("rooms", "integer", low=Decimal(1), high=Decimal(99)),
    Question("occupied", "yes-no"),
)


def category(code: str, claimants: tuple[str, ...] = ("person",), evidence: tuple[Evidence, ...] = ()) -> Category:
    return Category(
        code=code, claimants=claimants, one_per_claimant=False, opens_on=date(2024, 4, 2), closes_on=None,
        evidence=evidence, questions=tuple(question.id for question in QUESTIONS), amount_asked=True, sensitive=False,
    )  # fmt: skip


def small_programme(**changes: Any) -> Programme:
    papers = (Evidence("ownership", required=True), Evidence("photo", required=False))
    values: Mapping[str, Any] = {
        "code": "small/v1", "names": {"en": "Small"}, "legal_basis": "none", "illustrative": True, "currency": "EUR",
        "minor_digits": 2, "scope": Scope(date(2022, 2, 24), None, {}), "organs": (), "entry_into_force": None,
        "phases": (), "languages": ("uk", "en"),
        "categories": {"HOME": category("HOME", evidence=papers), "FIRM": category("FIRM", ("organisation",))},
        "questions": {question.id: question for question in QUESTIONS},
        "region_question": "region", "amount_question": "amount", "date_question": "damage_date", "facts": (),
        "recording": None, "decision": None, "texts": {}, "mappings": cast(tuple[ColumnMapping, ...], ()),
        "cases": (), "files": {}, "sha256": "0" * 64,
    }  # fmt: skip
    return Programme(**{**values, **changes})
