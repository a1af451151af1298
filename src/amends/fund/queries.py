"""What is where, and where did it come from?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Sum

from amends.fund import posting as pure
from amends.fund.models import Account, Balance, Entry, Transaction
from amends.fund.posting import IN_TRANSIT, PAID, POOL, RESERVED, SOURCE, Leg, Posting
from amends.journal.facts import Fact


@dataclass(frozen=True)
class Balances:
    """What was given, and where it is now: given = pool + reserved + in_transit + paid, to the cent, always."""

    given_minor: int
    pool_minor: int
    reserved_minor: int
    in_transit_minor: int
    paid_minor: int

    @property
    def at_bank_minor(self) -> int:
        """What the bank's statement must say."""
        return self.pool_minor + self.reserved_minor + self.in_transit_minor


@dataclass(frozen=True)
class AccountLine:
    code: str
    kind: str
    currency: str
    balance_minor: int
    entries_minor: int

    @property
    def agrees(self) -> bool:
        """Whether the kept balance is the sum of its entries."""
        return self.balance_minor == self.entries_minor


@dataclass(frozen=True)
class Movement:
    """One transaction that a reference passed through."""

    at: datetime
    kind: str
    memo: str
    account: str
    amount_minor: int


def balances(version_id: int) -> Balances:
    rows = Balance.objects.filter(account__programme_id=version_id)
    at = dict(rows.exclude(account__kind="source").values_list("account__code", "balance_minor"))
    given = rows.filter(account__kind="source").aggregate(total=Sum("balance_minor"))["total"] or 0
    return Balances(-given, at.get(POOL, 0), at.get(RESERVED, 0), at.get(IN_TRANSIT, 0), at.get(PAID, 0))


def trial_balance(version_id: int) -> list[AccountLine]:
    """Every account with the balance that is kept and the one its entries add up to. Balances add up to zero."""
    summed = dict(
        Entry.objects.filter(account__programme_id=version_id)
        .values_list("account_id")
        .annotate(total=Sum("amount_minor"))
    )
    rows = Balance.objects.select_related("account").filter(account__programme_id=version_id)
    return [
        AccountLine(
            row.account.code, row.account.kind, row.account.currency, row.balance_minor, summed.get(row.pk, 0)
        )
        for row in rows.order_by("account__code")
    ]


def contributions(version_id: int) -> list[tuple[str, int]]:
    """(contributor, what it gave in all), in the order of names."""
    rows = Account.objects.filter(programme_id=version_id, kind="source").order_by("code")
    given = dict(Balance.objects.filter(account__in=rows).values_list("account_id", "balance_minor"))
    return [(row.code.removeprefix(SOURCE), -given[row.pk]) for row in rows if given[row.pk]]


def movements(version_id: int, reference: str) -> list[Movement]:
    """Every leg that carries the reference, oldest first: the path of one payment through the books."""
    rows = Entry.objects.filter(transaction__programme_id=version_id, reference=reference).order_by("id")
    return [
        Movement(row.transaction.at, row.transaction.kind, row.transaction.memo, row.account.code, row.amount_minor)
        for row in rows.select_related("transaction", "account")
    ]


def sources_of(version_id: int, amount_minor: int) -> tuple[tuple[str, int], ...]:
    """Whose money a payment is: the pool has no names on its cents, so every contributor's part is pro rata."""
    return pure.shares(amount_minor, contributions(version_id))


def posted(key: str) -> bool:
    return Transaction.objects.filter(key=key).exists()


def facts_for_audit() -> Iterator[Fact]:
    rows = (
        Entry.objects.order_by("transaction_id", "id")
        .values_list(
            "transaction_id", "transaction__programme__code", "transaction__key", "transaction__kind",
            "transaction__memo", "transaction__reverses__key", "account__code", "amount_minor", "reference",
            "currency",
        )
        .iterator(chunk_size=20_000)
    )  # fmt: skip
    for _, group in groupby(rows, key=lambda row: row[0]):
        legs = list(group)
        _, programme, key, kind, memo, reverses, *_ = legs[0]
        posting = Posting(key, kind, memo, tuple(Leg(row[6], row[7], row[8]) for row in legs), reverses)
        yield Fact("fund.posted", None, f"fund_transaction {key}", pure.content(posting, programme=programme))
        if kind == "contribution":
            told = pure.contribution(
                programme=programme, contributor=memo, amount_minor=posting.moved_minor, currency=legs[0][9], key=key
            )
            yield Fact("contribution.received", None, f"fund_transaction {key}", told)
