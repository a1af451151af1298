from __future__ import annotations

from django.db import models


class Claim(models.Model):
    """One request by one claimant in one category, exactly as filed. Never changed."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+", db_index=False)
    claimant = models.ForeignKey("people.Claimant", on_delete=models.PROTECT, related_name="+")
    number = models.TextField(unique=True, help_text="the reference people quote; see number.py")
    source_key = models.TextField(help_text="the claim's id in the source it came from")
    category = models.TextField()
    region = models.TextField(default="")
    filed_at = models.DateTimeField()
    answers = models.JSONField(help_text="question id -> answer; money and decimals as text")
    evidence = models.JSONField(help_text="codes of the evidence supplied")
    claimed_minor = models.BigIntegerField(null=True)
    # SHA-256 of the canonical JSON of the above: the same id with other content is noticed, and so is a changed row.
    fingerprint = models.BinaryField()

    class Meta:
        db_table = "claims_claim"
        constraints = [models.UniqueConstraint(name="claims_claim_once", fields=["programme", "source_key"])]


class Recording(models.Model):
    """The Register's formal entry of a claim, or its refusal. No finding on merits or amount."""

    claim = models.OneToOneField(Claim, primary_key=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField(choices=[("recorded", "recorded"), ("refused", "refused")])
    reason = models.TextField(help_text="reason code of the programme")
    rules = models.JSONField(help_text="decision -> numbers of the rules that fired")
    at = models.DateTimeField()

    class Meta:
        db_table = "claims_recording"


class Import(models.Model):
    """One file taken in. Progress moves forward only; rows in = taken + set aside (+ known before)."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    sha256 = models.CharField(max_length=64)
    rows = models.BigIntegerField()
    done = models.BigIntegerField(default=0)
    taken = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0, help_text="rows whose claim was taken before, unchanged")
    set_aside = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "claims_import"
        constraints = [
            models.UniqueConstraint(name="claims_import_once", fields=["programme", "sha256"]),
            models.CheckConstraint(
                name="claims_import_no_row_lost",
                condition=models.Q(done=models.F("taken") + models.F("known") + models.F("set_aside")),
            ),
        ]


class SetAside(models.Model):
    """A row that could not become a claim: kept whole, with the reasons in words."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+")
    row = models.BigIntegerField()
    reasons = models.JSONField()
    raw = models.JSONField()

    class Meta:
        db_table = "claims_set_aside"
        constraints = [models.UniqueConstraint(name="claims_set_aside_once", fields=["source", "row"])]
