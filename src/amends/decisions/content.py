"""What does the journal say of a decision? The same words when it is made and when it is audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from amends.journal.canonical import fingerprint, instant


def run(
    *, programme_sha256: str, engine: str, model_sha256: str, claims: int, started_at: datetime
) -> dict[str, Any]:
    """Content of ``decisions.run``: which law and which engine decided how many claims. Public."""
    return {
        "v": 1,
        "kind": "decisions.run",
        "programme": programme_sha256,
        "engine": engine,
        "model": model_sha256,
        "claims": claims,
        "started_at": instant(started_at),
    }


def decided(
    *,
    claim: str,
    programme_sha256: str,
    engine: str,
    outcome: str,
    award_minor: int,
    currency: str,
    reason: str,
    facts: Mapping[str, Any],
    trace: Mapping[str, Any],
    at: datetime,
) -> dict[str, Any]:
    """Content of ``claim.decided``. Facts and trace are bound by their fingerprint: the receipt proves the
    decision and its reason, and shows nothing of what the claim is about."""
    shown = {
        "v": 1,
        "kind": "claim.decided",
        "claim": claim,
        "programme": programme_sha256,
        "engine": engine,
        "outcome": outcome,
        "award_minor": award_minor,
        "currency": currency,
        "reason": reason,
    }
    return {**shown, "fingerprint": fingerprint({**shown, "facts": facts, "trace": trace, "at": instant(at)}).hex()}
