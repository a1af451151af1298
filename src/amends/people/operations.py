"""The only writers of claimants. Who enrols them, and why, is told by the entry of the claim they come with."""

from __future__ import annotations

import pyarrow as pa
from django.db import connection

from amends.journal.bulk import copy_rows, reserve_ids


def enrol(*, version_id: int, claimants: pa.Table) -> list[int]:
    """Writes new claimants (columns: those of `people.content.FACTS`) and returns their ids, in their order.

    Part of the transaction of the operation that files their claims. The database refuses a claimant it knows.
    """
    assert connection.in_atomic_block, "claimants come with their claims, in one transaction"
    if claimants.num_rows == 0:
        return []
    with connection.cursor() as cursor:
        ids = list(reserve_ids(cursor, "people_claimant", claimants.num_rows))
        rows = claimants.append_column("id", pa.array(ids, pa.int64()))
        rows = rows.append_column("programme_id", pa.repeat(pa.scalar(version_id), len(ids)))
        copy_rows(cursor, "people_claimant", rows)
    return ids
