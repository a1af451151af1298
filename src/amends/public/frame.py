"""What does every public page show around its content: where one can go, and what must be said about the data?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext

from amends.programmes import queries as programmes
from amends.programmes.programme import Programme
from amends.public import queries
from amends.public.queries import ProgrammeRow
from amends.treaty import queries as treaty


@dataclass(frozen=True)
class Entry:
    """One line of the main navigation."""

    address: str
    label: str
    current: bool


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor. The flags are asked for only by templates that show them."""

    @cache
    def programme() -> ProgrammeRow | None:
        return chosen(request)

    return {
        "navigation": _navigation(request.path),
        "simulated": SimpleLazyObject(lambda: _simulated(programme())),
        "illustrative": SimpleLazyObject(lambda: _illustrative(programme())),
    }


def chosen(request: HttpRequest) -> ProgrammeRow | None:
    """The programme whose code or fingerprint the address names, else the one with most claims; None at first."""
    rows = queries.programmes()
    asked = request.GET.get("programme")
    return next((row for row in rows if asked in (row.code, row.sha256)), rows[0] if rows else None)


@lru_cache(maxsize=16)
def law(row: ProgrammeRow) -> Programme:
    """The frozen programme, read once: a version never changes."""
    return programmes.version(row.id).programme


def words(row: ProgrammeRow, key: str, otherwise: str = "") -> str:
    """The programme's own words in the language of the page, or `otherwise` where it has none."""
    try:
        return law(row).text(key, lang())
    except KeyError:
        return otherwise or key.rpartition(".")[2].replace("-", " ")


def lang() -> str:
    """The language of the page: one of ours, never a variant of it."""
    return "uk" if (get_language() or "").startswith("uk") else "en"


def _simulated(row: ProgrammeRow | None) -> bool:
    return row is not None and any(who.simulated for who in treaty.participants(row.id))


def _illustrative(row: ProgrammeRow | None) -> str:
    """What must be said about amounts that nobody has adopted, in the programme's own words; empty where adopted."""
    if row is None or not law(row).illustrative:
        return ""
    return words(row, "illustrative", gettext("Nobody has adopted these amounts. They are examples."))


def _navigation(path: str) -> list[Entry]:
    places = [
        ("public:home", gettext("Figures")),
        ("public:entry-into-force", gettext("Entry into force")),
        ("public:claim-search", gettext("Find a claim")),
        ("public:money", gettext("Money")),
        ("public:decisions", gettext("Decisions")),
        ("public:log", gettext("Log")),
        ("public:verify", gettext("Check a receipt")),
    ]
    found = [(reverse(name), label) for name, label in places]
    home = found[0][0]
    return [Entry(at, label, path == at or (at != home and path.startswith(at))) for at, label in found]
