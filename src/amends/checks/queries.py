"""The only readers of checks and findings for others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pyarrow as pa
from django.db import connection
from django.db.models import Count

from amends.checks.content import checked
from amends.checks.models import Check, Finding
from amends.journal.bulk import read_rows
from amends.journal.facts import Fact

# What the law may ask of the checks: one row for each checked claim.
FACTS = pa.schema(
    {"claim_id": pa.int64(), "duplicate": pa.bool_(), "overlap": pa.bool_(), "evidence_complete": pa.bool_()}
)


def facts(version_id: int) -> pa.Table:
    """For every checked claim: does an earlier claim say the same, does another claim the same loss, are all
    required papers there?"""
    with connection.cursor() as cursor:
        return read_rows(
            cursor,
            "SELECT k.claim_id, coalesce(bool_or(f.kind = 'duplicate'), false),"
            " coalesce(bool_or(f.kind = 'overlap'), false),"
            " NOT coalesce(bool_or(f.kind = 'missing-evidence'), false)"
            " FROM checks_check k JOIN claims_claim c ON c.id = k.claim_id"
            " LEFT JOIN checks_finding f ON f.claim_id = k.claim_id"
            " WHERE c.programme_id = %s GROUP BY k.claim_id ORDER BY k.claim_id",
            [version_id],
            FACTS,
        )


def counts(version_id: int) -> dict[str, int]:
    """How many findings of each kind."""
    found = Finding.objects.filter(claim__programme_id=version_id).values_list("kind").annotate(n=Count("pk"))
    return dict(found.order_by("kind"))


def facts_for_audit() -> Iterator[Fact]:
    """Every check with its findings, as its journal entry must tell it."""
    found = Finding.objects.order_by("claim_id", "pk").values_list("claim_id", "kind", "other__number", "detail")
    by_claim = groupby(found.iterator(chunk_size=20_000), key=lambda row: row[0])
    claim, findings = next(by_claim, (None, iter(())))
    rows = Check.objects.order_by("claim_id").values_list("claim_id", "claim__number", "at")
    for claim_id, number, at in rows.iterator(chunk_size=20_000):
        mine = []
        if claim == claim_id:
            mine = [(kind, other, detail) for _, kind, other, detail in findings]
            claim, findings = next(by_claim, (None, iter(())))
        yield Fact("claim.checked", claim_id, f"checks_check {number}", checked(claim=number, findings=mine, at=at))
