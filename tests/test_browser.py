"""The chat page in a real browser: ask, click a citation, see the answer marked in its article."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import (
    ARGUMENTS,
    CHROMIUM,
    DESKTOP,
    ENGLISH,
    FRENCH,
    NOWHERE,
    PHONE,
    ask,
    need_browser,
    picture,
    shows,
    visitor,
)
from page_server import Served, served

from qa.export import conversation_jsonl
from qa.feedback import FEEDBACK_FILE, read_feedback
from qa.session import Session

sync_api = need_browser()
expect = sync_api.expect


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
    yield from visitor(browser)


def test_ask_in_both_languages_and_go_back(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    picture(page, "welcome")
    card = ask(page, FRENCH)
    quoted = card.locator(".sr-answer").text_content()
    assert shows(page, card.locator(".sr-cite[aria-current]")) in quoted
    picture(page, "answer")
    card = ask(page, ENGLISH)
    assert shows(page, card.locator(".sr-cite").first) == card.locator(".sr-answer").text_content()
    page.locator(".sr-turn").first.click()
    expect(card.locator(".sr-question")).to_have_text(FRENCH)
    assert card.locator(".sr-answer").text_content() == quoted
    last = card.locator(".sr-cite:not(.sr-more *)").last
    last.click()  # an earlier answer's citations stay alive
    assert shows(page, last)


def test_a_follow_up_is_read_with_the_question_before(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    ask(page, "Combien coûte Windsurf ?")
    card = ask(page, "Et Stargate ?")
    expect(card.locator(".sr-read")).to_have_text("Question lue ainsi\u00a0: Combien coûte Stargate ?")
    picture(page, "follow-up")


def test_figures_that_differ_stand_with_their_sentences_and_dates(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, "Combien Microsoft a-t-il ajouté par la suite, en plus du milliard ?")
    expect(card.locator(".sr-differ .sr-label")).to_have_text("Les chiffres diffèrent")
    groups = card.locator(".sr-group")
    assert groups.count() >= 2
    for group in groups.all():
        value = group.locator(".sr-value").text_content()
        assert group.locator("strong").first.text_content() in value
        assert "ligne" in group.locator(".sr-meta").first.text_content()
    assert "mai 2025" in card.text_content()
    assert "contradi" not in card.text_content().lower()
    picture(page, "figures-differ")


def test_a_refusal_says_why_what_is_near_and_what_to_ask(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, NOWHERE)
    expect(card).to_contain_text("Ces articles ne donnent pas la réponse.")
    expect(card.locator(".sr-reason")).not_to_be_empty()
    assert card.locator(".sr-cite").count() == 5
    picture(page, "refusal")
    example = card.locator(".sr-example").first
    question = example.text_content()
    example.click()
    expect(card.locator(".sr-question")).to_have_text(question)
    assert card.locator(".sr-confidence").count() == 1  # what is offered is answered


def test_step_through_places_by_button_and_by_key(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, NOWHERE)
    card.locator(".sr-cite").first.click()
    told = page.locator(".sr-eyebrow")
    expect(told).to_have_text("Passage 1 sur 5")
    assert page.locator(".sr-paper .sr-tint").count() > 0
    assert page.locator(".sr-paper mark").count() == 0
    page.locator("[data-step='1']").focus()
    page.keyboard.press("Enter")
    expect(told).to_have_text("Passage 2 sur 5")
    expect(page.locator("[data-step='1']")).to_be_focused()
    for number in (3, 4, 5):
        page.keyboard.press("Enter")
        expect(told).to_have_text(f"Passage {number} sur 5")
    expect(page.locator("[data-step='-1']")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(told).to_have_text("Passage 4 sur 5")
    page.locator("#sr-box textarea").focus()
    page.keyboard.press("ArrowLeft")  # moves in what is written there
    page.wait_for_timeout(300)
    expect(told).to_have_text("Passage 4 sur 5")


def test_more_passages_are_shown_on_demand(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, ENGLISH)
    more = card.locator(".sr-more")
    expect(more.locator(".sr-cite").first).to_be_hidden()
    more.locator("summary").click()
    card.locator(".sr-react").first.click()
    expect(card.locator(".sr-noted")).not_to_be_empty()
    expect(more.locator(".sr-cite").first).to_be_visible()  # also in the card that is drawn anew
    assert more.locator(".sr-cite:visible").count() == 10
    more.locator(".sr-cite").nth(3).click()
    expect(page.locator(".sr-eyebrow")).to_have_text("Passage 4 sur 10")


def test_the_words_follow_the_browser_then_the_switch(page_of_seeds, visit):
    page = visit(page_of_seeds.url, locale="en-GB")
    expect(page.locator("#sr-send")).to_have_text("Ask")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    card = ask(page, FRENCH)
    quoted = card.locator(".sr-answer").text_content()
    assert "confidence" in card.text_content()
    picture(page, "english")
    page.get_by_label("Français").check(force=True)
    expect(page.locator("#sr-send")).to_have_text("Demander")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(card.locator(".sr-confidence")).to_contain_text("Confiance")
    expect(page.locator(".sr-eyebrow")).to_contain_text("Source 1 sur")
    assert card.locator(".sr-answer").text_content() == quoted
    page.reload()
    expect(page.locator("#sr-send")).to_have_text("Demander")  # the choice is kept


def test_an_example_is_asked_by_a_click_and_the_conversation_begins_anew(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    example = page.locator(".sr-example").last
    question = example.text_content()
    page.fill("#sr-box textarea", "je suis en train d'écrire")
    example.click()
    expect(page.locator(".sr-question")).to_have_text(question)
    assert page.locator(".sr-card .sr-cite").count() >= 1
    expect(page.locator("#sr-box textarea")).to_have_value("je suis en train d'écrire")
    page.locator("[data-fresh]").click()
    expect(page.locator(".sr-card")).to_have_count(0)
    expect(page.locator(".sr-folder")).to_be_visible()
    ask(page, FRENCH)
    expect(page.locator(".sr-turn")).to_have_count(1)


def test_quick_hands_lose_nothing(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, NOWHERE)
    card.locator(".sr-cite").first.click()
    told = page.locator(".sr-eyebrow")
    expect(told).to_have_text("Passage 1 sur 5")
    card.locator(".sr-question").click()  # out of the box
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(told).to_have_text("Passage 5 sur 5")
    page.fill("#sr-box textarea", FRENCH)
    page.evaluate("document.getElementById('sr-send').click(); document.getElementById('sr-send').click()")
    page.fill("#sr-box textarea", "déjà la suite")
    expect(page.locator(".sr-turn")).to_have_count(2)
    expect(card.locator(".sr-question")).to_have_text(FRENCH)
    expect(page.locator("body.sr-waiting")).to_have_count(0)
    expect(page.locator(".sr-turn")).to_have_count(2)
    expect(page.locator("#sr-box textarea")).to_have_value("déjà la suite")


def test_a_page_that_is_loaded_anew_goes_on(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    card = ask(page, FRENCH)
    quoted = card.locator(".sr-answer").text_content()
    expect(page.locator("#sr-box textarea")).to_have_value("")
    page.locator("#sr-box textarea").press_sequentially("et la")
    page.reload()
    expect(card.locator(".sr-answer")).to_have_text(quoted)
    expect(page.locator("#sr-box textarea")).to_have_value("et la")
    other = page.context.new_page()  # another tab begins anew
    other.goto(page_of_seeds.url)
    expect(other.locator(".sr-welcome")).to_be_visible()
    expect(other.locator(".sr-turn")).to_have_count(0)
    ask(page, ENGLISH)
    expect(page.locator(".sr-turn")).to_have_count(2)


def test_too_many_questions_are_told_and_the_page_goes_on(seeds_session, visit):
    with served(seeds_session.index.generation.path.parent, rate=1) as server:
        page = visit(server.url)
        ask(page, FRENCH)
        page.fill("#sr-box textarea", ENGLISH)
        page.keyboard.press("Enter")
        expect(page.locator("[data-testid=toast-text]")).to_contain_text("Trop de questions cette minute")
        expect(page.locator("body.sr-waiting")).to_have_count(0)
        expect(page.locator("#sr-box textarea")).to_have_value(ENGLISH)
        page.locator(".sr-cite").first.click()  # what is no question goes on
        expect(page.locator(".sr-eyebrow")).to_contain_text("Source 1 sur")


def test_a_server_that_stops_is_told(seeds_session, visit):
    with served(seeds_session.index.generation.path.parent) as server:
        page = visit(server.url)
        ask(page, FRENCH)
    page.fill("#sr-box textarea", ENGLISH)
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=toast-text]").first).to_contain_text("Sourcier ne répond pas")
    expect(page.locator("body.sr-waiting")).to_have_count(0)
    expect(page.locator(".sr-answer").first).to_be_visible()  # what was answered can still be read
    expect(page.locator("#sr-box textarea")).to_have_value(ENGLISH)


def test_a_quote_is_copied_with_its_reference(page_of_seeds, visit):
    page = visit(page_of_seeds.url, permissions=["clipboard-read", "clipboard-write"])
    card = ask(page, "Combien Microsoft a-t-il ajouté par la suite, en plus du milliard ?")
    dated = card.locator(".sr-cite", has_text="mai 2025").first
    dated.click()
    shows(page, dated)
    page.locator(".sr-copy").click()
    expect(page.locator(".sr-copy")).to_have_text("Copié")
    copied = page.evaluate("navigator.clipboard.readText()")
    sentence = "".join(page.locator(".sr-paper .sr-tint").all_text_contents())
    assert copied.startswith(f"«\u00a0{sentence.strip()}\u00a0» — ")
    for part in (".txt", "ligne ", "mai 2025", page.locator(".sr-reader-title").text_content()):
        assert part in copied


def test_a_conversation_is_taken_away_in_two_forms(page_of_seeds, visit, seeds_session, tmp_path):
    page = visit(page_of_seeds.url)
    ask(page, FRENCH)
    ask(page, NOWHERE)
    saved = {}
    for form in ("md", "jsonl", "md"):
        with page.expect_download() as download:
            page.locator(f"[data-save={form}]").click()
        assert download.value.suggested_filename == f"sourcier.{form}"
        path = tmp_path / "saved"
        download.value.save_as(path)
        saved[form] = path.read_text("utf-8")
    answers = [seeds_session.ask(question, k=10) for question in (FRENCH, NOWHERE)]
    assert len(saved["jsonl"].splitlines()) == len(conversation_jsonl(answers).splitlines()) == 2
    assert answers[0].text in saved["md"]
    assert answers[0].citations[0].source in saved["md"]


def test_say_what_an_answer_is_worth(visit, tmp_path):
    folder, index = tmp_path / "articles", tmp_path / "index"
    folder.mkdir()
    (folder / "a.txt").write_text("Le phare de Cordouan mesure 67 mètres de haut.\n", "utf-8")
    Session.of_folder(folder, index).close()
    with served(index) as server:
        page = visit(server.url, size=PHONE)
        card = ask(page, "Combien mesure le phare de Cordouan ?")
        remark = card.get_by_label("Une remarque sur cette réponse")
        expect(remark).to_have_count(0)
        right = card.get_by_role("button", name="Juste")
        right.focus()
        page.keyboard.press("Enter")
        expect(card.locator(".sr-noted")).to_have_text("Noté, conservé sur cette machine.")
        expect(right).to_have_attribute("aria-pressed", "true")
        expect(right).to_be_focused()
        remark.fill("vu <b>ici</b>")
        page.keyboard.press("Enter")
        expect(card.locator(".sr-noted")).to_contain_text("avec votre remarque")
        expect(remark).to_have_count(0)
        (kept,) = read_feedback(index).feedback
        assert (kept.reaction, kept.comment, kept.citations[0].quote) == ("right", "vu <b>ici</b>", kept.answer)

        (index / FEEDBACK_FILE).rename(tmp_path / "old")
        (index / FEEDBACK_FILE).mkdir()  # nothing can be written there
        card = ask(page, "Qui a peint Guernica ?")
        assert card.get_by_role("button", name="Mauvaise source").count() == 0  # of a refusal
        card.get_by_role("button", name="Faux").click()
        expect(page.get_by_text("Votre avis n’a pas pu être conservé")).to_be_visible()
        expect(card.locator(".sr-noted")).to_be_empty()
        assert page.locator(".error").count() == 0
        assert [line for line in server.complaints if line.startswith("sourcier: cannot write ")]


def test_a_phone_shows_the_source_over_the_conversation(page_of_seeds, visit):
    page = visit(page_of_seeds.url, size=PHONE)
    picture(page, "phone-welcome")
    card = ask(page, FRENCH)
    expect(page.locator("#sr-source")).to_be_hidden()
    expect(page.locator("[data-save=md]")).to_be_in_viewport()
    picture(page, "phone-answer")
    card.locator(".sr-cite").first.click()
    expect(page.locator("#sr-source")).to_be_visible()
    shows(page, card.locator(".sr-cite").first)
    expect(page.locator(".sr-close")).to_be_focused()
    picture(page, "phone-source")
    page.locator(".sr-close").click()
    expect(page.locator("#sr-source")).to_be_hidden()
    expect(card.locator(".sr-cite").first).to_be_focused()
    card.locator(".sr-cite:not(.sr-more *)").last.click()
    expect(page.locator(".sr-close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#sr-source")).to_be_hidden()
    page.locator("[data-folder]").click()
    expect(page.locator(".sr-folder")).to_be_visible()
    picture(page, "phone-folder")


SHORT = [{"width": 640, "height": 400}, {"width": 320, "height": 256}]  # a desk's window enlarged, to 200 % and 400 %


@pytest.mark.parametrize("size", SHORT, ids=lambda size: str(size["width"]))
def test_the_page_can_be_enlarged(page_of_seeds, visit, size):
    page = visit(page_of_seeds.url, size=size)
    expect(page.locator("#sr-send")).to_be_in_viewport(ratio=1)
    card = ask(page, FRENCH)
    expect(page.locator("#sr-send")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    card.locator(".sr-cite").first.click()
    expect(page.locator(".sr-paper mark").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    card.locator(".sr-react").first.scroll_into_view_if_needed()
    expect(card.locator(".sr-react").first).to_be_in_viewport()
    picture(page, f"enlarged-{size['width']}")


SIZES = [DESKTOP, PHONE, {"width": 1920, "height": 1080}, {"width": 1000, "height": 700}, {"width": 320, "height": 568}]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_the_page_fits_the_screen(page_of_seeds, visit, size):
    page = visit(page_of_seeds.url, size=size)
    for question in (FRENCH, "x" * 300):
        ask(page, question)
        width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert width <= size["width"]
        assert height <= size["height"]
        box = page.locator("#sr-send").bounding_box()
        assert box["y"] + box["height"] <= size["height"]
        answer = page.locator("#sr-answer").bounding_box()
        assert answer["y"] + answer["height"] <= box["y"]
    picture(page, f"width-{size['width']}")
