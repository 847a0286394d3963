"""Readings to an answer: be sure enough, or abstain."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.spans import find_spans
from qa.types import AnswerKind, Question, Reading, Reason, Span
from qa.values import read_value, same
from qa.weights import Weights

_NO_MATCH = 0.35  # below this share of the question spoken of, the subject itself is missing
_LEAD_MAX = 3.0
_LISTENED_TO = 8  # readings that may give the same value


def confidence_of(question: Question, readings: Sequence[Reading], weights: Weights) -> float:
    """Return the estimated probability that the first reading is right."""
    return 1.0 / (1.0 + math.exp(-weights.confidence.score(evidence_of(question, readings))))


def evidence_of(question: Question, readings: Sequence[Reading]) -> dict[str, float]:
    """Return what speaks for the first reading: its own features, its lead over the next, and who else says so."""
    best = readings[0]
    rival = next((other for other in readings[1:] if _value(other) != _value(best)), None)
    lead = min(best.score - rival.score, _LEAD_MAX) if rival else _LEAD_MAX
    if len(readings) == 1:
        lead = 0.0  # the only sentence there is leads over none
    return {
        **best.evidence,
        "score": best.score,
        "lead": lead,
        "dense": best.hit.dense,
        "typed": float(best.typed),
        "agree": _agree(question, readings),
    }


def _agree(question: Question, readings: Sequence[Reading]) -> float:
    """Return how many of the next readings give the same value from other documents: 1/2 for one, 3/4 for two."""
    best = readings[0]
    if not best.typed:
        return 0.0
    value = read_value(question.kind, quote(best, best.span))
    saying = {
        other.hit.passage.doc_id
        for other in readings[1:_LISTENED_TO]
        if other.typed and same(value, read_value(question.kind, quote(other, other.span)))
    }
    return float(1.0 - 0.5 ** len(saying - {best.hit.passage.doc_id}))


def _value(reading: Reading) -> object:
    text = quote(reading, reading.span)
    return text.lower()


def quote(reading: Reading, span: Span) -> str:
    """Return the words of a span, which lies in the reading's passage."""
    start = reading.hit.passage.start
    return reading.hit.passage.text[span.start - start : span.end - start]


def abstain(question: Question, readings: Sequence[Reading], confidence: float, weights: Weights) -> Reason | None:
    """Return why not to answer, or None if the best reading is good enough."""
    if not readings:
        return Reason.NO_MATCH
    if question.language == "und" or confidence < weights.threshold(question.kind):
        spoken_of = readings[0].evidence["late"] + readings[0].evidence["late_around"]
        return Reason.NO_MATCH if spoken_of < _NO_MATCH else Reason.LOW_CONFIDENCE
    if not _gives_what_is_asked(question.kind, readings[0]):
        return Reason.LOW_CONFIDENCE
    return None


def _gives_what_is_asked(kind: AnswerKind, reading: Reading) -> bool:
    """Say whether a reading that has no span of the kind asked for may still answer as a whole sentence."""
    if reading.typed or kind in (AnswerKind.NAME, AnswerKind.OTHER):
        return True
    if kind in (AnswerKind.DATE, AnswerKind.YEAR):
        return False
    return bool(
        find_spans(quote(reading, reading.sentence), AnswerKind.NUMBER)
    )  # `330 metres`, where money was asked for
