"""The only readers of claims for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa
from django.db import connection

from amends.claims import content, number
from amends.claims.answers import unpack_sql
from amends.claims.intake import SEPARATOR
from amends.claims.models import Claim, Recording, SetAside
from amends.claims.sql import identifier
from amends.journal.bulk import read_rows
from amends.journal.canonical import fingerprint
from amends.journal.facts import Fact
from amends.people.content import FACTS
from amends.programmes.programme import Programme

SNAPSHOT = pa.schema(
    {
        "claim_id": pa.int64(),
        "claim": pa.string(),
        "claimant": pa.string(),
        "claimant_kind": pa.string(),
        "name": pa.string(),
        "birth_date": pa.date32(),
        "tax_number": pa.string(),
        "household": pa.string(),
        "category": pa.string(),
        "filed_at": pa.timestamp("us"),
        "evidence": pa.string(),
        "answers": pa.string(),
    }
)


KNOWN_CLAIMS = pa.schema(
    {"source_key": pa.string(), "number": pa.string(), "fingerprint": pa.string(), "filed_at": pa.timestamp("us")}
)


@dataclass(frozen=True)
class ClaimView:
    """One claim as it stands: filed, and perhaps recorded or refused."""

    id: int
    number: str
    programme_id: int
    category: str
    region: str
    filed_at: datetime
    claimed_minor: int | None
    outcome: str | None
    reason: str | None


@dataclass(frozen=True)
class RowSetAside:
    """A row of a file that did not become a claim."""

    row: int
    reasons: tuple[str, ...]
    raw: dict[str, str | None]


def snapshot(
    duck: duckdb.DuckDBPyConnection,
    version_id: int,
    programme: Programme,
    table: str = "claims",
    *,
    recorded: bool = False,
) -> int:
    """Creates the DuckDB table `table` in the form of the standard claims relation (see intake.py), and returns how
    many claims it has: all that were filed under the version, or only those that were `recorded`.

    One row a claim, by the order of filing: claim_id, claim (its number), who claims, category, filed_at (UTC),
    evidence, one typed column per question, and `problems`, which a filed claim never has.
    """
    only = "JOIN claims_recording r ON r.claim_id = c.id AND r.outcome = 'recorded'" if recorded else ""
    with connection.cursor() as cursor:
        rows = read_rows(
            cursor,
            "SELECT c.id, c.number, p.source_key, p.kind, p.name, p.birth_date, p.tax_number, p.household,"
            " c.category, c.filed_at AT TIME ZONE 'UTC', c.evidence, c.answers"
            f" FROM claims_claim c JOIN people_claimant p ON p.id = c.claimant_id {only}"
            " WHERE c.programme_id = %s ORDER BY c.id",
            [version_id],
            SNAPSHOT,
        )
    duck.register("filed_claims", rows)
    unpacked = unpack_sql("answers", dict(programme.questions))
    duck.execute(
        f"""
        CREATE OR REPLACE TABLE {identifier(table)} AS
        SELECT * EXCLUDE (answers, evidence, given), CAST([] AS VARCHAR[]) AS problems,
          CAST(from_json(evidence, '["VARCHAR"]') AS VARCHAR[]) AS evidence, given.*
        FROM (SELECT *, {unpacked} AS given FROM filed_claims)
        """
    )
    duck.unregister("filed_claims")
    return int(rows.num_rows)


def known_claims(version_id: int, source_keys: Sequence[str]) -> pa.Table:
    """Those of `source_keys` that have been filed under the programme version."""
    with connection.cursor() as cursor:
        return read_rows(
            cursor,
            "SELECT source_key, number, encode(fingerprint, 'hex'), filed_at AT TIME ZONE 'UTC' FROM claims_claim"
            " WHERE programme_id = %s AND source_key = ANY(string_to_array(%s, chr(31)))",
            [version_id, SEPARATOR.join(source_keys)],
            KNOWN_CLAIMS,
        )


def claim(text: str) -> ClaimView | None:
    """The claim of the number that `text` means, however it was typed; None where there is none.

    May refuse with NumberMistyped."""
    row = Claim.objects.filter(number=number.parse(text)).first()
    if row is None:
        return None
    recording = Recording.objects.filter(claim=row).first()
    return ClaimView(
        id=row.pk, number=row.number, programme_id=row.programme_id, category=row.category, region=row.region,
        filed_at=row.filed_at, claimed_minor=row.claimed_minor, outcome=recording.outcome if recording else None,
        reason=recording.reason if recording else None,
    )  # fmt: skip


def counts(version_id: int) -> dict[str, int]:
    """How many claims were submitted, recorded and refused under the version, and how many rows were set aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM claims_claim WHERE programme_id = %(version)s),"
            " (SELECT count(*) FROM claims_set_aside s JOIN claims_import i ON i.id = s.source_id"
            "  WHERE i.programme_id = %(version)s),"
            " count(*) FILTER (WHERE r.outcome = 'recorded'), count(*) FILTER (WHERE r.outcome = 'refused')"
            " FROM claims_recording r JOIN claims_claim c ON c.id = r.claim_id WHERE c.programme_id = %(version)s",
            {"version": version_id},
        )
        submitted, set_aside, recorded, refused = cursor.fetchone()
    return {"submitted": submitted, "recorded": recorded, "refused": refused, "set_aside": set_aside}


def set_aside(import_id: int) -> Iterator[RowSetAside]:
    """The rows of one file that were set aside, in the file's order."""
    for row, reasons, raw in (
        SetAside.objects.filter(source=import_id).order_by("row").values_list("row", "reasons", "raw")
    ):
        yield RowSetAside(row, tuple(reasons), raw)


def reasons(import_id: int) -> list[tuple[str, int]]:
    """Why rows of one file were set aside, without their values, and how often; the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT regexp_replace(reason, '“[^”]*”', '“…”', 'g') AS kind, count(*)"
            " FROM claims_set_aside, jsonb_array_elements_text(reasons) AS reason"
            " WHERE source_id = %s GROUP BY kind ORDER BY count(*) DESC, kind",
            [import_id],
        )
        return list(cursor.fetchall())


def facts_for_audit() -> Iterator[Fact]:
    """Every claim and every recording as its journal entry must tell it, rebuilt from the rows."""
    yield from _filed_facts()
    yield from _recorded_facts()


def _filed_facts() -> Iterator[Fact]:
    people = [f"claimant__{name}" for name in FACTS]
    rows = Claim.objects.order_by("id").values_list(
        "id", "number", "source_key", "category", "region", "filed_at", "answers", "evidence", "claimed_minor",
        "programme__sha256", *people,
    )  # fmt: skip
    for id_, number_, key, category, region, filed_at, answers, evidence, minor, sha256, *claimant in rows.iterator(
        20_000
    ):
        fact = content.fact(
            number=number_, source_key=key, category=category, region=region, filed_at=filed_at, answers=answers,
            evidence=evidence, claimed_minor=minor, claimant_row=dict(zip(FACTS, claimant, strict=True)),
        )  # fmt: skip
        said = content.filed(number=number_, programme_sha256=sha256, fingerprint=fingerprint(fact).hex())
        yield Fact("claim.filed", id_, f"claims_claim {number_}", said)


def _recorded_facts() -> Iterator[Fact]:
    rows = Recording.objects.order_by("claim_id").values_list(
        "claim_id", "claim__number", "claim__programme__sha256", "outcome", "reason", "rules", "at"
    )
    for id_, number_, sha256, outcome, reason, rules, at in rows.iterator(20_000):
        said = content.recorded(
            number=number_, programme_sha256=sha256, outcome=outcome, reason=reason, rules=rules, at=at
        )
        yield Fact(f"claim.{outcome}", id_, f"claims_recording {number_}", said)
