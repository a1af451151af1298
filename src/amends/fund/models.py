from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Account(models.Model):
    """A place where money of one currency is. A source (a contributor) goes below zero by what it gave; no other
    account may."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.TextField()
    currency = models.CharField(max_length=3)
    kind = models.TextField(choices=[(k, k) for k in ("source", "held", "spent")])
    may_go_negative = models.BooleanField()

    class Meta:
        db_table = "fund_account"
        constraints = [
            models.UniqueConstraint(name="fund_account_once", fields=["programme", "code"]),
            # The target of the entries' foreign key: an entry's currency is its account's, or the entry cannot be.
            models.UniqueConstraint(name="fund_account_currency", fields=["id", "currency"]),
            models.CheckConstraint(
                name="fund_account_only_sources_go_negative",
                condition=models.Q(kind="source", may_go_negative=True)
                | models.Q(kind__in=("held", "spent"), may_go_negative=False),
            ),
        ]


class Transaction(models.Model):
    """Money that moved, once: the key is the caller's, and the same key with other content is refused."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+")
    key = models.TextField(unique=True)
    fingerprint = models.BinaryField()
    kind = models.TextField()
    memo = models.TextField()
    at = models.DateTimeField()
    # When the database learnt of it: set by the database, whatever `at` says.
    recorded_at = models.DateTimeField(db_default=Now())
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "fund_transaction"


class Entry(models.Model):
    """One leg of a transaction. What a transaction takes from some accounts it gives to others, to the cent."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="+")
    # The database has the real foreign key, on account and currency together (0002_guards).
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reference = models.TextField(default="", help_text="what the money is for, in the caller's words; empty for none")

    class Meta:
        db_table = "fund_entry"
        constraints = [models.CheckConstraint(name="fund_entry_not_zero", condition=~models.Q(amount_minor=0))]


class Balance(models.Model):
    """What an account holds now. Kept by the database with every entry, and by nobody else: its row is the lock on
    which two postings meet, so a race cannot overdraw."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="+")
    may_go_negative = models.BooleanField()
    balance_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "fund_balance"
        constraints = [
            models.CheckConstraint(
                name="fund_balance_not_overdrawn",
                condition=models.Q(may_go_negative=True) | models.Q(balance_minor__gte=0),
            )
        ]


class Seal(models.Model):
    """A transaction that was checked, and takes no more entries. Written by the database itself."""

    transaction = models.OneToOneField(Transaction, primary_key=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "fund_seal"
