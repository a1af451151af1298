"""Pages for people carry their language in the address; without it the browser's own is taken by a redirect, so that
no cookie is needed and a link shows everybody the same page. Addresses for programs have no language."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("amends.public.services")),
    *i18n_patterns(path("", include("amends.public.urls"))),
]
