"""Readings to an answer: choose, be sure enough or abstain, cite."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from index.opened import OpenIndex
from qa.compare import comparable, compare, normalise
from qa.question import fold
from qa.spans import find_spans, names
from qa.types import Agreement, AnswerKind, Citation, Question, Reading, Reason, Span
from qa.weights import Weights

_OTHER_SOURCES = 4  # at most so many other documents are cited beside the answer's
_NO_MATCH = 0.35  # below this share of the question spoken of, the subject itself is missing
_COMPARABLE = 2.5  # another source is compared if its reading scores at most this much less than the answer's
_SAME_POINT = 0.7  # and speaks of this share of what the answer's speaks of
_AS_NEAR = 0.6  # a value that differs must stand this much as close to the question's words as the answer does
_LEAD_MAX = 3.0
_ASKS_UNTIL = re.compile(
    r"\bjusqu'|\buntil\b|\bd'ici quand\b|\bby when\b|\bexpir|\becheance|date limite|\bdeadline|\brun out\b"
)
# What stands right before a date that ends something.
_UNTIL = re.compile(
    r"(?:\bjusqu'(?:en|au|a la|a)?|\buntil|\bthrough|\bau-dela d[eu]|\bbeyond|\becheance(?: actuelle)? d[eu]"
    r"|\bexpir\w+ (?:en|le|in|on|fin))(?: la| the)?(?: fin| end)?(?: de| of)? ?$"
)
_BEFORE = 60  # characters looked at for it


def confidence_of(readings: Sequence[Reading], weights: Weights) -> float:
    """Return the estimated probability that the first reading is right."""
    return 1.0 / (1.0 + math.exp(-weights.confidence.score(evidence_of(readings))))


def evidence_of(readings: Sequence[Reading]) -> dict[str, float]:
    """Return what speaks for the first reading: its own features and its lead over the next."""
    best = readings[0]
    rival = next((other for other in readings[1:] if _value(other) != _value(best)), None)
    lead = min(best.score - rival.score, _LEAD_MAX) if rival else _LEAD_MAX
    if len(readings) == 1:
        lead = 0.0  # the only sentence there is leads over none
    return {**best.evidence, "score": best.score, "lead": lead, "dense": best.hit.dense}


def _value(reading: Reading) -> object:
    text = quote(reading, reading.span)
    return text.lower()


def quote(reading: Reading, span: Span) -> str:
    """Return the words of a span, which lies in the reading's passage."""
    start = reading.hit.passage.start
    return reading.hit.passage.text[span.start - start : span.end - start]


def abstain(question: Question, readings: Sequence[Reading], confidence: float, weights: Weights) -> Reason | None:
    """Return why not to answer, or None if the best reading is good enough."""
    if not readings or readings[0].evidence["late"] + readings[0].evidence["late_around"] < _NO_MATCH:
        return Reason.NO_MATCH
    if question.language == "und" or confidence < weights.threshold(question.kind):
        return Reason.LOW_CONFIDENCE
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


def cite(index: OpenIndex, question: Question, readings: Sequence[Reading]) -> tuple[Citation, ...]:
    """Return the citation of the best reading, then those of other documents on the same point."""
    best = readings[0]
    chosen = [best]
    if best.typed:
        chosen += _other_sources(question, readings)
    return tuple(_citation(index, number, reading) for number, reading in enumerate(chosen, start=1))


def _other_sources(question: Question, readings: Sequence[Reading]) -> list[Reading]:
    """Return the best reading of each other document that gives a comparable value on the same point."""
    best = readings[0]
    if _ends_something(best) and _ASKS_UNTIL.search(fold(question.text)):
        return _other_ends(question, readings)
    seen = {best.hit.passage.doc_id}
    found: list[Reading] = []
    for reading in readings[1:]:
        if len(found) == _OTHER_SOURCES or reading.score < best.score - _COMPARABLE:
            break
        doc_id = reading.hit.passage.doc_id
        if doc_id not in seen and _is_on_the_same_point(question.kind, best, reading):
            seen.add(doc_id)
            found.append(reading)
    return found


def _other_ends(question: Question, readings: Sequence[Reading]) -> list[Reading]:
    """Return the best reading of each other document that says until when.

    `Until when` is the one relation that the words before a date tell for sure. Such a
    reading counts, however it is put, where its passage speaks of all that the question
    names: a later end is not to be passed over in silence.
    """
    best = readings[0]
    value = quote(best, best.span)
    named = [fold(question.text[start:end]) for start, end in names(question.text)]
    found: dict[str, Reading] = {}
    for reading in readings[1:]:
        if not _ends_something(reading) or not comparable(question.kind, value, quote(reading, reading.span)):
            continue
        passage = fold(reading.hit.passage.text)
        speaks_of_them = bool(named) and all(name in passage for name in named)
        close = reading.score >= best.score - _COMPARABLE and _is_on_the_same_point(question.kind, best, reading)
        if speaks_of_them or close:
            found.setdefault(reading.hit.passage.doc_id, reading)
    found.pop(best.hit.passage.doc_id, None)
    return list(found.values())[:_OTHER_SOURCES]


def _ends_something(reading: Reading) -> bool:
    """Say whether the words before a reading's span make it the end of something: `until 2030`."""
    if not reading.typed:
        return False
    sentence = quote(reading, reading.sentence)
    at = reading.span.start - reading.sentence.start
    return bool(_UNTIL.search(fold(sentence[max(0, at - _BEFORE) : at])))


def _is_on_the_same_point(kind: AnswerKind, best: Reading, other: Reading) -> bool:
    if not other.typed or _spoken_of(other) < _SAME_POINT * _spoken_of(best):
        return False
    mine, its = quote(best, best.span), quote(other, other.span)
    if not comparable(kind, mine, its):
        return False
    return normalise(kind, mine) == normalise(kind, its) or other.evidence["near"] >= _AS_NEAR * best.evidence["near"]


def _spoken_of(reading: Reading) -> float:
    """Return the share of the question that a sentence and those it leans on speak of."""
    return reading.evidence["late"] + reading.evidence["late_around"] + reading.evidence["before"]


def agreement_of(question: Question, citations: Sequence[Citation]) -> Agreement:
    """Say whether the citations give the same value."""
    kind = question.kind
    return compare(kind if kind is not AnswerKind.OTHER else AnswerKind.NAME, [cited.quote for cited in citations])


def _citation(index: OpenIndex, number: int, reading: Reading) -> Citation:
    document = reading.hit.document
    sentence = reading.sentence
    return Citation(
        number=number,
        source=document.source,
        title=document.title,
        date=document.date,
        line=index.passages.line(document.doc_id, reading.span.start),
        start=reading.span.start,
        end=reading.span.end,
        quote=quote(reading, reading.span),
        sentence=(sentence.start, sentence.end, quote(reading, sentence)),
        sha256=document.sha256,
        extraction=document.extraction,
    )
