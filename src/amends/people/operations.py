"""The only writers of claimants. Who enrols them, and why, is told by the entry of the claim they come with."""

from __future__ import annotations

import pyarrow as pa
from django.db import connection

from amends.journal.bulk import copy_rows, reserve_range


def enrol(*, version_id: int, claimants: pa.Table) -> None:
    """Writes new claimants (columns: their id, reserved before, and those of `people.content.FACTS`).

    Part of the transaction of the operation that files their claims. The database refuses a claimant it knows.
    """
    assert connection.in_atomic_block, "claimants come with their claims, in one transaction"
    if claimants.num_rows:
        programme = pa.repeat(pa.scalar(version_id), claimants.num_rows)
        with connection.cursor() as cursor:
            copy_rows(cursor, "people_claimant", claimants.append_column("programme_id", programme))


def reserve(count: int) -> int:
    """The first of `count` ids for claimants who arrive."""
    with connection.cursor() as cursor:
        return reserve_range(cursor, "people_claimant", count)
