"""From a file to a citation: its page, its title and date, and the check of it later."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pdf_files import column, pdf

from index.build import bring_up_to_date
from index.documents import document_of
from index.formats import workers
from index.opened import open_index
from qa.batch import run_batch
from qa.cli import main
from qa.export import conversation_markdown
from qa.formats import QuestionLine
from qa.langchain_retriever import SourcierRetriever
from qa.schema import answer_json
from qa.session import Session
from qa.show import show
from qa.ui.words import words_of
from qa.verify import verify_answers
from qa.web.agent_text import as_text

FILES = Path(__file__).parent / "data" / "formats"
PAGES = [
    column(50, 700, ["Rapport annuel de la société Phare", "", "Le phare de Cordouan se dresse dans l'estuaire."]),
    column(50, 700, ["Le gardien du phare monte chaque soir les 301 marches de la tour."]),
    column(50, 700, ["La société Phare a investi 42 millions d'euros dans la lanterne en 2021."]),
]
QUESTION = "Combien la société Phare a-t-elle investi dans la lanterne ?"


def test_a_citation_of_a_pdf_names_its_page(make_folder, tmp_path: Path) -> None:
    folder = make_folder({"rapport.pdf": pdf(PAGES), "note.txt": "La mer est haute ce soir."})
    with Session.of_folder(folder, tmp_path / "index") as session:
        answer = session.ask(QUESTION)
        pages = [session.index.passages.page(hit.passage.doc_id, hit.passage.start) for hit in answer.passages]
    told = answer_json(answer)
    cited = told["citations"][0]
    assert (cited["quote"], cited["page"], cited["extraction"]) == ("42 millions d'euros", 3, "pdf/1")
    assert "rapport.pdf, page 3" in show(answer, False)
    sources = {hit.document.source: page for hit, page in zip(answer.passages, pages, strict=True)}
    assert sources.get("note.txt") is None
    (checked,) = verify_answers([json.dumps(told)], folder)
    assert [each.found.status for each in checked.citations] == ["unchanged"]


def test_wherever_a_place_in_a_pdf_is_told_its_page_is(make_folder, tmp_path: Path) -> None:
    folder = make_folder({"rapport.pdf": pdf(PAGES)})
    with Session.of_folder(folder, tmp_path / "index") as session:
        answer = session.ask(QUESTION)
        run_batch(session, [QuestionLine(1, "q", QUESTION)], tmp_path / "out.csv")
    assert "rapport.pdf, page 3, line " in as_text(answer_json(answer))
    assert ", page 3, " in conversation_markdown([answer], "en")
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines())
    assert row["page"] == "3"
    with SourcierRetriever(folder=str(folder), index=str(tmp_path / "index")) as retriever:
        pages = {told.page_content.split()[0]: told.metadata["page"] for told in retriever.invoke(QUESTION)}
    assert pages["Rapport"] == 1


def test_a_quote_of_a_pdf_that_moved_has_its_new_page(make_folder, tmp_path: Path, capsys) -> None:
    folder = make_folder({"rapport.pdf": pdf(PAGES)})
    with Session.of_folder(folder, tmp_path / "index") as session:
        line = json.dumps(answer_json(session.ask(QUESTION)))
    told = json.loads(line)
    place = told["citations"][0]["line"]
    told["citations"][0]["page"] = 2
    (checked,) = verify_answers([json.dumps(told)], folder)
    assert checked.citations[0].found.detail == "the file is the one cited, and has the quote on page 3, not 2"
    del told["citations"][0]["page"]  # an answer of before pages were told
    (checked,) = verify_answers([json.dumps(told)], folder)
    assert checked.citations[0].found.status == "unchanged"

    make_folder({"rapport.pdf": pdf([PAGES[0], [], *PAGES[1:]])})  # the same text, made again with a leaf between
    (tmp_path / "answers.jsonl").write_text(line + "\n", "utf-8")
    assert main(["verify", str(tmp_path / "answers.jsonl"), str(folder)]) == 0
    assert f"moved       page 3, line {place}, now page 4, line {place}: " in capsys.readouterr().out
    (checked,) = verify_answers([line], folder)
    found = checked.citations[0]
    assert (found.cited.page, found.found.now.page) == (3, 4)
    assert (found.cited.start, found.cited.end) == (found.found.now.start, found.found.now.end)


def test_a_citation_of_a_text_names_no_page(make_folder, tmp_path: Path) -> None:
    folder = make_folder({"note.txt": PAGES[2][0][2]})
    with Session.of_folder(folder, tmp_path / "index") as session:
        cited = answer_json(session.ask(QUESTION))["citations"][0]
    assert (cited["page"], cited["line"]) == (None, 1)


def test_a_place_is_told_by_its_page_if_there_are_pages() -> None:
    assert [words_of(language).place(7, 12) for language in ("fr", "en")] == ["page 12", "page 12"]
    assert [words_of(language).place(7, None) for language in ("fr", "en")] == ["ligne 7", "line 7"]


def test_bad_files_are_skipped_with_their_reason_and_the_others_are_indexed(make_folder, tmp_path: Path) -> None:
    folder = make_folder(
        {
            "a.txt": "Un texte.",
            "scan.pdf": pdf([[]], picture=True),
            "faux.docx": b"PK",
            "page.html": b"",
            "z.pdf": pdf(PAGES),
        }
    )
    report = bring_up_to_date(folder, tmp_path / "index")
    assert report.documents == 2
    reasons = {each.source: each.reason for each in report.skipped}
    assert reasons["scan.pdf"].startswith("has no text: it is scanned")
    assert reasons["faux.docx"].startswith("is no DOCX file")
    assert reasons["page.html"].startswith("is empty")


def test_text_title_date_and_author_are_in_the_index(make_folder, tmp_path: Path) -> None:
    folder = make_folder({path.name: path.read_bytes() for path in FILES.iterdir() if path.suffix != ".md"})
    bring_up_to_date(folder, tmp_path / "index")
    index = open_index(tmp_path / "index")
    found = {info.source: info for info in index.passages.documents()}
    workers.close()  # another process reads the same in the same bytes
    for source, info in found.items():
        document = document_of((folder / source).read_bytes(), source)
        assert index.passages.text(info.doc_id) == document.text
        assert (info.title, info.date, info.author) == (document.title, document.date, document.author)
    index.close()


@pytest.mark.parametrize("path", sorted(FILES.glob("*.*")), ids=lambda path: path.name)
def test_files_that_other_programs_made_say_what_was_written(path: Path) -> None:
    if path.suffix == ".md":
        return
    document = document_of(path.read_bytes(), path.name)
    flat = " ".join(document.text.split())
    for said in (
        "Microsoft a investi 13 milliards de dollars dans OpenAI depuis 2019, ce qui est considérablement plus",
        "L’investissement supplémentaire représentait approximativement 27 % du capital, c’est-à-dire une",
        "Le dernier paragraphe dit que l’accord court jusqu’en 2032.",
    ):
        assert flat.count(said) == 1, (path.name, said)
    assert document.title == "Le pacte de 2019"
    assert document.language == "fr"
