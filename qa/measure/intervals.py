"""Figures with their 95 % intervals, and whether two runs differ by more than chance.

A share of questions that each are right or wrong has Wilson's interval (1927), which stays
honest where all or none are. Any other mean has the percentile interval of a bootstrap over
questions (Efron 1979); the difference of two independent figures that of Newcombe (1998,
method 10). Two runs over the same questions are compared by their paired differences: the
p-value is that of a randomisation test, which flips the sign of each difference at random
(Fisher 1935; Smucker, Allan & Carterette 2007 found it the best test for retrieval).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2_000  # of a bootstrap
FLIPS = 10_000  # of a randomisation test
_SEED = 0
_Z = 1.959963984540054  # the normal quantile that leaves 2.5 % above it
_CELLS = 4_000_000  # drawn at a time: bounds the memory


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def wilson(hits: float, questions: int) -> Figure:
    """Return a share and its Wilson interval.

    :param hits: so many of the questions; a fraction where ties are averaged.
    :raises ValueError: if there are no questions.
    """
    if questions < 1:
        raise ValueError("a share of no questions")
    share, spread = hits / questions, _Z * _Z / questions
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / questions + spread / (4 * questions)) / (1 + spread)
    return Figure(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def interval_of_mean(values: Sequence[float]) -> Figure:
    """Return the mean of some questions' values, from 0 to 1, with its interval.

    :raises ValueError: if there are none.
    """
    told = np.asarray(values, np.float64)
    if np.isin(told, (0.0, 1.0)).all():
        return wilson(float(told.sum()), len(told))
    low, high = _resampled_means(told)
    return Figure(float(told.mean()), low, high)


def difference(one: Figure, other: Figure) -> Figure:
    """Return one figure less another, of other questions, with Newcombe's interval."""
    gap = one.value - other.value
    down = math.hypot(one.value - one.low, other.high - other.value)
    return Figure(gap, gap - down, gap + math.hypot(one.high - one.value, other.value - other.low))


def paired_difference(now: Sequence[float], before: Sequence[float]) -> tuple[Figure, float]:
    """Return the mean difference of two runs over the same questions, and its p-value (two-sided).

    :param now: (n,) what each question has in one run.
    :param before: (n,) the same questions in the other.
    :raises ValueError: if there are none, or not as many of each.
    """
    if len(now) != len(before) or not len(now):
        raise ValueError(f"{len(now)} and {len(before)} values: want as many, and some")
    apart = np.asarray(now, np.float64) - np.asarray(before, np.float64)
    moved = apart[apart != 0.0]  # the others change nothing, whatever their sign
    if not len(moved):
        return Figure(0.0, 0.0, 0.0), 1.0
    low, high = _resampled_means(apart)
    chance = np.random.default_rng(_SEED)
    seen, aim = 0, abs(moved.sum()) - 1e-9
    for size in _parts(FLIPS, len(moved)):
        signs = chance.integers(0, 2, size=(size, len(moved)), dtype=np.int8) * 2 - 1
        seen += int((np.abs(signs @ moved) >= aim).sum())
    return Figure(float(apart.mean()), low, high), (seen + 1) / (FLIPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values raised for having looked at several figures (Holm 1979), in their order."""
    told, least = [0.0] * len(p_values), 0.0
    for place, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - place) * p_values[at]))
        told[at] = least
    return told


def _resampled_means(values: NDArray[np.float64]) -> tuple[float, float]:
    chance = np.random.default_rng(_SEED)
    drawn = [
        values[chance.integers(len(values), size=(size, len(values)))].mean(axis=1)
        for size in _parts(RESAMPLES, len(values))
    ]
    low, high = np.percentile(np.concatenate(drawn), (2.5, 97.5))
    return float(low), float(high)


def _parts(rounds: int, width: int) -> Iterator[int]:
    size = max(1, _CELLS // width)
    yield from (min(size, rounds - first) for first in range(0, rounds, size))
