"""Passages to readings: the sentences that may answer, best first, with their spans."""

from __future__ import annotations

from collections.abc import Sequence

from index.opened import OpenIndex
from index.types import Hit, WordMatrix
from qa.features import FEATURES, candidates
from qa.spans import find_spans
from qa.types import AnswerKind, Question, Reading, Span
from qa.weights import Weights

READ = 12  # the best passages are always read
READ_FOR_KIND = 8  # further ones are, if they hold a number or a date of the kind asked for


def read(
    index: OpenIndex, question: Question, words: WordMatrix, hits: Sequence[Hit], weights: Weights
) -> list[Reading]:
    """Return the readings of the passages worth reading, best first.

    A heading announces and a question asks: neither is ever an answer.

    :param words: the question's words, as the embedded encoder gives them.
    """
    readings = []
    for candidate in candidates(index, question, words, to_read(question, hits), weights.retrieval):
        values = dict(zip(FEATURES, map(float, candidate.values), strict=True))
        if values["heading"] or values["asks"]:
            continue
        score = weights.sentence.score(values)
        sentence = Span(candidate.sentence.start, candidate.sentence.end, score)
        readings.append(Reading(candidate.hit, sentence, candidate.span, score, candidate.typed, values))
    return sorted(readings, key=lambda reading: (-reading.score, reading.hit.rank, reading.sentence.start))


def to_read(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """Return the best hits, and of the others those that hold what is asked for.

    Where the question asks for a figure, a passage low in the ranks that gives one is
    worth a look; names stand everywhere, and tell nothing.
    """
    further: list[Hit] = []
    if question.kind not in (AnswerKind.OTHER, AnswerKind.NAME):
        further = [hit for hit in hits[READ:] if find_spans(hit.passage.text, question.kind)]
    return [*hits[:READ], *further[:READ_FOR_KIND]]
