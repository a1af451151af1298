"""May anything be decided or paid yet, and if not, what is missing?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amends.public import charts
from amends.public.frame import chosen, lang, law
from amends.public.queries import ProgrammeRow
from amends.treaty import queries as treaty
from amends.treaty.queries import EntryIntoForce
from amends.ui import formats


def page(request: HttpRequest) -> HttpResponse:
    programme = chosen(request)
    if programme is None:
        return render(request, "public/empty.html")
    state = treaty.entry_into_force(programme.id, today())
    participants = treaty.participants(programme.id)
    return render(
        request,
        "public/force.html",
        {
            "name": law(programme).names.get(lang(), programme.code),
            "state": state,
            "missing": missing(state),
            "share": formats.percent(share_percent(state), lang()),
            "share_needed": _needed_percent(state),
            "ratification_bar": _bar(state.ratifications, state.ratifications_needed, _("Ratifications")),
            "share_bar": _bar(state.share_minor, state.share_needed_minor, _("Share of the reference budget")),
            "share_money": programme.money(state.share_minor),
            "needed_money": programme.money(state.share_needed_minor),
            "participants": [(who, programme.money(who.reference_share_minor)) for who in participants],
            "months": _months(programme),
        },
    )


def today() -> date:
    return datetime.now(UTC).date()


def share_percent(state: EntryIntoForce) -> Decimal:
    """Of the whole reference budget, of which the share that is needed is a part."""
    if not state.reference_budget_minor:
        return Decimal(0)
    return Decimal(100) * state.share_minor / state.reference_budget_minor


def missing(state: EntryIntoForce) -> list[str]:
    """What lacks, one plain sentence each."""
    said: dict[str, Callable[[int], str]] = {
        "ratifications": lambda n: ngettext(
            "%(n)s more ratification is needed.", "%(n)s more ratifications are needed.", n
        ),
        "share": lambda _n: _("Those who ratified do not yet carry enough of the reference budget."),
        "time": lambda n: ngettext(
            "%(n)s day must still pass before it enters into force.",
            "%(n)s days must still pass before it enters into force.",
            n,
        ),
    }
    return [
        said[lack.what](lack.need - lack.have) % {"n": formats.count(lack.need - lack.have, lang())}
        for lack in state.missing
    ]


def _needed_percent(state: EntryIntoForce) -> str:
    if not state.reference_budget_minor:
        return ""
    return formats.percent(Decimal(100) * state.share_needed_minor / state.reference_budget_minor, lang())


def _bar(have: int, need: int, title: str) -> str:
    return charts.markup(charts.progress_bar(have, need, title=title))


def _months(programme: ProgrammeRow) -> int:
    condition = law(programme).entry_into_force
    return condition.months if condition else 0
