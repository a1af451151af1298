"""What does programme.toml declare? Money, scope, organs, entry into force, phases of payment, laws, set-wise facts.

What is declared is not yet looked up: the names of laws still want their DMN files, organs and phases their texts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count

from amends.programmes.faults import Table
from amends.programmes.programme import (
    CHECK_FACTS,
    FACT_KINDS,
    POWERS,
    STANDARD_FACTS,
    EntryIntoForce,
    Question,
    SetFact,
    Tier,
)

PER = ("claimant", "household")
# What a programme may point out among its questions, and of what type that question must be.
ROLES = {"region_question": ("choice", "text"), "amount_question": ("money",), "date_question": ("date",)}


@dataclass(frozen=True)
class LawNames:
    """The DMN file of a law and the names of its decisions."""

    file: str
    outcome: str
    reason: str
    award: str | None
    place: Table


@dataclass(frozen=True)
class PhaseTerms:
    number: int
    tiers: tuple[Tier, ...]
    per: str
    counts_earlier: bool


@dataclass(frozen=True)
class Declaration:
    legal_basis: str
    illustrative: bool
    currency: str
    minor_digits: int
    languages: tuple[str, ...]
    from_date: date | None
    to_date: date | None
    organs: tuple[tuple[str, tuple[str, ...]], ...]
    entry_into_force: EntryIntoForce | None
    phases: tuple[PhaseTerms, ...]
    facts: tuple[SetFact, ...]
    roles: Mapping[str, str | None]
    recording: LawNames | None
    decision: LawNames | None


def read_minor_digits(top: Table) -> int:
    return top.whole("minor_digits", 2)


def read(top: Table, categories: Collection[str], questions: Mapping[str, Question]) -> Declaration:
    """All of it; every key that is not part of it is a fault."""
    minor_digits = read_minor_digits(top)
    from_date, to_date = _scope(top.table("scope", required=True))
    declared = Declaration(
        legal_basis=top.text("legal_basis", required=True),
        illustrative=top.flag("illustrative"),
        currency=_currency(top),
        minor_digits=minor_digits,
        languages=_languages(top),
        from_date=from_date,
        to_date=to_date,
        organs=_organs(top),
        entry_into_force=_entry_into_force(top, minor_digits),
        phases=_phases(top, categories, minor_digits),
        facts=_facts(top, categories, questions),
        roles={role: _role(top, role, questions) for role in ROLES},
        recording=_law(top, "recording", awards=False),
        decision=_law(top, "decision", awards=True),
    )
    top.finish()
    return declared


def _currency(top: Table) -> str:
    currency = top.text("currency", required=True)
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        top.fault(f'"{currency}" is not a currency code of three capital letters, such as EUR.', "currency")
    return currency


def _languages(top: Table) -> tuple[str, ...]:
    languages = top.texts("languages", required=True)
    if "languages" in top and not languages:
        top.fault("A programme speaks at least one language.", "languages")
    return tuple(dict.fromkeys(languages))


def _scope(table: Table) -> tuple[date | None, date | None]:
    first, last = table.day("from"), table.day("to")
    table.finish()
    if first and last and first > last:
        table.fault("The scope ends before it begins.", "to")
    return first, last


def _role(top: Table, role: str, questions: Mapping[str, Question]) -> str | None:
    question = top.name_of(role, questions, "a question of questions.toml")
    if question and questions[question].type not in ROLES[role]:
        was, needed = questions[question].type, " or ".join(ROLES[role])
        top.fault(f'"{question}" has the type "{was}"; {needed} is needed.', role)
    return question


def _law(top: Table, key: str, *, awards: bool) -> LawNames | None:
    if key not in top:
        if awards:
            top.fault(f"The table [{key}] is missing: it names the DMN file that decides claims.", key)
        return None
    table = top.table(key)
    law = LawNames(
        file=table.text("model", required=True),
        outcome=table.text("outcome", required=True),
        reason=table.text("reason", required=True),
        award=table.text("award", required=True) if awards else None,
        place=table,
    )
    table.finish()
    return law


def _organs(top: Table) -> tuple[tuple[str, tuple[str, ...]], ...]:
    organs = []
    for table in top.tables("organs"):
        organs.append((table.text("code", required=True), table.names_of("powers", POWERS, "a power")))
        table.finish()
    return tuple(organs)


def _entry_into_force(top: Table, minor_digits: int) -> EntryIntoForce | None:
    if "entry_into_force" not in top:
        return None
    table = top.table("entry_into_force")
    condition = EntryIntoForce(
        ratifications=table.whole("ratifications", required=True),
        reference_budget_minor=table.amount_minor("reference_budget", minor_digits, required=True) or 0,
        share_percent=table.whole("share_percent", required=True),
        months=table.whole("months", required=True),
    )
    table.finish()
    if not 0 <= condition.share_percent <= 100:
        table.fault("A share lies between 0 and 100 percent.", "share_percent")
    return condition


def _phases(top: Table, categories: Collection[str], minor_digits: int) -> tuple[PhaseTerms, ...]:
    phases = []
    for table in top.tables("phases"):
        tiers = tuple(_tier(tier, categories, minor_digits) for tier in table.tables("tiers"))
        if not tiers:
            table.fault("A phase needs at least one [[phases.tiers]].", "tiers")
        served = [code for tier in tiers for code in tier.categories]
        for code in sorted({code for code in served if served.count(code) > 1}):
            table.fault(f'The category "{code}" stands in two tiers of one phase.', "tiers")
        phases.append(
            PhaseTerms(
                number=table.whole("number", required=True),
                tiers=tiers,
                per=table.name_of("per", ("claimant", "claim"), '"claimant" or "claim"') or "claimant",
                counts_earlier=table.flag("counts_earlier"),
            )
        )
        table.finish()
    if not phases:
        top.fault("At least one [[phases]] is needed: it says how awards are paid.", "phases")
    for expected, phase in zip(count(1), phases, strict=False):
        if phase.number != expected:
            top.fault(f"Phases are numbered 1, 2, 3 in their order: {expected} was expected, not {phase.number}.",
                      f"phases[{expected}]")  # fmt: skip
    return tuple(phases)


def _tier(table: Table, categories: Collection[str], minor_digits: int) -> Tier:
    tier = Tier(
        categories=table.names_of("categories", categories, "a category", required=True),
        floor_minor=table.amount_minor("floor", minor_digits),
        cap_minor=table.amount_minor("cap", minor_digits),
    )
    table.finish()
    if tier.floor_minor is not None and tier.cap_minor is not None and tier.floor_minor > tier.cap_minor:
        table.fault("The floor is above the cap.", "floor")
    return tier


def _facts(top: Table, categories: Collection[str], questions: Collection[str]) -> tuple[SetFact, ...]:
    facts: list[SetFact] = []
    taken = {*questions, *STANDARD_FACTS, *CHECK_FACTS}
    for table in top.tables("facts"):
        fact = SetFact(
            name=table.text("name", required=True),
            kind=table.name_of("kind", FACT_KINDS, "a kind of set-wise fact", required=True) or "elsewhere",
            per=table.name_of("per", PER, "a group of claims", required=True) or "claimant",
            categories=table.names_of("categories", categories, "a category", required=True),
        )
        table.finish()
        if fact.name in taken:
            table.fault(f'There is already a fact or question called "{fact.name}".', "name")
        taken.add(fact.name)
        facts.append(fact)
    return tuple(facts)
