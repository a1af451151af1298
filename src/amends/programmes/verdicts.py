"""What does a law's answer mean for the claim? The one place that turns decision values into outcome, award and reason.

mass.py says the same in SQL for many claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from amends.money import to_minor
from amends.programmes.programme import DECISION_OUTCOMES, NO_ANSWER, RECORDING_OUTCOMES, Law


@dataclass(frozen=True)
class Verdict:
    """`award_minor` is what is due: 0 where the outcome is nil, None where nothing could be computed."""

    outcome: str
    award_minor: int | None
    reason: str


def recorded(law: Law, values: Mapping[str, Any]) -> Verdict:
    """A law that gives no answer records nothing: an entry in the Register needs a reason that somebody wrote."""
    outcome, reason = values.get(law.outcome), values.get(law.reason)
    if outcome not in RECORDING_OUTCOMES or reason is None:
        return Verdict("refused", None, NO_ANSWER)
    return Verdict(outcome, None, reason)


def decided(law: Law, values: Mapping[str, Any], minor_digits: int) -> Verdict:
    """No null and no negative sum is ever an award: where the law gives no answer, a person must look."""
    assert law.award is not None
    outcome, reason, award = values.get(law.outcome), values.get(law.reason), values.get(law.award)
    if outcome not in DECISION_OUTCOMES or reason is None:
        return Verdict("not computable", None, NO_ANSWER)
    if outcome == "awarded" and (award is None or award <= 0):
        return Verdict("not computable", None, NO_ANSWER)
    if outcome == "awarded":
        return Verdict(outcome, to_minor(Decimal(award), minor_digits), reason)
    return Verdict(outcome, 0 if outcome == "nil" else None, reason)
