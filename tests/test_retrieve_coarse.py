"""Retrieval where dense search tells no more than which passages may be near."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import qa.retrieve
from index.build import bring_up_to_date
from index.dense import DenseIndex, DenseWriter
from index.opened import OpenIndex, open_index
from index.subset import Subset
from qa.question import read_question
from qa.retrieve import find_candidates, question_words, retrieve
from qa.weights import load_weights

THINGS = ["phare", "lighthouse", "boulangerie", "bakery", "train", "bateau", "ship"]
PLACES = ["Calais", "Vienna", "Planier", "Dover", "Lyon", "Arles"]
TEXTS = [f"The {thing} of {place} opened in {1900 + n}." for n, (thing, place) in enumerate(product(THINGS, PLACES))]
FOLDER = {f"{number:02}.txt": text for number, text in enumerate([*TEXTS, "😀 😀", TEXTS[5], TEXTS[5]])}
QUESTIONS = ["When did the bakery of Lyon open?", "Quand le phare de Planier a-t-il ouvert ?", "ship", "😀", "?"]


def opened_index(folder: Path) -> OpenIndex:
    for name, text in FOLDER.items():
        (folder / name).write_text(text, "utf-8")
    bring_up_to_date(folder)
    return open_index(folder / ".sourcier")


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIndex]:
    index = opened_index(tmp_path_factory.mktemp("exact"))
    yield index
    index.close()


@pytest.fixture(scope="module")
def coarse(exact: OpenIndex, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIndex]:
    """Open the same folder as though it were large."""
    folder = tmp_path_factory.mktemp("coarse")
    index = opened_index(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.dense.SWITCH", 0)
        writer = DenseWriter(exact.dense.dim, recoverable=True)
        writer.add(exact.dense.vectors(np.arange(len(exact.dense))))
        writer.save(folder / "coarse")
    index.dense = DenseIndex.load(folder / "coarse")
    assert index.dense.coarse
    yield index
    index.close()


def hits(index: OpenIndex, text: str, k: int = 10, within: Subset | None = None):
    question = read_question(text, language="en")
    return retrieve(index, question, question_words(question), load_weights().retrieval, k, within)


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("within", [None, Subset.of(range(0, 45, 2)), Subset.of([7])], ids=["all", "half", "one"])
def test_where_all_are_scored_by_their_words_hits_are_those_of_exact_search(exact, coarse, text, within):
    for k in (1, 10, 60):
        found, expected = hits(coarse, text, k, within), hits(exact, text, k, within)
        assert [hit.passage for hit in found] == [hit.passage for hit in expected]
        for name in ("rank", "score", "lexical", "dense", "late"):
            values = [[getattr(hit, name) for hit in each] for each in (found, expected)]
            assert values[0] == pytest.approx(values[1], abs=1e-6), name


@pytest.mark.parametrize("text", QUESTIONS)
def test_candidates_are_the_nearest_of_those_found_and_what_bm25_found(exact, coarse, monkeypatch, text):
    monkeypatch.setattr(qa.retrieve, "DEPTH", 3)
    monkeypatch.setattr(qa.retrieve, "COARSE", 12)
    question = read_question(text, language="en")
    words = question_words(question)
    query = coarse.query_vector(question.text, words)
    lexical = {number for number, _ in coarse.lexical.search(question.text, "en", 3)}
    _, near = coarse.dense.search(query, 12)
    cosines = exact.dense.vectors(np.arange(len(FOLDER))) @ query[0]
    nearest = sorted(near[0].tolist(), key=lambda number: (-cosines[number], number))[:3]
    found = find_candidates(coarse, question, words)
    listed = [passage.passage_id for passage in found.passages]
    assert listed == sorted({*lexical, *nearest})
    assert found.dense == pytest.approx(cosines[listed], abs=1e-6)


def test_equal_passages_score_alike_and_stand_in_the_order_of_the_index(coarse):
    found = [hit for hit in hits(coarse, TEXTS[5], 60) if hit.passage.text == TEXTS[5]]
    assert len(found) == 3
    assert len({hit.score for hit in found}) == 1
    assert [hit.passage.passage_id for hit in found] == sorted(hit.passage.passage_id for hit in found)
