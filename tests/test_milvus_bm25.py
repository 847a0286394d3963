"""BM25 by sparse vectors gives the passages and the scores that tantivy gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.lexical import LexicalIndex
from index.milvus.frequencies import Counts, bucket_of, term_key
from index.milvus.searches import RemoteLexical
from index.milvus.weights import FROZEN_MEAN, dimension, passage_vector
from index.tokens import terms

LANGUAGES = ("fr", "en", "und")
WORDS = (
    *("norme", "normes", "recharge", "recharges", "batterie", "charging", "charge", "charges", "standard", "2025"),
    *("12,5", "on", "le", "the", "été", "ete", "Élan", "zürich", "mode", "4"),
)
SAID = st.lists(st.sampled_from(WORDS), max_size=12)
PASSAGE = st.tuples(st.sampled_from(LANGUAGES), SAID, st.integers(1, 40))  # language, words, how often they are said
CORPUS = st.lists(PASSAGE, min_size=1, max_size=30).map(
    lambda told: [(language, " ".join(words * times)) for language, words, times in told]
)
QUESTION = st.tuples(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), st.sampled_from(LANGUAGES))


@dataclass
class Stored:
    """What Milvus has of a corpus, searched without one: each passage is of a source of its own."""

    corpus: Sequence[tuple[str, str]]
    depths: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        said = [terms(text, language) for language, text in self.corpus]
        self.rows: list[dict[str, Any]] = [
            {"sparse": passage_vector(each, language), "length": len(each), "source": f"{number:04}", "start": 0}
            for number, (each, (language, _)) in enumerate(zip(said, self.corpus, strict=True))
        ]
        self.counts = Counts.of(Counter(term_key(term) for each in said for term in set(each)))
        tokens = sum(map(len, said))
        self.sealed = SimpleNamespace(passages=len(said), tokens=tokens, buckets=4)

    def buckets(self, numbers: Sequence[int]) -> list[tuple[int, str]]:
        return [(number, counts.pack()) for number, counts in self.counts.cut(4) if number in numbers]

    def search(
        self, _field: str, vectors: Sequence[dict[int, float]], k: int, _within: object, _fields: Sequence[str]
    ) -> list[list[tuple[int, float, dict[str, Any]]]]:
        self.depths.append(k)
        (vector,) = vectors
        scored = [
            (sum(weight * row["sparse"].get(at, 0.0) for at, weight in vector.items()), -number, row)
            for number, row in enumerate(self.rows)
        ]
        best = sorted((each for each in scored if each[0] > 0), key=lambda each: each[:2], reverse=True)
        return [[(-number, score, row) for score, number, row in best[:k]]]


def tantivy(folder: Path, corpus: Sequence[tuple[str, str]]) -> LexicalIndex:
    LexicalIndex.build(folder, ((number, *each) for number, each in enumerate(corpus)))
    return LexicalIndex.load(folder)


def agree(found: list[tuple[int, float]], expected: list[tuple[int, float]]) -> None:
    """Check that rankings are the same, but for what tantivy itself tells apart by rounding only."""
    scores = np.asarray([score for _, score in expected])
    np.testing.assert_allclose([score for _, score in found], scores, rtol=1e-5)
    apart = [
        number
        for number, score in enumerate(scores)
        if np.count_nonzero(np.isclose(scores, score, rtol=1e-6)) == 1 and score > scores[-1] * (1 + 1e-6)
    ]
    assert [found[number][0] for number in apart] == [expected[number][0] for number in apart]


@settings(max_examples=60, deadline=None)
@given(corpus=CORPUS, asked=QUESTION, k=st.integers(1, 8))
def test_rankings_and_scores_are_tantivys(corpus: list[tuple[str, str]], asked: tuple[str, str], k: int) -> None:
    with TemporaryDirectory() as folder:
        local, remote = tantivy(Path(folder), corpus), RemoteLexical(Stored(corpus))  # type: ignore[arg-type]
        agree(remote.search(*asked, k), local.search(*asked, k))


@pytest.mark.parametrize("length", [1, 30, 400])
def test_equal_passages_stand_in_order_of_their_documents(tmp_path: Path, length: int) -> None:
    corpus = [("fr", "norme " + "autre " * length)] * 5
    expected = tantivy(tmp_path, corpus).search("norme", "fr", 3)
    assert [number for number, _ in expected] == [0, 1, 2]
    found = RemoteLexical(Stored(corpus)).search("norme", "fr", 3)  # type: ignore[arg-type]
    assert [number for number, _ in found] == [0, 1, 2]


def test_a_question_longer_than_tantivy_is_asked_about_is_cut_alike(tmp_path: Path) -> None:
    words = [f"mot{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(300)]
    corpus = [("und", f"{word} {words[number // 2]}") for number, word in enumerate(words)]
    question = " ".join(words)
    found = RemoteLexical(Stored(corpus)).search(question, "und", 300)  # type: ignore[arg-type]
    expected = tantivy(tmp_path, corpus).search(question, "und", 300)
    assert 128 < len(expected) < 300
    assert dict(found).keys() == dict(expected).keys()
    agree(found, expected)


def test_the_search_goes_deeper_where_the_stored_order_is_not_the_right_one() -> None:
    """Passages are much longer than those that vectors are stored for: more and longer ones come up behind."""
    long = int(FROZEN_MEAN) * 30
    corpus = [("und", "norme " * (1 + number % 7) + "autre " * (number * long // 100)) for number in range(100)]
    stored = Stored(corpus)
    found = RemoteLexical(stored).search("norme", "und", 5)  # type: ignore[arg-type]
    assert stored.depths[0] == 10
    assert len(stored.depths) > 1
    every = RemoteLexical(Stored(corpus)).search("norme", "und", 100)  # type: ignore[arg-type]
    assert found == every[:5]


def test_a_passage_of_stop_words_alone_has_a_vector_that_nothing_finds() -> None:
    vector = passage_vector(terms("le la les", "fr"), "fr")
    assert len(vector) == 1
    assert vector.keys().isdisjoint(dimension(language, word) for language in LANGUAGES for word in WORDS)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(-(2**40), 2**40)), max_size=60), st.integers(0, 6))
def test_counts_survive_packing_cutting_and_adding_up(told: list[tuple[int, int]], bits: int) -> None:
    expected = Counter[int]()
    for key, count in told:
        expected[key] += count
    expected = Counter({key: count for key, count in expected.items() if count})
    counts = Counts.total(Counts.of({key: count}) for key, count in told)
    assert dict(zip(counts.keys.tolist(), counts.counts.tolist(), strict=True)) == expected
    parts = {number: Counts.unpack(part.pack()) for number, part in counts.cut(1 << bits)}
    assert sorted(parts) == [*range(1 << bits)]
    assert {key: parts[bucket_of(key, 1 << bits)][key] for key, _ in told} == {key: expected[key] for key, _ in told}


def test_a_bucket_fits_in_a_field() -> None:
    counts = Counts.of({int(key): 1 for key in np.random.default_rng(5).integers(0, 2**64, 50_000, np.uint64)})
    packed = [part.pack() for _, part in counts.cut(counts.buckets())]
    assert max(map(len, packed)) < 60_000


@pytest.mark.parametrize("packed", ["", "no base64!", "AAAA"])
def test_damaged_counts_are_refused(packed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Counts.unpack(packed)
