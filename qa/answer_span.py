"""Which words of a sentence are the answer: the span that the reader or, without it, closeness chooses.

Figures and dates are found by rules, so that a number keeps its unit; names too, and
the reader's choice is widened to the whole of what it cuts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from index.types import Range
from qa.best_spans import span_score, trimmed
from qa.question import fold, wants_sentence
from qa.sentence_rows import SentenceRow
from qa.spans import find_spans
from qa.types import AnswerKind, Question, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEAR_WORDS = 6.0  # the distance, in words, over which closeness to a span fades
_NEAR = 3.0  # logits that full closeness is worth
_SURE = 0.35  # how likely a span that no rule has found must be, of its sentence's, to be the answer
_WHOLE = (AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.DATE, AnswerKind.NUMBER, AnswerKind.NAME)


def best_span(question: Question, row: SentenceRow, telling: NDArray[np.float32]) -> tuple[Span, bool, float]:
    """Return the span that answers, whether it is of the kind asked for, and how near the question's words it stands.

    Where no span answers, it is the whole sentence.

    :param telling: (question words,) how telling each word is.
    """
    asked = fold(question.text)
    found = [span for span in find_spans(row.text, question.kind) if fold(row.text[slice(*span)]) not in asked]
    nears = [_near(row, span, telling) for span in found]
    known = [(span, near) for span, near in zip(found, nears, strict=True) if near is not None]
    if known:
        span, near = max(known, key=lambda each: _score(row, each[0]) + _NEAR * each[1])
    offset = row.sentence.start
    if known and (question.kind is not AnswerKind.NAME or not row.said):
        return Span(offset + span[0], offset + span[1], near), True, near
    if row.said and not wants_sentence(question.text) and question.kind in (AnswerKind.NAME, AnswerKind.OTHER):
        to_sentence = row.hit.passage.start - offset
        read = (row.said.span[0] + to_sentence, row.said.span[1] + to_sentence)
        whole = found or [each for kind in _WHOLE for each in find_spans(row.text, kind)]
        start, end = trimmed(row.text, read, whole)
        overlapped = [each for each, _ in known if each[0] < end and start < each[1]]
        sure = math.exp(row.said.score - row.said.weight) >= _SURE
        if overlapped or (sure and fold(row.text[start:end]) not in asked):
            close = max((near for each, near in known if each in overlapped), default=0.0)
            return Span(offset + start, offset + end, close), bool(overlapped), close
    if known:
        return Span(offset + span[0], offset + span[1], near), True, near
    return Span(row.sentence.start, row.sentence.end, 0.0), False, 0.0


def _score(row: SentenceRow, span: Range) -> float:
    if not row.scores:
        return 0.0
    to_passage = row.sentence.start - row.hit.passage.start
    return span_score(row.scores, (span[0] + to_passage, span[1] + to_passage))


def _near(row: SentenceRow, span: Range, telling: NDArray[np.float32]) -> float | None:
    """Return how close a span stands to the question's words, from 0 to 1; None if it holds no word."""
    starts = row.words.offsets[row.first : row.last, 0] + row.hit.passage.start - row.sentence.start
    places = np.arange(row.last - row.first)
    inside = np.flatnonzero((starts >= span[0]) & (starts < span[1]))
    if not len(inside):
        return None
    distance = np.minimum(np.abs(places - inside[0]), np.abs(places - inside[-1])).astype(np.float32)
    outside = np.ones(len(places), bool)
    outside[inside] = False
    fading = np.exp(-distance / _NEAR_WORDS) * outside
    return float(telling @ (row.sims[:, row.first : row.last] * fading).max(axis=1))
