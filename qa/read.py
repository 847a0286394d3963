"""Passages to readings: the sentences that may answer, best first, with their spans."""

from __future__ import annotations

from collections.abc import Sequence

from index.opened import OpenIndex
from index.types import Hit, WordMatrix
from qa.features import FEATURES, candidates
from qa.types import Question, Reading, Span
from qa.weights import Weights

READ = 16  # passages that are read


def read(
    index: OpenIndex, question: Question, words: WordMatrix, hits: Sequence[Hit], weights: Weights
) -> list[Reading]:
    """Return the readings of the best passages, best first.

    A heading announces and a question asks: neither is ever an answer.

    :param words: the question's words, as the embedded encoder gives them.
    """
    readings = []
    for candidate in candidates(index, question, words, hits[:READ]):
        values = dict(zip(FEATURES, map(float, candidate.values), strict=True))
        if values["heading"] or values["asks"]:
            continue
        score = weights.sentence.score(values)
        sentence = Span(candidate.sentence.start, candidate.sentence.end, score)
        readings.append(Reading(candidate.hit, sentence, candidate.span, score, candidate.typed, values))
    return sorted(readings, key=lambda reading: (-reading.score, reading.hit.rank, reading.sentence.start))
