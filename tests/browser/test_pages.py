"""What is sent, before any browser looks at it: small, strict about privacy, the same in both languages."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import pytest
from tests.browser.conftest import Site

pytestmark = pytest.mark.xdist_group("site")  # one demo for all of them
PAGES = ("", "entry-into-force/", "claim/", "money/", "decisions/", "log/", "verify/")
LARGEST_PAGE = 100_000


def get(address: str, **headers: str) -> tuple[int, Message, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def get_json(address: str) -> Any:
    return json.loads(get(address)[2])


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_small_and_runs_nothing(site: Site, language: str, page: str) -> None:
    status, headers, body = get(f"{site.address}/{language}/{page}")
    assert status == 200
    assert len(body) < LARGEST_PAGE
    assert "default-src 'self'" in (headers["Content-Security-Policy"] or "")
    assert headers["Set-Cookie"] is None
    for forbidden in (b"<script", b"style=", b"<style", b"onclick", b"http://cdn", b"https://cdn"):
        assert forbidden not in body


def test_the_browser_chooses_the_language_until_the_reader_does(site: Site) -> None:
    assert b'lang="uk"' in get(f"{site.address}/", **{"Accept-Language": "uk,en;q=0.5"})[2][:80]
    assert b'lang="en"' in get(f"{site.address}/", **{"Accept-Language": "de,fr"})[2][:80]
    assert b'lang="en"' in get(f"{site.address}/en/", **{"Accept-Language": "uk"})[2][:80]


def test_the_four_counters_are_those_of_the_demo(site: Site) -> None:
    figures = get_json(f"{site.address}/api/figures")["programmes"][0]
    told = site.told
    assert figures["submitted"] == told["filed"]["taken"]
    assert figures["recorded"] == told["recorded"]["recorded"]
    assert figures["awarded"] == told["decided"]["outcomes"]["awarded"]
    assert figures["awarded_minor"] == told["decided"]["awarded_minor"]
    assert figures["paid_minor"] == told["paid"]["summary"]["paid"]["amount_minor"]
    assert figures["submitted"] > figures["recorded"] > figures["awarded"] > figures["paid"] > 0


def test_what_is_simulated_or_illustrative_says_so_on_every_page(site: Site) -> None:
    for page in (*PAGES, f"claim/{site.claim}/"):
        body = get(f"{site.address}/en/{page}")[2].decode()
        assert "<strong>Simulated</strong>" in body
        assert "<strong>Illustrative amounts</strong>" in body
    assert get_json(f"{site.address}/api/entry-into-force")["simulated"] is True


def test_a_claim_page_is_kept_by_nobody_and_names_nobody(site: Site) -> None:
    for page in (f"claim/{site.claim}/", f"claim/{site.claim}/receipt", "claim/?number=x"):
        _, headers, body = get(f"{site.address}/en/{page}")
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in (headers["X-Robots-Tag"] or "")
        assert b"iban" not in body.lower()
        assert b"tax_number" not in body


def test_a_claim_is_found_however_its_number_is_typed(site: Site) -> None:
    typed = site.claim.lower().replace("-", "%20")
    assert get(f"{site.address}/en/claim/?number={typed}")[0] == 200
    assert get(f"{site.address}/en/claim/?number={site.claim[:-1]}")[0] == 422
    assert get(f"{site.address}/en/claim/UKRA-0000-0000-0000-0/")[0] == 404


def test_the_log_is_served_as_plain_files(site: Site) -> None:
    status, headers, note = get(f"{site.address}/log/checkpoint")
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert headers["Cache-Control"] == "no-cache"
    assert int(note.split(b"\n")[1]) > 400
    status, headers, tile = get(f"{site.address}/log/tile/0/000")
    assert (status, headers["Content-Type"], len(tile)) == (200, "application/octet-stream", 256 * 32)
    assert "immutable" in (headers["Cache-Control"] or "")
    for outside in ("tile/../../log-key", "tile/%2e%2e/%2e%2e/log-key", "tile/0/..%2f..%2flog-key", "tile/0/0"):
        assert get(f"{site.address}/log/{outside}")[0] == 404


def test_an_address_that_is_not_there_is_answered_in_the_reader_s_language(site: Site) -> None:
    status, _, body = get(f"{site.address}/uk/nothing/")
    assert status == 404
    assert "За цією адресою нічого немає" in body.decode()
