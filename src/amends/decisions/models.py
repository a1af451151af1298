from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One mass decision: which law, which engine, over how many claims."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+")
    engine = models.TextField(help_text="engine and version that computed it")
    model_sha256 = models.CharField(max_length=64)
    claims = models.BigIntegerField()
    started_at = models.DateTimeField()

    class Meta:
        db_table = "decisions_run"


class Decision(models.Model):
    """What was decided on one claim, from which facts, by which rules. Never edited."""

    claim = models.OneToOneField("claims.Claim", primary_key=True, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.TextField(choices=[(o, o) for o in ("awarded", "nil", "not computable")])
    award_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField(help_text="reason code of the programme, or the engine's own where the law gave none")
    facts = models.JSONField(help_text="the facts as they were, frozen: input name -> value")
    trace = models.JSONField(help_text="decision -> {rules: fired row numbers, value}")
    at = models.DateTimeField()

    class Meta:
        db_table = "decisions_decision"
        constraints = [
            models.CheckConstraint(
                name="decisions_award_iff_awarded",
                condition=models.Q(outcome="awarded", award_minor__gt=0)
                | (~models.Q(outcome="awarded") & models.Q(award_minor=0)),
            )
        ]
