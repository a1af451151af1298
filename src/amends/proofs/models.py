from __future__ import annotations

from django.db import models


class Leaf(models.Model):
    """The place of an entry in the log: given once, in the order of the outbox, and never again."""

    index = models.BigIntegerField(primary_key=True)
    # No foreign key in the database: the outbox, which the database itself fills, is where entries come from,
    # and checking half a million of them again would cost more than writing them.
    entry = models.OneToOneField("journal.Entry", on_delete=models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        db_table = "proofs_leaf"


class Checkpoint(models.Model):
    """A checkpoint that was published: what the world may hold us to."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField(help_text="the signed note, as published")
    by = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "proofs_checkpoint"
