"""What does the journal say of a claim that was filed, recorded or refused? The same words when written and audited.

A claim as filed is bound whole, with its claimant, by the fingerprint of its canonical JSON. Millions of claims are
filed at once, so the same JSON is also built by DuckDB (`filed_sql`); a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amends.claims.sql import literal
from amends.journal.canonical import canonical, fingerprint, instant
from amends.people.content import claimant, claimant_sql


def fact(
    *,
    number: str,
    source_key: str,
    category: str,
    region: str,
    filed_at: datetime,
    answers: Mapping[str, Any],
    evidence: Sequence[str],
    claimed_minor: int | None,
    claimant_row: Mapping[str, Any],
) -> dict[str, Any]:
    """A row of claims_claim and its claimant's row, as canonical values."""
    return {
        "answers": answers,
        "category": category,
        "claimant": claimant(claimant_row),
        "claimed_minor": claimed_minor,
        "evidence": evidence,
        "filed_at": instant(filed_at),
        "number": number,
        "region": region,
        "source_key": source_key,
    }


def fact_sql(claim: str, claimant: str) -> str:
    """SQL (DuckDB): the canonical JSON of `fact`, over the relations `claim` and `claimant`."""
    return f"""'{{"answers":' || {claim}.answers || ',"category":' || to_json({claim}.category)
      || ',"claimant":' || {claimant_sql(claimant)}
      || ',"claimed_minor":' || coalesce(CAST({claim}.claimed_minor AS VARCHAR), 'null')
      || ',"evidence":' || {claim}.evidence
      || ',"filed_at":"' || strftime({claim}.filed_at, '%Y-%m-%dT%H:%M:%S.%fZ')
      || '","number":"' || {claim}.number || '","region":' || to_json({claim}.region)
      || ',"source_key":' || to_json({claim}.source_key) || '}}'"""


def filed(*, number: str, programme_sha256: str, fingerprint: str) -> dict[str, Any]:
    """Content of ``claim.filed``; `fingerprint` is that of the claim's `fact`, in hex."""
    return {"claim": number, "fingerprint": fingerprint, "kind": "claim.filed", "programme": programme_sha256, "v": 1}


def filed_sql(number: str, programme_sha256: str, fingerprint: str) -> str:
    """SQL (DuckDB): the canonical JSON of `filed`."""
    end = literal(f'","kind":"claim.filed","programme":{canonical(programme_sha256)},"v":1}}')
    return f"""'{{"claim":"' || {number} || '","fingerprint":"' || {fingerprint} || {end}"""


def recorded(
    *, number: str, programme_sha256: str, outcome: str, reason: str, rules: Mapping[str, Sequence[int]], at: datetime
) -> dict[str, Any]:
    """Content of ``claim.recorded`` and ``claim.refused``."""
    shown = {
        "claim": number,
        "kind": f"claim.{outcome}",
        "programme": programme_sha256,
        "reason": reason,
        "rules": rules,
        "v": 1,
    }
    return {**shown, "fingerprint": fingerprint({**shown, "at": instant(at)}).hex()}
