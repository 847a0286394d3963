"""Late interaction: how much of a question a text speaks of, word by word.

Each word of the question takes its best match among the text's words, by cosine of
their embedding rows; the matches are averaged, each weighted by how telling its word
is. After ColBERT's MaxSim (Khattab and Zaharia, SIGIR 2020), over static rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import embedded
from index.words import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.types import WordMatrix

# Digits, in groups of three or not, with at most the ending of an ordinal or a decade: `1 000`, `19th`, `1980s`.
_NUMBER = re.compile(
    r"(?<!\w)(?:\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+(?!\d)|\d+(?=(?:st|nd|rd|th|er|[eè]re|[eèé]?me|e|s)?(?!\w)))",
    re.IGNORECASE,
)


def numbers(text: str, starts: NDArray[np.int64]) -> dict[int, str]:
    """Return the numbers among the words of a text, by the word's place: digits alone, whatever groups them.

    :param starts: (words,) where each word begins.
    """
    found: dict[int, str] = {}
    for match in _NUMBER.finditer(text):
        digits = "".join(filter(str.isdigit, match.group()))
        for place in range(*np.searchsorted(starts, match.span())):
            if text[starts[place]].isdigit():
                found[place] = digits
    return found


def compare_numbers(sims: NDArray[np.float32], asked: Mapping[int, str], held: Mapping[int, str]) -> None:
    """Make two numbers alike if they are equal, and only then: rows put 2031 close to 2032.

    :param sims: (question words, text words) cosines, written over.
    :param asked: the question's numbers, as `numbers` gives them.
    :param held: the text's.
    """
    for row, number in asked.items():
        for column, other in held.items():
            sims[row, column] = float(number == other)


def similarities(question: WordMatrix, text: WordMatrix) -> NDArray[np.float32]:
    """Return (question words, text words) cosines, clipped to [0, 1]."""
    return np.asarray(np.clip(question.rows @ text.rows.T, 0.0, 1.0), np.float32)


def similarities_of(question: WordMatrix, texts: Sequence[Words]) -> list[NDArray[np.float32]]:
    """Return the similarities of a question with each of many texts.

    As `similarities` would, several times as fast: texts share most of their pieces, and
    a piece that many hold is looked at once.
    """
    if not texts:
        return []
    ids = np.concatenate([text.ids for text in texts])
    counts = np.concatenate([text.counts for text in texts])
    used, places = np.unique(ids, return_inverse=True)
    none = np.zeros(len(used), np.int64)
    pieces = embedded().matrix(Words(used, none, none, none + 1))
    first = np.cumsum(counts) - counts
    lengths = pieces.weights[places[first]]
    sums = ((question.rows @ pieces.rows.T) * pieces.weights)[:, places]
    if len(ids) > len(counts):  # words of several pieces
        sums = np.add.reduceat(sums, first, axis=1)
        several = np.repeat(counts > 1, counts)
        rows = pieces.rows[places[several]] * pieces.weights[places[several], None]
        bounds = np.cumsum(counts[counts > 1]) - counts[counts > 1]
        lengths[counts > 1] = np.linalg.norm(np.add.reduceat(rows, bounds, axis=0), axis=1)
    sims = np.asarray(np.clip(sums / np.maximum(lengths, 1e-12), 0.0, 1.0), np.float32)
    return np.split(sims, np.cumsum([len(text.counts) for text in texts])[:-1], axis=1)


def best_matches(sims: NDArray[np.float32], first: int = 0, last: int | None = None) -> NDArray[np.float32]:
    """Return (question words,) best cosines within the text's words first to last."""
    part = sims[:, first:last]
    return part.max(axis=1) if part.shape[1] else np.zeros(len(sims), np.float32)


def window_matches(sims: NDArray[np.float32], starts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return (windows, question words) best cosines within each sentence and the one after it.

    :param starts: (sentences,) the first word of each; one without words starts where the next does.
    :return: at least one window, even of a text without words.
    """
    used = np.unique(starts[starts < sims.shape[1]])
    if not len(used):
        return np.zeros((1, len(sims)), np.float32)
    each: NDArray[np.float32] = np.maximum.reduceat(sims, used, axis=1).T
    return np.maximum(each[:-1], each[1:]) if len(each) > 1 else each


def word_weights(
    question: WordMatrix, matches: Sequence[NDArray[np.float32]], norm_power: float, rarity_power: float
) -> NDArray[np.float32]:
    """Return (question words,) weights, summing to 1.

    A word weighs by its row's norm, which rare words have long, and by how little it
    is matched everywhere: a name that every candidate holds tells none of them apart.

    :param matches: the best matches of each candidate text.
    """
    weights = question.weights**norm_power
    if len(matches) > 1:
        weights = weights * (1.0 - np.mean(matches, axis=0) + 1e-3) ** rarity_power
    return np.asarray(weights / max(float(weights.sum()), 1e-9), np.float32)


def late_score(weights: NDArray[np.float32], matches: NDArray[np.float32]) -> float:
    """Return the weighted mean of the matches, from 0 to 1."""
    return float(weights @ matches)
