"""The addresses for programs: each one only, in no language."""

from __future__ import annotations

from django.urls import path

from amends.public.pages.api import entry_into_force, figures
from amends.public.pages.log import checkpoint, tile

app_name = "services"
urlpatterns = [
    path("api/figures", figures, name="figures"),
    path("api/entry-into-force", entry_into_force, name="entry-into-force"),
    path("log/checkpoint", checkpoint, name="checkpoint"),
    path("log/tile/<path:name>", tile, name="tile"),
]
