"""What the tests in a real browser share: the browser, a page that is ready, asking, pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PICTURES = Path(os.environ.get("SOURCIER_SCREENSHOTS", Path(__file__).parent / "screenshots"))
FRENCH = "Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?"
ENGLISH = "How much does Stargate cost?"
NOWHERE = "Quel est le prix du kilo de tomates à Mexico ?"


def need_browser():
    """Return Playwright, or skip where there is no browser to drive."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium", allow_module_level=True)
    return sync_api


def visitor(browser) -> Iterator[Callable]:
    """Give a function that opens a page and waits until it is ready. No request may leave the machine."""
    contexts, elsewhere, errors = [], [], []

    def guard(route):
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    def open_page(url, size=DESKTOP, locale="fr-FR", **options):
        context = browser.new_context(viewport=size, locale=locale, **options)
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", guard)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(told.text) if "Content Security Policy" in told.text else None)
        page.goto(url)
        page.wait_for_selector("body.sr-ready .sr-folder", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert elsewhere == []
    assert errors == []


def ask(page, question, seen=None):
    """Ask, and return the answer's card, in which the question reads as it was asked, or as `seen`."""
    sync_api = need_browser()
    turns = page.locator(".sr-turn")
    before = turns.count()
    page.fill("#sr-box textarea", question)
    page.keyboard.press("Enter")
    turns.nth(before).wait_for(state="attached")
    card = page.locator(".sr-card")
    sync_api.expect(card.locator(".sr-question")).to_have_text(seen or question)
    return card


def shows(page, button):
    """Check that the reader shows a citation, its quote marked inside its sentence; return what is marked."""
    sync_api = need_browser()
    sync_api.expect(button).to_have_attribute("aria-current", "true")
    sync_api.expect(page.locator(".sr-reader-title")).to_have_text(button.locator(".sr-title").text_content())
    mark = page.locator(".sr-paper mark")
    sync_api.expect(mark.first).to_be_in_viewport()
    assert page.locator(".sr-paper .sr-tint mark").count() == mark.count() > 0
    sync_api.expect(page.locator(".sr-reader-head .sr-meta")).to_have_text(button.locator(".sr-meta").text_content())
    return "".join(mark.all_text_contents())


def picture(page, name):
    """Keep a picture of the page, to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(250)  # for colours that fade in
    page.screenshot(path=PICTURES / f"{name}.png")
