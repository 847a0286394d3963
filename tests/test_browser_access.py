"""The page for everyone, in a real browser: by keyboard alone, by screen reader, in the dark, behind a login."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import ARGUMENTS, CHROMIUM, DESKTOP, FRENCH, NOWHERE, PHONE, ask, need_browser, picture, shows, visitor
from page_server import Served, served

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


def findings(page):
    """Return what axe finds wrong, each with the elements concerned."""
    told = Axe().run(page).response["violations"]
    return [(each["impact"], each["id"], [node["html"][:160] for node in each["nodes"]]) for each in told]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(page_of_seeds, visit, scheme, size):
    page = visit(page_of_seeds.url, size=size, color_scheme=scheme)
    page.wait_for_timeout(400)
    assert findings(page) == []
    card = ask(page, FRENCH)
    card.locator(".sr-react").first.click()
    card.locator(".sr-more summary").click()
    card.locator(".sr-remark input").wait_for()
    page.wait_for_timeout(400)
    assert findings(page) == []
    picture(page, f"axe-{scheme}-{size['width']}")
    card.locator(".sr-cite").first.click()
    page.locator(".sr-paper").wait_for(state="visible")
    page.wait_for_timeout(400)
    assert findings(page) == []
    if size is PHONE:
        page.locator(".sr-close").click()
    ask(page, NOWHERE)
    page.wait_for_timeout(400)
    assert findings(page) == []


def test_everything_is_reached_by_the_keyboard(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    expect(page.locator("#sr-box textarea")).to_be_focused()
    page.keyboard.type(FRENCH)
    page.keyboard.press("Enter")
    page.locator(".sr-card .sr-cite").first.wait_for()
    reached = set()
    page.locator("#sr-masthead button").first.focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return [e.className, Object.keys(e.dataset).join(' '), getComputedStyle(e).outlineStyle] })()"
        )
        reached |= {*found[0].split(), *found[1].split()}
        if found[0].startswith("sr-") and "sr-ready" not in found[0]:  # which the body is
            assert found[2] != "none", found  # one sees where one is
    assert {"sr-turn", "sr-cite", "sr-react", "step", "copy", "sr-paper", "save", "fresh"} <= reached
    page.locator(".sr-turn").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sr-turn")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".sr-eyebrow")).to_contain_text("Source 2 sur")
    page.keyboard.press("ArrowLeft")
    shows(page, page.locator(".sr-cite[aria-current]"))


def test_an_answer_is_announced(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    live = page.locator("#sr-live")
    expect(live).to_have_attribute("role", "status")
    card = ask(page, FRENCH)
    expect(live).to_have_text(card.locator(".sr-answer").text_content())
    ask(page, NOWHERE)
    expect(live).to_have_text("Ces articles ne donnent pas la réponse.")


def test_a_wait_is_told(page_of_seeds, visit):
    page = visit(page_of_seeds.url)
    page.evaluate("document.dispatchEvent(new Event('sr-wait'))")
    expect(page.locator("#sr-live")).to_have_text("Lecture des articles…")
    expect(page.locator("#sr-ask")).to_have_attribute("data-waiting", "Lecture des articles…")
    picture(page, "waiting")
    page.evaluate("document.dispatchEvent(new Event('sr-done'))")
    expect(page.locator("#sr-live")).to_be_empty()
    expect(page.locator("body.sr-waiting")).to_have_count(0)


def test_what_only_colour_told_is_drawn_in_forced_colours(page_of_seeds, visit):
    page = visit(page_of_seeds.url, forced_colors="active")
    ask(page, FRENCH)
    full, empty = (
        page.locator(f".sr-meter {segment}").first.evaluate("(each) => getComputedStyle(each).backgroundColor")
        for segment in (".sr-full", ".sr-empty")
    )
    assert full != empty
    tint = page.locator(".sr-tint").first.evaluate("(each) => getComputedStyle(each).textDecorationLine")
    assert tint == "underline"
    picture(page, "forced-colours")


def test_light_or_dark_is_the_systems_until_one_chooses(page_of_seeds, visit):
    page = visit(page_of_seeds.url, color_scheme="dark")
    ground = "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    dark = page.evaluate(ground)
    ask(page, FRENCH)
    picture(page, "dark")
    page.locator("[data-theme]").click()
    light = page.evaluate(ground)
    brightness = [sum(map(int, colour[4:-1].split(","))) for colour in (light, dark)]
    assert brightness[0] > 600
    assert brightness[1] < 200
    page.reload()
    page.wait_for_selector("body.sr-ready .sr-reader", state="attached")
    assert page.evaluate(ground) == light  # the choice is kept


def test_system_fonts_and_no_word_from_elsewhere(page_of_seeds, visit):
    page = visit(page_of_seeds.url)  # which watches every request
    ask(page, FRENCH)
    page.context.set_offline(False)
    loaded = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert loaded
    assert all(name.startswith((page_of_seeds.url, "blob:", "data:")) for name in loaded)
    assert not [line for line in page_of_seeds.complaints if line.startswith("ELSEWHERE")]
