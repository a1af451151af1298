from __future__ import annotations

from django.db import models


class Condition(models.Model):
    """When the mechanism of a programme version enters into force. Written once, when the version is adopted.

    A version whose own text asks for entry into force and has no row here is *not* in force: the database fails
    closed (see migrations/0002_in_force.py).
    """

    programme = models.OneToOneField(
        "programmes.Version", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    ratifications = models.IntegerField()
    reference_budget_minor = models.BigIntegerField()
    share_percent = models.SmallIntegerField()
    months = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "treaty_condition"
        constraints = [
            models.CheckConstraint(
                name="treaty_condition_possible",
                condition=models.Q(
                    ratifications__gt=0, reference_budget_minor__gt=0, share_percent__range=(0, 100), months__gte=0
                ),
            )
        ]


class Participant(models.Model):
    """A state or organisation that may sign and ratify, and its share of the reference budget.

    Who does not contribute to that budget counts with a notional share, so everyone has one.
    """

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    name = models.TextField()
    kind = models.TextField(choices=[(k, k) for k in ("state", "organisation")])
    reference_share_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "treaty_participant"
        constraints = [
            models.UniqueConstraint(name="treaty_participant_once", fields=["programme", "code"]),
            models.CheckConstraint(name="treaty_participant_share", condition=models.Q(reference_share_minor__gte=0)),
            models.CheckConstraint(
                name="treaty_participant_kind", condition=models.Q(kind__in=("state", "organisation"))
            ),
        ]


class Act(models.Model):
    """A signature or ratification on a day. Never changed. `simulated` acts were made up to show the mechanism."""

    id = models.BigAutoField(primary_key=True)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField(choices=[(k, k) for k in ("signature", "ratification")])
    on_date = models.DateField()
    simulated = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "treaty_act"
        constraints = [
            models.UniqueConstraint(name="treaty_act_once", fields=["participant", "kind"]),
            models.CheckConstraint(
                name="treaty_act_kind", condition=models.Q(kind__in=("signature", "ratification"))
            ),
        ]


class EntryIntoForce(models.Model):
    """A day of entry into force, as it became known. Acts recorded late may bring an earlier one: a new row."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+", db_index=False)
    on_date = models.DateField()
    at = models.DateTimeField()

    class Meta:
        db_table = "treaty_entry_into_force"
        constraints = [models.UniqueConstraint(name="treaty_entry_into_force_once", fields=["programme", "on_date"])]
