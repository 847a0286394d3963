"""Whether another reading answers the very question that the best one does: what speaks for it, as numbers.

The one function of it is a logistic regression, fitted by `python -m qa.fit_groups`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from index.dates import YEAR
from index.protocols import Index
from index.types import Hit, WordMatrix
from qa.question import fold
from qa.spans import names
from qa.types import Question, Reading
from qa.values import DATES, Value, compatible, read_value, same
from qa.weights import Linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Evidence of a reading that is set against the best one's. What the reader says is not: it tells where the
# answer is, not whether two say the same, and with it the scenes left out were told worse.
COMPARED = (
    *("score", "late", "late_around", "late_passage", "terms", "terms_around", "near", "before", "cosine", "weakest"),
    "retrieval",
)
OWN = ("late", "near", "weakest", "terms", "cosine")  # evidence that counts for itself, too
_AROUND = 5  # words on either side of a span that tell what it is said of
_YEAR = re.compile(rf"(?<!\d){YEAR}(?!\d)")
_ASKS_UNTIL = re.compile(
    r"\bjusqu'|\buntil\b|\bd'ici quand\b|\bby when\b|\bexpir|\becheance|date limite|\bdeadline|\brun out\b"
)
# What stands right before a date that ends something.
_UNTIL = re.compile(
    r"(?:\bjusqu'(?:en|au|a la|a)?|\buntil|\bthrough|\bau-dela d[eu]|\bbeyond|\becheance(?: actuelle)? d[eu]"
    r"|\bexpir\w+ (?:en|le|in|on|fin))(?: la| the)?(?: fin| end)?(?: de| of)? ?$"
)
_ASKING = re.compile(
    r"^(?:combien|comment|pourquoi|quel(?:le)?s?|lequel|laquelle|how|who|whom|whose|what|which|when|where|why)\b"
    r"[ ']*(?:s )?"
)
_BY = re.compile(r"(?<!\w)(?:par|by)\s$")
_SMALL = 3  # letters of a word that says little by itself: `de`, `the`
_BEFORE = 60  # characters looked at for it


@dataclass(frozen=True, slots=True)
class Point:
    """A reading with what its comparison takes: its value, its words in the sentence, and which of them are its span.

    `at` (2,) bounds the words of the span; `words` are those of its sentence.
    """

    reading: Reading
    value: Value
    sentence: str
    words: WordMatrix
    at: tuple[int, int]

    @property
    def document(self) -> str:
        """The id of the document that it reads."""
        return self.reading.hit.passage.doc_id


def point(index: Index, question: Question, reading: Reading) -> Point:
    """Read what a reading gives, and the words around it."""
    passage, sentence, span = reading.hit.passage, reading.sentence, reading.span
    text = passage.text[sentence.start - passage.start : sentence.end - passage.start]
    value = read_value(question.kind, text, span.start - sentence.start, span.end - sentence.start)
    whole = index.words(passage)
    starts = whole.offsets[:, 0] + passage.start
    first, last = (int(at) for at in np.searchsorted(starts, (sentence.start, sentence.end)))
    own = WordMatrix(whole.offsets[first:last], whole.rows[first:last], whole.weights[first:last])
    at = np.searchsorted(starts[first:last], (span.start, span.end))
    return Point(reading, value, text, own, (int(at[0]), int(at[1])))


def same_point(model: Linear, features: dict[str, float]) -> float:
    """Return the probability that another reading answers the same question as the best one.

    :raises KeyError: if the model was fitted on a feature that is not there.
    """
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, model.score(features)))))


def features_of(question: Question, best: Point, other: Point, rivals: Sequence[Point]) -> dict[str, float]:
    """Return what tells whether another reading answers the same question as the best one.

    :param rivals: the readings of the other's document that may answer, itself among them.
    """
    mine, its = best.reading.evidence, other.reading.evidence
    gaps = {f"{name}_gap": mine[name] - its[name] for name in COMPARED[1:]}
    return {
        "score_gap": best.reading.score - other.reading.score,
        **gaps,
        **{name: its[name] for name in OWN},
        "second": float(any(rival.reading.score > other.reading.score for rival in rivals)),
        "behind": max(rival.reading.score for rival in rivals) - other.reading.score,
        "same_document": float(best.document == other.document),
        "same_language": float(best.reading.hit.document.language == other.reading.hit.document.language),
        "same_value": float(same(best.value, other.value)),
        "compatible": float(compatible(best.value, other.value)),
        "same_currency": float(best.value.currency is not None and best.value.currency == other.value.currency),
        "magnitude": _magnitude(best.value, other.value),
        **_named(question, best, other),
        **_years(question, best, other),
        **_ends(question, best, other),
        **_around(best, other),
    }


def _magnitude(left: Value, right: Value) -> float:
    """Return how many powers of ten lie between two figures: two reports of one thing seldom lie far apart."""
    if left.family != "figure" or right.family != "figure" or min(left.low, right.low) <= 0.0:
        return 0.0
    return abs(math.log10(left.high / right.high))


def _named(question: Question, best: Point, other: Point) -> dict[str, float]:
    """Say how much of what the question names stands in the sentence and passage, and what else is named there."""
    asked = named(question)
    words = [word for name in asked for word in name.split() if len(word) > _SMALL]
    sentence = fold(other.sentence)
    passage, known = (_read(each.reading.hit) for each in (other, best))
    hit = other.reading.hit
    until = fold(f"{hit.document.title} {hit.passage.text[: other.reading.sentence.end - hit.passage.start]}")
    told_before = [name in until for name in asked]
    told = {start: fold(other.sentence[start:end]) for start, end in names(other.sentence)}
    foreign = [
        start
        for start, name in told.items()
        if name not in known and not any(each in name or name in each for each in asked)
    ]
    spoken_of = not asked or any(name in sentence for name in asked)
    return {
        "named_here": _share([name in sentence for name in asked]),
        "named_near": _share([name in passage for name in asked]),
        "named_before": _share(told_before),
        "named_before_not": float(bool(asked) and not any(told_before)),
        "named_words": _share([word in passage for word in words]),
        "named_nowhere": float(bool(words) and not any(word in passage for word in words)),
        "foreign": min(len(foreign), 3) / 3.0,
        "foreign_subject": float(0 in foreign and not spoken_of),  # a sentence begins with what it is about
        "foreign_agent": float(any(_BY.search(other.sentence, 0, start) for start in foreign)),
    }


def named(question: Question) -> list[str]:
    """Return the names in a question, folded: `Combien Microsoft` names Microsoft."""
    found = [_ASKING.sub("", fold(question.text[start:end])) for start, end in names(question.text)]
    return [name for name in found if name]


def _read(hit: Hit) -> str:
    return _folded(hit.document.title, hit.passage.text)


@lru_cache(maxsize=256)
def _folded(title: str, text: str) -> str:
    return fold(f"{title} {text}")


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0


def _years(question: Question, best: Point, other: Point) -> dict[str, float]:
    """Say whether the years that the sentences tell rule out that they speak of the same."""
    dated = question.kind in DATES
    asked = set(_YEAR.findall(question.text))
    mine, its = (set(_YEAR.findall(_without(each) if dated else each.sentence)) for each in (best, other))
    return {
        "year_unsaid": float(bool(asked) and not its),
        "years_apart": float(not asked and bool(mine) and bool(its) and not mine & its),
    }


def _without(each: Point) -> str:
    """Return a sentence without its span."""
    start = each.reading.span.start - each.reading.sentence.start
    end = each.reading.span.end - each.reading.sentence.start
    return each.sentence[:start] + each.sentence[end:]


def _ends(question: Question, best: Point, other: Point) -> dict[str, float]:
    """Say whether the end of something is asked for, and given: the words before a date tell for sure."""
    asks = question.kind in DATES and bool(_ASKS_UNTIL.search(fold(question.text)))
    answer, ends = (question.kind in DATES and _ends_something(each) for each in (best, other))
    return {
        "ends": float(asks and ends),
        "ends_not": float(asks and not ends),
        "ends_unasked": float(ends and not asks),
        "answer_ends_not": float(asks and not answer),
    }


def _ends_something(each: Point) -> bool:
    at = each.reading.span.start - each.reading.sentence.start
    return bool(_UNTIL.search(fold(each.sentence[max(0, at - _BEFORE) : at])))


def answers_as_asked(question: Question, best: Point) -> bool:
    """Say whether nothing in the best sentence rules out that it answers: another year, or no end if one is asked."""
    asks_until = question.kind in DATES and bool(_ASKS_UNTIL.search(fold(question.text)))
    return not of_another_year(question, best) and (_ends_something(best) or not asks_until)


def of_another_year(question: Question, other: Point) -> bool:
    """Say whether a figure's sentence tells years, and none of those asked for: it answers another question."""
    asked, told = set(_YEAR.findall(question.text)), set(_YEAR.findall(other.sentence))
    return question.kind not in DATES and bool(asked) and bool(told) and not asked & told


def _around(best: Point, other: Point) -> dict[str, float]:
    """Return how alike the words are that stand around both spans, after them, and in both sentences."""
    return {
        "around_like": _alike(_window(best, _AROUND, _AROUND), _window(other, _AROUND, _AROUND)),
        "after_like": _alike(_window(best, 0, 2), _window(other, 0, 2)),
        "sentence_like": _alike(_window(best, 999, 999), _window(other, 999, 999)),
    }


def _window(each: Point, before: int, after: int) -> NDArray[np.float32]:
    """Return the words beside a span, (n, dim), each as long as it is telling."""
    start, end = each.at
    rows = each.words.rows * each.words.weights[:, None]
    return np.concatenate([rows[max(0, start - before) : start], rows[end : end + after]])


def _alike(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """Return how well two sets of words match, from 0 to 1: each word by its best match, telling words more."""
    weights = [np.linalg.norm(rows, axis=1) for rows in (left, right)]
    if not all(weight.sum() > 0.0 for weight in weights):
        return 0.0
    unit = [rows / np.maximum(weight[:, None], 1e-9) for rows, weight in zip((left, right), weights, strict=True)]
    sims = np.maximum(unit[0] @ unit[1].T, 0.0)
    forth = float(weights[0] @ sims.max(axis=1) / weights[0].sum())
    back = float(weights[1] @ sims.max(axis=0) / weights[1].sum())
    return (forth + back) / 2.0
