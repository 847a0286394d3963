"""Asking: whatever the text, an answer that is sound or none, the same every time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import FolderError, IndexMissingError, QuestionError
from qa.question import MAX_CHARS, read_question
from qa.session import MAX_K, Session
from qa.types import Reason

QUESTIONS = [
    "Quelle part d'OpenAI revient à Microsoft ?",
    "Combien coûte Stargate ?",
    "Until when does Microsoft get to use OpenAI's technology?",
    "How much did SoftBank promise?",
    "Qui a peint Guernica ?",
    "",
    "Pourquoi Microsoft et OpenAI renégocient-ils ?",
]


def timeless(answer):
    return replace(answer, timings_ms={})


def assert_sound(answer, session):
    """Check what holds of every answer: abstention or verbatim citations."""
    assert (answer.text is None) == (answer.reason is not None) == (answer.citations == ())
    assert 0 <= answer.confidence <= 1
    assert answer.index_version == session.index.version
    for citation in answer.citations:
        text = (session.index.folder / citation.source).read_bytes().decode("utf-8")
        assert text[citation.start : citation.end] == citation.quote
    for rank, hit in enumerate(answer.passages, start=1):
        assert hit.rank == rank


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0\u202f"])
def test_an_empty_question(seeds_session, text):
    answer = seeds_session.ask(text)
    assert (answer.text, answer.reason, answer.confidence) == (None, Reason.EMPTY_QUESTION, 0.0)
    assert answer.passages == ()


@pytest.mark.parametrize(
    "text",
    ["?", "...", "?!?", "—", "%", "😀", "\u200b", "_", "\x00", "Qui ?", "le la les", "Who is it?", "d'", "a b c ?"],
)
def test_a_text_that_names_nothing_is_no_question(seeds_session, text):
    answer = seeds_session.ask(text)
    assert (answer.text, answer.reason) == (None, Reason.NOT_A_QUESTION)


@pytest.mark.parametrize("text", ["OpenAI", "2030", "Quand ? 2030", "IA ?"])
def test_one_telling_word_is_enough_to_look(seeds_session, text):
    answer = seeds_session.ask(text)
    assert answer.reason is not Reason.NOT_A_QUESTION
    assert len(answer.passages) == 5
    assert_sound(answer, seeds_session)


@pytest.mark.parametrize(
    "text",
    [
        "¿Cuánto invirtió Microsoft en OpenAI?",
        "Wie viel hat Microsoft in OpenAI investiert?",
        "Quanto ha investito Microsoft in OpenAI?",
        "微软向OpenAI投资了多少?",
        "Сколько Microsoft инвестировала в OpenAI?",
        "كم استثمرت مايكروسوفت؟",
    ],
)
def test_other_languages_are_refused(seeds_session, text):
    answer = seeds_session.ask(text)
    assert answer.question.language == "und"
    assert answer.reason in (Reason.LOW_CONFIDENCE, Reason.NO_MATCH)
    assert len(answer.passages) == 5


ODD = [
    "ﬁ",
    "½",
    "٣",
    "İstanbul",
    "ẞ",
    "A\u0301",
    "👨\u200d👩",
    "™",
    "\ufffd",
    "\ufeffOpenAI",
    "OR AND NOT",
    'champ:"',
    "~^*(",
    "\r\n",
]


@pytest.mark.parametrize(
    "text", [*ODD, *(piece * (MAX_CHARS // len(piece)) for piece in ("a", "1", "é", "\u0301", "😀", "de "))]
)
def test_odd_texts_are_taken(seeds_session, text):
    assert_sound(seeds_session.ask(text), seeds_session)


PIECES = [
    "Microsoft",
    "OpenAI ",
    "quand ",
    "how much ",
    "2019",
    "%",
    "’",
    "?",
    "\u00a0",
    "\u0301",
    "漢",
    "😀",
    "\x00",
    "é",
    ".",
    "\n",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40))
def test_no_text_raises(seeds_session, text):
    assert_sound(seeds_session.ask(text, k=1), seeds_session)


def test_a_question_too_long_or_broken_is_refused(seeds_session):
    with pytest.raises(QuestionError, match="the question has 100,000 characters, the most is 2,000"):
        seeds_session.ask("a" * 100_000)
    with pytest.raises(QuestionError, match="half a character"):
        seeds_session.ask("caf\udce9")


@pytest.mark.parametrize("k", [0, -1, MAX_K + 1])
def test_k_out_of_range(seeds_session, k):
    with pytest.raises(ValueError, match=rf"k is {k}, want 1 to 100"):
        seeds_session.ask("OpenAI", k=k)


def test_k_is_how_many_passages_are_listed_and_nothing_else(seeds_session):
    many = seeds_session.ask(QUESTIONS[0], k=MAX_K)
    everything = sum(
        len(seeds_session.index.passages.passages_of(d.doc_id)) for d in seeds_session.index.passages.documents()
    )
    assert len(many.passages) == everything
    for k in (1, 3, 20):
        few = seeds_session.ask(QUESTIONS[0], k=k)
        assert few.passages == many.passages[:k]
        assert timeless(replace(few, passages=())) == timeless(replace(many, passages=()))


def test_asking_twice_gives_the_same(seeds_session):
    for text in QUESTIONS:
        assert timeless(seeds_session.ask(text, "q")) == timeless(seeds_session.ask(text, "q"))


def test_the_clock_is_read(seeds_session):
    timings = seeds_session.ask(QUESTIONS[0]).timings_ms
    assert timings["total"] == pytest.approx(timings["retrieve"] + timings["read"])
    assert min(timings.values()) > 0
    assert list(seeds_session.ask("").timings_ms) == ["total"]


def test_many_equal_one_by_one(seeds_session):
    questions = [read_question(text, f"q{number}") for number, text in enumerate(QUESTIONS)]
    many = [timeless(answer) for answer in seeds_session.ask_many(questions, k=2)]
    assert many == [timeless(seeds_session.ask(text, f"q{number}", 2)) for number, text in enumerate(QUESTIONS)]
    assert [answer.question.id for answer in many] == [question.id for question in questions]


def test_a_language_given_is_used(seeds_session):
    assert seeds_session.ask("OpenAI", language="fr").question.language == "fr"
    assert seeds_session.ask("OpenAI", language="en").question.language == "en"


def test_eight_threads_get_what_one_gets(seeds_session):
    alone = [timeless(seeds_session.ask(text)) for text in QUESTIONS]
    start = threading.Barrier(8)

    def ask_all(first):
        start.wait()
        turned = [(first + n) % len(QUESTIONS) for n in range(len(QUESTIONS))]
        return {at: timeless(seeds_session.ask(QUESTIONS[at])) for at in turned}

    with ThreadPoolExecutor(8) as pool:
        for told in pool.map(ask_all, range(8)):
            assert [told[at] for at in range(len(QUESTIONS))] == alone


def test_a_session_over_an_index_answers_as_one_over_its_folder(seeds_session):
    with Session.of_index(seeds_session.index.generation.path.parent) as session:
        assert timeless(session.ask(QUESTIONS[0])) == timeless(seeds_session.ask(QUESTIONS[0]))
        assert session.report is None


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(IndexMissingError, match=rf"no index at {tmp_path}"):
        Session.of_index(tmp_path)
    with pytest.raises(FolderError, match="no folder at"):
        Session.of_folder(tmp_path / "missing")


def test_a_session_keeps_what_it_opened_while_the_folder_changes(make_folder):
    folder = make_folder({"a.txt": "Le phare mesure 30 mètres et domine le port."})
    with Session.of_folder(folder) as before:
        asked = "Combien mesure le phare ?"
        first = timeless(before.ask(asked))
        make_folder({"a.txt": "Le phare mesure 45 mètres et domine le port."})
        with Session.of_folder(folder) as after:
            assert after.report.changed == 1
            assert (first.text, after.ask(asked).text) == ("30 mètres", "45 mètres")
            assert timeless(before.ask(asked)) == first


def test_lines_are_counted_as_editors_do(make_folder):
    files = {
        "unix.txt": "Le port.\n\nLe phare mesure 30 mètres.\n",
        "dos.txt": "Le port.\r\n\r\nLe phare mesure 30 mètres.\r\n",
        "mac.txt": "Le port.\r\rLe phare mesure 30 mètres.\r",
        "bom.txt": "\ufeffLe port.\n\nLe phare mesure 30 mètres.\n",
    }
    with Session.of_folder(make_folder(files)) as session:
        answer = session.ask("Combien mesure le phare ?")
    assert {citation.source: citation.line for citation in answer.citations} == dict.fromkeys(files, 3)
    assert {citation.quote for citation in answer.citations} == {"30 mètres"}
    assert answer.agreement.verdict == "single"  # four copies of one article agree with nobody


def test_the_folder_of_a_session_is_where_its_articles_are(seeds_session):
    assert {path.name for path in Path(seeds_session.index.folder).glob("*.txt")} == {
        document.source for document in seeds_session.index.passages.documents()
    }
