"""Is it in force, who has acted, and what is missing?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from django.db import connection

from amends.journal.facts import Fact
from amends.treaty import content, entry
from amends.treaty.models import Act, Condition, Participant
from amends.treaty.models import EntryIntoForce as EntryIntoForceRow


@dataclass(frozen=True)
class EntryIntoForce:
    """Where a programme version stands on a day. One that asks for no treaty (`needed` False) is in force."""

    needed: bool
    in_force: bool
    in_force_on: date | None
    ratifications: int
    ratifications_needed: int
    share_minor: int
    share_needed_minor: int
    reference_budget_minor: int
    simulated: bool
    missing: tuple[entry.Missing, ...]
    currency: str = ""
    minor_digits: int = 2


@dataclass(frozen=True)
class ParticipantRow:
    code: str
    name: str
    kind: str
    reference_share_minor: int
    signed_on: date | None
    ratified_on: date | None
    simulated: bool


def is_needed(version_id: int) -> bool:
    return bool(_ask("SELECT treaty_is_needed(%s)", version_id))


def in_force_on(version_id: int) -> date | None:
    """The day of entry into force as the database computes it; None while the conditions are not met."""
    day = _ask("SELECT treaty_in_force_on(%s)", version_id)
    assert day is None or isinstance(day, date)
    return day


def entry_into_force(version_id: int, on: date) -> EntryIntoForce:
    """Where the programme version stands on `on`, and what is missing, one by one."""
    condition = Condition.objects.select_related("programme").filter(programme_id=version_id).first()
    if condition is None:
        asked = is_needed(version_id)  # asked for, but no condition written: not in force, whatever was ratified
        return EntryIntoForce(asked, not asked, None, 0, 0, 0, 0, 0, False, ())
    needed = entry.Needed(
        condition.ratifications, condition.reference_budget_minor, condition.share_percent, condition.months
    )
    acts = Act.objects.filter(participant__programme_id=version_id, kind="ratification", on_date__lte=on)
    rows = list(acts.values_list("on_date", "participant__reference_share_minor", "simulated"))
    ratifications = [entry.Ratification(day, share) for day, share, _ in rows]
    begins = entry.in_force_on(needed, ratifications)
    return EntryIntoForce(
        needed=True,
        in_force=begins is not None and begins <= on,
        in_force_on=begins,
        ratifications=len(ratifications),
        ratifications_needed=needed.ratifications,
        share_minor=sum(each.share_minor for each in ratifications),
        share_needed_minor=needed.share_minor,
        reference_budget_minor=needed.reference_budget_minor,
        simulated=any(simulated for _, _, simulated in rows),
        missing=entry.missing(needed, ratifications, on),
        currency=condition.programme.currency,
        minor_digits=condition.programme.minor_digits,
    )


def participants(version_id: int) -> list[ParticipantRow]:
    """Everyone who may act, in the order of their codes."""
    acts = {(act.participant_id, act.kind): act for act in Act.objects.filter(participant__programme_id=version_id)}
    rows = []
    for who in Participant.objects.filter(programme_id=version_id).order_by("code"):
        signed, ratified = acts.get((who.pk, "signature")), acts.get((who.pk, "ratification"))
        rows.append(
            ParticipantRow(
                code=who.code,
                name=who.name,
                kind=who.kind,
                reference_share_minor=who.reference_share_minor,
                signed_on=signed.on_date if signed else None,
                ratified_on=ratified.on_date if ratified else None,
                simulated=any(act.simulated for act in (signed, ratified) if act),
            )
        )
    return rows


def participant_name(version_id: int, code: str) -> str | None:
    return Participant.objects.filter(programme_id=version_id, code=code).values_list("name", flat=True).first()


def facts_for_audit() -> Iterator[Fact]:
    return chain(_conditions(), _participants(), _acts(), _entries())


def _conditions() -> Iterator[Fact]:
    for row in Condition.objects.select_related("programme").iterator():
        yield Fact(
            "treaty.condition", None, f"treaty_condition {row.programme.code}",
            content.condition(
                programme=row.programme.code, sha256=row.programme.sha256, ratifications=row.ratifications,
                reference_budget_minor=row.reference_budget_minor, share_percent=row.share_percent,
                months=row.months,
            ),
        )  # fmt: skip


def _participants() -> Iterator[Fact]:
    for row in Participant.objects.select_related("programme").iterator():
        yield Fact(
            "treaty.participant", None, f"treaty_participant {row.code}",
            content.participant(
                programme=row.programme.code, code=row.code, name=row.name, kind=row.kind,
                share_minor=row.reference_share_minor,
            ),
        )  # fmt: skip


def _acts() -> Iterator[Fact]:
    for row in Act.objects.select_related("participant__programme").iterator():
        who = row.participant
        yield Fact(
            "treaty.act", None, f"treaty_act {who.code} {row.kind}",
            content.act(
                programme=who.programme.code, code=who.code, act=row.kind, on=row.on_date, simulated=row.simulated
            ),
        )  # fmt: skip


def _entries() -> Iterator[Fact]:
    for row in EntryIntoForceRow.objects.select_related("programme").iterator():
        yield Fact(
            "treaty.in-force", None, f"treaty_entry_into_force {row.programme.code}",
            content.in_force(programme=row.programme.code, on=row.on_date),
        )  # fmt: skip


def _ask(sql: str, version_id: int) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, [version_id])
        row = cursor.fetchone()
        return None if row is None else row[0]
