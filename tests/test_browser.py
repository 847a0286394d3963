"""The chat page in a real browser: ask, click a citation, see the answer marked in its article."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from page_server import Served, served

from qa.feedback import FEEDBACK_FILE, read_feedback
from qa.session import Session

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
FRENCH = "Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?"
ENGLISH = "How much does Stargate cost?"
NOWHERE = "Quel est le prix du kilo de tomates à Mexico ?"
HOSTILE = (
    "<img src='http://evil.example/x.png'><form action='http://evil.example'><input name='p'></form> "
    "![x](http://evil.example/y.png) [z](http://evil.example/z) http://www.evil.example **gras** `code` $$x$$"
)
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt-get install chromium")


@pytest.fixture(scope="module")
def page_of_seeds(seeds_session) -> Iterator[Served]:
    with served(seeds_session.index.generation.path.parent) as page:
        yield page


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Return a function that opens a page and waits until it is ready. No request may leave the machine."""
    contexts, elsewhere, errors = [], [], []

    def guard(route):
        host = urlsplit(route.request.url).hostname
        if host == "127.0.0.1":
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
        page.goto(url)
        page.wait_for_selector("body.sr-ready .sr-doc", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert elsewhere == []
    assert errors == []


def ask(page, question):
    """Ask, and return the answer's card."""
    cards = page.locator("#sr-chat .sr-card")
    before = cards.count()
    page.fill("#sr-box textarea", question)
    page.keyboard.press("Enter")
    card = cards.nth(before)
    card.wait_for()
    sync_api.expect(page.locator("#sr-chat .sr-question").nth(before)).to_have_text(question)
    return card


def shows(page, card, number):
    """Check that the reader shows a card's citation, the quote marked inside the cited sentence."""
    button = card.locator(".sr-cite").nth(number)
    sync_api.expect(button).to_have_attribute("aria-current", "true")
    title = button.locator(".sr-title").text_content()
    sync_api.expect(page.locator(".sr-reader-title")).to_have_text(title)
    mark = page.locator(".sr-paper mark")
    sync_api.expect(mark).to_be_in_viewport()
    assert page.locator(".sr-paper .sr-tint mark").count() == mark.count() > 0
    meta = button.locator(".sr-meta").text_content()
    assert meta == page.locator(".sr-reader-head .sr-meta").text_content()
    return "".join(mark.all_text_contents())


def test_ask_in_both_languages_and_follow_the_citations(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    french = ask(page, FRENCH)
    marked = shows(page, french, 0)
    assert marked == french.locator(".sr-answer").text_content()
    english = ask(page, ENGLISH)
    assert shows(page, english, 0) == english.locator(".sr-answer").text_content()

    last = french.locator(".sr-cite").count() - 1
    french.locator(".sr-cite").nth(last).click()  # an earlier answer's citations stay alive
    assert shows(page, french, last)
    assert english.locator("[aria-current]").count() == 0


def test_step_from_one_citation_to_the_next(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, NOWHERE)
    assert "Ces articles ne donnent pas la réponse." in card.text_content()
    assert page.locator(".sr-shelf .sr-doc").count() == 5
    card.locator(".sr-cite").first.click()
    sync_api.expect(page.locator(".sr-eyebrow")).to_have_text("Passage 1 sur 5")
    assert page.locator(".sr-paper .sr-tint").count() > 0
    assert page.locator(".sr-paper mark").count() == 0
    page.locator("[data-step='1']").focus()
    page.keyboard.press("Enter")
    sync_api.expect(page.locator(".sr-eyebrow")).to_have_text("Passage 2 sur 5")
    sync_api.expect(page.locator("[data-step='1']")).to_be_focused()
    for number in (3, 4, 5):
        page.keyboard.press("Enter")
        sync_api.expect(page.locator(".sr-eyebrow")).to_have_text(f"Passage {number} sur 5")
    sync_api.expect(page.locator("[data-step='-1']")).to_be_focused()
    page.keyboard.press("Enter")
    sync_api.expect(page.locator(".sr-eyebrow")).to_have_text("Passage 4 sur 5")


def test_the_words_follow_the_browser_then_the_switch(page_of_seeds, visit):
    page = visit(page_of_seeds.url, locale="en-GB")
    sync_api.expect(page.locator("#sr-send")).to_have_text("Ask")
    sync_api.expect(page.locator("html")).to_have_attribute("lang", "en")
    card = ask(page, FRENCH)
    quoted = card.locator(".sr-answer").text_content()
    assert "confidence" in card.text_content()
    page.get_by_label("Français").check(force=True)
    sync_api.expect(page.locator("#sr-send")).to_have_text("Demander")
    sync_api.expect(page.locator("html")).to_have_attribute("lang", "fr")
    sync_api.expect(card.locator(".sr-confidence")).to_contain_text("Confiance")
    sync_api.expect(page.locator(".sr-eyebrow")).to_contain_text("Source 1 sur")
    assert card.locator(".sr-answer").text_content() == quoted
    page.reload()
    sync_api.expect(page.locator("#sr-send")).to_have_text("Demander")  # the choice is kept


def test_an_example_is_asked_by_a_click_and_the_conversation_begins_anew(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    chips = page.locator("#sr-examples button")
    assert page.locator("#sr-examples .sr-fr").count() >= 2
    assert page.locator("#sr-examples .sr-en").count() >= 2
    question = chips.last.text_content().strip()
    chips.last.click()
    sync_api.expect(page.locator("#sr-chat .sr-question")).to_have_text(question)
    assert page.locator("#sr-chat .sr-cite").count() >= 1
    page.locator("#sr-fresh").click()
    sync_api.expect(page.locator("#sr-chat .sr-card")).to_have_count(0)
    sync_api.expect(page.locator(".sr-shelf")).to_be_visible()
    ask(page, FRENCH)
    sync_api.expect(page.locator("#sr-chat .sr-card")).to_have_count(1)


def test_a_quote_is_copied_with_its_reference(page_of_seeds, visit):
    page = visit(page_of_seeds.url, permissions=["clipboard-read", "clipboard-write"])
    card = ask(page, FRENCH)
    shows(page, card, 0)
    page.locator(".sr-copy").click()
    sync_api.expect(page.locator(".sr-copy")).to_have_text("Copié")
    copied = page.evaluate("navigator.clipboard.readText()")
    sentence = "".join(page.locator(".sr-paper .sr-tint").all_text_contents())
    assert copied.startswith(f"«\u00a0{sentence.strip()}\u00a0» — ")
    assert ".txt" in copied
    assert "ligne" in copied


def test_a_phone_shows_the_source_over_the_conversation(page_of_seeds, visit):
    page = visit(page_of_seeds.url, size=PHONE)
    card = ask(page, FRENCH)
    sync_api.expect(page.locator("#sr-source")).to_be_hidden()
    card.locator(".sr-cite").first.click()
    sync_api.expect(page.locator("#sr-source")).to_be_visible()
    shows(page, card, 0)
    sync_api.expect(page.locator(".sr-close")).to_be_focused()
    page.locator(".sr-close").click()
    sync_api.expect(page.locator("#sr-source")).to_be_hidden()
    sync_api.expect(card.locator(".sr-cite").first).to_be_focused()
    card.locator(".sr-cite").last.click()
    sync_api.expect(page.locator(".sr-close")).to_be_focused()
    page.keyboard.press("Escape")
    sync_api.expect(page.locator("#sr-source")).to_be_hidden()


@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 1920, "height": 1080}, {"width": 320, "height": 568}])
def test_the_page_fits_the_screen(page_of_seeds, visit, size):
    page = visit(page_of_seeds.url, size=size)
    ask(page, FRENCH)
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert width <= size["width"]
    assert height <= size["height"]
    box = page.locator("#sr-send").bounding_box()
    assert box["y"] + box["height"] <= size["height"]


def test_say_what_an_answer_is_worth(visit, tmp_path):
    folder, index = tmp_path / "articles", tmp_path / "index"
    folder.mkdir()
    (folder / "a.txt").write_text("Le phare de Cordouan mesure 67 mètres de haut.\n", "utf-8")
    Session.of_folder(folder, index).close()
    with served(index) as server:
        page = visit(server.url, size=PHONE)
        ask(page, "Combien mesure le phare de Cordouan ?")
        ask(page, "Qui a peint Guernica ?")
        sync_api.expect(page.locator("#sr-remark")).to_be_hidden()
        rows = page.locator("#sr-chat .sr-reactions")
        right = rows.nth(0).get_by_role("button", name="Juste")
        right.focus()
        page.keyboard.press("Enter")
        sync_api.expect(rows.nth(0).locator(".sr-noted")).to_have_text("Noté, conservé sur cette machine.")
        sync_api.expect(right).to_have_attribute("aria-pressed", "true")
        sync_api.expect(right).to_be_focused()
        assert rows.nth(1).locator("[aria-pressed=true], .sr-noted").count() == 0
        sync_api.expect(page.get_by_label("Une remarque sur cette réponse")).to_be_visible()
        page.get_by_label("Une remarque sur cette réponse").fill("vu <b>ici</b>")
        page.keyboard.press("Enter")
        sync_api.expect(rows.nth(0).locator(".sr-noted")).to_contain_text("avec votre remarque")
        sync_api.expect(page.locator("#sr-remark")).to_be_hidden()
        (kept,) = read_feedback(index).feedback
        assert (kept.reaction, kept.comment, kept.citations[0].quote) == ("right", "vu <b>ici</b>", kept.answer)

        (index / FEEDBACK_FILE).rename(tmp_path / "old")
        (index / FEEDBACK_FILE).mkdir()  # nothing can be written there
        rows.nth(1).get_by_role("button", name="Faux").click()
        sync_api.expect(page.get_by_text("Votre avis n’a pas pu être conservé")).to_be_visible()
        assert rows.nth(1).locator(".sr-noted").count() == 0
        assert page.locator("#sr-chat .error").count() == 0
        rows.nth(1).get_by_role("button", name="Juste").click(trial=True)  # nothing lies over the conversation
        assert len(server.complaints) == 1
        assert server.complaints[0].startswith("sourcier: cannot write ")
        if "SOURCIER_REACTIONS" in os.environ:
            page.screenshot(path=os.environ["SOURCIER_REACTIONS"])


@pytest.mark.skipif("SOURCIER_SCREENSHOT" not in os.environ, reason="only takes the README's picture, on demand")
def test_take_the_picture(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, "Jusqu’à quand Microsoft a-t-il accès aux technologies d’OpenAI ?")
    shows(page, card, 0)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(500)  # for colours that fade in
    page.screenshot(path=os.environ["SOURCIER_SCREENSHOT"])


def test_hostile_articles_and_questions_are_only_text(visit, tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    text = f"{HOSTILE}\n\nLe phare {HOSTILE} mesure 67 mètres de haut.\n\nAutre chose encore.\n"
    (folder / "a<b>&'.txt").write_text(text, "utf-8")
    index = tmp_path / "index"
    Session.of_folder(folder, index).close()
    with served(index) as server:
        page = visit(server.url)
        page.locator(".sr-doc").click()
        sync_api.expect(page.locator(".sr-paper")).to_contain_text(HOSTILE)
        ask(page, HOSTILE)
        ask(page, "Combien mesure le phare ?").locator(".sr-cite").first.click()
        sync_api.expect(page.locator(".sr-paper")).to_contain_text(HOSTILE)
        for kind in ("img", "form", "a[href*=evil]", "code", "em", ".katex", "input[name=p]"):
            assert page.locator(f"#sr-main {kind}").count() == 0, kind
        shutil.rmtree(folder)
