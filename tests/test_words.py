"""Words: cut as the tokenizer cuts them, and the same after they were packed."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from index import pieces
from index.encoder import EMBEDDED_FOLDER, embedded
from index.errors import ModelError
from index.pieces import PieceReader
from index.types import WordMatrix
from index.words import Words, pack, pieces_of, unpack, unpack_all

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))
TEXTS = st.lists(
    st.text(max_size=12)
    | st.sampled_from(
        [
            *(
                "L’accord d'OpenAI",
                " — 27 % — ",
                "a-t-il",
                "\r\n\r\n",
                "\n",
                " ",
                "  ",
                "\u00a0",
                "\u202f",
                "\t",
                "\x0b",
            ),
            *(
                "e\u0301te\u0301",
                " \u0301a",
                "'\u0301",
                "≮",
                "İ",
                "ß",
                "中文",
                "👩‍👩‍👧",
                "\u200b",
                "\x00",
                "\ufffd",
                "[UNK]",
                "[PAD]",
            ),
            *("z" * 70, "zqx" * 30, "1,5", "_", "…", "«", "»", "\u2028", "\u0085", "Ça", "ŒUVRE"),
        ]
    ),
    max_size=12,
).map("".join)


@cache
def tokenizer() -> Tokenizer:
    told = Tokenizer.from_file(str(EMBEDDED_FOLDER / "tokenizer.json"))
    told.no_truncation()
    return told


def as_the_tokenizer_cuts(text: str) -> tuple[list[int], list[tuple[int, int]], list[int]]:
    """Return piece ids, word bounds, and the number of pieces of each word."""
    encoding = tokenizer().encode(text, add_special_tokens=False)
    spans: dict[int, list[tuple[int, int]]] = {}
    for word, span in zip(encoding.word_ids, encoding.offsets, strict=True):
        spans.setdefault(word, []).append(span)
    bounds = [(found[0][0], found[-1][1]) for found in spans.values()]
    return encoding.ids, bounds, [len(found) for found in spans.values()]


def told_of(words: Words) -> tuple[list[int], list[tuple[int, int]], list[int]]:
    return words.ids.tolist(), list(zip(words.starts.tolist(), words.ends.tolist(), strict=True)), words.counts.tolist()


def check_matrices(got: WordMatrix, expected: WordMatrix) -> None:
    assert np.array_equal(got.offsets, expected.offsets)
    assert np.array_equal(got.rows, expected.rows)
    assert np.array_equal(got.weights, expected.weights)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=5))
def test_texts_are_cut_as_the_tokenizer_cuts_them(texts: list[str]) -> None:
    expected = [as_the_tokenizer_cuts(text) for text in texts]
    assert [told_of(words) for words in PieceReader(tokenizer()).words_of(texts)] == expected
    assert [told_of(words) for words in embedded().words_of(texts)] == expected


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_articles_are_cut_as_the_tokenizer_cuts_them(path: Path) -> None:
    text = path.read_text("utf-8")
    (words,) = embedded().words_of([text])
    assert told_of(words) == as_the_tokenizer_cuts(text)


def test_a_long_text_is_read_to_its_end() -> None:
    assert len(embedded().words_of(["Le contrat. " * 1000])[0].counts) == 3000


def test_every_character_is_read_as_the_tokenizer_reads_it() -> None:
    characters = [chr(code) for code in range(0x3100) if not chr(code).isalnum()]
    texts = [f"a{character}b {character} .{character}'" for character in characters]
    assert [told_of(words) for words in embedded().words_of(texts)] == [as_the_tokenizer_cuts(text) for text in texts]


def test_what_was_read_before_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [path.read_text("utf-8") for path in SEEDS]
    alone = [told_of(PieceReader(tokenizer()).words_of([text])[0]) for text in texts]
    monkeypatch.setattr(pieces, "_MOST_CHARS", 500)  # parts are forgotten all the time
    reader = PieceReader(tokenizer())
    assert [told_of(reader.words_of([text])[0]) for text in texts * 2] == alone * 2
    assert [told_of(words) for words in reader.words_of(texts)] == alone


def test_threads_share_a_reader() -> None:
    reader = PieceReader(tokenizer())
    chance = random.Random(0)
    lines = [line for path in SEEDS for line in path.read_text("utf-8").splitlines()]
    batches = [chance.sample(lines, 10) for _ in range(60)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(reader.words_of, batches))
    for batch, found in zip(batches, together, strict=True):
        assert [told_of(words) for words in found] == [told_of(words) for words in embedded().words_of(batch)]


def test_a_text_that_cannot_be_read_does_not_spoil_the_next() -> None:
    reader = PieceReader(tokenizer())
    before = told_of(reader.words_of(["Le contrat"])[0])
    with pytest.raises((TypeError, UnicodeError)):
        reader.words_of(["Le contrat", "de \ud800 demain"])
    assert told_of(reader.words_of(["Le contrat"])[0]) == before
    assert len(reader.words_of(["de demain"])[0].counts) == 2


@pytest.mark.parametrize("other", ["the normalizer", "the pre-tokenizer", "an added token"])
def test_another_kind_of_tokenizer_is_refused(other: str) -> None:
    told = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    if other != "the normalizer":
        told.normalizer = normalizers.BertNormalizer()  # type: ignore[assignment]
    if other != "the pre-tokenizer":
        told.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # type: ignore[assignment]
    if other == "an added token":
        told.add_special_tokens(["[SEP]"])
    with pytest.raises(ModelError, match="must have BERT's normalizer and pre-tokenizer, and no added tokens"):
        PieceReader(told)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 70_000), st.integers(1, 4)), max_size=20), st.data())
def test_packed_words_come_back(told: list[tuple[int, int, int]], data: Any) -> None:
    blanks, lengths, counts = (np.asarray([word[at] for word in told], np.int64) for at in range(3))
    ends = np.cumsum(blanks + lengths)
    ids = np.asarray(
        data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=int(counts.sum()), max_size=int(counts.sum())))
    )
    words = Words(ids.astype(np.uint32), ends - lengths, ends, counts)
    assert told_of(unpack(pack(words))) == told_of(words)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_packed_words_have_the_vectors_of_the_text(text: str) -> None:
    check_matrices(embedded().matrix(unpack(pack(embedded().words_of([text])[0]))), embedded().words(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS | st.just("") | st.just("mot" + 300 * " " + "loin"), max_size=4))
def test_many_packed_words_come_back_at_once(texts: list[str]) -> None:
    each = embedded().words_of(texts)
    words, bounds = unpack_all(list(map(pack, each)))
    assert bounds.tolist() == [0, *np.cumsum([len(one.counts) for one in each]).tolist()]
    assert words.ids.tolist() == [piece for one in each for piece in one.ids]
    for name in ("starts", "ends", "counts"):
        assert getattr(words, name).tolist() == [value for one in each for value in getattr(one, name)]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS | st.just("") | st.just("mot" + 300 * " " + "loin"), max_size=4), st.booleans())
def test_pieces_come_back_without_their_words(texts: list[str], wide: bool) -> None:
    each = embedded().words_of(texts)
    if wide and len(each) > 1 and len(each[0].ids):
        each[0].ids[0] += 1 << 16
    lengths = np.random.default_rng(len(texts)).random(len(texts), np.float32)
    pieces = pieces_of(list(map(pack, each, lengths.tolist())))
    assert pieces.ids.tolist() == [piece for one in each for piece in one.ids]
    assert pieces.texts.tolist() == [number for number, one in enumerate(each) for _ in one.ids]
    assert pieces.lengths.tolist() == lengths.tolist()


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS | st.just(""), max_size=5), TEXTS)
def test_texts_are_scored_as_by_their_vectors(texts: list[str], asked: str) -> None:
    each = embedded().words_of(texts)
    rows, lengths = embedded().rows_and_lengths([words.ids for words in each])
    assert np.array_equal(rows, embedded().encode_passages(texts))
    query = embedded().encode_queries([asked])[0]
    found = embedded().scores(list(map(pack, each, lengths.tolist())), query)
    assert found.dtype == np.float32
    assert found == pytest.approx(rows.astype(np.float64) @ query, abs=1e-6)


def test_many_long_texts_are_scored_as_by_their_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.encoder._ROWS", 100)
    whole = "\n".join(path.read_text("utf-8") for path in SEEDS)
    each = embedded().words_of([whole, *(whole[at : at + 700] for at in range(0, len(whole), 700))])
    rows, lengths = embedded().rows_and_lengths([words.ids for words in each])
    assert len(np.unique(each[0].ids)) > 900  # more than are looked at at a time
    query = embedded().encode_queries(["Quelle part d'OpenAI revient à Microsoft ?"])[0]
    found = embedded().scores(list(map(pack, each, lengths.tolist())), query)
    assert found == pytest.approx(rows.astype(np.float64) @ query, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_cosines_are_those_of_the_vectors(texts: list[str], asked: str) -> None:
    words, _ = unpack_all(list(map(pack, embedded().words_of(texts))))
    queries = embedded().words(asked).rows
    found = embedded().cosines(words, queries)
    assert found.shape == (len(words.counts), len(queries))
    assert found == pytest.approx(embedded().matrix(words).rows @ queries.T, abs=1e-5)


def test_packed_words_are_small_and_never_nothing() -> None:
    text = SEEDS[0].read_text("utf-8")[:700]
    (words,) = embedded().words_of([text])
    assert len(pack(words)) <= 12 + 12 * 3 + len(words.counts) + 2 * len(words.ids)
    assert pack(embedded().words_of([""])[0]) != b""


@pytest.mark.parametrize("cut", [0, 5, 8, 12, 24, -1])
def test_packed_words_that_are_not_whole_are_refused(cut: int) -> None:
    packed = pack(embedded().words_of(["Le contrat Azure date de 2019."])[0])
    told = r"buffer|pieces|bytes of words"
    with pytest.raises(ValueError, match=told):
        unpack(packed[:cut])
    with pytest.raises(ValueError, match=told):
        unpack_all([packed, packed[:cut]])


@pytest.mark.parametrize("cut", [0, 11, 14, -1])
def test_packed_pieces_that_are_not_whole_are_refused(cut: int) -> None:
    packed = pack(embedded().words_of(["Le contrat Azure date de 2019."])[0])
    with pytest.raises(ValueError, match="bytes"):
        pieces_of([packed, packed[:cut]])
    with pytest.raises(ValueError, match="bytes"):
        pieces_of([packed[:cut], packed[:cut]])


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_the_vector_of_words_is_that_of_their_text(text: str) -> None:
    vector = embedded().words(text).vector()
    assert vector.dtype == np.float32
    assert vector == pytest.approx(embedded().encode_queries([text])[0], abs=1e-5)


def test_no_words_have_a_zero_vector() -> None:
    assert np.array_equal(embedded().words(" \n").vector(), np.zeros(embedded().dim))
