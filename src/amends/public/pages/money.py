"""Where did the money come from, and where is it now? To the cent, and the books add up to zero."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amends.fund import queries as fund
from amends.fund.posting import IN_TRANSIT, PAID, POOL, RESERVED, SOURCE
from amends.money import Money
from amends.public import charts
from amends.public.frame import chosen, lang, law
from amends.public.queries import ProgrammeRow
from amends.treaty import queries as treaty
from amends.ui import formats
from amends.ui.figures import Cell, Picture

MOST_SOURCES = 6  # drawn one by one; the rest is drawn together


def page(request: HttpRequest) -> HttpResponse:
    programme = chosen(request)
    if programme is None:
        return render(request, "public/empty.html")
    lines = fund.trial_balance(programme.id)
    names = _names(programme)
    sum_ = programme.money(sum(line.balance_minor for line in lines))
    return render(
        request,
        "public/money.html",
        {
            "name": law(programme).names.get(lang(), programme.code),
            "picture": flow(programme),
            "states": _states(programme),
            "accounts": [
                (_account(line.code, names), programme.money(line.balance_minor), line.agrees) for line in lines
            ],
            "sum": sum_,
            "balanced": sum_.minor == 0 and all(line.agrees for line in lines),
        },
    )


def flow(programme: ProgrammeRow) -> Picture | None:
    """Contributions on the left, the fund in the middle, what became of it on the right; None before any money."""
    at = fund.balances(programme.id)
    if not at.given_minor:
        return None
    names = _names(programme)
    received = [(names.get(who, who), minor) for who, minor in fund.contributions(programme.id)]
    given = sorted(received, key=lambda pair: (-pair[1], pair[0]))
    uses = [
        (_("Paid"), at.paid_minor, "paid"),
        (_("On its way"), at.in_transit_minor, "transit"),
        (_("Reserved"), at.reserved_minor, "reserved"),
        (_("In the pool"), at.pool_minor, "pool"),
    ]
    drawing = charts.flow(
        [_stream(programme, who, minor, "source") for who, minor in _drawn(given)],
        [_stream(programme, name, minor, kind) for name, minor, kind in uses if minor > 0],
        pool=_("Fund: %(sum)s") % {"sum": formats.short_money(programme.money(at.given_minor), lang())},
        title=_("Money, from contributions to payments"),
        description=_("Of %(given)s contributed, %(paid)s has been paid.")
        % {"given": _words(programme, at.given_minor), "paid": _words(programme, at.paid_minor)},
    )
    rows = [(_("Contribution of %(who)s") % {"who": who}, minor) for who, minor in given]
    rows += [(name, -minor) for name, minor, _kind in uses]
    return Picture(
        charts.markup(drawing),
        _(
            "Every band is as wide as its sum. "
            "What came in is, to the cent, what was paid out and what is still held."
        ),
        [Cell(_("Flow")), Cell(_("Amount"), True)],
        [[Cell(name), Cell(_words(programme, minor), True)] for name, minor in rows],
        [Cell(_("Sum")), Cell(_words(programme, sum(minor for _name, minor in rows)), True)],
    )


def _drawn(given: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The largest contributions one by one, the others as one."""
    if len(given) <= MOST_SOURCES + 1:
        return given
    others = given[MOST_SOURCES:]
    name = ngettext("%(n)s other", "%(n)s others", len(others)) % {"n": len(others)}
    return [*given[:MOST_SOURCES], (name, sum(minor for _who, minor in others))]


def _states(programme: ProgrammeRow) -> list[tuple[str, Money, str]]:
    at = fund.balances(programme.id)
    return [
        (_("Contributed"), programme.money(at.given_minor), _("Received from participants, in all.")),
        (_("In the pool"), programme.money(at.pool_minor), _("Not yet promised to any claim.")),
        (_("Reserved"), programme.money(at.reserved_minor), _("Allocated to claims in a phase, not yet sent.")),
        (_("On its way"), programme.money(at.in_transit_minor), _("Sent to the bank, not yet confirmed.")),
        (_("Paid"), programme.money(at.paid_minor), _("Confirmed by the bank.")),
    ]


def _stream(programme: ProgrammeRow, name: str, minor: int, kind: str) -> charts.Stream:
    return charts.Stream(name, minor, formats.short_money(programme.money(minor), lang()), kind)


def _names(programme: ProgrammeRow) -> dict[str, str]:
    """Code of a participant -> its name."""
    return {who.code: who.name for who in treaty.participants(programme.id)}


def _account(code: str, names: dict[str, str]) -> str:
    own = {POOL: _("In the pool"), RESERVED: _("Reserved"), IN_TRANSIT: _("On its way"), PAID: _("Paid")}
    who = code.removeprefix(SOURCE)
    return own.get(code) or _("Contribution of %(who)s") % {"who": names.get(who, who)}


def _words(programme: ProgrammeRow, minor: int) -> str:
    return formats.money(programme.money(minor), lang())
