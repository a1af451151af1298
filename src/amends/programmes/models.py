from __future__ import annotations

from django.db import models


class Version(models.Model):
    """A programme version frozen by its hash. Whatever is decided names the version it was decided under."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(help_text="programme and version, such as ukraine/v1")
    sha256 = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    minor_digits = models.SmallIntegerField()
    adopted_at = models.DateTimeField()
    # The folder as it was when frozen: file path -> text. What was decided can be decided again without the disk.
    files = models.JSONField()

    class Meta:
        db_table = "programmes_version"
        constraints = [models.UniqueConstraint(name="programmes_version_once", fields=["code", "sha256"])]
