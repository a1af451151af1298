"""The only readers of claimants for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from django.db import connection

from amends.journal.bulk import read_rows
from amends.people.content import FACTS
from amends.people.models import Claimant

# Between keys while they are one text, which a driver sends much faster than a list; no key can hold it.
SEPARATOR = "\x1f"
CLAIMANTS = pa.schema(
    [("id", pa.int64()), *((name, pa.date32() if name == "birth_date" else pa.string()) for name in FACTS)]
)


def known(version_id: int, source_keys: Sequence[str]) -> pa.Table:
    """Those of `source_keys` that are enrolled in the programme, with all their facts."""
    with connection.cursor() as cursor:
        return read_rows(
            cursor,
            f"SELECT id, {', '.join(FACTS)} FROM people_claimant"
            " WHERE programme_id = %s AND source_key = ANY(string_to_array(%s, chr(31)))",
            [version_id, SEPARATOR.join(source_keys)],
            CLAIMANTS,
        )


@dataclass(frozen=True)
class Payee:
    """What an order needs to know of a claimant."""

    claimant: int
    name: str
    name_latin: str
    iban: str


def payees(ids: Sequence[int]) -> dict[int, Payee]:
    """Those claimants, by their id."""
    rows = Claimant.objects.filter(id__in=ids).values_list("id", "name", "name_latin", "iban")
    return {row[0]: Payee(*row) for row in rows}
