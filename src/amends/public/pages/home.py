"""How many claims, how much money, from where: the whole mechanism on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from amends.money import Money
from amends.public import charts, disclosure, queries, tilemap
from amends.public.frame import chosen, lang, law, words
from amends.public.pages.money import flow
from amends.public.queries import Figures, ProgrammeRow, Stages
from amends.ui import formats
from amends.ui.figures import Cell, Picture


@dataclass(frozen=True)
class Counter:
    """One of the four counts, which are never mixed."""

    kind: str
    name: str
    count: int
    sum: Money | None
    meaning: str


@dataclass(frozen=True)
class CategoryRow:
    """A table row that is its own bar. A count that is None is hidden: fewer than five, in a sensitive category."""

    code: str
    name: str
    counts: tuple[tuple[str, int | None], ...]
    bar: str


def page(request: HttpRequest) -> HttpResponse:
    programme = chosen(request)
    if programme is None:
        return render(request, "public/empty.html")
    figures = queries.figures(programme.id)
    return render(
        request,
        "public/home.html",
        {
            "name": law(programme).names.get(lang(), programme.code),
            "basis": law(programme).legal_basis,
            "figures": figures,
            "counters": _counters(programme, figures.all),
            "money": flow(programme),
            "categories": _categories(programme, figures),
            "legend": [(kind, name) for kind, name in _stage_names()],
            "map": _map(programme, figures),
            "levels": _levels(figures),
            "months": _months(programme, figures),
            "others": [row for row in queries.programmes() if row.id != programme.id],
        },
    )


def _counters(programme: ProgrammeRow, all_: Stages) -> list[Counter]:
    return [
        Counter("submitted", _("Submitted"), all_.submitted, None,
                _("Claims that people and organisations have filed and that were acknowledged with a receipt.")),
        Counter("recorded", _("Recorded"), all_.recorded, None,
                _("Claims that the Register found eligible. Nothing is said yet about merits or amounts.")),
        Counter("awarded", _("Awarded"), all_.awarded, programme.money(all_.awarded_minor),
                _("Claims on which an award of money was decided. An award is not yet a payment.")),
        Counter("paid", _("Paid"), all_.paid, programme.money(all_.paid_minor),
                _("Claims for which the bank has confirmed a payment, whole or in part.")),
    ]  # fmt: skip


def _stage_names() -> list[tuple[str, str]]:
    return [
        ("submitted", _("Submitted")),
        ("recorded", _("Recorded")),
        ("awarded", _("Awarded")),
        ("paid", _("Paid")),
    ]


def _counts(stages: Stages) -> list[tuple[str, int]]:
    return [(kind, getattr(stages, kind)) for kind in ("submitted", "recorded", "awarded", "paid")]


def _categories(programme: ProgrammeRow, figures: Figures) -> list[CategoryRow]:
    largest = max((stages.submitted for stages in figures.by_category.values()), default=0)
    known = law(programme).categories
    rows = []
    for code, stages in sorted(figures.by_category.items()):
        counts = _counts(stages)
        hide = code in known and known[code].sensitive
        seen = [(name, None if hide and 0 < n < disclosure.LEAST else n) for name, n in counts]
        drawn = [(name, n or 0) for name, n in seen]
        bar = charts.markup(charts.nested_bar(drawn, largest))
        rows.append(CategoryRow(code, words(programme, f"category.{code}"), tuple(seen), bar))
    return rows


def _map(programme: ProgrammeRow, figures: Figures) -> Picture | None:
    """Regions by the programme's own grid; those outside the grid (abroad, not given) stand in the table only."""
    places = tilemap.grid(law(programme).files.get("map.csv", ""))
    if not places:
        return None
    names = {code: _region(programme, code) for code in {*places, *figures.by_region}}
    labels = tilemap.abbreviations({code: names[code] for code in places})
    tiles = [
        charts.Tile(column, row, labels[code], count, f"{names[code]}: {formats.count(count, lang())}")
        for code, (column, row) in places.items()
        for count in [figures.by_region.get(code, Stages()).submitted]
    ]
    most = sorted(figures.by_region.items(), key=lambda item: (-item[1].submitted, names[item[0]]))
    first = ", ".join(f"{names[code]} ({formats.count(s.submitted, lang())})" for code, s in most[:3])
    drawing = charts.tiles(
        tiles, title=_("Claims submitted, by region"), description=_("Most claims: %(regions)s.") % {"regions": first}
    )
    return Picture(
        charts.markup(drawing),
        _("Each square is one region. The stronger its colour, the more claims were submitted about damage there."),
        _stage_headers(_("Region")),
        [_stage_row(names[code], stages) for code, stages in most],
    )


def _levels(figures: Figures) -> list[tuple[int, str]]:
    """What each darkness of the map means."""
    largest = max((stages.submitted for code, stages in figures.by_region.items() if code), default=0)
    tops = [largest // part for part in charts.LEVELS]
    return [
        (number, _("up to %(count)s") % {"count": formats.count(top, lang())})
        for number, top in enumerate(tops, 1)
        if top
    ]


def _region(programme: ProgrammeRow, code: str) -> str:
    if not code:
        return _("Region not given")
    return words(programme, f"choice.{law(programme).region_question}.{code}", code)


def _months(programme: ProgrammeRow, figures: Figures) -> Picture | None:
    """Columns by month of filing, with a mark where a category opened: that is when claims arrive in bursts."""
    if not figures.by_month:
        return None
    opened: dict[date, list[str]] = {}
    for category in law(programme).categories.values():
        if category.opens_on:
            opened.setdefault(category.opens_on.replace(day=1), []).append(category.code)
    months = _every_month(min(figures.by_month), max(figures.by_month))
    counts = [figures.by_month.get(month, Stages()).submitted for month in months]
    items = [
        charts.Column(
            formats.month(month, lang()), count, f"{formats.month(month, lang())}: {formats.count(count, lang())}",
            marked=month in opened,
        )
        for month, count in zip(months, counts, strict=True)
    ]  # fmt: skip
    peak = max(range(len(months)), key=lambda place: counts[place])
    drawing = charts.columns(
        items,
        title=_("Claims submitted, by month"),
        description=_("The largest month is %(month)s with %(count)s claims.")
        % {"month": items[peak].label, "count": formats.count(counts[peak], lang())},
        axis={value: formats.count(value, lang()) for value in charts.round_axis(max(counts))},
    )
    rows = [
        [Cell(item.label), Cell(formats.count(item.value, lang()), True), Cell(", ".join(opened.get(month, ())))]
        for month, item in zip(months, items, strict=True)
    ]
    return Picture(
        charts.markup(drawing),
        _("Claims arrive in bursts when a category opens; a dot marks the months in which one did."),
        [Cell(_("Month")), Cell(_("Submitted"), True), Cell(_("Categories opened"))],
        rows,
    )


def _every_month(first: date, last: date) -> list[date]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _stage_headers(first: str) -> list[Cell]:
    return [Cell(first), *(Cell(name, True) for _kind, name in _stage_names())]


def _stage_row(name: str, stages: Stages) -> list[Cell]:
    return [Cell(name), *(Cell(formats.count(count, lang()), True) for _kind, count in _counts(stages))]
