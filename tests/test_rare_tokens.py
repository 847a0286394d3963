"""A name, a number or a year of the question that stands in a passage counts, whatever the two languages."""

from collections.abc import Iterator

import pytest

from index.build import bring_up_to_date
from index.opened import OpenIndex, open_index
from qa.question import read_question
from qa.retrieve import find_candidates, question_words, retrieve
from qa.types import AnswerKind
from qa.weights import load_weights

# Passages and questions in both languages, alike but for what takes the place of `{}`.
PASSAGES = {
    "name": {
        "fr": "Le rapport de {} décrit la récolte de blé dans la vallée.",
        "en": "The report by {} describes the wheat harvest in the valley.",
    },
    "model": {
        "fr": "Les chercheurs ont comparé le {} aux machines plus anciennes du laboratoire.",
        "en": "The researchers compared the {} with older machines in the laboratory.",
    },
    "year": {
        "fr": "En {}, le port a reçu plus de navires que jamais.",
        "en": "In {}, the harbour received more ships than ever before.",
    },
    "number": {
        "fr": "Le chantier du pont a employé {} ouvriers, logés au village.",
        "en": "The bridge works employed {} workers, who lived in the village.",
    },
    "measure": {
        "fr": "Chaque wagon du train transporte {} tonnes de charbon.",
        "en": "Each wagon of the train carries {} tonnes of coal.",
    },
}
QUESTIONS = {
    "name": {"fr": "Que décrit le rapport de {} ?", "en": "What does the report by {} describe?"},
    "model": {"fr": "À quoi les chercheurs ont-ils comparé le {} ?", "en": "What was the {} compared with?"},
    "year": {"fr": "Combien de navires le port a-t-il reçus en {} ?", "en": "How many ships came to port in {}?"},
    "number": {"fr": "Où logeaient les {} ouvriers ?", "en": "Where did the {} workers live?"},
    "measure": {"fr": "Qu'est-ce qui transporte {} tonnes ?", "en": "What carries {} tonnes?"},
}
# What the question asks for, and what stands in the other passage, each as French and as English write it.
TOKENS = [
    ("name", ("Kervella", "Kervella"), ("Le Goff", "Le Goff")),
    ("name", ("Szczepański", "Szczepański"), ("Dąbrowski", "Dąbrowski")),
    ("name", ("Nakamura", "Nakamura"), ("Yamamoto", "Yamamoto")),
    ("name", ("l'UNESCO", "UNESCO"), ("l'OTAN", "NATO")),
    ("model", ("GPT-5", "GPT-5"), ("GPT-4", "GPT-4")),
    ("model", ("H100", "H100"), ("A100", "A100")),
    ("year", ("2031", "2031"), ("2032", "2032")),
    ("year", ("1987", "1987"), ("1978", "1978")),
    ("number", ("343", "343"), ("344", "344")),
    ("number", ("1 250", "1,250"), ("1 350", "1,350")),
    ("number", ("1\u202f700", "1,700"), ("1\u202f800", "1,800")),
    ("measure", ("3,5", "3.5"), ("3,6", "3.6")),
    ("measure", ("72", "72"), ("27", "27")),
]
LANGUAGES = {"fr": 0, "en": 1}


def passage(kind, token, language):
    return PASSAGES[kind][language].format(token[LANGUAGES[language]])


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIndex]:
    folder = tmp_path_factory.mktemp("rare")
    for number, (kind, asked, other) in enumerate(TOKENS):
        for language in LANGUAGES:
            # of equals the first of the index wins: the wrong one comes first
            (folder / f"{number:02d}-{language}-0.txt").write_text(passage(kind, other, language), "utf-8")
            (folder / f"{number:02d}-{language}-1.txt").write_text(passage(kind, asked, language), "utf-8")
    bring_up_to_date(folder)
    index = open_index(folder / ".sourcier")
    yield index
    index.close()


def test_the_passages_are_in_the_language_they_are_written_in(opened):
    for document in opened.passages.documents():
        assert document.language == document.source.split("-")[1]


@pytest.mark.parametrize("to_language", LANGUAGES)
@pytest.mark.parametrize("from_language", LANGUAGES)
@pytest.mark.parametrize("number", range(len(TOKENS)), ids=[f"{kind} {asked[1]}" for kind, asked, _ in TOKENS])
def test_the_passage_that_holds_it_comes_first(opened, number, from_language, to_language):
    kind, asked, other = TOKENS[number]
    text = QUESTIONS[kind][from_language].format(asked[LANGUAGES[from_language]])
    question = read_question(text, language=from_language)
    assert question.kind in AnswerKind
    found = retrieve(opened, question, question_words(question), load_weights().retrieval, 2 * len(opened.lexical))
    ranks = {hit.passage.text: hit.rank for hit in found}
    assert ranks[passage(kind, asked, to_language)] < ranks[passage(kind, other, to_language)]
    own = [hit.passage.text for hit in found if hit.document.language == to_language]
    assert own[0] == passage(kind, asked, to_language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_number_is_no_match_at_all(opened, language):
    text = QUESTIONS["year"][language].format("2031")
    question = read_question(text, language=language)
    words = question_words(question)
    place = [text[start:end] for start, end in words.offsets].index("2031")
    found = find_candidates(opened, question, words)
    matches = dict(zip([each.text for each in found.passages], found.matches[:, place].tolist(), strict=True))
    for to_language in LANGUAGES:
        assert matches[PASSAGES["year"][to_language].format("2031")] == 1
        near, far = (PASSAGES["year"][to_language].format(year) for year in ("2032", "1978"))
        assert matches[near] == matches[far] < 1  # what the words beside the year give
