"""Offsets survive whatever Unicode and line ends articles hold, from the answer to a check after edits."""

import json
import re
import unicodedata

import pytest
from answer_lines import cite
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.cited_files import Files
from qa.schema import answer_json
from qa.session import Session
from qa.verify import verify_answers

BOM = "\ufeff"
# Each is a way to write an article; the family emoji is one letter of seven code points.
WRITTEN = {
    "combining marks": lambda text: text.replace("Kermorvan", "Ke\u0301\u0323rmorvan"),
    "emoji": lambda text: text.replace("Le phare", "👨\u200d👩\u200d👧\u200d👦 🇫🇷 ✌🏽 Le phare"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "BOM": lambda text: "\ufeff" + text,
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "no-break spaces": lambda text: text.replace("42 m", "42\u00a0m").replace(" :", "\u202f:"),
    "beyond the first plane": lambda text: text.replace("Il fut", "𝔄 𠀀 Il fut"),
    "soft hyphens": lambda text: text.replace("granit", "gra\u00adnit"),
}
ARTICLE = (
    "Le phare de Kermorvan 😀\n\n"
    "À l’écart du village : la côte. Le phare de Kermorvan mesure 42 mètres de hauteur. "
    "Il fut bâti en granit, et rénové après la tempête.\n\n"
    "La lumière porte à 22 milles.\n"
)
QUESTION = "Combien mesure le phare de Kermorvan ?"
ABOVE = ("Mise à jour 🗞️.\n\n", "e\u0301 : un mot.\r\n", "\u00a0\u202f Avant.\n", "𠀀.\n", "\n\n\n")


@pytest.mark.parametrize("name", WRITTEN)
def test_an_answer_verifies_and_is_found_again_after_an_edit_above_it(name, make_folder, tmp_path):
    article = WRITTEN[name](ARTICLE)
    folder = make_folder({"a.txt": article})
    with Session.of_folder(folder, tmp_path / "index") as session:
        answer = session.ask(QUESTION)
    assert answer.citations, name
    line = json.dumps(answer_json(answer))
    (checked,) = verify_answers([line], folder)
    assert {citation.found.status for citation in checked.citations} == {"unchanged"}
    mark, body = ("\ufeff", article[1:]) if article.startswith("\ufeff") else ("", article)
    for above in ABOVE:
        make_folder({"a.txt": mark + above + body})
        (checked,) = verify_answers([line], folder)
        for citation in checked.citations:
            assert citation.found.status == "moved"
            now, text = citation.found.now, above + body
            assert text[now.start : now.end] == citation.quote
            assert now.start == citation.cited.start + len(above)
    make_folder({"a.txt": article.replace("42", "43")})
    (checked,) = verify_answers([line], folder)
    assert {citation.found.status for citation in checked.citations} == {"changed"}


PIECES = st.sampled_from(
    [
        "mot",
        "27 %",
        "é",
        "e\u0301",
        "👩\u200d🚀",
        "🇫🇷",
        "\u00a0",
        "\u202f",
        " ",
        ".",
        "\n",
        "\r\n",
        "\r",
        "\u2028",
        "𠀀",
        "ﬁ",
        "\u00ad",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
SENTENCES = st.lists(PIECES, min_size=1, max_size=8).map("".join).filter(str.strip)


@st.composite
def cited(draw):
    """Draw a text, and a citation of a quote in a sentence of it that stands apart."""
    before, sentence = draw(TEXTS) + "\n", draw(SENTENCES)
    start = draw(st.integers(0, len(sentence) - 1))
    end = draw(st.integers(start + 1, len(sentence)))
    text, at = before + sentence + "\n" + draw(TEXTS), len(before)
    line = 1 + len(re.findall("\r\n|\r|\n", text[: at + start]))
    bounds = {"start": at, "end": at + len(sentence), "text": sentence}
    told = {"start": at + start, "end": at + end, "quote": sentence[start:end], "line": line, "sentence": bounds}
    return text, {**cite(text, sentence, sentence), **told}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("unicode")


ENCODED = {"utf-8": "", "utf-8-sig": "", "utf-16": "", "utf-16-le": "\ufeff"}
"""Ways to save a file, and what must be written before its text to be read back."""


@settings(max_examples=40, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from([*WRITTEN]), st.sampled_from([*ENCODED]))
def test_offsets_of_every_citation_count_in_the_file_as_it_is_decoded(folder, above, below, name, encoding):
    text = f"{above}\n\n{WRITTEN[name](ARTICLE).removeprefix(BOM)}\n\n{below}"
    (folder / "a.txt").write_bytes((ENCODED[encoding] + text).encode(encoding))
    with Session.of_folder(folder, folder / ".index") as session:
        answer = session.ask(QUESTION)
    assert answer.citations
    for told in answer.citations:
        start, end, sentence = told.sentence
        assert (text[told.start : told.end], text[start:end]) == (told.quote, sentence)
        assert told.line == 1 + len(re.findall("\r\n|\r|\n", text[: told.start]))
    (checked,) = verify_answers([json.dumps(answer_json(answer))], folder)
    assert {(each.found.status, each.found.file_changed) for each in checked.citations} == {("unchanged", False)}


@settings(max_examples=300, deadline=None)
@given(cited(), TEXTS, TEXTS, st.sampled_from(["", "\ufeff"]))
def test_whatever_is_put_around_a_sentence_it_is_found(folder, told, above, below, mark):
    text, citation = told
    sentence, quote = citation["sentence"]["text"], citation["quote"]
    (folder / "a.txt").write_bytes((mark + text).encode())
    found = Files(folder).check(citation)
    assert found.status == "unchanged"
    now = above + "\n" + text + "\n" + below
    (folder / "a.txt").write_bytes((mark + now).encode())
    found = Files(folder).check(citation)
    assert found.status in ("unchanged", "moved")
    assert found.file_changed
    assert now[found.now.start : found.now.end] == quote
    assert now[slice(*found.now.sentence)] == sentence
    assert (found.status == "unchanged") == ((found.now.start, found.now.line) == (citation["start"], citation["line"]))
    old, moved = citation["sentence"]["start"], found.now.sentence[0]
    assert abs(moved - old) <= len(above) + 1  # no farther than it was pushed


@settings(max_examples=200, deadline=None)
@given(cited())
def test_a_file_without_the_sentence_never_confirms_it(folder, told):
    text, citation = told
    sentence = citation["sentence"]["text"]
    now = text.replace(sentence, "", 1)
    while sentence in now:
        now = now.replace(sentence, "")
    (folder / "a.txt").write_bytes(now.encode())
    assert Files(folder).check(citation).status in ("changed", "unreadable")


def test_another_form_of_the_same_letters_is_not_the_same_quote(folder):
    text = "Résumé.\nLa société détient 27 % à présent.\n"
    citation = cite(text, "La société détient 27 % à présent.", "27 %")
    (folder / "a.txt").write_bytes(unicodedata.normalize("NFD", text).encode())
    found = Files(folder).check(citation)
    assert found.status == "changed"
    assert "the same words stand in it" in found.detail
