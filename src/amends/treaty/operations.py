"""The only writers of treaty facts. Before entry into force the database refuses decisions and payments itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from django.db import transaction

from amends.journal.operations import write
from amends.money import Money
from amends.programmes.programme import EntryIntoForce as Needed
from amends.refusal import Refusal
from amends.treaty import content, queries
from amends.treaty.models import Act, Condition, EntryIntoForce, Participant
from amends.treaty.notices import ActNotice, ParticipantNotice
from amends.treaty.scenario import SimulatedParticipant


class NotInForce(Refusal):
    """Asked to decide or pay before entry into force."""


class TreatyRefusal(Refusal):
    """An act of or by somebody the programme does not know, or one that says something else than before."""


class HasConditions(Protocol):
    """What `establish` asks of a programme."""

    @property
    def entry_into_force(self) -> Needed | None: ...


@transaction.atomic
def establish(*, programme: HasConditions, version_id: int, by: str, at: datetime) -> None:
    """Writes what the version needs to enter into force; nothing where it needs nothing. Twice is once.

    Belongs into the transaction that adopts the version. Refuses other conditions than those written before.
    """
    needed = programme.entry_into_force
    if needed is None:
        return
    terms = {
        "ratifications": needed.ratifications,
        "reference_budget_minor": needed.reference_budget_minor,
        "share_percent": needed.share_percent,
        "months": needed.months,
    }
    row, new = Condition.objects.get_or_create(programme_id=version_id, defaults={**terms, "at": at})
    if not new:
        if any(getattr(row, name) != value for name, value in terms.items()):
            raise TreatyRefusal(
                "The conditions of entry into force of this version were written before, and were others.",
                "Conditions that could be changed later would bind nobody.",
                "Adopt a new version of the programme.",
            )
        return
    write(
        kind="treaty.condition", by=by, at=at, public=True,
        contents=[content.condition(programme=row.programme.code, sha256=row.programme.sha256, **terms)],
    )  # fmt: skip


@transaction.atomic
def record_participants(*, version_id: int, notices: Sequence[ParticipantNotice], by: str, at: datetime) -> int:
    """Takes in who may act; returns how many were new. Who is known already must be described as before."""
    known = {row.code: row for row in Participant.objects.filter(programme_id=version_id)}
    for notice in notices:
        row = known.get(notice.code)
        if row and (row.name, row.kind, row.reference_share_minor) != (
            notice.name, notice.kind, notice.reference_share_minor,
        ):  # fmt: skip
            raise TreatyRefusal(
                f"Participant {notice.code} is known with another name, kind or share.",
                "Shares decide on entry into force, so they are never changed in silence.",
                "Check the file against the list of participants.",
            )
    fresh = [notice for notice in {notice.code: notice for notice in notices}.values() if notice.code not in known]
    rows = [
        Participant(
            programme_id=version_id, code=notice.code, name=notice.name, kind=notice.kind,
            reference_share_minor=notice.reference_share_minor, at=at,
        )
        for notice in fresh
    ]  # fmt: skip
    Participant.objects.bulk_create(rows)
    contents = [
        content.participant(
            programme=row.programme.code, code=row.code, name=row.name, kind=row.kind,
            share_minor=row.reference_share_minor,
        )
        for row in Participant.objects.select_related("programme").filter(pk__in=[row.pk for row in rows])
    ]  # fmt: skip
    write(kind="treaty.participant", by=by, at=at, public=True, contents=contents)
    return len(fresh)


@transaction.atomic
def record_acts(*, version_id: int, notices: Sequence[ActNotice], by: str, at: datetime) -> int:
    """Takes in signatures and ratifications; returns how many were new. Twice is once.

    Refuses acts of unknown participants, acts dated after `at`, and a second date for an act that was recorded.
    Writes the day of entry into force as soon as the database computes one.
    """
    fresh = _new_acts(version_id, notices, at)
    Act.objects.bulk_create(fresh)
    contents = [
        content.act(
            programme=act.participant.programme.code, code=act.participant.code, act=act.kind, on=act.on_date,
            simulated=act.simulated,
        )
        for act in fresh
    ]  # fmt: skip
    write(kind="treaty.act", by=by, at=at, public=True, contents=contents)
    _note_entry_into_force(version_id, by=by, at=at)
    return len(fresh)


@transaction.atomic
def enact(*, version_id: int, scenario: Sequence[SimulatedParticipant], by: str, at: datetime) -> None:
    """Records a simulated scenario; every act of it is marked as simulated for ever. Twice is once."""
    record_participants(
        version_id=version_id, by=by, at=at,
        notices=[ParticipantNotice(p.code, p.name, "state", p.share_minor) for p in scenario],
    )  # fmt: skip
    record_acts(
        version_id=version_id, by=by, at=at,
        notices=[ActNotice(p.code, "signature", p.signed_on, simulated=True) for p in scenario]
        + [ActNotice(p.code, "ratification", p.ratified_on, simulated=True) for p in scenario],
    )  # fmt: skip


def require_in_force(*, version_id: int, deed: str, on: date) -> None:
    """Refuses, in words and with what is missing, unless the version is in force on `on`.

    The database refuses too; this only says it before work is done, and says it better.
    """
    state = queries.entry_into_force(version_id, on)
    if state.in_force:
        return
    if state.in_force_on is not None:
        missing = f"it enters into force on {state.in_force_on}"
    else:
        have, need = (
            Money(minor, state.currency, state.minor_digits)
            for minor in (state.share_minor, state.share_needed_minor)
        )
        missing = (
            f"{state.ratifications} of {state.ratifications_needed} ratifications, and participants with "
            f"{have} of the {need} of the reference budget that is needed"
        )
    raise NotInForce(
        f"Nothing is {deed} yet: the mechanism is not in force ({missing}).",
        "Before entry into force no organ has the power, and the database refuses it as well.",
        "Record the acts that are missing when they have been done.",
    )


def _new_acts(version_id: int, notices: Sequence[ActNotice], at: datetime) -> list[Act]:
    """The acts of `notices` that are not recorded yet. Refuses what record_acts refuses."""
    who = {row.code: row for row in Participant.objects.select_related("programme").filter(programme_id=version_id)}
    dates = {
        (act.participant_id, act.kind): act.on_date
        for act in Act.objects.filter(participant__programme_id=version_id)
    }
    fresh = []
    for notice in notices:
        participant = who.get(notice.participant)
        if participant is None:
            raise TreatyRefusal(
                f"{notice.participant} is not a participant of this programme.",
                "Only an act of a known participant, with its share, can count.",
                "Record the participant first.",
            )
        if notice.on_date > at.date():
            raise TreatyRefusal(
                f"The {notice.kind} of {notice.participant} is dated {notice.on_date}, after {at.date()}.",
                "What has not happened yet cannot be recorded as having happened.",
                "Correct the date, or record the act when it is done.",
            )
        key = (participant.pk, notice.kind)
        if key not in dates:
            dates[key] = notice.on_date
            act = Act(
                participant=participant, kind=notice.kind, on_date=notice.on_date, simulated=notice.simulated, at=at
            )
            fresh.append(act)
        elif dates[key] != notice.on_date:
            raise TreatyRefusal(
                f"The {notice.kind} of {notice.participant} is recorded with {dates[key]}, not {notice.on_date}.",
                "An act has one date, and entry into force hangs on it.",
                "Find out which date is right before anything else is recorded.",
            )
    return fresh


def _note_entry_into_force(version_id: int, *, by: str, at: datetime) -> None:
    begins = queries.in_force_on(version_id)
    if begins is None:
        return
    row, new = EntryIntoForce.objects.get_or_create(programme_id=version_id, on_date=begins, defaults={"at": at})
    if new:
        told = content.in_force(programme=row.programme.code, on=begins)
        write(kind="treaty.in-force", by=by, at=at, public=True, contents=[told])
