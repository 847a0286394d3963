"""Late interaction: how much of a question a text speaks of, word by word.

Each word of the question takes its best match among the text's words, by cosine of
their embedding rows; the matches are averaged, each weighted by how telling its word
is. After ColBERT's MaxSim (Khattab and Zaharia, SIGIR 2020), over static rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


def similarities_of(question: WordMatrix, words: Words) -> NDArray[np.float32]:
    """Return (words, question words) cosines of the words of many texts, clipped to [0, 1].

    As `similarities` would, text by text and the other way round, several times as fast.
    """
    sims = embedded().cosines(words, question.rows)
    return np.clip(sims, 0.0, 1.0, out=sims)


def best_matches(sims: NDArray[np.float32], first: int = 0, last: int | None = None) -> NDArray[np.float32]:
    """Return (question words,) best cosines within the text's words first to last."""
    part = sims[:, first:last]
    return part.max(axis=1) if part.shape[1] else np.zeros(len(sims), np.float32)


@dataclass(frozen=True, slots=True)
class Windows:
    """The best matches within each two sentences side by side, of many texts.

    `matches` (windows, question words), `first` (texts,) the first window of each text, which
    has at least one.
    """

    matches: NDArray[np.float32]
    first: NDArray[np.int64]


def text_matches(sims: NDArray[np.float32], bounds: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (texts, question words) best cosines of each text.

    :param sims: (words of all texts, question words).
    :param bounds: (texts + 1,) where each text's words begin, and the last's end.
    """
    matches = np.zeros((len(bounds) - 1, sims.shape[1]), np.float32)
    spoken = np.flatnonzero(np.diff(bounds))  # a text without words matches nothing
    if len(spoken):
        matches[spoken] = np.maximum.reduceat(sims, bounds[spoken], axis=0)
    return matches


def window_matches(
    sims: NDArray[np.float32], bounds: NDArray[np.int64], starts: NDArray[np.int64], texts: NDArray[np.int64]
) -> Windows:
    """Return the best cosines within each sentence and the one after it, in the same text.

    :param sims: (words of all texts, question words).
    :param bounds: (texts + 1,) where each text's words begin, and the last's end.
    :param starts: (sentences,) the first word of each, in order; one without words starts
        where the next does.
    :param texts: (sentences,) the text that each is of.
    """
    spoken = starts < bounds[texts + 1]
    used = np.unique(starts[spoken])
    # Cut at the texts' bounds, too: words may stand before a text's first sentence.
    cuts = np.union1d(used, bounds[:-1][np.diff(bounds) > 0])
    best = np.maximum.reduceat(sims, cuts, axis=0)[np.isin(cuts, used)] if len(used) else sims[:0]
    owner = np.searchsorted(bounds, used, side="right") - 1
    paired = np.flatnonzero(owner[:-1] == owner[1:])
    alone = np.flatnonzero(np.bincount(owner, minlength=len(bounds) - 1)[owner] == 1)
    silent = np.setdiff1d(np.arange(len(bounds) - 1), owner)
    none = np.zeros((len(silent), sims.shape[1]), np.float32)
    matches = np.concatenate([np.maximum(best[paired], best[paired + 1]), best[alone], none])
    owners = np.concatenate([owner[paired], owner[alone], silent])
    order = np.argsort(owners, kind="stable")
    return Windows(matches[order], np.searchsorted(owners[order], np.arange(len(bounds) - 1)))


def word_weights(
    question: WordMatrix,
    matches: Sequence[NDArray[np.float32]] | NDArray[np.float32],
    norm_power: float,
    rarity_power: float,
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
