from __future__ import annotations

from django.db import models


class Round(models.Model):
    """One sharing of money: how much there was, by which rule, and what came of it. Never changed."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+", db_index=False)
    phase = models.SmallIntegerField()
    number = models.SmallIntegerField(help_text="which round of the phase")
    available_minor = models.BigIntegerField()
    allocated_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    awards = models.BigIntegerField(help_text="how many awards the round looked at")
    allocations = models.BigIntegerField(help_text="how many of them get something")
    shares = models.JSONField(help_text="per tier: factor, floors and caps reached")
    input_sha256 = models.CharField(max_length=64)
    output_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_round"
        constraints = [
            models.UniqueConstraint(name="payments_round_once", fields=["programme", "phase", "number"]),
            models.CheckConstraint(
                name="payments_round_within_means",
                condition=models.Q(allocated_minor__gte=0, allocated_minor__lte=models.F("available_minor")),
            ),
        ]


class Allocation(models.Model):
    """What a round gives on one claim. The database sums them up per claim and refuses more than the award."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", db_index=False)
    claim = models.ForeignKey("claims.Claim", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "payments_allocation"
        constraints = [
            models.UniqueConstraint(name="payments_allocation_once", fields=["round", "claim"]),
            models.CheckConstraint(name="payments_allocation_something", condition=models.Q(amount_minor__gt=0)),
        ]


class Payable(models.Model):
    """Per claim: the award, and how much of it was allocated in all rounds. Kept by the database with every
    allocation; its row is the lock on which two rounds meet, so a race cannot pay an award twice."""

    claim = models.OneToOneField("claims.Claim", primary_key=True, on_delete=models.PROTECT, related_name="+")
    award_minor = models.BigIntegerField()
    allocated_minor = models.BigIntegerField()

    class Meta:
        db_table = "payments_payable"
        constraints = [
            models.CheckConstraint(
                name="payments_never_more_than_the_award",
                condition=models.Q(allocated_minor__gte=0, allocated_minor__lte=models.F("award_minor")),
            )
        ]


class Hold(models.Model):
    """Why an allocation could not be instructed when it was tried. The money stays reserved for the claimant."""

    id = models.BigAutoField(primary_key=True)
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_hold"
        constraints = [models.UniqueConstraint(name="payments_hold_once", fields=["allocation", "reason"])]


class Batch(models.Model):
    """The orders of one file. Its hash is what is approved, and the message's id is made of it."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, unique=True)
    message_id = models.CharField(max_length=35, unique=True)
    debtor_name = models.TextField()
    debtor_iban = models.TextField()
    debtor_bic = models.TextField(default="")
    execution_date = models.DateField()
    currency = models.CharField(max_length=3)
    count = models.IntegerField()
    total_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_batch"


class Instruction(models.Model):
    """One attempt to pay one allocation, exactly as it goes into the file. A second attempt is a new row, and only
    after the first was rejected or came back."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="+", db_index=False)
    attempt = models.SmallIntegerField()
    end_to_end_id = models.CharField(max_length=35, unique=True)
    name = models.TextField()
    iban = models.TextField()
    amount_minor = models.BigIntegerField()
    remittance = models.TextField()

    class Meta:
        db_table = "payments_instruction"
        constraints = [
            models.UniqueConstraint(name="payments_instruction_once", fields=["allocation", "attempt"]),
        ]


class Release(models.Model):
    """A batch whose file was checked and let go. From here on its money is in transit."""

    batch = models.OneToOneField(Batch, primary_key=True, on_delete=models.PROTECT, related_name="+")
    file_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_release"


class Delivery(models.Model):
    """A step on the way to the bank. `begun` without `done`: the outcome is unknown, and the bank is asked first."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+", db_index=False)
    step = models.TextField(choices=[(s, s) for s in ("begun", "done")])
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_delivery"
        constraints = [models.UniqueConstraint(name="payments_delivery_once", fields=["batch", "step"])]


class BankMessage(models.Model):
    """What a bank sent, kept raw under its hash, and applied once."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    message = models.TextField(help_text="kind and version, such as camt.053.001.08")
    message_id = models.TextField()
    closing_minor = models.BigIntegerField(null=True, help_text="of a statement: what the bank says we have")
    counts = models.JSONField(help_text="how many lines of it were what: accepted, settled, unmatched …")
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_bank_message"
        constraints = [models.UniqueConstraint(name="payments_bank_message_once", fields=["programme", "sha256"])]


class Event(models.Model):
    """What the bank did with an instruction. Each kind happens once, and only in an order that makes sense."""

    id = models.BigAutoField(primary_key=True)
    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField(choices=[(k, k) for k in ("accepted", "rejected", "settled", "returned")])
    source = models.ForeignKey(BankMessage, on_delete=models.PROTECT, related_name="+")
    reference = models.TextField(help_text="the bank's own reference of the booking")
    reason = models.TextField(help_text="ISO 20022 reason code of a rejection or return")
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_event"
        constraints = [
            models.UniqueConstraint(name="payments_event_once", fields=["instruction", "kind"]),
            models.CheckConstraint(
                name="payments_event_kind",
                condition=models.Q(kind__in=("accepted", "rejected", "settled", "returned")),
            ),
        ]


class Unmatched(models.Model):
    """A line of a bank's message that fits nothing we ordered: kept, counted, and looked at by people."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(BankMessage, on_delete=models.PROTECT, related_name="+")
    end_to_end_id = models.TextField()
    reference = models.TextField()
    amount_minor = models.BigIntegerField(null=True)
    why = models.TextField()

    class Meta:
        db_table = "payments_unmatched"
