"""People's way through the pages, in a real Chromium: on a phone, by keyboard, without script, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
PAGES = ("", "entry-into-force/", "claim/", "claim/{claim}/", "money/", "decisions/", "log/", "verify/", "nothing/")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, accept_downloads=True)
    yield context.new_page()
    context.close()


def visit(page: Page, site: Site, language: str, path: str) -> None:
    page.goto(f"{site.address}/{language}/{path.format(claim=site.claim)}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("width", [360, 1200])
def test_every_page_is_accessible(chromium: Browser, site: Site, language: str, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type] # a Literal
    page = context.new_page()
    for path in PAGES:
        visit(page, site, language, path)
        page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true })")
        found = Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
    context.close()


@pytest.mark.parametrize("language", ["en", "uk"])
def test_nothing_has_to_be_scrolled_sideways_on_the_smallest_phone(phone: Page, site: Site, language: str) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    for path in PAGES:
        visit(phone, site, language, path)
        assert phone.evaluate(SIDEWAYS) == 0, path


def test_nothing_is_refused_by_the_page_s_own_policy(page: Page, site: Site) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("response", lambda answer: said.append(answer.url) if answer.status >= 400 else None)
    for path in PAGES[:-1]:
        visit(page, site, "en", path)
    assert said == []


def test_a_claimant_finds_the_reasons_and_checks_the_receipt_by_keyboard_alone(
    page: Page, site: Site, tmp_path: Path
) -> None:
    visit(page, site, "en", "")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the main content"
    page.keyboard.press("Enter")
    _tab_to(page, "#number")
    page.keyboard.type(site.claim.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/en/claim/{site.claim}/")
    assert page.locator("h1").inner_text() == site.claim
    assert page.locator(".steps .last h3").inner_text().startswith("Paid")
    assert page.locator(".reasons > li").count() > 3
    assert "€" in page.locator(".verdict .amount").inner_text()

    _tab_to(page, "a.button")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    receipt = tmp_path / download.value.suggested_filename
    download.value.save_as(receipt)

    visit(page, site, "en", "verify/")
    page.set_input_files("#file", receipt)
    _tab_to(page, "form.ask button")
    page.keyboard.press("Enter")
    assert page.locator("#verdict").inner_text() == "The receipt is genuine"
    rows = page.locator("main table tbody tr").all_inner_texts()
    assert rows[0].startswith("Filed")
    assert rows[-1].startswith("Payment confirmed by the bank")


def test_a_changed_receipt_proves_nothing(page: Page, site: Site) -> None:
    genuine = page.request.get(f"{site.address}/en/claim/{site.claim}/receipt").text()
    lines = genuine.split("\n")
    lines[1] = lines[1][:-9] + ("A" if lines[1][-9] != "A" else "B") + lines[1][-8:]
    visit(page, site, "uk", "verify/")
    page.fill("#receipt", "\n".join(lines))
    page.click("form.ask button")
    assert page.locator("#verdict").inner_text() == "Ця квитанція нічого не доводить"
    page.fill("#receipt", genuine)
    page.click("form.ask button")
    assert page.locator("#verdict").inner_text() == "Квитанція справжня"


def test_everything_works_without_script(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    visit(page, site, "en", "claim/")
    page.fill("#number", "UKRA-0000")
    page.click("form.ask button")
    assert "mistyped" in page.locator(".error").inner_text()
    page.fill("#number", site.claim)
    page.click("form.ask button")
    assert page.locator("h1").inner_text() == site.claim
    page.click("text=Українською")
    assert page.locator("#stands").inner_text() == "Стан заяви"
    context.close()


def _tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the element has the focus, as a person does who uses no mouse."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")
