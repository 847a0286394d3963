"""Late interaction, on vectors small enough to check by hand."""

import numpy as np
import pytest

from index.types import WordMatrix
from qa.late import NORM_POWER, RARITY_POWER, best_matches, late_score, similarities, word_weights


def matrix(rows, weights=None):
    unit = np.asarray(rows, np.float32).reshape(-1, 2)
    lengths = np.ones(len(unit)) if weights is None else weights
    offsets = np.asarray([(n, n + 1) for n in range(len(unit))], np.int64).reshape(-1, 2)
    return WordMatrix(offsets, unit, np.asarray(lengths, np.float32))


QUESTION = matrix([(1, 0), (0, 1)])
TEXT = matrix([(1, 0), (0.6, 0.8), (-1, 0)])


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


def test_longer_rows_weigh_more():
    question = matrix([(1, 0), (0, 1)], weights=[4, 1])
    heavy = 4**NORM_POWER
    assert word_weights(question, []) == pytest.approx([heavy / (heavy + 1), 1 / (heavy + 1)])


def test_a_word_that_every_text_holds_tells_nothing():
    everywhere, nowhere = word_weights(QUESTION, [np.asarray([1.0, 0.0]), np.asarray([1.0, 0.5])])
    share = (0.001 / 0.751) ** RARITY_POWER
    assert everywhere / nowhere == pytest.approx(share, rel=1e-3)
    assert everywhere + nowhere == pytest.approx(1)


def test_one_text_alone_cannot_tell_rare_from_common():
    assert word_weights(QUESTION, [np.asarray([1.0, 0.0])]) == pytest.approx([0.5, 0.5])


def test_the_score_is_the_weighted_mean():
    assert late_score(np.asarray([0.25, 0.75], np.float32), np.asarray([1, 0.6], np.float32)) == pytest.approx(0.7)


def test_a_question_without_words_scores_nothing():
    question = matrix([])
    weights = word_weights(question, [np.zeros(0, np.float32)] * 2)
    assert late_score(weights, best_matches(similarities(question, TEXT))) == 0.0
