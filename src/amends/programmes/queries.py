"""Which programme is a version, and which is the newest of its name?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from amends.journal.facts import Fact
from amends.programmes import content, folder
from amends.programmes.models import Version as VersionRow
from amends.programmes.programme import Programme
from amends.refusal import Refusal


class VersionUnknown(Refusal):
    """No version of that id or name has been adopted here."""


@dataclass(frozen=True)
class Version:
    id: int
    code: str
    sha256: str
    adopted_at: datetime
    programme: Programme


def version(version_id: int) -> Version:
    row = VersionRow.objects.filter(id=version_id).first()
    if row is None:
        raise VersionUnknown(f"There is no programme version number {version_id}.")
    return _frozen(row)


def current(code: str) -> Version:
    """Of "ukraine/v1" what was adopted last under that code; of "ukraine", the last of all its versions."""
    mine = {"code": code} if "/" in code else {"code__startswith": f"{code}/"}
    row = VersionRow.objects.filter(**mine).order_by("-id").first()
    if row is None:
        raise VersionUnknown(
            f'No version of the programme "{code}" has been adopted here.',
            "Claims belong to an adopted version: the rules must be known before the first claim is taken.",
            f"Take claims with: amends import {code} FILE. It adopts the programme first.",
        )
    return _frozen(row)


def versions() -> tuple[Version, ...]:
    """All adopted versions, the oldest first."""
    return tuple(_frozen(row) for row in VersionRow.objects.order_by("id"))


def facts_for_audit() -> Iterator[Fact]:
    for row in VersionRow.objects.order_by("id").iterator():
        # From the files themselves, not from the column beside them: a changed file must show.
        said = content.adopted(code=row.code, sha256=folder.fingerprint(row.files), files=len(row.files))
        yield Fact("programme.adopted", None, f"programme {row.code}", said)


def _frozen(row: VersionRow) -> Version:
    return Version(row.id, row.code, row.sha256, row.adopted_at, _programme(row.id, row.sha256))


@lru_cache(maxsize=16)
def _programme(version_id: int, sha256: str) -> Programme:
    """Read from the stored files. The hash is part of the key, so that another database never gets this one's law."""
    row = VersionRow.objects.get(id=version_id, sha256=sha256)
    return folder.from_files(row.code, row.files)
