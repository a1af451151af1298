"""The only writers of the books. The database checks every posting again, and is the one that cannot be talked into
anything: unbalanced, one-legged, overdrawn, in a wrong currency, changed later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
from django.db import IntegrityError, connection, transaction

from amends.fund import posting as pure
from amends.fund.models import Account, Transaction
from amends.fund.posting import ACCOUNTS, POOL, SOURCE, Posting
from amends.journal.bulk import copy_rows, reserve_ids
from amends.journal.operations import write
from amends.refusal import Refusal

# The first half of the advisory lock under which a programme's postings queue; the second is the programme.
LOCK = 0x66756E64  # "fund"


class FundRefusal(Refusal):
    """Money cannot move like this; the message says why."""


@transaction.atomic
def contribute(
    *, version_id: int, contributor: str, amount_minor: int, currency: str, key: str, by: str, at: datetime
) -> None:
    """Money received into the pool. Twice with the same key is once. Refuses amounts that are not above zero."""
    if amount_minor <= 0:
        raise FundRefusal(
            f"A contribution of {amount_minor} minor units is none.",
            "Only money that was received can be shared.",
            "Correct the amount; to undo a contribution, reverse it.",
        )
    _open_accounts(version_id, currency)
    source, _ = Account.objects.get_or_create(
        programme_id=version_id, code=SOURCE + contributor,
        defaults={"currency": currency, "kind": "source", "may_go_negative": True},
    )  # fmt: skip
    given = pure.move(key, "contribution", contributor, source=source.code, to=POOL, amount_minor=amount_minor)
    if post(version_id=version_id, postings=[given], by=by, at=at):
        told = pure.contribution(
            programme=source.programme.code, contributor=contributor, amount_minor=amount_minor, currency=currency,
            key=key,
        )  # fmt: skip
        write(kind="contribution.received", by=by, at=at, public=True, contents=[told])


@transaction.atomic
def post(*, version_id: int, postings: Sequence[Posting], by: str, at: datetime) -> int:
    """Writes those postings whose key is new, all in one COPY; returns how many were new.

    Refuses a known key with other content, and an account that does not exist. The database refuses the rest when
    the transaction commits, or at once where a balance would go below zero.
    """
    with connection.cursor() as cursor:
        # Postings of one fund queue here. They would queue on its balances anyway; here, before they look for their
        # keys, sixteen identical submissions become one that is new and fifteen that find it.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, version_id])
    fresh = _new(postings)
    if not fresh:
        return 0
    accounts = {row.code: row for row in Account.objects.select_related("programme").filter(programme_id=version_id)}
    unknown = {leg.account for posting in fresh for leg in posting.legs} - accounts.keys()
    if unknown:
        raise FundRefusal(
            f"This fund has no account {', '.join(sorted(unknown))}.",
            "Money moves between accounts that were opened for it.",
            "Check the code of the account.",
        )
    programme = next(iter(accounts.values())).programme.code
    try:
        # Inside a block of its own, so that a caller may go on after a refusal; and COPY's errors become Django's.
        with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
            ids = reserve_ids(cursor, "fund_transaction", len(fresh))
            copy_rows(cursor, "fund_transaction", _transactions(version_id, ids, fresh, at))
            copy_rows(cursor, "fund_entry", _entries(ids, fresh, accounts))
    except IntegrityError as refused:
        if "fund_balance_not_overdrawn" not in str(refused):
            raise
        raise FundRefusal(
            f"{fresh[0].key} takes more than its account holds.",
            "The fund gives only what it has; the database keeps every balance at zero or above.",
            "Look at the balances, and move less.",
        ) from refused
    write(kind="fund.posted", by=by, at=at, contents=[pure.content(each, programme=programme) for each in fresh])
    return len(fresh)


def _open_accounts(version_id: int, currency: str) -> None:
    """The fund's own accounts: pool, reserved, in-transit, paid. They say nothing until money moves."""
    Account.objects.bulk_create(
        (
            Account(programme_id=version_id, code=code, currency=currency, kind=kind, may_go_negative=False)
            for code, kind in ACCOUNTS.items()
        ),
        ignore_conflicts=True,
    )


def _new(postings: Sequence[Posting]) -> list[Posting]:
    """Those whose key is not in the books. Refuses a key that is there, or here, with other content."""
    keys = [posting.key for posting in postings]
    rows = Transaction.objects.filter(key__in=keys).values_list("key", "fingerprint")
    known = {key: bytes(fingerprint) for key, fingerprint in rows}
    fresh = []
    for posting in postings:
        print_ = posting.fingerprint
        if posting.key not in known:
            known[posting.key] = print_
            fresh.append(posting)
        elif known[posting.key] != print_:
            raise FundRefusal(
                f"{posting.key} is in the books with other content.",
                "A key names one movement of money for ever, so a repetition can be told from a second payment.",
                "Use a new key for a new movement, or repeat the old one exactly.",
            )
    return fresh


def _transactions(version_id: int, ids: Sequence[int], postings: Sequence[Posting], at: datetime) -> pa.Table:
    keys = [posting.reverses for posting in postings if posting.reverses]
    reversed_ = dict(Transaction.objects.filter(key__in=keys).values_list("key", "id"))
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "programme_id": pa.repeat(pa.scalar(version_id), len(ids)),
            "key": [posting.key for posting in postings],
            "fingerprint": ["\\x" + posting.fingerprint.hex() for posting in postings],
            "kind": [posting.kind for posting in postings],
            "memo": [posting.memo for posting in postings],
            "at": pa.repeat(pa.scalar(at.isoformat()), len(ids)),
            "reverses_id": pa.array(
                [reversed_[posting.reverses] if posting.reverses else None for posting in postings], pa.int64()
            ),
        }
    )


def _entries(ids: Sequence[int], postings: Sequence[Posting], accounts: dict[str, Account]) -> pa.Table:
    legs = [(id_, leg) for id_, posting in zip(ids, postings, strict=True) for leg in posting.legs]
    return pa.table(
        {
            "transaction_id": pa.array([id_ for id_, _ in legs], pa.int64()),
            "account_id": pa.array([accounts[leg.account].pk for _, leg in legs], pa.int64()),
            "currency": [accounts[leg.account].currency for _, leg in legs],
            "amount_minor": pa.array([leg.amount_minor for _, leg in legs], pa.int64()),
            "reference": [leg.reference for _, leg in legs],
        }
    )
