"""What does the public log promise now, and how can anybody hold it to that with their own tools?"""

from __future__ import annotations

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from amends.proofs import queries as proofs
from amends.tlog.checkpoint import open_checkpoint
from amends.tlog.note import NoteInvalid
from amends.tlog.store import Folder

# C2SP tlog-tiles: a level or "entries", then groups of three digits, then perhaps a partial width.
TILE = re.compile(r"(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}(?P<partial>\.p/[1-9][0-9]{0,2})?", re.ASCII)


def page(request: HttpRequest) -> HttpResponse:
    note = _folder().read("checkpoint")
    key = proofs.log_key()
    text = note.decode() if note else ""
    try:
        opened = open_checkpoint(text, key) if key and text else None
        problem = ""
    except NoteInvalid as invalid:
        opened, problem = None, str(invalid)
    return render(
        request,
        "public/log.html",
        {"note": text, "checkpoint": opened, "problem": problem, "key": key.text if key else "",
         "address": request.build_absolute_uri("/log")},
    )  # fmt: skip


@require_safe
def checkpoint(_request: HttpRequest) -> HttpResponse:
    """The signed note itself. It changes, so nobody may keep it."""
    return _file("checkpoint", "text/plain; charset=utf-8", "no-cache")


@require_safe
def tile(_request: HttpRequest, name: str) -> HttpResponse:
    """A tile or entry bundle. A full one never changes; a partial one of a given width does not either."""
    match = TILE.fullmatch(name)
    if not match:
        raise Http404
    return _file(f"tile/{name}", "application/octet-stream", "public, max-age=31536000, immutable")


def _file(path: str, content_type: str, keep: str) -> HttpResponse:
    data = _folder().read(path)
    if data is None:
        raise Http404
    return HttpResponse(
        data, content_type=content_type, headers={"Cache-Control": keep, "Access-Control-Allow-Origin": "*"}
    )


def _folder() -> Folder:
    return Folder(settings.HOME / "log")
