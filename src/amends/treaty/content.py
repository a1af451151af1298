"""What does the public log say of a treaty? Everything: conditions, participants, acts, entry into force."""

from __future__ import annotations

from datetime import date
from typing import Any


def condition(
    *, programme: str, sha256: str, ratifications: int, reference_budget_minor: int, share_percent: int, months: int
) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "treaty.condition",
        "programme": programme,
        "sha256": sha256,
        "ratifications": ratifications,
        "reference_budget_minor": reference_budget_minor,
        "share_percent": share_percent,
        "months": months,
    }


def participant(*, programme: str, code: str, name: str, kind: str, share_minor: int) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "treaty.participant",
        "programme": programme,
        "participant": code,
        "name": name,
        "participant_kind": kind,
        "reference_share_minor": share_minor,
    }


def act(*, programme: str, code: str, act: str, on: date, simulated: bool) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "treaty.act",
        "programme": programme,
        "participant": code,
        "act": act,
        "on": on.isoformat(),
        "simulated": simulated,
    }


def in_force(*, programme: str, on: date) -> dict[str, Any]:
    return {"v": 1, "kind": "treaty.in-force", "programme": programme, "on": on.isoformat()}
