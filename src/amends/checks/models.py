from __future__ import annotations

from django.db import models


class Check(models.Model):
    """A recorded claim has been checked. What was found stands in Finding; finding nothing is a result too."""

    claim = models.OneToOneField("claims.Claim", primary_key=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "checks_check"


class Finding(models.Model):
    """Something a check noticed. Linked, never merged; a person or a rule decides what it means."""

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey("claims.Claim", on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=[(k, k) for k in ("missing-evidence", "missing-answer", "duplicate", "overlap")])
    # For duplicate and overlap: the claim filed earlier.
    other = models.ForeignKey("claims.Claim", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    detail = models.JSONField(help_text="what exactly: evidence code, question id, or the fields that agree")

    class Meta:
        db_table = "checks_finding"
