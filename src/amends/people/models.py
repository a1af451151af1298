from __future__ import annotations

from django.db import models


class Claimant(models.Model):
    """A person, organisation or public body whose loss is claimed. Claims of one claimant meet here."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("programmes.Version", on_delete=models.PROTECT, related_name="+")
    source_key = models.TextField(help_text="the claimant's id in the source it came from")
    kind = models.TextField(choices=[(k, k) for k in ("person", "organisation", "state")])
    name = models.TextField()
    name_latin = models.TextField(default="")
    birth_date = models.DateField(null=True)
    tax_number = models.TextField(default="")
    household = models.TextField(default="", help_text="claimants of one family share it; empty where unknown")
    iban = models.TextField(default="")
    language = models.CharField(max_length=8, default="uk")

    class Meta:
        db_table = "people_claimant"
        constraints = [models.UniqueConstraint(name="people_claimant_once", fields=["programme", "source_key"])]
