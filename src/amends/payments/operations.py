"""The only writers of payments: allocate, instruct, release, deliver, apply what the bank answers.

Every operation may be called again at any time, also after the program was killed in the middle of it, and goes on
where it stopped: each writes its rows, the books and the journal in one transaction, and begins with what is missing.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction

from amends.fund import operations as fund
from amends.fund import queries as funds
from amends.fund.posting import IN_TRANSIT, PAID, POOL, RESERVED, Posting, move, move_each
from amends.iso20022 import credit_transfer, statement, status_report
from amends.iso20022.credit_transfer import Debtor, Order
from amends.iso20022.identifiers import message_id
from amends.iso20022.reading import MessageInvalid
from amends.journal.bulk import copy_rows
from amends.journal.operations import write
from amends.money import Money
from amends.payments import allocation, content, matching, queries
from amends.payments.gateway import Bank, keep
from amends.payments.matching import Happened, Meaning
from amends.payments.models import BankMessage, Batch, Delivery, Hold, Release, Round, Unmatched
from amends.payments.orders import NotPayable, Wanted, order
from amends.people import queries as people
from amends.programmes import queries as programmes
from amends.programmes.programme import Phase, Programme
from amends.refusal import Refusal
from amends.treaty import operations as treaty

Progress = Callable[[int, int], None]
BATCH_SIZE = 5_000
# The first half of the advisory lock under which one programme's payments queue; the second is the programme.
LOCK = 0x706179  # "pay"


class PaymentRefusal(Refusal):
    """Money does not go out like this; the message says why."""


@dataclass(frozen=True)
class Instructed:
    batches: int
    payments: int
    total_minor: int
    held: int


@dataclass(frozen=True)
class Released:
    batches: int
    payments: int
    total_minor: int


@dataclass(frozen=True)
class Answered:
    """What a bank's message changed; `new` is False where it was applied before."""

    message: str
    message_id: str
    counts: dict[str, int]
    new: bool


# ------------------------------------------------------------------ allocate


@transaction.atomic
def allocate(
    *, version_id: int, phase: int, by: str, at: datetime, number: int = 1, available_minor: int | None = None
) -> queries.RoundRow:
    """Shares the pool, or `available_minor` of it, by the rules of the phase; the money is then reserved.

    The round's number makes it once: asked again, it gives back the round as it was. Refuses before entry into force,
    more than the pool holds, an empty pool, a phase the programme does not know, and a round in which nobody is due.
    """
    treaty.require_in_force(version_id=version_id, deed="paid", on=at.date())
    _queue(version_id)
    version = programmes.version(version_id)
    known = queries.round_of(version_id, phase, number)
    if known is not None:
        return _same(known, available_minor, version.programme)
    rule = _phase(version.programme.phases, phase)
    available = _available(version_id, available_minor, version.programme)
    numbers, dues = queries.dues(version_id, rule)
    shared = allocation.allocate(dues, rule, available)
    if not shared.amounts:
        raise PaymentRefusal(
            f"Nobody is due anything more in phase {phase}.",
            "Every award that the phase serves has received what the phase gives.",
            "Go on with the next phase, or wait for new awards.",
        )
    number_of = dict(zip((due.claim for due in dues), numbers, strict=True))
    given = [(number_of[claim], amount) for claim, amount in shared.amounts]
    row = Round.objects.create(
        programme_id=version_id,
        phase=phase,
        number=number,
        available_minor=available,
        allocated_minor=shared.total_minor,
        currency=version.programme.currency,
        awards=len(dues),
        allocations=len(given),
        shares=[content.share(share) for share in shared.shares],
        input_sha256=_keep_lines(version_id, phase, number, "input", allocation.input_lines(dues, numbers)),
        output_sha256=_keep_lines(version_id, phase, number, "output", allocation.output_lines(given)),
        at=at,
    )
    _write_allocations(row, shared.amounts)
    reserved = move(
        f"{version_id}/allocate/{phase}/{number}", "allocated", f"phase {phase}, round {number}",
        source=POOL, to=RESERVED, amount_minor=shared.total_minor,
    )  # fmt: skip
    fund.post(version_id=version_id, postings=[reserved], by=by, at=at)
    _tell_allocation(row, given, [claim for claim, _ in shared.amounts], by=by, at=at)
    made = queries.round_of(version_id, phase, number)
    assert made is not None
    return made


def _same(known: queries.RoundRow, available_minor: int | None, programme: Programme) -> queries.RoundRow:
    if available_minor is not None and available_minor != known.available_minor:
        raise PaymentRefusal(
            f"Round {known.number} of phase {known.phase} shared {_money(known.available_minor, programme)}, "
            f"not {_money(available_minor, programme)}.",
            "A round that was made is history.",
            "Share what is left in the next round.",
        )
    return known


def _phase(phases: Sequence[Phase], number: int) -> Phase:
    for phase in phases:
        if phase.number == number:
            return phase
    raise PaymentRefusal(
        f"The programme has no phase {number}.",
        "Who is served first, and up to what, is a rule of the programme.",
        f"Its phases are: {', '.join(str(phase.number) for phase in phases) or 'none'}.",
    )


def _available(version_id: int, asked: int | None, programme: Programme) -> int:
    pool = funds.balances(version_id).pool_minor
    available = pool if asked is None else asked
    if not 0 < available <= pool:
        raise PaymentRefusal(
            f"{_money(available, programme)} cannot be shared: the pool holds {_money(pool, programme)}.",
            "Only money that was received is given.",
            "Record contributions first, or share less.",
        )
    return available


def _money(minor: int, programme: Programme) -> Money:
    return Money(minor, programme.currency, programme.minor_digits)


def _write_allocations(row: Round, amounts: Sequence[tuple[int, int]]) -> None:
    rows = pa.table(
        {
            "round_id": pa.repeat(pa.scalar(row.pk), len(amounts)),
            "claim_id": pa.array([claim for claim, _ in amounts], pa.int64()),
            "amount_minor": pa.array([amount for _, amount in amounts], pa.int64()),
        }
    )
    with connection.wrap_database_errors, connection.cursor() as cursor:
        copy_rows(cursor, "payments_allocation", rows)


def _tell_allocation(
    row: Round, given: Sequence[tuple[str, int]], claims: Sequence[int], *, by: str, at: datetime
) -> None:
    told = content.round_allocated(
        programme=row.programme.code, sha256=row.programme.sha256, phase=row.phase, number=row.number,
        available_minor=row.available_minor, allocated_minor=row.allocated_minor, currency=row.currency,
        awards=row.awards, allocations=row.allocations, shares=row.shares, input_sha256=row.input_sha256,
        output_sha256=row.output_sha256,
    )  # fmt: skip
    write(kind="round.allocated", by=by, at=at, public=True, contents=[told])
    contents = [
        content.allocated(
            claim=number, phase=row.phase, number=row.number, amount_minor=amount, currency=row.currency
        )
        for number, amount in given
    ]
    write(kind="payment.allocated", by=by, at=at, contents=contents, claims=claims)


# ------------------------------------------------------------------ instruct


def instruct(
    *, round_id: int, debtor: Debtor, by: str, at: datetime, again: bool = False, batch_size: int = BATCH_SIZE,
    execution_date: date | None = None, progress: Progress | None = None,
) -> Instructed:  # fmt: skip
    """Orders for every allocation of the round that has none, in batches, one transaction each.

    With `again`, new orders for those whose last attempt was rejected or came back, to the account known now: that is
    decided by a person, never done by itself. Whoever cannot be paid is held, with the reason.
    """
    row = Round.objects.select_related("programme").get(id=round_id)
    todo = queries.wanted(round_id, again=again)
    ready, not_payable = _orders(row, todo)
    held = _hold(row, not_payable, by=by, at=at)
    batches = 0
    for batch in _chunks(ready, batch_size):
        _write_batch(row, batch, debtor, execution_date or at.date(), by=by, at=at)
        batches += 1
        if progress:
            progress(min(batches * batch_size, len(ready)), len(ready))
    return Instructed(batches, len(ready), sum(order.amount_minor for _, order in ready), held)


def _orders(row: Round, todo: Sequence[Wanted]) -> tuple[list[tuple[Wanted, Order]], list[tuple[Wanted, NotPayable]]]:
    ready, not_payable = [], []
    for some in _chunks(todo, 20_000):
        payees = people.payees([wanted.claimant for wanted in some])
        for wanted in some:
            payee = payees[wanted.claimant]
            made = order(
                wanted, name=payee.name, name_latin=payee.name_latin, iban=payee.iban, phase=row.phase,
                round_number=row.number,
            )  # fmt: skip
            if isinstance(made, NotPayable):
                not_payable.append((wanted, made))
            else:
                ready.append((wanted, made))
    return ready, not_payable


@transaction.atomic
def _hold(row: Round, not_payable: Sequence[tuple[Wanted, NotPayable]], *, by: str, at: datetime) -> int:
    _queue(row.programme_id)
    known = queries.held_already([wanted.allocation for wanted, _ in not_payable])
    fresh = [(want, no.reason) for want, no in not_payable if (want.allocation, no.reason) not in known]
    Hold.objects.bulk_create(
        [Hold(allocation_id=want.allocation, reason=reason, at=at) for want, reason in fresh], batch_size=5_000
    )
    contents = [
        content.held(claim=want.number, phase=row.phase, number=row.number, reason=reason) for want, reason in fresh
    ]
    write(kind="payment.held", by=by, at=at, contents=contents, claims=[want.claim for want, _ in fresh])
    return len(not_payable)


@transaction.atomic
def _write_batch(
    row: Round, ready: Sequence[tuple[Wanted, Order]], debtor: Debtor, execution_date: date, *, by: str, at: datetime
) -> None:
    sha256 = credit_transfer.orders_sha256(debtor, execution_date, row.currency, [order for _, order in ready])
    batch = Batch.objects.create(
        round=row,
        sha256=sha256,
        message_id=message_id(sha256),
        debtor_name=debtor.name,
        debtor_iban=debtor.iban,
        debtor_bic=debtor.bic,
        execution_date=execution_date,
        currency=row.currency,
        count=len(ready),
        total_minor=sum(order.amount_minor for _, order in ready),
        # The file says when it was made, in whole seconds: so do we, or reading it back would differ.
        at=at.replace(microsecond=0),
    )
    rows = pa.table(
        {
            "batch_id": pa.repeat(pa.scalar(batch.pk), len(ready)),
            "allocation_id": pa.array([wanted.allocation for wanted, _ in ready], pa.int64()),
            "attempt": pa.array([wanted.attempt for wanted, _ in ready], pa.int16()),
            "end_to_end_id": [order.end_to_end_id for _, order in ready],
            "name": [order.name for _, order in ready],
            "iban": [order.iban for _, order in ready],
            "amount_minor": pa.array([order.amount_minor for _, order in ready], pa.int64()),
            "remittance": [order.remittance for _, order in ready],
        }
    )
    with connection.wrap_database_errors, connection.cursor() as cursor:
        copy_rows(cursor, "payments_instruction", rows)
    contents = [
        content.instructed(
            claim=wanted.number, end_to_end_id=order.end_to_end_id, attempt=wanted.attempt,
            amount_minor=order.amount_minor, currency=row.currency, message_id=batch.message_id, name=order.name,
            iban=order.iban, remittance=order.remittance,
        )
        for wanted, order in ready
    ]  # fmt: skip
    write(kind="payment.instructed", by=by, at=at, contents=contents, claims=[wanted.claim for wanted, _ in ready])


# ------------------------------------------------------------------ release


def release(
    *, round_id: int, by: str, at: datetime, most: int | None = None, progress: Progress | None = None
) -> Released:
    """Writes, checks and lets go the files of the round that are not released, one transaction each.

    With `most`, no further file is begun once the round has that many released payments: a first tranche. Refuses a
    file that is not valid by the schema, or that says anything else than what was approved.
    """
    waiting = queries.unreleased(round_id)
    already = queries.released_count(round_id)
    payments = total = batches = 0
    for batch in waiting:
        if most is not None and already + payments >= most:
            break
        _release(batch, by=by, at=at)
        batches, payments, total = batches + 1, payments + batch.count, total + batch.total_minor
        if progress:
            progress(batches, len(waiting))
    return Released(batches, payments, total)


@transaction.atomic
def _release(batch: queries.BatchRow, *, by: str, at: datetime) -> None:
    row = Batch.objects.select_related("round__programme").get(id=batch.id)
    programme = row.round.programme
    _queue(programme.pk)
    if Release.objects.filter(batch=row).exists():
        return
    data = _checked_file(row, programme.minor_digits)
    keep(_file(programme.pk, batch.message_id), data)
    file_sha256 = hashlib.sha256(data).hexdigest()
    Release.objects.create(batch=row, file_sha256=file_sha256, at=at)
    gone = move(
        f"{programme.pk}/release/{batch.message_id}", "released", batch.message_id,
        source=RESERVED, to=IN_TRANSIT, amount_minor=batch.total_minor,
    )  # fmt: skip
    fund.post(version_id=programme.pk, postings=[gone], by=by, at=at)
    told = content.batch_released(
        programme=programme.code, message_id=batch.message_id, sha256=batch.sha256, file_sha256=file_sha256,
        count=batch.count, total_minor=batch.total_minor, currency=row.currency,
    )  # fmt: skip
    write(kind="batch.released", by=by, at=at, public=True, contents=[told])


def _checked_file(row: Batch, digits: int) -> bytes:
    """The file of the batch, read back by another path and compared with what was approved."""
    approved = queries.transfer(row.pk, digits)
    out = io.BytesIO()
    credit_transfer.write(approved, out)
    data = out.getvalue()
    return check_file(row.pk, data, digits)


def check_file(batch_id: int, data: bytes, digits: int) -> bytes:
    """`data` itself, if it is valid and says exactly what was approved in that batch; else refuses, in words."""
    row = Batch.objects.get(id=batch_id)
    approved = queries.transfer(batch_id, digits)
    wrong = list(credit_transfer.schema_faults(io.BytesIO(data)))
    orders = credit_transfer.orders_sha256(
        approved.debtor, approved.execution_date, approved.currency, approved.orders
    )
    if (orders, len(approved.orders), approved.total_minor) != (row.sha256, row.count, row.total_minor):
        wrong.append("the orders in the database are not those that were approved")
    try:
        wrong += credit_transfer.differences(approved, credit_transfer.read(io.BytesIO(data), digits))
    except MessageInvalid as fault:
        wrong.append(str(fault))
    if wrong:
        raise PaymentRefusal(
            f"File {row.message_id} is not released: {'; '.join(wrong[:10])}.",
            "What leaves must be what was approved, to the letter.",
            "Find out who or what changed it before anything else is paid.",
        )
    return data


# ------------------------------------------------------------------ deliver


def deliver(*, version_id: int, bank: Bank, by: str, at: datetime, progress: Progress | None = None) -> int:
    """Hands every released file to the bank that has not got it; returns how many were handed over.

    A delivery that was begun and not finished has an unknown outcome: the bank is asked, and a file that it knows is
    never sent again.
    """
    waiting = queries.undelivered(version_id)
    sent = 0
    for batch in waiting:
        unknown = queries.delivery_begun(batch.id)
        if not unknown:
            _step(batch, "begun", by=by, at=at)
        if not (unknown and bank.knows(batch.message_id, queries.first_id(batch.id))):
            bank.send(batch.message_id, _released_file(batch))
            sent += 1
        _step(batch, "done", by=by, at=at)
        if progress:
            progress(sent, len(waiting))
    return sent


def _released_file(batch: queries.BatchRow) -> bytes:
    """The file as it was released. A lost one is written again, for it is the same; a changed one is refused."""
    row = Batch.objects.select_related("round__programme").get(id=batch.id)
    path = _file(row.round.programme_id, batch.message_id)
    if not path.exists():
        keep(path, _checked_file(row, row.round.programme.minor_digits))
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != Release.objects.get(batch=row).file_sha256:
        raise PaymentRefusal(
            f"File {path} is not sent: it is no longer the file that was released.",
            "What reaches the bank must be what was checked, to the byte.",
            "Find out who changed it. With the file removed it is written again from the approved orders.",
        )
    return data


@transaction.atomic
def _step(batch: queries.BatchRow, step: str, *, by: str, at: datetime) -> None:
    Delivery.objects.create(batch_id=batch.id, step=step, at=at)
    told = content.batch_delivered(message_id=batch.message_id, step=step)
    write(kind="batch.delivery", by=by, at=at, public=True, contents=[told])


# ------------------------------------------------------------------ what the bank answers


def collect(*, version_id: int, bank: Bank, by: str, at: datetime) -> list[Answered]:
    """Applies everything the bank has sent that concerns this programme and is new."""
    answers = (apply_bank_answer(version_id=version_id, data=data, by=by, at=at) for data in bank.messages())
    return [answer for answer in answers if answer is not None]


@transaction.atomic
def apply_bank_answer(*, version_id: int, data: bytes, by: str, at: datetime) -> Answered | None:
    """Applies a pain.002, camt.053 or camt.054; the same message again changes nothing. None: it is not about us.

    Only a booking is payment. A rejection or a return makes the award payable again, and no more than that: a new
    attempt is decided by a person. What fits nothing we ordered is kept as unmatched. Refuses what it cannot read.
    """
    _queue(version_id)
    sha256 = hashlib.sha256(data).hexdigest()
    known = BankMessage.objects.filter(programme_id=version_id, sha256=sha256).first()
    if known is not None:
        return Answered(known.message, known.message_id, known.counts, new=False)
    version = programmes.version(version_id)
    read = _read(version_id, data, version.programme.minor_digits)
    if read is None:
        return None
    message, message_id_, closing, meaning = read
    keep(_folder(version_id) / "received" / f"{sha256}.xml", data)
    row = BankMessage.objects.create(
        programme_id=version_id, sha256=sha256, message=message, message_id=message_id_, closing_minor=closing,
        counts=meaning.counts, at=at,
    )  # fmt: skip
    _write_events(row, meaning.events, at)
    Unmatched.objects.bulk_create(
        Unmatched(
            source=row,
            end_to_end_id=odd.end_to_end_id,
            reference=odd.reference,
            amount_minor=odd.amount_minor,
            why=odd.why,
        )
        for odd in meaning.unmatched
    )
    fund.post(version_id=version_id, postings=_postings(version_id, row, meaning.events), by=by, at=at)
    told = content.bank_answered(
        programme=version.code, message=message, message_id=message_id_, sha256=sha256, closing_minor=closing,
        counts=meaning.counts,
    )  # fmt: skip
    write(kind="bank.answered", by=by, at=at, public=True, contents=[told])
    _tell_events(meaning.events, by=by, at=at)
    return Answered(message, message_id_, meaning.counts, new=True)


def _read(version_id: int, data: bytes, digits: int) -> tuple[str, str, int | None, Meaning] | None:
    """(message, its id, closing balance, what it means for us); None where it is about somebody else."""
    try:
        if b":pain.002." in data[:2000]:
            report = status_report.read(io.BytesIO(data))
            ordered = queries.ordered(version_id, message_id=report.original_message_id)
            if not ordered:
                return None
            return report.message, report.message_id, None, matching.of_report(report, ordered)
        pages = statement.read(io.BytesIO(data), digits)
    except MessageInvalid as fault:
        raise PaymentRefusal(
            f"The bank's message cannot be read: {fault}.",
            "Nothing of it was applied.",
            "Ask the bank for it again, and keep this one.",
        ) from None
    mine = [page for page in pages if page.iban in queries.accounts(version_id)]
    if not mine:
        return None
    bookings = [booking for page in mine for booking in page.bookings]
    ordered = queries.ordered(version_id, ids=[booking.end_to_end_id for booking in bookings])
    return mine[-1].message, mine[-1].message_id, mine[-1].closing_minor, matching.of_bookings(bookings, ordered)


def _write_events(row: BankMessage, events: Sequence[Happened], at: datetime) -> None:
    if not events:
        return
    rows = pa.table(
        {
            "instruction_id": pa.array([event.ordered.instruction for event in events], pa.int64()),
            "kind": [event.kind for event in events],
            "source_id": pa.repeat(pa.scalar(row.pk), len(events)),
            "reference": [event.reference for event in events],
            "reason": [event.reason for event in events],
            "at": pa.repeat(pa.scalar(at.isoformat()), len(events)),
        }
    )
    with connection.wrap_database_errors, connection.cursor() as cursor:
        copy_rows(cursor, "payments_event", rows)


# What an event does to the books: kind -> (from, to).
MOVES = {"rejected": (IN_TRANSIT, RESERVED), "settled": (IN_TRANSIT, PAID), "returned": (PAID, RESERVED)}


def _postings(version_id: int, row: BankMessage, events: Sequence[Happened]) -> list[Posting]:
    postings = []
    for kind, (source, to) in MOVES.items():
        amounts = [
            (event.ordered.end_to_end_id, event.ordered.amount_minor) for event in events if event.kind == kind
        ]
        if amounts:
            key = f"{version_id}/{kind}/{row.sha256}"
            postings.append(move_each(key, kind, row.message_id, source=source, to=to, amounts=amounts))
    return postings


def _tell_events(events: Sequence[Happened], *, by: str, at: datetime) -> None:
    for kind in MOVES:
        some = [event for event in events if event.kind == kind]
        contents = [
            content.happened(
                kind=kind, claim=event.ordered.number, end_to_end_id=event.ordered.end_to_end_id,
                amount_minor=event.ordered.amount_minor, currency=event.ordered.currency, reference=event.reference,
                reason=event.reason,
            )
            for event in some
        ]  # fmt: skip
        write(kind=f"payment.{kind}", by=by, at=at, contents=contents, claims=[event.ordered.claim for event in some])


# ------------------------------------------------------------------ places and order


def _queue(version_id: int) -> None:
    """One programme's payments are written one after the other; whoever comes second sees what the first has done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, version_id])


def _folder(version_id: int) -> Path:
    return Path(settings.HOME) / "payments" / str(version_id)


def _file(version_id: int, message_id: str) -> Path:
    return _folder(version_id) / "sent" / f"{message_id}.xml"


def _keep_lines(version_id: int, phase: int, number: int, what: str, lines: Iterable[str]) -> str:
    """Keeps a round's input or output beside the payment files, for whoever recomputes it; returns its hash."""
    text = list(lines)
    keep(_folder(version_id) / "rounds" / f"phase-{phase}-round-{number}-{what}.csv", "".join(text).encode())
    return allocation.digest(text)


def _chunks(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))
