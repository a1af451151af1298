"""What do templates call things? Filters over `ui.formats` and `public.charts`, in the language of the page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.urls import translate_url
from django.utils.translation import get_language

from amends.money import Money
from amends.ui import formats

register = template.Library()


def _lang() -> str:
    return get_language() or "en"


@register.filter
def number(value: int) -> str:
    return formats.count(value, _lang())


@register.filter
def money(value: Money) -> str:
    return formats.money(value, _lang())


@register.filter
def short_money(value: Money) -> str:
    return formats.short_money(value, _lang())


@register.filter
def day(value: date) -> str:
    return formats.day(value, _lang())


@register.filter
def moment(value: datetime) -> str:
    return formats.moment(value, _lang())


@register.simple_tag(takes_context=True)
def in_language(context: template.Context, lang: str) -> str:
    """The address of this very page in another language."""
    request: Any = context["request"]
    # A query may carry a claim number that was typed; it stays with the reader, not in links.
    return translate_url(request.path, lang)
