"""Scores of pieces to scores of whole words: no word is cut, and none is lost."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.whole_words import whole_words


def words(text, *offsets):
    """Return words with their scores; piece number n starts an answer by n, and ends it by n + 0.5."""
    numbers = np.arange(len(offsets), dtype=np.float32)
    told = whole_words(text, offsets, np.column_stack([numbers, numbers + 0.5]), -1.0)
    assert told.none == -1.0
    return [
        (text[start:end], first, last)
        for (start, end), first, last in zip(told.offsets, told.starts, told.ends, strict=True)
    ]


def test_a_word_starts_with_its_first_piece_and_ends_with_its_last():
    assert words("un accord", (0, 2), (3, 5), (5, 7), (7, 9)) == [("un", 0, 0.5), ("accord", 1, 3.5)]


@pytest.mark.parametrize("number", ["33,5", "1.000", "1.234,5", "33,5e", "2,0x"])
def test_a_number_is_never_cut_at_its_separators(number):
    pieces = [(place, place + 1) for place in range(len(number))]
    assert words(number, *pieces) == [(number, 0, len(number) - 0.5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'an", ["l", "'", "an"]),
        ("2019, 27", ["2019", ",", "27"]),
        ("27.", ["27", "."]),
        ("a,5", ["a", ",", "5"]),
        ("5,a", ["5", ",", "a"]),
        ("US-27%", ["US", "-", "27", "%"]),
        ("cafe\u0301s", ["cafe\u0301s"]),
        ("co\u00adop", ["co\u00adop"]),
    ],
)
def test_marks_stand_for_themselves_and_accents_do_not(text, expected):
    pieces = [(place, place + 1) for place in range(len(text))]
    assert [word for word, _, _ in words(text, *pieces)] == expected


def test_blanks_belong_to_no_word():
    assert words("a  bc", (0, 1), (1, 2), (1, 5), (5, 5)) == [("a", 0, 0.5), ("bc", 2, 2.5)]


def test_pieces_of_one_character_stay_together():
    assert words("😀😀", (0, 1), (0, 1), (0, 1), (1, 2), (1, 2)) == [("😀", 0, 2.5), ("😀", 3, 4.5)]


def test_a_piece_of_a_mark_and_a_word_stays_whole():
    assert words("l'une", (0, 1), (1, 3), (3, 5)) == [("l", 0, 0.5), ("'une", 1, 2.5)]


def test_what_a_tokenizer_drops_of_a_word_is_the_words_still():
    assert words("cafe\u0301, the\u0301", (0, 4), (5, 6), (7, 10)) == [
        ("cafe\u0301", 0, 0.5),
        (",", 1, 1.5),
        ("the\u0301", 2, 2.5),
    ]
    assert words("\u200bune fin", (1, 2), (3, 4), (5, 8)) == [("\u200bune", 0, 1.5), ("fin", 2, 2.5)]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_text_without_words(text):
    told = whole_words(text, [(place, place + 1) for place in range(len(text))], np.zeros((len(text), 2), "f4"), 2.0)
    assert told.offsets.shape == (0, 2)
    assert told.starts.shape == told.ends.shape == (0,)
    assert (told.starts.dtype, told.offsets.dtype) == (np.float32, np.int64)


@given(text=st.text(alphabet="aé\u0301b1 2.,'-%\n«😀", max_size=40), data=st.data())
def test_whatever_the_pieces_words_are_whole_in_order_and_complete(text, data):
    cuts = sorted({0, len(text), *data.draw(st.lists(st.integers(0, len(text)), max_size=40))})
    told = whole_words(text, list(pairwise(cuts)), np.zeros((len(cuts) - 1, 2), "f4"), 0.0)
    ends = [0, *(end for start, end in told.offsets)]
    assert all(before <= start < end for before, (start, end) in zip(ends, told.offsets, strict=False))
    assert "".join("".join(text[start:end] for start, end in told.offsets).split()) == "".join(text.split())
    for start, end in told.offsets:
        for place in (start, end):
            assert not re.match(r"\w\w|\d[.,]\d", text[max(place - 1, 0) : place + 2]) or place == 0
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
