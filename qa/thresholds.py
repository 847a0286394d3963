"""The least confidence that an answer needs, by the kind of what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qa.types import AnswerKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.fit_confidence import Told

GROUPS = ("figure", "name", "other")
_TRIED = np.arange(0.05, 0.9, 0.01)


def group_of(kind: AnswerKind) -> str:
    """Return `name`, `other`, or `figure` for numbers, amounts, shares and dates."""
    return kind.value if kind in (AnswerKind.NAME, AnswerKind.OTHER) else "figure"


def choose_thresholds(told: Sequence[Told], sure: NDArray[np.float64]) -> dict[str, float]:
    """Return for each group the threshold that does best by both kinds of question.

    It has the largest sum of two shares: of the questions with an answer those answered
    rightly, of those without one those refused (Youden 1950). A group without any of
    either is not answered below 0.5.

    :param sure: (cases,) the confidence of each by weights that have not seen it.
    """
    chosen = {}
    for group in GROUPS:
        places = [n for n, each in enumerate(told) if group_of(each.asked.question.kind) == group]
        weights = np.asarray([told[n].asked.weight for n in places])
        has = np.asarray([bool(told[n].asked.right.any()) for n in places], bool)
        right = np.asarray([told[n].right for n in places], bool)
        if not (has.any() and (~has).any()):
            chosen[group] = 0.5
            continue
        answered = sure[places][:, None] >= _TRIED
        gained = (weights * right) @ answered / weights[has].sum() + (weights * ~has) @ ~answered / weights[~has].sum()
        best = np.flatnonzero(gained >= gained.max() - 1e-9)[-1]  # of equals the one that says less
        chosen[group] = round(float(_TRIED[best]), 2)
    return chosen
