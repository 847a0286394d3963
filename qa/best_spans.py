"""From a reader's scores of words to spans of a sentence: the best one, what a span scores, where it ends."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.types import Range
    from qa.types import TokenScores

_MOST_WORDS = 30  # of a span
_FAR = -1e9
_OPENS, _CLOSES = "([{«“", ")]}»”"
_EDGES = re.compile(r"^[\s.,;:!?»”)\]’'–—-]+|(?:[\s,;:«“(\[–—]|(?<=\w\w)[.!?…])+$")


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """What a reader says of a sentence: its best span, what that scores, and the log of what all its spans weigh.

    `span` is half-open in the passage; `score` and `weight` are logits that the passages
    of one question share.
    """

    span: Range
    score: float
    weight: float


def sentence_scores(scores: TokenScores, start: int, end: int) -> SentenceScores | None:
    """Return what a reader says of the part of a passage from start to end; None if it read no word of it."""
    first, last = np.searchsorted(scores.offsets[:, 0], (start, end))
    size = int(last - first)
    if not size:
        return None
    both = scores.starts[first:last, None] + scores.ends[None, first:last]
    places = np.arange(size)
    length = places[None, :] - places[:, None]
    both = np.where((length >= 0) & (length < _MOST_WORDS), both, _FAR)
    begin, stop = divmod(int(both.argmax()), size)
    best = float(both[begin, stop])
    weight = best + float(
        np.log(np.exp(np.minimum(both - best, 0.0), where=both > _FAR, out=np.zeros_like(both)).sum())
    )
    return SentenceScores((int(scores.offsets[first + begin, 0]), int(scores.offsets[first + stop, 1])), best, weight)


def log_sum(logits: Sequence[float]) -> float:
    """Return the logarithm of the sum of what some logits weigh; far below all for none."""
    most = max(logits, default=_FAR)
    return most + math.log(sum(math.exp(each - most) for each in logits)) if logits else most


def span_score(scores: TokenScores, span: Range) -> float:
    """Return what a span scores whose bounds the reader may see a word further in: `13` for `13 milliards`."""
    first, last = np.searchsorted(scores.offsets[:, 0], span)
    if first == last:
        return _FAR
    return float(scores.starts[first:last].max() + scores.ends[first:last].max())


def trimmed(text: str, span: Range, whole: Sequence[Range] = ()) -> Range:
    """Return a span without blanks and marks at its ends, and with the whole of what it cuts.

    A bracket or a quotation mark that only opens, or only closes, inside the span goes
    with what is beyond it where that is near, and is left out otherwise.

    :param whole: spans that are to be kept whole: names with all their parts, numbers with their units.
    """
    start, end = span
    for first, last in whole:
        if first < end and start < last:
            start, end = min(start, first), max(end, last)
    while match := _EDGES.search(text[start:end]):
        if match.end() == end - start and match.start() == 0:
            return span
        if match.start() == 0:
            start += match.end()
        else:
            end = start + match.start()
    for opens, closes in zip(_OPENS, _CLOSES, strict=True):
        inside = text[start:end]
        if inside.count(opens) > inside.count(closes):
            end = end + 1 if text[end : end + 1] == closes else end
        elif inside.count(closes) > inside.count(opens) and text[start - 1 : start] == opens:
            start -= 1
    return start, end
