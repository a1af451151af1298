"""The only writers of claims: filing a whole file, and recording what was filed.

ImportRunning    somebody else takes in a file for this programme at this moment
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection, transaction
from django.db.models import F

from amends.claims import content, filing
from amends.claims.intake import Intake, read
from amends.claims.models import Claim, Import, Recording
from amends.claims.queries import known_claims, snapshot
from amends.journal import operations as journal
from amends.journal.bulk import copy_rows, reserve_range
from amends.people import operations as people
from amends.people import queries as claimants
from amends.programmes import mass
from amends.programmes import queries as programmes
from amends.programmes.programme import Programme
from amends.refusal import Refusal

CHUNK = 20_000
# The first half of a PostgreSQL advisory lock; the second is the programme version.
IMPORT_LOCK = 0x0A3E

Progress = Callable[[int, int], None]


def _silent(_done: int, _of: int) -> None:
    """Nobody watches."""


class ImportRunning(Refusal):
    """Two importers at once could each see half of the other's claimants."""


@dataclass(frozen=True)
class Filed:
    """What became of a file: rows = taken + known + set_aside, always."""

    import_id: int
    rows: int
    taken: int
    known: int
    set_aside: int
    unused: tuple[str, ...]


def file_batch(
    *,
    version_id: int,
    path: Path,
    mapping: Path | None = None,
    by: str,
    at: datetime,
    progress: Progress = _silent,
) -> Filed:
    """Files every claim of the file at `path`; a row that cannot become a claim is set aside with its reasons.

    One transaction a chunk: its claimants, claims, rows set aside, journal entries and the file's progress stand
    together or not at all. An interrupted import is simply run again and goes on behind its last chunk; a finished
    one has nothing left to do. A claim that was filed before, unchanged, is known and not filed twice.

    May refuse with FileUnusable (the file as a whole), ProgrammeInvalid (the mapping) or ImportRunning.
    """
    programme = programmes.version(version_id).programme
    with _alone(version_id), contextlib.closing(duckdb.connect()) as duck:
        taken = read(duck, path, programme, mapping, latest=at.date())
        batch, _ = Import.objects.get_or_create(
            programme_id=version_id,
            sha256=_identity(path, mapping),
            defaults={"name": path.name, "rows": taken.rows},
        )
        if batch.finished_at:
            return Filed(batch.pk, batch.rows, 0, batch.taken + batch.known, batch.set_aside, taken.unused)
        with contextlib.closing(_parts(duck, taken, programme, batch, at)) as parts:
            for done, part in parts:
                with transaction.atomic():
                    _file_part(part, batch, done, by, at)
                progress(done, taken.rows)
        Import.objects.filter(pk=batch.pk).update(finished_at=at)
        batch.refresh_from_db()
    return Filed(batch.pk, batch.rows, batch.taken, batch.known, batch.set_aside, taken.unused)


def _parts(
    duck: duckdb.DuckDBPyConnection, taken: Intake, programme: Programme, batch: Import, at: datetime
) -> Generator[tuple[int, filing.Part], None, None]:
    """The file behind what is done of it, sorted out part by part, each with the row it ends at.

    A part is sorted out in a thread while the database still writes the one before: each waits for a core of its
    own. The thread asks no database, so what the register holds is looked up first; the import lock keeps it so.
    """
    version_id = batch.programme_id
    arriving = filing.prepare(duck, taken, programme, at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
    starts = range(batch.done, taken.rows, CHUNK)
    if Claim.objects.filter(programme_id=version_id).exists():
        for after in starts:
            until = after + CHUNK
            enrolled = claimants.known(version_id, filing.keys(duck, "claimant", after, until))
            known = known_claims(version_id, filing.keys(duck, "source_key", after, until))
            filing.remember(duck, enrolled, known)
    filing.number_claimants(duck, people.reserve(max(arriving, 1)))
    with connection.cursor() as cursor:
        first_id = reserve_range(cursor, "claims_claim", taken.rows)

    def sorted_out(after: int) -> tuple[int, filing.Part]:
        until = min(after + CHUNK, taken.rows)
        return until, filing.sort_out(duck, taken, programme, after, until, first_id)

    with ThreadPoolExecutor(1) as ahead:
        waiting: deque[Future[tuple[int, filing.Part]]] = deque()
        for after in starts:
            waiting.append(ahead.submit(sorted_out, after))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _file_part(part: filing.Part, batch: Import, done: int, by: str, at: datetime) -> None:
    people.enrol(version_id=batch.programme_id, claimants=part.arriving)
    with connection.cursor() as cursor:
        _copy(cursor, "claims_claim", part.taken.drop_columns(["content"]), "programme_id", batch.programme_id)
        _copy(cursor, "claims_set_aside", part.set_aside, "source_id", batch.pk)
    contents, ids = part.taken["content"].to_pylist(), part.taken["id"].to_pylist()
    journal.write(kind="claim.filed", by=by, at=at, contents=contents, claims=ids)
    Import.objects.filter(pk=batch.pk).update(
        done=done,
        taken=F("taken") + part.taken.num_rows,
        known=F("known") + part.known,
        set_aside=F("set_aside") + part.set_aside.num_rows,
    )


def _copy(cursor: Any, table: str, rows: pa.Table, owner: str, owner_id: int) -> None:
    if rows.num_rows:
        copy_rows(cursor, table, rows.append_column(owner, pa.repeat(pa.scalar(owner_id), rows.num_rows)))


def record(*, version_id: int, by: str, at: datetime, progress: Progress = _silent) -> int:
    """Records or refuses, by the programme's recording law, every claim not yet dealt with; returns how many.

    Recording is no finding on merits or amount. A programme without a recording law records every claim. One
    transaction a chunk, so an interrupted run is simply run again. Refuses nothing.
    """
    programme = programmes.version(version_id).programme
    with contextlib.closing(duckdb.connect()) as duck:
        snapshot(duck, version_id, programme)
        done_before = Recording.objects.filter(claim__programme_id=version_id).values_list("claim_id", flat=True)
        duck.register("done_before", pa.table({"claim_id": pa.array(done_before, pa.int64())}))
        said = "SELECT claim, 'recorded' AS outcome, 'no-recording-law' AS reason, '{}' AS rules FROM claims"
        if programme.recording is not None:
            duck.execute(f"CREATE TEMP TABLE verdicts AS {mass.compiled(duck, programme, programme.recording)}")
            said = f"SELECT claim, outcome, reason, {mass.fired_sql(programme.recording)} AS rules FROM verdicts"
        duck.execute(
            "CREATE TEMP TABLE todo AS SELECT claim_id, claim, outcome, reason, rules FROM claims "
            f"JOIN ({said}) USING (claim) ANTI JOIN done_before USING (claim_id) ORDER BY claim_id"
        )
        todo = duck.execute("FROM todo ORDER BY claim_id").fetchall()
    for start in range(0, len(todo), CHUNK):
        with transaction.atomic(), connection.cursor() as cursor:
            _write_recordings(cursor, todo[start : start + CHUNK], programme, by=by, at=at)
        progress(min(start + CHUNK, len(todo)), len(todo))
    return len(todo)


def _write_recordings(
    cursor: Any, rows: list[tuple[int, str, str, str, str]], programme: Programme, *, by: str, at: datetime
) -> None:
    ids, _, outcomes, reasons, rules = zip(*rows, strict=True)
    table = pa.table(
        {
            "claim_id": pa.array(ids, pa.int64()),
            "outcome": pa.array(outcomes, pa.string()),
            "reason": pa.array(reasons, pa.string()),
            "rules": pa.array(rules, pa.string()),
            "at": pa.repeat(pa.scalar(at.isoformat()), len(rows)),
        }
    )
    copy_rows(cursor, "claims_recording", table)
    for wanted in ("recorded", "refused"):
        mine = [row for row in rows if row[2] == wanted]
        contents = [
            content.recorded(
                number=number, programme_sha256=programme.sha256, outcome=outcome, reason=reason,
                rules=json.loads(fired), at=at,
            )
            for _, number, outcome, reason, fired in mine
        ]  # fmt: skip
        journal.write(kind=f"claim.{wanted}", by=by, at=at, contents=contents, claims=[row[0] for row in mine])


def _identity(path: Path, mapping: Path | None) -> str:
    """The file's SHA-256. The same file read through another mapping is another import."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    if mapping:
        digest.update(mapping.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _alone(version_id: int) -> Iterator[None]:
    """Holds the programme's import lock; the database lets it go by itself when the importer dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [IMPORT_LOCK, version_id])
        if not cursor.fetchone()[0]:
            raise ImportRunning(
                "Another import for this programme is running.",
                "Two at once could file the same claim twice or miss that they disagree.",
                "Wait until it has ended, then run the same command again.",
            )
    try:
        yield
    finally:
        # Where the connection broke, the lock went with it.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [IMPORT_LOCK, version_id])
