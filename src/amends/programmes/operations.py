"""The only writer of programme versions."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from amends.journal.operations import write
from amends.programmes import content
from amends.programmes.models import Version
from amends.programmes.programme import Programme


@transaction.atomic
def adopt(programme: Programme, *, by: str, at: datetime) -> int:
    """Freezes the programme as it is now and returns the id of its version. The same files again: the same id.

    Refuses nothing: a Programme without faults is the only kind there is. The files are kept with the version, so
    what was decided under it can be decided again when the folder is long gone.
    """
    with connection.cursor() as cursor:
        # Two adoptions of the same folder at once would both find nothing and both write.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('programmes.adopt'))")
    known = Version.objects.filter(code=programme.code, sha256=programme.sha256).values_list("id", flat=True).first()
    if known is not None:
        return known
    version = Version.objects.create(
        code=programme.code,
        sha256=programme.sha256,
        currency=programme.currency,
        minor_digits=programme.minor_digits,
        adopted_at=at,
        files=dict(programme.files),
    )
    said = content.adopted(code=programme.code, sha256=programme.sha256, files=len(programme.files))
    write(kind="programme.adopted", by=by, at=at, contents=[said], public=True)
    return version.id
