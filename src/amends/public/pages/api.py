"""The same figures for programs. Amounts are whole minor units (cents) with their currency, never decimals."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, JsonResponse

from amends.public import queries
from amends.public.frame import chosen
from amends.public.pages.force import share_percent, today
from amends.treaty import queries as treaty


def figures(_request: HttpRequest) -> JsonResponse:
    """The four counters of each programme, and the journal entry they were derived at."""
    return _json({"programmes": [_figures(row) for row in queries.programmes()]})


def entry_into_force(request: HttpRequest) -> JsonResponse:
    programme = chosen(request)
    if programme is None:
        return _json({"programme": None})
    state = treaty.entry_into_force(programme.id, today())
    return _json(
        {
            "programme": programme.code,
            "programme_sha256": programme.sha256,
            "currency": programme.currency,
            **asdict(state),
            "share_percent": f"{share_percent(state):.4f}",
            "simulated": any(who.simulated for who in treaty.participants(programme.id)),
        }
    )


def _figures(row: queries.ProgrammeRow) -> dict[str, Any]:
    figures = queries.figures(row.id)
    derived = {"entry": figures.head.id, "at": figures.head.at} if figures.head else None
    return {
        "programme": row.code,
        "programme_sha256": row.sha256,
        "currency": row.currency,
        "minor_digits": row.minor_digits,
        **asdict(figures.all),
        "derived_from_journal": derived,
    }


def _json(content: dict[str, Any]) -> JsonResponse:
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 2})
