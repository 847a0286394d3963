"""Scores from what speaks for a passage, on numbers small enough to check by hand."""

import numpy as np
import pytest

from index.types import WordMatrix
from qa.late import Windows
from qa.scoring import MixWeights, RetrievalWeights, dense_share, late_share, lexical_share, mixed

LEXICAL, DENSE, LATE = MixWeights(1.0, 0.0, 0.0), MixWeights(0.0, 1.0, 0.0), MixWeights(0.0, 0.0, 1.0)


def floats(*values):
    return np.asarray(values, np.float32)


def weights(same=LEXICAL, cross=LEXICAL, sentence=0.0, norm_power=0.0, rarity_power=0.0):
    return RetrievalWeights(same, cross, sentence, norm_power, rarity_power)


def test_bm25_is_a_share_of_the_best():
    assert lexical_share(floats(4, 0, 8)) == pytest.approx([0.5, 0, 1])


def test_without_a_lexical_match_the_share_is_zero():
    assert lexical_share(floats(0, 0)).tolist() == [0, 0]


def test_cosines_are_stretched_from_the_farthest_to_the_nearest():
    assert dense_share(floats(-0.1, 0.3, 0.7)) == pytest.approx([0, 0.5, 1])


def test_equal_cosines_tell_nothing():
    assert dense_share(floats(0.4, 0.4)).tolist() == [0, 0]


def test_no_passage_has_no_share():
    nothing = floats()
    assert lexical_share(nothing).shape == dense_share(nothing).shape == (0,)
    assert mixed(weights(), nothing.astype(bool), nothing, nothing, nothing).shape == (0,)


WORDS = WordMatrix(np.asarray([(0, 1), (2, 3)]), np.eye(2, dtype=np.float32), floats(1, 3))
MATCHES = floats(1, 0.2, 0.5, 0.5).reshape(2, 2)
WINDOWS = Windows(floats(1, 0, 0.2, 0.2, 0.5, 0.5).reshape(3, 2), np.asarray([0, 2]))


@pytest.mark.parametrize(
    ("sentence", "norm_power", "expected"),
    [
        (0.0, 0.0, [0.6, 0.5]),  # the means of the passages' matches
        (1.0, 0.0, [0.5, 0.5]),  # those of their best windows
        (0.5, 0.0, [0.55, 0.5]),
        (0.0, 1.0, [0.4, 0.5]),  # the second word counts three times as much
        (1.0, 1.0, [0.25, 0.5]),
    ],
)
def test_late_interaction_of_the_passage_and_of_its_best_window(sentence, norm_power, expected):
    found = late_share(WORDS, MATCHES, WINDOWS, weights(sentence=sentence, norm_power=norm_power))
    assert found == pytest.approx(expected)


def test_a_word_that_all_passages_hold_counts_less():
    matches = floats(1, 0, 1, 1).reshape(2, 2)
    found = late_share(WORDS, matches, Windows(matches, np.asarray([0, 1])), weights(rarity_power=1.0))
    assert found == pytest.approx([0.001 / 0.502, 1.0], rel=1e-3)


@pytest.mark.parametrize(
    ("same", "cross", "expected"),
    [
        (LEXICAL, LEXICAL, [0.1, 0.2]),
        (LEXICAL, DENSE, [0.1, 0.4]),
        (LATE, DENSE, [0.5, 0.4]),
        (MixWeights(0.5, 0.3, 0.2), MixWeights(0.1, 0.1, 0.8), [0.24, 0.54]),
    ],
)
def test_each_passage_is_mixed_by_its_language(same, cross, expected):
    shares = floats(0.1, 0.2), floats(0.3, 0.4), floats(0.5, 0.6)
    assert mixed(weights(same, cross), np.asarray([True, False]), *shares) == pytest.approx(expected)
