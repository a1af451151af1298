"""Who is owed what, what was ordered, and what became of it?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection

from amends.decisions import queries as decisions
from amends.fund import queries as funds
from amends.iso20022.credit_transfer import Debtor, Order, Transfer
from amends.journal.facts import Fact
from amends.payments import content
from amends.payments.allocation import Due
from amends.payments.matching import Ordered
from amends.payments.models import Allocation as AllocationRow
from amends.payments.models import BankMessage, Batch, Delivery, Event, Hold, Instruction, Release, Round, Unmatched
from amends.payments.orders import Wanted
from amends.programmes.programme import Phase


@dataclass(frozen=True)
class RoundRow:
    id: int
    phase: int
    number: int
    available_minor: int
    allocated_minor: int
    currency: str
    awards: int
    allocations: int
    shares: tuple[dict[str, Any], ...]
    input_sha256: str
    output_sha256: str
    at: datetime


@dataclass(frozen=True)
class BatchRow:
    id: int
    message_id: str
    sha256: str
    count: int
    total_minor: int


@dataclass(frozen=True)
class Part:
    """How many allocations are in a state, and how much money that is."""

    count: int
    amount_minor: int


@dataclass(frozen=True)
class Summary:
    """Where the allocated money is. The states are disjoint: together they are everything that was allocated."""

    claims: int
    allocated: Part
    held: Part
    waiting: Part
    in_transit: Part
    paid: Part
    rejected: Part
    returned: Part


@dataclass(frozen=True)
class PaymentState:
    """One allocation of one claim, and what became of it."""

    phase: int
    round: int
    amount_minor: int
    currency: str
    state: str
    reason: str
    end_to_end_id: str
    at: datetime


@dataclass(frozen=True)
class UnmatchedRow:
    message_id: str
    end_to_end_id: str
    reference: str
    amount_minor: int | None
    why: str


@dataclass(frozen=True)
class Reconciliation:
    """What the bank says we have, and what our books say the bank has."""

    statement: str
    closing_minor: int
    books_minor: int

    @property
    def difference_minor(self) -> int:
        return self.closing_minor - self.books_minor


# ------------------------------------------------------------------ for the operations


def dues(version_id: int, phase: Phase) -> tuple[list[str], list[Due]]:
    """Every award of the version as a round of `phase` meets it, with its claim's number beside it."""
    counted_in = "" if phase.counts_earlier else " AND round.phase = %s"
    with connection.cursor() as cursor:
        cursor.execute("SELECT claim_id, allocated_minor FROM payments_payable")
        earlier = dict(cursor.fetchall())
        cursor.execute(
            "SELECT claim_id, sum(amount_minor)::bigint FROM payments_allocation allocation"
            f" JOIN payments_round round ON round.id = round_id WHERE round.programme_id = %s{counted_in} GROUP BY 1",
            [version_id] if phase.counts_earlier else [version_id, phase.number],
        )
        counted = dict(cursor.fetchall())
    numbers, found = [], []
    for award in decisions.awards(version_id):
        numbers.append(award.number)
        found.append(
            Due(
                award.claim, award.claimant, award.category, award.award_minor, earlier.get(award.claim, 0),
                counted.get(award.claim, 0),
            )
        )  # fmt: skip
    return numbers, found


def wanted(round_id: int, *, again: bool) -> list[Wanted]:
    """Allocations of the round that nobody has ordered yet; with `again`, those whose last attempt failed instead."""
    failed = (
        "last.attempt IS NOT NULL AND EXISTS (SELECT FROM payments_event event WHERE event.instruction_id = last.id"
        " AND event.kind IN ('rejected', 'returned'))"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT allocation.id, claim.id, claim.number, claim.claimant_id, allocation.amount_minor,"
            " coalesce(last.attempt, 0) + 1 FROM payments_allocation allocation"
            " JOIN claims_claim claim ON claim.id = allocation.claim_id"
            " LEFT JOIN LATERAL (SELECT id, attempt FROM payments_instruction instruction"
            "   WHERE instruction.allocation_id = allocation.id ORDER BY attempt DESC LIMIT 1) last ON true"
            f" WHERE allocation.round_id = %s AND {failed if again else 'last.id IS NULL'} ORDER BY claim.id",
            [round_id],
        )
        return [Wanted(*row) for row in cursor.fetchall()]


def held_already(allocations: Sequence[int]) -> set[tuple[int, str]]:
    return set(Hold.objects.filter(allocation_id__in=allocations).values_list("allocation_id", "reason"))


def transfer(batch_id: int, digits: int) -> Transfer:
    """The file of a batch, from the rows that were approved."""
    batch = Batch.objects.get(id=batch_id)
    rows = Instruction.objects.filter(batch=batch).order_by("id")
    columns = ("end_to_end_id", "name", "iban", "amount_minor", "remittance")
    return Transfer(
        message_id=batch.message_id,
        created_at=batch.at,
        execution_date=batch.execution_date,
        debtor=Debtor(batch.debtor_name, batch.debtor_iban, batch.debtor_bic),
        currency=batch.currency,
        orders=tuple(Order(*row) for row in rows.values_list(*columns)),
        digits=digits,
    )


def unreleased(round_id: int) -> list[BatchRow]:
    return _batches(Batch.objects.filter(round_id=round_id).exclude(id__in=Release.objects.values("batch_id")))


def undelivered(version_id: int) -> list[BatchRow]:
    """Released, and not known to have reached the bank."""
    released = Batch.objects.filter(round__programme_id=version_id, id__in=Release.objects.values("batch_id"))
    return _batches(released.exclude(id__in=Delivery.objects.filter(step="done").values("batch_id")))


def delivery_begun(batch_id: int) -> bool:
    return Delivery.objects.filter(batch_id=batch_id, step="begun").exists()


def first_id(batch_id: int) -> str:
    return Instruction.objects.filter(batch_id=batch_id).order_by("id").values_list("end_to_end_id", flat=True)[0]


def released_count(round_id: int) -> int:
    counts = Batch.objects.filter(round_id=round_id, id__in=Release.objects.values("batch_id"))
    return sum(counts.values_list("count", flat=True))


def accounts_of_next(version_id: int, count: int) -> list[str]:
    """The payees' accounts of the first `count` payments that are released and not delivered."""
    batches = [batch.id for batch in undelivered(version_id)]
    rows = Instruction.objects.filter(batch_id__in=batches).order_by("id")
    return list(rows.values_list("iban", flat=True)[:count])


def accounts(version_id: int) -> set[str]:
    """The accounts that this programme pays from."""
    return set(Batch.objects.filter(round__programme_id=version_id).values_list("debtor_iban", flat=True))


def ordered(version_id: int, *, ids: Sequence[str] | None = None, message_id: str = "") -> dict[str, Ordered]:
    """What was ordered under those end-to-end ids, or in that file, and what has happened to it so far."""
    which, param = (
        ("instruction.end_to_end_id = ANY(%s)", list(ids))
        if ids is not None
        else ("batch.message_id = %s", message_id)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT instruction.id, claim.id, claim.number, instruction.end_to_end_id, instruction.amount_minor,"
            " batch.currency, batch.message_id,"
            " coalesce(jsonb_object_agg(event.kind, event.reference) FILTER (WHERE event.kind IS NOT NULL), '{}')"
            " FROM payments_instruction instruction"
            " JOIN payments_batch batch ON batch.id = instruction.batch_id"
            " JOIN payments_round round ON round.id = batch.round_id"
            " JOIN payments_allocation allocation ON allocation.id = instruction.allocation_id"
            " JOIN claims_claim claim ON claim.id = allocation.claim_id"
            " LEFT JOIN payments_event event ON event.instruction_id = instruction.id"
            f" WHERE round.programme_id = %s AND {which}"
            " GROUP BY instruction.id, claim.id, batch.id",
            [version_id, param],
        )
        found = {}
        for id_, claim, number, end_to_end_id, amount, currency, message, happened in cursor.fetchall():
            found[end_to_end_id] = Ordered(
                id_, claim, number, end_to_end_id, amount, currency, message, json.loads(happened)
            )
        return found


# ------------------------------------------------------------------ for readers


def rounds(version_id: int) -> list[RoundRow]:
    return [_round(row) for row in Round.objects.filter(programme_id=version_id).order_by("phase", "number")]


def round_of(version_id: int, phase: int, number: int) -> RoundRow | None:
    row = Round.objects.filter(programme_id=version_id, phase=phase, number=number).first()
    return _round(row) if row else None


def last_round(version_id: int, phase: int) -> RoundRow | None:
    row = Round.objects.filter(programme_id=version_id, phase=phase).order_by("-number").first()
    return _round(row) if row else None


def has_open_work(version_id: int, round_id: int) -> bool:
    """Whether anything of the round still waits for us: to be ordered, released or delivered."""
    part = summary(version_id, round_id)
    return bool(part.waiting.count or undelivered(version_id))


def summary(version_id: int, round_id: int | None = None) -> Summary:
    """Where the allocated money is, in all rounds or in one."""
    which = "round.programme_id = %s" + (" AND round.id = %s" if round_id is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH happened AS (
              SELECT instruction_id, bool_or(kind = 'returned') AS returned, bool_or(kind = 'rejected') AS rejected,
                     bool_or(kind = 'settled') AS settled
              FROM payments_event GROUP BY 1
            ), last AS (
              SELECT DISTINCT ON (allocation_id) id, allocation_id, batch_id FROM payments_instruction
              ORDER BY allocation_id, attempt DESC
            ), states AS (
              SELECT allocation.claim_id, allocation.amount_minor,
                CASE WHEN last.id IS NULL AND hold.allocation_id IS NOT NULL THEN 'held'
                     WHEN last.id IS NULL OR release.batch_id IS NULL THEN 'waiting'
                     WHEN happened.returned THEN 'returned'
                     WHEN happened.rejected THEN 'rejected'
                     WHEN happened.settled THEN 'paid'
                     ELSE 'in_transit' END AS state
              FROM payments_allocation allocation
              JOIN payments_round round ON round.id = allocation.round_id
              LEFT JOIN last ON last.allocation_id = allocation.id
              LEFT JOIN payments_release release ON release.batch_id = last.batch_id
              LEFT JOIN happened ON happened.instruction_id = last.id
              LEFT JOIN (SELECT DISTINCT allocation_id FROM payments_hold) hold ON hold.allocation_id = allocation.id
              WHERE {which}
            )
            SELECT state, count(*), sum(amount_minor)::bigint, count(DISTINCT claim_id) FROM states
            GROUP BY GROUPING SETS ((state), ())
            """,
            [version_id] if round_id is None else [version_id, round_id],
        )
        rows = {row[0]: row for row in cursor.fetchall()}
    part = {state: Part(row[1], row[2] or 0) for state, row in rows.items()}
    nothing = Part(0, 0)
    return Summary(
        claims=rows[None][3],
        allocated=part.get(None, nothing),
        held=part.get("held", nothing),
        waiting=part.get("waiting", nothing),
        in_transit=part.get("in_transit", nothing),
        paid=part.get("paid", nothing),
        rejected=part.get("rejected", nothing),
        returned=part.get("returned", nothing),
    )


def disagreements(version_id: int) -> list[str]:
    """Where the books and the payments say different things of the same money, in words; nothing where they agree."""
    now, books = summary(version_id), funds.balances(version_id)
    reserved = sum(part.amount_minor for part in (now.held, now.waiting, now.rejected, now.returned))
    return [
        f"{name}: the books have {booked}, the payments add up to {ordered}"
        for name, booked, ordered in (
            ("reserved", books.reserved_minor, reserved),
            ("in transit", books.in_transit_minor, now.in_transit.amount_minor),
            ("paid", books.paid_minor, now.paid.amount_minor),
        )
        if booked != ordered
    ]


def paid_claims(version_id: int) -> int:
    """How many claims have received money that did not come back: the fourth counter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT allocation.claim_id) FROM payments_event event"
            " JOIN payments_instruction instruction ON instruction.id = event.instruction_id"
            " JOIN payments_allocation allocation ON allocation.id = instruction.allocation_id"
            " JOIN payments_round round ON round.id = allocation.round_id"
            " WHERE round.programme_id = %s AND event.kind = 'settled'"
            " AND NOT EXISTS (SELECT FROM payments_event back"
            " WHERE back.instruction_id = event.instruction_id AND back.kind = 'returned')",
            [version_id],
        )
        return int(cursor.fetchone()[0])


def first_paid(version_id: int) -> tuple[int, str] | None:
    """Row and number of the claim that was paid first; None where none was."""
    found = (
        Event.objects.filter(source__programme_id=version_id, kind="settled")
        .order_by("id")
        .values_list("instruction__allocation__claim_id", "instruction__allocation__claim__number")
    )
    return found.first()


def held_reasons(version_id: int, round_id: int | None = None) -> list[tuple[str, Part]]:
    """Why claimants could not be paid yet, in all rounds or in one; the most frequent reason first."""
    which = "round.programme_id = %s" + (" AND round.id = %s" if round_id is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state.reason, count(*), sum(state.amount_minor)::bigint FROM payments_state state"
            " JOIN payments_round round ON round.id = state.round_id"
            f" WHERE {which} AND state.state = 'held' GROUP BY 1 ORDER BY 2 DESC, 1",
            [version_id] if round_id is None else [version_id, round_id],
        )
        return [(reason, Part(count, amount)) for reason, count, amount in cursor.fetchall()]


def of_claim(claim: int) -> list[PaymentState]:
    """What was allocated to a claim, and what became of it, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT round.phase, round.number, state.amount_minor, round.currency, state.state, state.reason,"
            " coalesce(state.end_to_end_id, ''), state.at FROM payments_state state"
            " JOIN payments_round round ON round.id = state.round_id WHERE state.claim_id = %s"
            " ORDER BY state.allocation_id",
            [claim],
        )
        return [PaymentState(*row) for row in cursor.fetchall()]


def unmatched(version_id: int) -> list[UnmatchedRow]:
    """Lines of the bank that fit nothing we ordered, oldest first: somebody must look at them."""
    rows = Unmatched.objects.filter(source__programme_id=version_id).order_by("id")
    columns = ("source__message_id", "end_to_end_id", "reference", "amount_minor", "why")
    return [UnmatchedRow(*row) for row in rows.values_list(*columns)]


def reconciliation(version_id: int) -> Reconciliation | None:
    """The last statement's closing balance beside the books; None before the first statement."""
    last = BankMessage.objects.filter(programme_id=version_id, closing_minor__isnull=False).order_by("-id").first()
    if last is None or last.closing_minor is None:
        return None
    return Reconciliation(last.message_id, last.closing_minor, funds.balances(version_id).at_bank_minor)


# ------------------------------------------------------------------ for the audit


def facts_for_audit() -> Iterator[Fact]:
    return chain(
        _round_facts(), _allocation_facts(), _hold_facts(), _instruction_facts(), _release_facts(), _delivery_facts(),
        _message_facts(), _event_facts(),
    )  # fmt: skip


def _round_facts() -> Iterator[Fact]:
    for row in Round.objects.select_related("programme").iterator():
        told = content.round_allocated(
            programme=row.programme.code, sha256=row.programme.sha256, phase=row.phase, number=row.number,
            available_minor=row.available_minor, allocated_minor=row.allocated_minor, currency=row.currency,
            awards=row.awards, allocations=row.allocations, shares=row.shares, input_sha256=row.input_sha256,
            output_sha256=row.output_sha256,
        )  # fmt: skip
        yield Fact("round.allocated", None, f"payments_round {row.phase}/{row.number}", told)


def _allocation_facts() -> Iterator[Fact]:
    rows = AllocationRow.objects.values_list(
        "claim_id", "claim__number", "round__phase", "round__number", "amount_minor", "round__currency"
    )
    for claim, number, phase, round_number, amount, currency in rows.iterator(chunk_size=20_000):
        told = content.allocated(
            claim=number, phase=phase, number=round_number, amount_minor=amount, currency=currency
        )
        yield Fact("payment.allocated", claim, f"payments_allocation {number}", told)


def _hold_facts() -> Iterator[Fact]:
    rows = Hold.objects.values_list(
        "allocation__claim_id",
        "allocation__claim__number",
        "allocation__round__phase",
        "allocation__round__number",
        "reason",
    )
    for claim, number, phase, round_number, reason in rows.iterator(chunk_size=20_000):
        told = content.held(claim=number, phase=phase, number=round_number, reason=reason)
        yield Fact("payment.held", claim, f"payments_hold {number}", told)


def _instruction_facts() -> Iterator[Fact]:
    rows = Instruction.objects.values_list(
        "allocation__claim_id", "allocation__claim__number", "end_to_end_id", "attempt", "amount_minor",
        "batch__currency", "batch__message_id", "name", "iban", "remittance",
    )  # fmt: skip
    for claim, number, id_, attempt, amount, currency, message, name, iban, words in rows.iterator(chunk_size=20_000):
        told = content.instructed(
            claim=number, end_to_end_id=id_, attempt=attempt, amount_minor=amount, currency=currency,
            message_id=message, name=name, iban=iban, remittance=words,
        )  # fmt: skip
        yield Fact("payment.instructed", claim, f"payments_instruction {number} {id_}", told)


def _release_facts() -> Iterator[Fact]:
    for row in Release.objects.select_related("batch__round__programme").iterator():
        batch = row.batch
        told = content.batch_released(
            programme=batch.round.programme.code, message_id=batch.message_id, sha256=batch.sha256,
            file_sha256=row.file_sha256, count=batch.count, total_minor=batch.total_minor, currency=batch.currency,
        )  # fmt: skip
        yield Fact("batch.released", None, f"payments_release {batch.message_id}", told)


def _delivery_facts() -> Iterator[Fact]:
    for message_id, step in Delivery.objects.values_list("batch__message_id", "step"):
        told = content.batch_delivered(message_id=message_id, step=step)
        yield Fact("batch.delivery", None, f"payments_delivery {message_id}", told)


def _message_facts() -> Iterator[Fact]:
    for row in BankMessage.objects.select_related("programme").iterator():
        told = content.bank_answered(
            programme=row.programme.code, message=row.message, message_id=row.message_id, sha256=row.sha256,
            closing_minor=row.closing_minor, counts=row.counts,
        )  # fmt: skip
        yield Fact("bank.answered", None, f"payments_bank_message {row.message_id}", told)


def _event_facts() -> Iterator[Fact]:
    rows = Event.objects.exclude(kind="accepted").values_list(
        "instruction__allocation__claim_id", "instruction__allocation__claim__number", "kind",
        "instruction__end_to_end_id", "instruction__amount_minor", "instruction__batch__currency", "reference",
        "reason",
    )  # fmt: skip
    for claim, number, kind, id_, amount, currency, reference, reason in rows.iterator(chunk_size=20_000):
        told = content.happened(
            kind=kind, claim=number, end_to_end_id=id_, amount_minor=amount, currency=currency, reference=reference,
            reason=reason,
        )  # fmt: skip
        yield Fact(f"payment.{kind}", claim, f"payments_event {number} {id_}", told)


def _batches(rows: Any) -> list[BatchRow]:
    columns = ("id", "message_id", "sha256", "count", "total_minor")
    return [BatchRow(*row) for row in rows.order_by("id").values_list(*columns)]


def _round(row: Round) -> RoundRow:
    return RoundRow(
        row.pk, row.phase, row.number, row.available_minor, row.allocated_minor, row.currency, row.awards,
        row.allocations, tuple(row.shares), row.input_sha256, row.output_sha256, row.at,
    )  # fmt: skip
