"""What does programme.toml declare? Organs, entry into force, phases of payment, laws and set-wise facts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import count, pairwise

from amends.programmes.faults import Table
from amends.programmes.programme import (
    CHECK_FACTS,
    FACT_KINDS,
    POWERS,
    STANDARD_FACTS,
    EntryIntoForce,
    SetFact,
    Tier,
)

PER = ("claimant", "household")


@dataclass(frozen=True)
class LawNames:
    """The DMN file of a law and the names of its decisions, not yet looked up."""

    file: str
    outcome: str
    reason: str
    award: str | None
    place: Table


def read_law(top: Table, key: str, *, awards: bool) -> LawNames | None:
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


def read_organs(top: Table) -> tuple[tuple[str, tuple[str, ...]], ...]:
    organs = []
    for table in top.tables("organs"):
        organs.append((table.text("code", required=True), table.names_of("powers", POWERS, "a power")))
        table.finish()
    return tuple(organs)


def read_entry_into_force(top: Table, minor_digits: int) -> EntryIntoForce | None:
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


@dataclass(frozen=True)
class PhaseTerms:
    number: int
    tiers: tuple[Tier, ...]
    per: str
    counts_earlier: bool


def read_phases(top: Table, categories: Collection[str], minor_digits: int) -> tuple[PhaseTerms, ...]:
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


def read_facts(top: Table, categories: Collection[str], questions: Collection[str]) -> tuple[SetFact, ...]:
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


def check_scope_order(top: Table, *days: object) -> None:
    known = [day for day in days if day is not None]
    for earlier, later in pairwise(known):
        if earlier > later:  # type: ignore[operator] # both are dates: Table.day saw to it
            top.fault("The scope ends before it begins.", "scope")
