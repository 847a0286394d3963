"""Late interaction: how much of a question a text speaks of, word by word.

Each word of the question takes its best match among the text's words, by cosine of
their embedding rows; the matches are averaged, each weighted by how telling its word
is. After ColBERT's MaxSim (Khattab and Zaharia, SIGIR 2020), over static rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.types import WordMatrix

# Chosen on dev data, among 0.5 to 3 and 0 to 4.
NORM_POWER = 1.5  # short rows are small words
RARITY_POWER = 2.0  # words that every candidate holds tell none of them apart


def similarities(question: WordMatrix, text: WordMatrix) -> NDArray[np.float32]:
    """Return (question words, text words) cosines, clipped to [0, 1]."""
    return np.asarray(np.clip(question.rows @ text.rows.T, 0.0, 1.0), np.float32)


def best_matches(sims: NDArray[np.float32], first: int = 0, last: int | None = None) -> NDArray[np.float32]:
    """Return (question words,) best cosines within the text's words first to last."""
    part = sims[:, first:last]
    return part.max(axis=1) if part.shape[1] else np.zeros(len(sims), np.float32)


def word_weights(question: WordMatrix, matches: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return (question words,) weights, summing to 1.

    A word weighs by its row's norm, which rare words have long, and by how little it
    is matched everywhere: a name that every candidate holds tells none of them apart.

    :param matches: the best matches of each candidate text.
    """
    weights = question.weights**NORM_POWER
    if len(matches) > 1:
        weights = weights * (1.0 - np.mean(matches, axis=0) + 1e-3) ** RARITY_POWER
    return weights / max(float(weights.sum()), 1e-9)


def late_score(weights: NDArray[np.float32], matches: NDArray[np.float32]) -> float:
    """Return the weighted mean of the matches, from 0 to 1."""
    return float(weights @ matches)
