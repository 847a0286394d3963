"""What speaks for a sentence: what it takes from retrieval."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from index.build import bring_up_to_date
from index.opened import OpenIndex, open_index
from qa.features import FEATURES, candidates
from qa.question import read_question
from qa.retrieve import question_words, retrieve
from qa.weights import load_weights

TEXTS = {
    "a.txt": "En 2031, le port a reçu plus de navires que jamais.",
    "b.txt": "En 2032, le port a reçu plus de navires que jamais.",
    "c.txt": "En 1978, le port a reçu plus de navires que jamais.",
    "d.txt": "Le phare domine la baie, et Yann Kervella garde la lampe.",
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIndex]:
    folder = tmp_path_factory.mktemp("features")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    bring_up_to_date(folder)
    index = open_index(folder / ".sourcier")
    yield index
    index.close()


def late_of(opened, text, weights):
    question = read_question(text, language="fr")
    words = question_words(question)
    found = candidates(opened, question, words, retrieve(opened, question, words, weights, len(TEXTS)), weights, {})
    return {each.hit.document.source: float(each.values[FEATURES.index("late")]) for each in found}


def test_a_sentence_with_another_year_does_not_speak_of_it(opened):
    late = late_of(opened, "2031", load_weights().retrieval)
    assert late["a.txt"] == 1
    assert late["b.txt"] == late["c.txt"] < 1  # what the words beside the year give


def test_words_tell_as_much_as_the_weights_of_retrieval_say(opened):
    weights = load_weights().retrieval
    question = "Qui est Kervella dans le port ?"
    by_norm = late_of(opened, question, replace(weights, norm_power=4.0, rarity_power=0.0))
    alike = late_of(opened, question, replace(weights, norm_power=0.0, rarity_power=0.0))
    assert by_norm["d.txt"] - by_norm["a.txt"] > alike["d.txt"] - alike["a.txt"]
