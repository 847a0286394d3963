"""What the store keeps in few bytes, or not at all, comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import said_terms
from index.said_terms import SaidTerms
from index.sentence_bytes import pack_sentences, unpack_sentences
from index.tokens import ANALYSED, terms
from index.types import Sentence

_PARTS = st.sampled_from(
    [
        *(
            "L’accord",
            "d'OpenAI",
            " ",
            "\n\n",
            "\u00a0",
            "\u2003",
            "\u2028",
            "\x1c",
            "\u0085",
            "1,5",
            "1, 5",
            "3.",
            ".4",
        ),
        *(
            "e\u0301te\u0301",
            " \u0301a",
            "\u0301",
            "ﬁn",
            "İ",
            "ß",
            "中文",
            "le",
            "The",
            "running",
            "mangeaient",
            "…",
            "\u200b",
        ),
    ]
)
_TEXTS = st.lists(_PARTS | st.text(max_size=8), max_size=15).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(_TEXTS, max_size=4), st.sampled_from(ANALYSED))
def test_the_terms_of_parts_are_those_of_the_whole(texts: list[str], language: str) -> None:
    said = SaidTerms()
    assert [said.of(text, language) for text in texts * 2] == [" ".join(terms(text, language)) for text in texts * 2]


def test_few_parts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said_terms, "_MOST", 3)
    said = SaidTerms()
    text = "Microsoft a investi treize milliards de dollars dans OpenAI"
    assert [said.of(text, "fr"), said.of(text, "fr")] == 2 * [" ".join(terms(text, "fr"))]


_SENTENCE = st.tuples(st.integers(-300, 70_000), st.integers(0, 70_000), st.booleans())


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**8), st.lists(_SENTENCE, max_size=8))
def test_packed_sentences_come_back(start: int, told: list[tuple[int, int, bool]]) -> None:
    sentences, position = [], start
    for distance, length, heading in told:
        sentences.append(Sentence(position + distance, position + distance + length, heading))
        position = sentences[-1].end
    assert unpack_sentences(pack_sentences(sentences, start), start) == tuple(sentences)


def test_packed_sentences_are_small() -> None:
    sentences = [Sentence(1000 + 80 * at, 1079 + 80 * at) for at in range(6)]
    assert len(pack_sentences(sentences, 1000)) == 12
