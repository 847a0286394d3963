"""The login in a real browser: a form, a wrong password, the page, and out again."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import ARGUMENTS, CHROMIUM, ENGLISH, ask, need_browser, picture
from page_server import served

from qa.web.passwords import set_password

sync_api = need_browser()
expect = sync_api.expect


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    context = browser.new_context(locale="fr-FR")
    yield context
    context.close()


def test_log_in_ask_and_log_out(seeds_session, context, tmp_path):
    users = tmp_path / "users"
    set_password(users, "ann", "correct horse")
    with served(seeds_session.index.generation.path.parent, users=users) as server:
        page = context.new_page()
        page.goto(server.url)
        assert Axe().run(page).response["violations"] == []
        picture(page, "login")
        page.fill("[name=username]", "ann")
        page.fill("[name=password]", "wrong horse")
        page.keyboard.press("Enter")
        expect(page.locator("[role=alert]")).to_be_visible()
        expect(page.locator("#sr-main")).to_have_count(0)
        page.wait_for_timeout(1_100)  # the slow-down after a failure
        page.fill("[name=username]", "ann")
        page.fill("[name=password]", "correct horse")
        page.keyboard.press("Enter")
        page.wait_for_selector("body.sr-ready .sr-folder", state="attached")
        assert ask(page, ENGLISH).locator(".sr-confidence").count() == 1
        page.get_by_role("button", name="Se déconnecter").click()
        page.wait_for_selector("[name=password]")
        page.goto(server.url)
        expect(page.locator("[name=password]")).to_be_visible()


def test_another_page_cannot_use_the_login(seeds_session, context, tmp_path):
    users = tmp_path / "users"
    set_password(users, "ann", "correct horse")
    with served(seeds_session.index.generation.path.parent, users=users) as server:
        page = context.new_page()
        page.goto(server.url)
        page.fill("[name=username]", "ann")
        page.fill("[name=password]", "correct horse")
        page.keyboard.press("Enter")
        page.wait_for_selector("body.sr-ready .sr-folder", state="attached")
        page.goto("data:text/html,<p>elsewhere")
        told = page.evaluate(
            "(url) => fetch(url + 'api/documents', {credentials: 'include'}).then((r) => r.text(), (e) => 'refused')",
            server.url,
        )
        assert "Stargate" not in told
        assert "000_" not in told
