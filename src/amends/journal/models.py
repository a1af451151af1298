from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One thing that happened. Never changed; a correction is a new entry that names the old one.

    `content` is the canonical JSON text (see `canonical.py`). A private entry appears in the log only as its
    commitment; a public one appears in clear, so it has no key.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    # The claim, where the entry is about one. A plain number: the journal stands left of claims.
    claim = models.BigIntegerField(null=True, db_index=True)
    by = models.TextField()
    at = models.DateTimeField()
    public = models.BooleanField(default=False)
    content = models.TextField()
    key = models.BinaryField(null=True)
    commitment = models.BinaryField()

    class Meta:
        db_table = "journal_entry"
        constraints = [
            models.CheckConstraint(
                name="journal_entry_key_iff_private",
                condition=models.Q(public=True, key__isnull=True) | models.Q(public=False, key__isnull=False),
            )
        ]


class Outbox(models.Model):
    """An entry that waits for its place in the log. Filled by the database itself on every insert of an
    entry, so no entry can miss the log; emptied by the sequencer alone."""

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )

    class Meta:
        db_table = "journal_outbox"
