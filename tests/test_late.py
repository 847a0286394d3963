"""Late interaction, on vectors small enough to check by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import embedded
from index.types import WordMatrix
from index.words import pack, unpack_all
from qa.late import (
    best_matches,
    compare_numbers,
    late_score,
    numbers,
    similarities,
    similarities_of,
    text_matches,
    window_matches,
    word_weights,
)


def matrix(rows, weights=None):
    unit = np.asarray(rows, np.float32).reshape(-1, 2)
    lengths = np.ones(len(unit)) if weights is None else weights
    offsets = np.asarray([(n, n + 1) for n in range(len(unit))], np.int64).reshape(-1, 2)
    return WordMatrix(offsets, unit, np.asarray(lengths, np.float32))


QUESTION = matrix([(1, 0), (0, 1)])
TEXT = matrix([(1, 0), (0.6, 0.8), (-1, 0)])


def numbers_of(text):
    words = embedded().words(text)
    return {text[slice(*words.offsets[place])]: digits for place, digits in numbers(text, words.offsets[:, 0]).items()}


def test_similarities_are_cosines_never_below_zero():
    assert similarities(QUESTION, TEXT) == pytest.approx(np.asarray([[1, 0.6, 0], [0, 0.8, 0]]))


@pytest.mark.parametrize(
    ("first", "last", "best"),
    [(0, None, [1, 0.8]), (1, None, [0.6, 0.8]), (1, 2, [0.6, 0.8]), (2, 3, [0, 0]), (1, 1, [0, 0])],
)
def test_each_word_takes_its_best_match_within_bounds(first, last, best):
    assert best_matches(similarities(QUESTION, TEXT), first, last) == pytest.approx(best)


def test_a_text_without_words_matches_nothing():
    assert best_matches(similarities(QUESTION, matrix([]))).tolist() == [0, 0]


SIMS = np.asarray([[0.1, 0.8], [0.9, 0.0], [0.2, 0.4], [0.3, 0.7]], np.float32)  # four words, a question of two


def windows_of(sims, bounds, *starts):
    """Return the windows of each text, whose sentences start at some words."""
    texts = np.repeat(np.arange(len(starts)), list(map(len, starts)))
    found = window_matches(sims, np.asarray(bounds), np.asarray([s for each in starts for s in each], int), texts)
    return [each.tolist() for each in np.split(found.matches, found.first[1:])]


@pytest.mark.parametrize(
    ("starts", "windows"),
    [
        ([0], [[0.9, 0.8]]),
        ([0, 2], [[0.9, 0.8]]),
        ([0, 1, 3], [[0.9, 0.8], [0.9, 0.7]]),
        ([0, 1, 1, 3], [[0.9, 0.8], [0.9, 0.7]]),  # a sentence without words
        ([0, 2, 4], [[0.9, 0.8]]),  # and one at the end
        ([4], [[0, 0]]),
        ([], [[0, 0]]),
        ([2], [[0.3, 0.7]]),  # words before the first sentence
    ],
)
def test_a_window_is_a_sentence_and_the_next(starts, windows):
    (found,) = windows_of(SIMS, [0, 4], starts)
    assert found == [pytest.approx(window) for window in windows]


def test_a_window_stays_in_its_text():
    found = windows_of(SIMS, [0, 1, 1, 4], [0], [1], [2, 3])  # the second text has no words
    assert found == [[pytest.approx([0.1, 0.8])], [[0, 0]], [pytest.approx([0.3, 0.7])]]
    assert windows_of(SIMS, [0, 2, 4], [0, 1], [2]) == [[pytest.approx([0.9, 0.8])], [pytest.approx([0.3, 0.7])]]


def test_texts_without_words_have_one_window_that_matches_nothing():
    assert windows_of(np.zeros((0, 2), np.float32), [0, 0, 0], [0], []) == [[[0, 0]], [[0, 0]]]
    assert windows_of(np.zeros((0, 2), np.float32), [0]) == [[]]  # nor are there windows of no text


def test_the_best_match_of_each_text():
    assert text_matches(SIMS, np.asarray([0, 2, 2, 4])) == pytest.approx(np.asarray([[0.9, 0.8], [0, 0], [0.3, 0.7]]))
    assert text_matches(SIMS[:0], np.asarray([0])).shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in 2031", {"2031": "2031"}),
        ("1 000 pages", {"1": "1000", "000": "1000"}),
        ("1,250,000 people", {"1": "1250000", "250": "1250000", "000": "1250000"}),
        ("1\u202f250 et 1\u00a0000", {"1": "1000", "250": "1250", "000": "1000"}),
        ("in 1990, 200 came", {"1990": "1990", "200": "200"}),
        ("32,5 or 32.7", {"32": "32", "5": "5", "7": "7"}),
        ("the 19th, le 19e, the 1980s", {"19th": "19", "19e": "19", "1980s": "1980"}),
        ("1er, 2nd and 3ème", {"1er": "1", "2nd": "2", "3ème": "3"}),
        ("H100, 5G, 4x4 and B2B", {}),
        ("two of XIX", {}),
        ("", {}),
    ],
)
def test_numbers_are_found_whatever_groups_their_digits(text, found):
    assert numbers_of(text) == found


def test_numbers_are_alike_only_if_they_are_equal():
    sims = np.full((2, 4), 0.7, np.float32)
    compare_numbers(sims, {1: "2031"}, {0: "2032", 2: "2031"})
    assert sims == pytest.approx(np.asarray([[0.7, 0.7, 0.7, 0.7], [0, 0.7, 1, 0.7]]))


some_text = st.text(st.characters(codec="utf-8"), max_size=60) | st.just("Le four date de 1920, dit-on.")


@given(st.text(max_size=40) | st.just("Who built the Kervella oven?"), st.lists(some_text, max_size=4))
@settings(max_examples=60, deadline=None)
def test_many_texts_at_once_have_the_similarities_of_each(question, texts):
    asked = embedded().words(question)
    words, bounds = unpack_all(list(map(pack, embedded().words_of(texts))))
    found = similarities_of(asked, words)
    for text, first, last in zip(texts, bounds, bounds[1:], strict=False):
        assert pytest.approx(similarities(asked, embedded().words(text)), abs=1e-5) == found[first:last].T


def test_longer_rows_weigh_more():
    question = matrix([(1, 0), (0, 1)], weights=[4, 1])
    assert word_weights(question, [], 1.5, 2.0) == pytest.approx([8 / 9, 1 / 9])
    assert word_weights(question, [], 0.0, 2.0) == pytest.approx([0.5, 0.5])


def test_a_word_that_every_text_holds_tells_nothing():
    matches = [np.asarray([1.0, 0.0]), np.asarray([1.0, 0.5])]
    everywhere, seldom = word_weights(QUESTION, matches, 1.0, 2.0)
    assert everywhere / seldom == pytest.approx((0.001 / 0.751) ** 2, rel=1e-3)
    assert everywhere + seldom == pytest.approx(1)
    assert word_weights(QUESTION, matches, 1.0, 0.0) == pytest.approx([0.5, 0.5])


def test_one_text_alone_cannot_tell_rare_from_common():
    assert word_weights(QUESTION, [np.asarray([1.0, 0.0])], 1.5, 2.0) == pytest.approx([0.5, 0.5])


def test_the_score_is_the_weighted_mean():
    assert late_score(np.asarray([0.25, 0.75], np.float32), np.asarray([1, 0.6], np.float32)) == pytest.approx(0.7)


def test_a_question_without_words_scores_nothing():
    question = matrix([])
    weights = word_weights(question, [np.zeros(0, np.float32)] * 2, 1.5, 2.0)
    assert late_score(weights, best_matches(similarities(question, TEXT))) == 0.0
