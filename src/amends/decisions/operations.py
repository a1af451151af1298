"""The only writers of decisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection, transaction

from amends import __version__
from amends.checks import queries as checks
from amends.claims import queries as claims
from amends.decisions import content
from amends.decisions.models import Decision, Run
from amends.journal import operations as journal
from amends.journal.bulk import copy_rows
from amends.programmes import mass
from amends.programmes import queries as programmes
from amends.programmes.programme import Programme
from amends.treaty import operations as treaty

CHUNK = 20_000
ENGINE = f"amends {__version__} duckdb {duckdb.__version__}"


def decide(*, version_id: int, by: str, at: datetime, progress: Callable[[int, int], None] | None = None) -> int:
    """Decide every claim that is recorded, checked and not yet decided; returns how many that were.

    One transaction a chunk: the decisions and their journal entries stand together or not at all, so an
    interrupted run is simply run again. The law sees the whole caseload, decided or not, because a claim's facts
    may depend on its neighbours.

    Refuses (treaty's NotInForce) before the conditions of entry into force are met; the database refuses too.
    """
    treaty.require_in_force(version_id=version_id, deed="decided", on=at.date())
    version = programmes.version(version_id)
    duck = duckdb.connect()
    todo = _verdicts(duck, version.programme, version_id)
    if todo == 0:
        return 0
    with transaction.atomic():
        run = Run.objects.create(
            programme_id=version_id,
            engine=ENGINE,
            model_sha256=version.programme.decision.model.sha256,
            claims=todo,
            started_at=at,
        )
        told = content.run(
            programme_sha256=version.programme.sha256,
            engine=run.engine,
            model_sha256=run.model_sha256,
            claims=todo,
            started_at=at,
        )
        journal.write(kind="decisions.run", by=by, at=at, contents=[told], public=True)
    cursor_ = duck.execute("FROM todo ORDER BY claim_id")
    columns = [column[0] for column in cursor_.description or []]
    done = 0
    while batch := cursor_.fetchmany(CHUNK):
        rows = [dict(zip(columns, row, strict=True)) for row in batch]
        with transaction.atomic(), connection.cursor() as cursor:
            _write(cursor, rows, run=run, programme=version.programme, by=by, at=at)
        done += len(rows)
        if progress:
            progress(done, todo)
    return done


def _verdicts(duck: duckdb.DuckDBPyConnection, programme: Programme, version_id: int) -> int:
    """Table `todo` in DuckDB: the verdict on each claim still to be decided. Returns their number."""
    claims.snapshot(duck, version_id, programme, table="filed", recorded=True)
    duck.register("checked", checks.facts(version_id))
    duck.execute(
        "CREATE TEMP TABLE claims AS SELECT f.*, c.* EXCLUDE (claim_id) FROM filed f JOIN checked c USING (claim_id)"
    )
    decided_before = Decision.objects.filter(run__programme_id=version_id).values_list("claim_id", flat=True)
    duck.register("decided_before", pa.table({"claim_id": pa.array(decided_before, pa.int64())}))
    law = programme.decision
    duck.execute(f"CREATE TEMP TABLE verdicts AS {mass.compiled(duck, programme, law, keep_facts=True)}")
    types = {row[0]: row[1] for row in duck.execute("DESCRIBE verdicts").fetchall()}
    facts, trace = mass.frozen(law, types)
    duck.execute(
        "CREATE TEMP TABLE todo AS "
        f"SELECT claim_id, claim AS number, outcome, award_minor, reason, {facts} AS facts, {trace} AS trace "
        "FROM verdicts JOIN (SELECT claim_id, claim FROM claims) USING (claim) "
        "ANTI JOIN decided_before USING (claim_id)"
    )
    found = duck.execute("SELECT count(*) FROM todo").fetchone()
    assert found is not None
    return int(found[0])


def _write(cursor: Any, rows: list[dict[str, Any]], *, run: Run, programme: Programme, by: str, at: datetime) -> None:
    contents = [
        content.decided(
            claim=row["number"],
            programme_sha256=programme.sha256,
            engine=run.engine,
            outcome=row["outcome"],
            award_minor=row["award_minor"],
            currency=programme.currency,
            reason=row["reason"],
            facts=json.loads(row["facts"]),
            trace=json.loads(row["trace"]),
            at=at,
        )
        for row in rows
    ]
    table = pa.Table.from_pylist(rows, schema=_ROW).drop_columns(["number"])
    constant = {"run_id": str(run.pk), "currency": programme.currency, "at": at.isoformat()}
    for name, value in constant.items():
        table = table.append_column(name, pa.repeat(pa.scalar(value), len(rows)))
    copy_rows(cursor, "decisions_decision", table)
    journal.write(kind="claim.decided", by=by, at=at, contents=contents, claims=[row["claim_id"] for row in rows])


_ROW = pa.schema(
    {
        "claim_id": pa.int64(),
        "number": pa.string(),
        "outcome": pa.string(),
        "award_minor": pa.int64(),
        "reason": pa.string(),
        "facts": pa.string(),
        "trace": pa.string(),
    }
)
