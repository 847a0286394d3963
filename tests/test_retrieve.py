"""Retrieval over a small folder in two languages."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from index.build import bring_up_to_date
from index.encoder import embedded
from index.opened import OpenIndex, open_index
from index.pieces import PieceReader
from qa.question import read_question
from qa.retrieve import find_candidates, question_words, rank, retrieve
from qa.scoring import MixWeights
from qa.weights import load_weights

FOLDER = {
    "pain.txt": "La boulangerie ouvre à sept heures.\n\nLe pain de seigle coûte trois euros. Le four date de 1920.",
    "bread.txt": "The bakery opens at eight o'clock.\n\nThe rye bread costs four pounds. The oven dates from 1931.",
    "phare.txt": "Le phare domine le port.\n\nSon gardien, Yann Kervella, allume la lampe chaque soir depuis 1987.",
    "train.txt": "The night train leaves Vienna at ten.\n\nThe dining car serves soup until midnight.",
    "copie.txt": "Le phare domine le port.\n\nSon gardien, Yann Kervella, allume la lampe chaque soir depuis 1987.",
}
QUESTIONS = ["Combien coûte le pain de seigle ?", "When does the night train leave?", "Qui allume la lampe ?", "lamp"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIndex]:
    folder = tmp_path_factory.mktemp("retrieve")
    for name, text in FOLDER.items():
        (folder / name).write_text(text, "utf-8")
    bring_up_to_date(folder)
    index = open_index(folder / ".sourcier")
    yield index
    index.close()


def hits(opened, text, k=10, language=None, weights=None):
    question = read_question(text, language=language)
    return retrieve(opened, question, question_words(question), weights or load_weights().retrieval, k)


def sources(found):
    return [hit.document.source for hit in found]


@pytest.mark.parametrize("text", QUESTIONS)
def test_ranks_and_scores_descend(opened, text):
    found = hits(opened, text)
    assert [hit.rank for hit in found] == list(range(1, len(FOLDER) + 1))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert len({hit.passage.passage_id for hit in found}) == len(found)
    for hit in found:
        assert hit.document.doc_id == hit.passage.doc_id
        assert FOLDER[hit.document.source][hit.passage.start : hit.passage.end] == hit.passage.text
        assert hit.lexical >= 0
        assert -1.001 <= hit.dense <= 1.001
        assert 0 <= hit.late <= 1.001


@pytest.mark.parametrize("text", QUESTIONS)
def test_k_cuts_and_changes_nothing_else(opened, text):
    everything = hits(opened, text)
    for k in (1, 2, 4):
        assert hits(opened, text, k) == everything[:k]
    assert hits(opened, text, 100) == everything


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_is_refused(opened, k):
    with pytest.raises(ValueError, match=rf"k is {k}, want at least 1"):
        hits(opened, "pain", k)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Combien coûte le pain de seigle ?", "pain.txt", "bread.txt"),
        ("How much is the rye bread?", "bread.txt", "pain.txt"),
    ],
)
def test_the_own_language_comes_first_and_the_other_is_found(opened, text, first, second):
    assert sources(hits(opened, text, 2)) == [first, second]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Who lights the lamp of the lighthouse?", "copie.txt"),
        ("Where does the keeper of the lighthouse live?", "copie.txt"),
        ("À quelle heure part le train de nuit ?", "train.txt"),
        ("Le wagon-restaurant sert-il de la soupe ?", "train.txt"),
    ],
)
def test_a_question_finds_a_passage_of_the_other_language(opened, text, source):
    assert sources(hits(opened, text, 1)) == [source]


def test_equal_passages_stand_in_the_order_of_the_index(opened):
    found = hits(opened, "Qui allume la lampe du phare ?", 2)
    assert found[0].score == found[1].score
    assert sources(found) == ["copie.txt", "phare.txt"]
    assert found[0].passage.passage_id < found[1].passage.passage_id


class Renumbered:
    """The same index with other ids, in another order, as a store has whose ids are digests."""

    def __init__(self, index: OpenIndex) -> None:
        self._index, self._count = index, len(index.dense)
        self.dense = SimpleNamespace(coarse=False, search=self._nearest, scores=self._scores)
        self.lexical = SimpleNamespace(search=self._lexical)
        self.passages = SimpleNamespace(passages=self._passages)
        self.query_vector = index.query_vector

    def other(self, number):
        return 7 * (self._count - number)

    def own(self, numbers):
        return self._count - np.asarray(numbers) // 7

    def _nearest(self, queries, k, within):
        scores, ids = self._index.dense.search(queries, k, within)
        return scores, self.other(ids)

    def _scores(self, query, ids):
        own = self.own(ids)  # asked in order: the last bit of a product depends on where its row stands
        return self._index.dense.scores(query, np.sort(own))[np.argsort(np.argsort(own))]

    def _lexical(self, text, language, k, within):
        return [(self.other(number), score) for number, score in self._index.lexical.search(text, language, k, within)]

    def _passages(self, ids):
        passages, documents = self._index.passages.passages(self.own(ids).tolist())
        return [replace(each, passage_id=number) for each, number in zip(passages, ids, strict=True)], documents


@pytest.mark.parametrize("text", [*QUESTIONS, "Qui allume la lampe du phare ?", "?"])
def test_ids_of_any_other_order_change_nothing(opened, text):
    other = Renumbered(opened)
    expected = hits(opened, text, language="fr")
    renumbered = [
        replace(hit, passage=replace(hit.passage, passage_id=other.other(hit.passage.passage_id))) for hit in expected
    ]
    assert hits(other, text, language="fr") == renumbered


def test_the_same_question_gives_the_same_hits(opened):
    assert [hits(opened, text) for text in QUESTIONS] == [hits(opened, text) for text in QUESTIONS]


@pytest.mark.parametrize(
    ("mix", "key"),
    [
        (MixWeights(1.0, 0.0, 0.0), lambda hit: hit.lexical),
        (MixWeights(0.0, 1.0, 0.0), lambda hit: hit.dense),
        (MixWeights(0.0, 0.0, 1.0), lambda hit: hit.late),
    ],
    ids=["lexical", "dense", "late"],
)
def test_weights_choose_who_ranks(opened, mix, key):
    found = hits(opened, QUESTIONS[0], weights=replace(load_weights().retrieval, same=mix, cross=mix))
    assert [key(hit) for hit in found] == sorted(map(key, found), reverse=True)
    assert key(found[0]) > key(found[-1])


def test_each_passage_is_weighed_by_its_language(opened):
    lexical_only, dense_only = MixWeights(1.0, 0.0, 0.0), MixWeights(0.0, 1.0, 0.0)
    found = hits(opened, QUESTIONS[0], weights=replace(load_weights().retrieval, same=lexical_only, cross=dense_only))
    best = max(hit.lexical for hit in found)
    nearest, farthest = max(hit.dense for hit in found), min(hit.dense for hit in found)
    for hit in found:
        dense = (hit.dense - farthest) / (nearest - farthest)
        expected = hit.lexical / best if hit.document.language == "fr" else dense
        assert hit.score == pytest.approx(expected, abs=1e-5)


def test_words_that_stand_nowhere_find_by_meaning_alone(opened):
    found = hits(opened, "Qui surveille le sémaphore ?", 1)
    assert (found[0].lexical, found[0].document.source) == (0.0, "copie.txt")


@pytest.mark.parametrize("text", ["?", "😀", "中文", "\x00"])
def test_text_without_a_known_word_still_lists_passages(opened, text):
    assert len(hits(opened, text, 3, language="fr")) == 3


def test_hits_do_not_depend_on_the_question_s_id(opened):
    question = read_question(QUESTIONS[0], "a")
    words, weights = question_words(question), load_weights().retrieval
    assert retrieve(opened, question, words, weights, 3) == retrieve(
        opened, replace(question, id="b"), words, weights, 3
    )


def test_what_is_found_once_is_ranked_by_any_weights_as_if_found_for_them(opened):
    question = read_question(QUESTIONS[0])
    words, fitted = question_words(question), load_weights().retrieval
    found = find_candidates(opened, question, words)
    for mix in (MixWeights(1.0, 0.0, 0.0), MixWeights(0.2, 0.3, 0.5), MixWeights(0.0, 1.0, 0.0)):
        weights = replace(fitted, same=mix, cross=mix)
        assert rank(found, words, weights, 3) == retrieve(opened, question, words, weights, 3)
    assert len(rank(found, words, fitted, 100)) == len(found.passages) == len(FOLDER)


def test_the_question_and_no_passage_is_tokenised(opened, monkeypatch):
    read = []
    words_of = PieceReader.words_of
    monkeypatch.setattr(PieceReader, "words_of", lambda self, texts: read.extend(texts) or words_of(self, texts))
    assert hits(opened, QUESTIONS[0])
    assert read == [QUESTIONS[0]]


def test_the_question_is_embedded_by_its_words(opened):
    question = read_question(QUESTIONS[0])
    vector = opened.query_vector(question.text, question_words(question))
    assert vector == pytest.approx(embedded().encode_queries([question.text]), abs=1e-5)
