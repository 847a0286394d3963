"""Passages to readings: the sentences that may answer, best first, with their spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.protocols import Index
from index.types import Hit, WordMatrix
from qa.features import FEATURES, Candidate, candidates
from qa.spans import find_spans
from qa.types import AnswerKind, Question, Reader, Reading, Span, TokenScores
from qa.weights import Linear, Weights

READ = 12  # the best passages are always looked at
READ_FOR_KIND = 8  # further ones are, if they hold a number or a date of the kind asked for
_NO_FIGURE = 1.0  # `des milliards` answers how much, but less well than a figure nearly as likely
READ_CLOSELY = 8  # the reader takes milliseconds a passage


def read(
    index: Index,
    question: Question,
    words: WordMatrix,
    hits: Sequence[Hit],
    weights: Weights,
    reader: Reader,
) -> list[Reading]:
    """Return the readings of the passages worth reading, best first.

    A heading announces and a question asks: neither is ever an answer.

    :param words: the question's words, as the embedded encoder gives them.
    """
    some = to_read(question, hits)
    scores = read_closely(question, some, reader)
    return ranked(candidates(index, question, words, some, weights.retrieval, scores), weights.sentence)


def ranked(found: Sequence[Candidate], weights: Linear) -> list[Reading]:
    """Return sentences that may answer as readings, best first, without headings and questions."""
    readings = []
    for candidate in found:
        values = dict(zip(FEATURES, map(float, candidate.values), strict=True))
        if values["heading"] or values["asks"]:
            continue
        score = weights.score(values) - _NO_FIGURE * (values["without_amount"] + values["without_share"])
        sentence = Span(candidate.sentence.start, candidate.sentence.end, score)
        readings.append(Reading(candidate.hit, sentence, candidate.span, score, candidate.typed, values))
    return sorted(readings, key=lambda reading: (-reading.score, reading.hit.rank, reading.sentence.start))


def by_reading(hits: Sequence[Hit], readings: Sequence[Reading]) -> list[Hit]:
    """Return passages in the order of their best readings, then those without one in their own order.

    :return: the hits by their new rank; their scores stay those of retrieval.
    """
    places = {hit.passage.passage_id: hit for hit in hits}
    order = dict.fromkeys([*(reading.hit.passage.passage_id for reading in readings), *places])
    return [replace(places[passage_id], rank=rank) for rank, passage_id in enumerate(order, start=1)]


def read_closely(question: Question, hits: Sequence[Hit], reader: Reader) -> dict[int, TokenScores]:
    """Return what the reader says of the best hits, by the ids of their passages."""
    passages = [hit.passage for hit in hits[:READ_CLOSELY]]
    scores = reader.scores(question.text, passages)
    return {passage.passage_id: each for passage, each in zip(passages, scores, strict=True)}


def to_read(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """Return the best hits, and of the others those that hold what is asked for.

    Where the question asks for a figure, a passage low in the ranks that gives one is
    worth a look; names stand everywhere, and tell nothing.
    """
    further: list[Hit] = []
    if question.kind not in (AnswerKind.OTHER, AnswerKind.NAME):
        further = [hit for hit in hits[READ:] if find_spans(hit.passage.text, question.kind)]
    return [*hits[:READ], *further[:READ_FOR_KIND]]
