"""What was decided, how often, and for which reasons?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from amends.money import Money
from amends.public import charts, disclosure, queries
from amends.public.frame import chosen, law, words
from amends.public.queries import Outcome, ProgrammeRow


@dataclass(frozen=True)
class Row:
    """One outcome with its reason. `claims` and `award` are None where a small count is hidden."""

    outcome: str
    reason: str
    claims: int | None
    award: Money | None
    bar: str


@dataclass(frozen=True)
class Group:
    code: str
    name: str
    sensitive: bool
    claims: int | None
    award: Money | None
    rows: list[Row]


def page(request: HttpRequest) -> HttpResponse:
    programme = chosen(request)
    if programme is None:
        return render(request, "public/empty.html")
    outcomes = queries.outcomes(programme.id)
    return render(
        request,
        "public/decisions.html",
        {
            "summary": _summary(programme, outcomes),
            "groups": [
                _group(programme, code, list(rows)) for code, rows in groupby(outcomes, lambda row: row.category)
            ],
            "recordings": _recordings(programme),
        },
    )


def _recordings(programme: ProgrammeRow) -> list[tuple[str, str, int, str]]:
    rows = queries.recordings(programme.id)
    most = max((row.claims for row in rows), default=0)
    return [
        (
            _outcome_names()[row.outcome], words(programme, f"reason.{row.reason}"), row.claims,
            charts.markup(charts.nested_bar([("plain", row.claims)], most)),
        )
        for row in rows
    ]  # fmt: skip


def _outcome_names() -> dict[str, str]:
    return {
        "awarded": _("Awarded"),
        "nil": _("No award"),
        "not computable": _("Not computable"),
        "recorded": _("Recorded"),
        "refused": _("Not recorded"),
    }


def _summary(programme: ProgrammeRow, outcomes: list[Outcome]) -> list[tuple[str, int, Money | None, str]]:
    """Over all categories: each outcome, its claims, its money, and a bar."""
    counts = {
        key: sum(row.claims for row in outcomes if row.outcome == key) for key in ("awarded", "nil", "not computable")
    }
    money = programme.money(sum(row.award_minor for row in outcomes))
    return [
        (
            _outcome_names()[key], count, money if key == "awarded" else None,
            charts.markup(charts.nested_bar([("plain", count)], max(counts.values()))),
        )
        for key, count in counts.items()
    ]  # fmt: skip


def _group(programme: ProgrammeRow, code: str, outcomes: list[Outcome]) -> Group:
    known = law(programme).categories.get(code)
    sensitive = known is None or known.sensitive
    counts: list[int | None] = [row.claims for row in outcomes]
    if sensitive:
        counts = disclosure.shown([row.claims for row in outcomes])
    whole = sum(row.claims for row in outcomes)
    small = sensitive and 0 < whole < disclosure.LEAST
    return Group(
        code,
        words(programme, f"category.{code}"),
        sensitive,
        None if small else whole,
        # With a count hidden, the category's sum would tell what that claim was awarded.
        None if None in counts else programme.money(sum(row.award_minor for row in outcomes)),
        [_row(programme, row, count, whole) for row, count in zip(outcomes, counts, strict=True)],
    )


def _row(programme: ProgrammeRow, row: Outcome, count: int | None, whole: int) -> Row:
    return Row(
        _outcome_names()[row.outcome],
        words(programme, f"reason.{row.reason}"),
        count,
        programme.money(row.award_minor) if count is not None and row.outcome == "awarded" else None,
        charts.markup(charts.nested_bar([("plain", count or 0)], whole)),
    )
