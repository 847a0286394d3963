"""Which words translate which, learned from translated pairs.

IBM Model 1 (Brown et al., Computational Linguistics 19(2), 1993) in both directions by
expectation-maximisation; a pair of words counts by the product of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_ROUNDS = 5
_LEAST = 0.02  # of the mean of both probabilities: less is chance
_MOST_WORDS = 20  # longer sentences say little of which word translates which


def translations(pairs: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]], size: int) -> sparse.csr_matrix:
    """Return a (size, size) matrix: how likely an English token, its row, and a French one, its column, meet.

    :param pairs: the distinct tokens of an English sentence, and of its translation.
    :param size: the size of the vocabulary.
    """
    cells, rows, columns = [], [], []
    sentences = 0
    for english, french in pairs:
        if 0 < len(english) <= _MOST_WORDS and 0 < len(french) <= _MOST_WORDS:
            cells.append((english[:, None].astype(np.int64) * size + french[None, :]).ravel())
            place = sentences * _MOST_WORDS
            rows.append(np.repeat(np.arange(place, place + len(english), dtype=np.int64), len(french)))
            columns.append(np.tile(np.arange(place, place + len(french), dtype=np.int64), len(english)))
            sentences += 1
    if not sentences:
        return sparse.csr_matrix((size, size), dtype=np.float32)
    met, cell = np.unique(np.concatenate(cells), return_inverse=True)
    english_of, french_of = met // size, met % size
    from_french = _model_one(cell, np.concatenate(columns), french_of)
    from_english = _model_one(cell, np.concatenate(rows), english_of)
    both = np.sqrt(from_french * from_english)
    kept = both >= _LEAST
    return sparse.csr_matrix((both[kept].astype(np.float32), (english_of[kept], french_of[kept])), shape=(size, size))


def _model_one(cell: NDArray[np.int64], given: NDArray[np.int64], given_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (cells,) probabilities of one word given the other.

    :param cell: which pair of words each meeting in a sentence is.
    :param given: which word of which sentence is given, for each meeting.
    :param given_of: the word given, for each pair of words.
    """
    chance = np.ones(len(given_of))
    for _ in range(_ROUNDS):
        held = chance[cell]
        held /= np.bincount(given, held)[given]
        counts = np.bincount(cell, held, len(given_of))
        chance = counts / np.maximum(np.bincount(given_of, counts)[given_of], 1e-12)
    return chance
