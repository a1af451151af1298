"""The only writers of checks and findings."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection, transaction

from amends.checks.content import Found, checked
from amends.checks.findings import findings_sql
from amends.checks.models import Check
from amends.claims import queries as claims
from amends.journal import operations as journal
from amends.journal.bulk import copy_rows
from amends.programmes import queries as programmes

CHUNK = 20_000


def run(*, version_id: int, by: str, at: datetime, progress: Callable[[int, int], None] | None = None) -> int:
    """Check every recorded claim that was not checked yet; returns how many that were.

    Each is compared with all recorded claims of the programme. One transaction a chunk, so an interrupted run is
    simply run again. Refuses nothing.
    """
    programme = programmes.version(version_id).programme
    duck = duckdb.connect()
    claims.snapshot(duck, version_id, programme, table="recorded", recorded=True)
    done_before = Check.objects.filter(claim__programme_id=version_id).values_list("claim_id", flat=True)
    duck.register("done_before", pa.table({"claim_id": pa.array(done_before, pa.int64())}))
    duck.execute(
        "CREATE TEMP TABLE findings AS SELECT f.claim_id, f.kind, f.other_id, o.claim AS other, f.detail "
        f"FROM ({findings_sql(programme, 'recorded')}) f "
        "ANTI JOIN done_before USING (claim_id) LEFT JOIN recorded o ON o.claim_id = f.other_id"
    )
    todo = duck.execute(
        "SELECT claim_id, claim FROM recorded ANTI JOIN done_before USING (claim_id) ORDER BY claim_id"
    ).fetchall()
    for start in range(0, len(todo), CHUNK):
        chunk = todo[start : start + CHUNK]
        rows = duck.execute(
            "FROM findings WHERE claim_id BETWEEN ? AND ? ORDER BY ALL",
            [chunk[0][0], chunk[-1][0]],
        ).fetchall()
        with transaction.atomic(), connection.cursor() as cursor:
            _write(cursor, chunk, rows, by=by, at=at)
        if progress:
            progress(min(start + CHUNK, len(todo)), len(todo))
    return len(todo)


def _write(
    cursor: Any,
    chunk: list[tuple[int, str]],
    rows: list[tuple[int, str, int | None, str | None, str]],
    *,
    by: str,
    at: datetime,
) -> None:
    found: dict[int, list[Found]] = defaultdict(list)
    for claim_id, kind, _, other, detail in rows:
        found[claim_id].append((kind, other, json.loads(detail)))
    ids = [claim_id for claim_id, _ in chunk]
    moments = pa.repeat(pa.scalar(at.isoformat()), len(ids))
    copy_rows(cursor, "checks_check", pa.table({"claim_id": pa.array(ids, pa.int64()), "at": moments}))
    if rows:
        columns = list(zip(*rows, strict=True))
        table = pa.table(
            {
                "claim_id": pa.array(columns[0], pa.int64()),
                "kind": pa.array(columns[1], pa.string()),
                "other_id": pa.array(columns[2], pa.int64()),
                "detail": pa.array(columns[4], pa.string()),
            }
        )
        copy_rows(cursor, "checks_finding", table)
    contents = [checked(claim=number, findings=found[claim_id], at=at) for claim_id, number in chunk]
    journal.write(kind="claim.checked", by=by, at=at, contents=contents, claims=ids)
