"""From what speaks for each passage to its score: small functions over arrays, and the numbers they take.

Every argument that is called a share lies between 0 and 1. Nothing fitted is written
here: the numbers come from a file that `qa.fit_retrieval` makes (see `qa.weights`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa.late import Windows, word_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.types import WordMatrix


@dataclass(frozen=True, slots=True)
class MixWeights:
    """How much BM25, dense search and late interaction count for a passage. They sum to 1."""

    lexical: float
    dense: float
    late: float


@dataclass(frozen=True, slots=True)
class RetrievalWeights:
    """The numbers of retrieval: the mix for passages in the question's language (`same`) and in another (`cross`).

    Of late interaction, `sentence` is the share of the best two sentences side by side,
    the rest that of the whole passage. A word of the question weighs by its row's norm
    to `norm_power`, and by its rarity among the candidates to `rarity_power`.
    """

    same: MixWeights
    cross: MixWeights
    sentence: float
    norm_power: float
    rarity_power: float


def lexical_share(bm25: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n,) BM25 scores as shares of the best."""
    return bm25 / max(float(bm25.max(initial=0.0)), 1e-9)


def dense_share(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n,) cosines stretched so that the nearest passage has 1 and the farthest 0."""
    low, high = float(cosines.min(initial=1.0)), float(cosines.max(initial=-1.0))
    return (cosines - low) / max(high - low, 1e-9)


def late_share(
    words: WordMatrix,
    matches: NDArray[np.float32],
    windows: Windows,
    weights: RetrievalWeights,
) -> NDArray[np.float32]:
    """Return (n,) late interaction scores: of each passage, and of its best two sentences.

    :param words: the question's words.
    :param matches: (n, words) each passage's best matches.
    :param windows: those of each two sentences side by side.
    """
    telling = word_weights(words, matches, weights.norm_power, weights.rarity_power)
    if not len(matches):
        return np.zeros(0, np.float32)
    best = np.maximum.reduceat((windows.matches * telling).sum(axis=1), windows.first)
    whole = (matches * telling).sum(axis=1)  # not `@`, which may give equal rows unequal sums
    return np.asarray((1.0 - weights.sentence) * whole + weights.sentence * best, np.float32)


def mixed(
    weights: RetrievalWeights,
    same: NDArray[np.bool_],
    lexical: NDArray[np.float32],
    dense: NDArray[np.float32],
    late: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return (n,) scores: the three shares of each passage, mixed by whether it is in the question's language."""
    pairs = np.asarray([[mix.lexical, mix.dense, mix.late] for mix in (weights.cross, weights.same)], np.float32)
    shares = pairs[same.astype(np.intp)]
    return np.asarray((shares * np.stack([lexical, dense, late], axis=1)).sum(axis=1), np.float32)
