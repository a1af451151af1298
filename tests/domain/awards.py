"""Awards for the tests of payments: people with names, sums and accounts, and no decision process behind them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from amends.claims.models import Claim
from amends.decisions.models import Decision, Run
from amends.people.models import Claimant

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "treasurer", "at": NOON}
IBANS = ["UA903052992990004149123456789", "UA213223130000026007233566001", "DE89370400440532013000"]
FOUR = [
    ("Олена Шевченко", 2_000, IBANS[0]),
    ("Петро", 2_500, IBANS[1]),
    ("Anna", 30_000, IBANS[2]),
    ("Bob", 250_000, ""),
]


def award(version: int, *awards: tuple[str, int, str], prefix: str = "UNCC") -> None:
    """(name, award in whole dollars, iban) each, in category A."""
    run = Run.objects.create(programme_id=version, engine="t", model_sha256="0" * 64, claims=1, started_at=NOON)
    for number, (name, amount, iban) in enumerate(awards, start=1):
        who = Claimant.objects.create(
            programme_id=version, source_key=f"{name}{number}", kind="person", name=name, iban=iban
        )
        claim = Claim.objects.create(
            programme_id=version, claimant=who, number=f"{prefix}-{number:04d}", source_key=str(number), category="A",
            filed_at=NOON, answers={}, evidence=[], fingerprint=b"",
        )  # fmt: skip
        Decision.objects.create(
            claim=claim, run=run, outcome="awarded", award_minor=amount * 100, currency="USD", reason="r", facts={},
            trace={}, at=NOON,
        )  # fmt: skip
