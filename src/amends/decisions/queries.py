"""The only readers of decisions for others. Frozen values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Sum

from amends.decisions import content
from amends.decisions import explanation as prose
from amends.decisions.models import Decision, Run
from amends.journal.facts import Fact
from amends.programmes import queries as programmes


@dataclass(frozen=True)
class Award:
    """A positive decision, as the fund needs it."""

    claim: int
    number: str
    claimant: int
    category: str
    award_minor: int
    currency: str


@dataclass(frozen=True)
class Totals:
    outcomes: dict[str, int]
    awarded_minor: int


def totals(version_id: int) -> Totals:
    """How many claims had each outcome, and what was awarded."""
    found = (
        Decision.objects.filter(run__programme_id=version_id)
        .values("outcome")
        .annotate(claims=Count("pk"), minor=Sum("award_minor"))
        .order_by("outcome")
    )
    rows = list(found)
    return Totals({row["outcome"]: row["claims"] for row in rows}, sum(row["minor"] for row in rows))


def awards(version_id: int) -> Iterator[Award]:
    """Every award of the programme version, in the order of claims."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.number, c.claimant_id, c.category, d.award_minor, d.currency "
            "FROM decisions_decision d JOIN claims_claim c ON c.id = d.claim_id "
            "WHERE c.programme_id = %s AND d.outcome = 'awarded' ORDER BY c.id",
            [version_id],
        )
        for row in cursor.fetchall():
            yield Award(*row)


def explanation(number: str, language: str) -> prose.Explanation | None:
    """The decision on claim `number`, line by line in `language`; None where there is no claim or no decision."""
    found = (
        Decision.objects.filter(claim__number=number)
        .values(
            "claim__category",
            "run__programme_id",
            "run__engine",
            "outcome",
            "award_minor",
            "currency",
            "reason",
            "facts",
            "trace",
            "at",
        )
        .first()
    )
    if found is None:
        return None
    version = programmes.version(found["run__programme_id"])
    programme = version.programme
    lines, result = prose.lines(programme, programme.decision, found["facts"], language)
    return prose.Explanation(
        claim=number,
        programme=programme.code,
        programme_sha256=programme.sha256,
        category=found["claim__category"],
        sensitive=programme.categories[found["claim__category"]].sensitive,
        outcome=found["outcome"],
        reason=found["reason"],
        reason_text=programme.text(f"reason.{found['reason']}", language),
        award_minor=found["award_minor"],
        currency=found["currency"],
        minor_digits=programme.minor_digits,
        at=found["at"],
        engine=found["run__engine"],
        reproduced=prose.same_trace(found["trace"], programme.decision, result),
        lines=lines,
    )


def facts_for_audit() -> Iterator[Fact]:
    """Every run and every decision as its journal entry must tell it."""
    for row in Run.objects.select_related("programme").order_by("pk").iterator():
        told = content.run(
            programme_sha256=row.programme.sha256,
            engine=row.engine,
            model_sha256=row.model_sha256,
            claims=row.claims,
            started_at=row.started_at,
        )
        yield Fact("decisions.run", None, f"decisions_run {row.pk}", told)
    rows = Decision.objects.order_by("claim_id").values_list(
        "claim_id",
        "claim__number",
        "run__programme__sha256",
        "run__engine",
        "outcome",
        "award_minor",
        "currency",
        "reason",
        "facts",
        "trace",
        "at",
    )
    for claim, number, sha256, engine, outcome, award_minor, currency, reason, facts, trace, at in rows.iterator(
        chunk_size=20_000
    ):
        yield Fact(
            "claim.decided",
            claim,
            f"decisions_decision {number}",
            content.decided(
                claim=number, programme_sha256=sha256, engine=engine, outcome=outcome, award_minor=award_minor,
                currency=currency, reason=reason, facts=facts, trace=trace, at=at,
            ),
        )  # fmt: skip
