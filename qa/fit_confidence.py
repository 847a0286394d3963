"""The fit of confidence, and of the least that an answer needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa.answer import evidence_of
from qa.read import ranked
from qa.weights import Linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.fit_sets import Asked

_PENALTY = 5.0
_WHOLE = 2.0  # what a question asked as users ask it counts, against one whose answer was hidden
# What tells right from wrong on folders that were not fitted on; with all evidence, AUROC there was lower.
_USED = (
    *("score", "lead", "reader", "reader_here", "reader_log", "agree", "typed", "late_passage", "least_known"),
    *("names_known", "same_language"),
)
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What spoke for the best sentence of a question, whether it was right, and how much that counts."""

    asked: Asked
    evidence: dict[str, float]
    right: bool


def evidence(asked: Sequence[Asked], sentence: Linear) -> list[Told]:
    """Return what the best sentence of each question had for it."""
    told = []
    for each in asked:
        readings = ranked(each.found, sentence)
        if readings:
            best = readings[0]
            place = next(n for n, found in enumerate(each.found) if found.hit is best.hit and found.span == best.span
                         and found.sentence.start == best.sentence.start)  # fmt: skip
            told.append(Told(each, evidence_of(each.question, readings), bool(each.right[place])))
    return told


def fit_confidence(told: Sequence[Told]) -> Linear:
    """Fit a logistic regression, with an L2 penalty, of being right on the evidence."""
    from sklearn.linear_model import LogisticRegression

    values = np.asarray([[each.evidence[name] for name in _USED] for each in told])
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    model = LogisticRegression(C=1.0 / (2.0 * _PENALTY), max_iter=2_000)
    counts = [each.asked.weight * (_WHOLE if each.asked.whole else 1.0) for each in told]
    model.fit((values - mean) / spread, [each.right for each in told], sample_weight=counts)
    slopes = model.coef_[0] / spread
    return Linear(_USED, slopes, float(model.intercept_[0] - slopes @ mean))


def folds(told: Sequence[Told]) -> NDArray[np.int64]:
    """Return the fold of each: questions of one article are never parted."""
    articles = sorted({each.asked.article for each in told})
    place = {article: number % FOLDS for number, article in enumerate(articles)}
    return np.asarray([place[each.asked.article] for each in told])


def cross_validated(told: Sequence[Told]) -> NDArray[np.float64]:
    """Return the confidence of each by weights fitted on the other folds."""
    fold = folds(told)
    found = np.zeros(len(told))
    for number in range(FOLDS):
        linear = fit_confidence([each for each, at in zip(told, fold, strict=True) if at != number])
        for place in np.flatnonzero(fold == number).tolist():
            found[place] = 1.0 / (1.0 + np.exp(-linear.score(told[place].evidence)))
    return found
