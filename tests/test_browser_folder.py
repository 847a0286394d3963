"""The folder in a real browser: files dropped in, refused, replaced, removed, put back, looked through, asked alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import ARGUMENTS, CHROMIUM, ask, need_browser, picture, visitor
from page_server import served

from qa.session import Session

sync_api = need_browser()
expect = sync_api.expect
LIGHTHOUSES = {
    "cordouan.md": "---\ntitle: Cordouan, le phare\ndate: 2023-05-01\n---\nLe phare de Cordouan mesure 67 mètres.\n",
    "eckmuhl.md": "---\ntitle: Eckmühl\ndate: 2024-10-02\n---\nLe phare d’Eckmühl mesure 65 mètres de haut.\n",
    "sub/kereon.txt": "Le phare de Kéréon mesure 41 mètres de haut.\n",
    "image.png": "",
}
HOSTILE = (
    "<img src='http://evil.example/x.png'><form action='http://evil.example'><input name='p'></form> "
    "![x](http://evil.example/y.png) [z](http://evil.example/z) http://www.evil.example **gras** `code` $$x$$ "
    "<script>document.title='pwned'</script> ${1+1} {{value}} \u202e droite\u202c"
)


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    yield from visitor(browser)


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "articles"
    for name, text in LIGHTHOUSES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def lighthouses(folder) -> Iterator[str]:
    Session.of_folder(folder).close()
    with served(folder / ".sourcier") as server:
        yield server.url


def drop(page, name, text):
    """Drop a file on the view of the folder, as a hand would."""
    transfer = page.evaluate_handle(
        "([name, text]) => { const t = new DataTransfer(); t.items.add(new File([text], name)); return t; }",
        [name, text],
    )
    for event in ("dragover", "drop"):
        page.dispatch_event(".sr-folder", event, {"dataTransfer": transfer})


def add(page, name, text):
    """Choose a file by the button."""
    page.set_input_files(".sr-add input", {"name": name, "mimeType": "text/plain", "buffer": text.encode()})


def test_the_view_lists_what_is_in_the_folder(lighthouses, visit):
    page = visit(lighthouses)
    rows = page.locator(".sr-table tbody tr")
    expect(rows).to_have_count(4)
    for told in ("Cordouan, le phare", "cordouan.md", "1er mai 2023", "français", "indexé"):
        expect(rows.first).to_contain_text(told)
    expect(rows.last).to_contain_text("image.png")
    expect(rows.last).to_contain_text("écarté")
    picture(page, "folder")
    page.locator(".sr-doc").last.click()
    expect(page.locator(".sr-paper")).to_contain_text("Kéréon mesure 41 mètres")


def test_a_file_is_dropped_in_and_answers(lighthouses, visit, folder):
    page = visit(lighthouses)
    drop(page, "ar-men.txt", "Le phare d’Ar-Men mesure 37 mètres de haut.\n")
    expect(page.locator(".sr-table tbody tr")).to_have_count(5)
    expect(page.locator(".sr-status")).to_contain_text("Ajouts\u00a0: 1")
    expect(page.locator("[data-folder]")).to_have_text("4 articles")
    picture(page, "upload")
    card = ask(page, "Combien mesure le phare d’Ar-Men ?")
    expect(card.locator(".sr-answer")).to_have_text("37 mètres")
    assert (folder / "ar-men.txt").read_text("utf-8").startswith("Le phare d’Ar-Men")


def test_what_cannot_be_added_is_told_and_replacing_is_asked_about(lighthouses, visit, folder):
    page = visit(lighthouses)
    status = page.locator(".sr-status")
    add(page, "notes.xlsx", "x")
    expect(status).to_contain_text("notes.xlsx: ce format n’est pas lu")
    add(page, "vide.txt", "")
    expect(status).to_contain_text("échec")
    add(page, "cordouan.md", "---\ndate: 2023-05-01\n---\nLe phare de Cordouan mesure 68 mètres de haut.\n")
    expect(status).to_contain_text("Le dossier a déjà un fichier de ce nom.")
    assert "67" in (folder / "cordouan.md").read_text("utf-8")
    status.get_by_role("button", name="Le remplacer").click()
    expect(status).to_contain_text("modifications\u00a0: 1")
    expect(ask(page, "Combien mesure le phare de Cordouan ?").locator(".sr-answer")).to_have_text("68 mètres")
    assert not (folder / "notes.xlsx").exists()


def test_an_article_is_removed_and_put_back(lighthouses, visit, folder):
    page = visit(lighthouses)
    card = ask(page, "Combien mesure le phare d’Eckmühl ?")
    expect(card.locator(".sr-answer")).to_have_text("65 mètres")
    page.locator("[data-folder]").click()
    remove = page.locator("[data-remove='eckmuhl.md']")
    remove.click()
    expect(remove).to_have_text("Retirer ce fichier\u00a0?")
    assert (folder / "eckmuhl.md").exists()  # until one says so again
    remove.click()
    expect(remove).to_have_count(0)
    expect(page.locator(".sr-status").get_by_role("button", name="Remettre")).to_be_focused()
    assert not (folder / "eckmuhl.md").exists()
    expect(page.locator(".sr-status")).to_contain_text("eckmuhl.md est retiré du dossier")
    page.locator(".sr-turn").first.click()  # an answer of before
    expect(page.locator(".sr-reader")).to_contain_text("n’est plus dans le dossier")
    page.locator("[data-folder]").click()
    page.locator(".sr-status").get_by_role("button", name="Remettre").click()
    expect(remove).to_have_count(1)
    assert (folder / "eckmuhl.md").read_text("utf-8") == LIGHTHOUSES["eckmuhl.md"]


def test_the_index_follows_the_folder_on_demand(lighthouses, visit, folder):
    page = visit(lighthouses)
    (folder / "sub" / "kereon.txt").write_text("Le phare de Kéréon mesure 42 mètres de haut.\n", "utf-8")
    page.locator("[data-reindex]").click()
    expect(page.locator(".sr-status")).to_contain_text("modifications\u00a0: 1")
    expect(ask(page, "Combien mesure le phare de Kéréon ?").locator(".sr-answer")).to_have_text("42 mètres")


def test_some_of_the_articles_are_found_and_asked_alone(lighthouses, visit):
    page = visit(lighthouses)
    search = page.get_by_label("Titre ou fichier")
    search.press_sequentially("eckm")
    expect(page.locator(".sr-doc")).to_have_count(1)
    expect(search).to_be_focused()
    search.fill("")
    expect(page.locator(".sr-doc")).to_have_count(3)
    page.fill("[name=since]", "2024-01-01")
    expect(page.locator(".sr-doc")).to_have_count(1)
    expect(page.locator(".sr-doc")).to_contain_text("Eckmühl")
    page.locator("[data-limit]").click()
    expect(page.locator(".sr-scope")).to_contain_text("1 janvier 2024".replace("1 ", "1er "))
    card = ask(page, "Combien mesure le phare de Cordouan ?")
    assert "67" not in card.text_content()
    picture(page, "scope")
    page.locator("[data-unlimit]").click()
    expect(page.locator(".sr-scope")).to_have_count(0)
    expect(ask(page, "Combien mesure le phare de Cordouan ?").locator(".sr-answer")).to_have_text("67 mètres")


def test_a_long_list_stays_where_it_is_while_one_looks_through_it(visit, tmp_path):
    folder, index = tmp_path / "many", tmp_path / "index"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number:03}.txt").write_text(f"Le phare n° {number} mesure {number} mètres de haut.\n", "utf-8")
    Session.of_folder(folder, index).close()
    with served(index) as server:
        page = visit(server.url)
        expect(page.locator(".sr-doc")).to_have_count(100)
        page.locator("[data-more]").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".sr-doc")).to_have_count(120)
        expect(page.locator(".sr-doc").nth(100)).to_be_focused()
        scrolled = page.evaluate("document.querySelector('.sr-files').scrollTop")
        assert scrolled > 1000
        (folder / "new.txt").write_text("Le phare neuf mesure 5 mètres de haut.\n", "utf-8")
        page.locator("[data-reindex]").click()
        expect(page.locator(".sr-doc")).to_have_count(121)
        assert abs(page.evaluate("document.querySelector('.sr-files').scrollTop") - scrolled) < 100
        search = page.get_by_label("Titre ou fichier")
        search.press_sequentially("011.txt", delay=90)  # answers come in between
        expect(page.locator(".sr-doc")).to_have_count(1)
        expect(search).to_have_value("011.txt")
        search.fill("rien de tel")
        expect(page.locator(".sr-doc")).to_have_count(0)
        expect(page.locator("[data-limit]")).to_have_count(0)  # there is nothing to ask


def test_hostile_articles_and_questions_are_only_text(visit, tmp_path):
    folder, index = tmp_path / "hostile", tmp_path / "index"
    folder.mkdir()
    text = f"{HOSTILE}\n\nLe phare {HOSTILE} mesure 67 mètres de haut.\n\nAutre chose encore.\n"
    (folder / "a<b>&'.txt").write_text(text, "utf-8")
    (folder / "long.txt").write_text("x" * 10_000_000 + " Le sémaphore mesure 12 mètres.\n", "utf-8")
    Session.of_folder(folder, index).close()
    with served(index) as server:
        page = visit(server.url)
        seen = HOSTILE.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd")
        page.locator(".sr-doc").first.click()
        expect(page.locator(".sr-paper")).to_contain_text(seen)
        ask(page, HOSTILE, seen)
        card = ask(page, "Combien mesure le phare ?")
        card.locator(".sr-cite").first.click()
        expect(page.locator(".sr-paper")).to_contain_text(seen)
        picture(page, "hostile")
        card = ask(page, "Combien mesure le sémaphore ?")
        card.locator(".sr-cite").first.click()
        shown = "document.querySelector('.sr-paper').textContent.length"
        expect(page.locator("[data-side=before]")).to_be_visible()
        before = page.evaluate(shown)
        page.locator("[data-side=before]").click()
        page.wait_for_function(f"{shown} > {before} + 100_000")
        mark = page.locator(".sr-paper mark")
        assert mark.count() == 0 or not mark.is_visible() or mark.bounding_box()["y"] > 0
        page.locator("[data-folder]").click()
        page.get_by_label("Titre ou fichier").fill(HOSTILE[:60])
        expect(page.locator(".sr-doc")).to_have_count(1)
        page.locator("[data-limit]").click()
        expect(page.locator(".sr-scope")).to_be_visible()
        for kind in ("img", "form[action]", "a[href*=evil]", "code", "em", ".katex", "input[name=p]", "script"):
            assert page.locator(f"#sr-main {kind}").count() == 0, kind
        assert page.title() == "Sourcier"
