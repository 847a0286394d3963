"""Figures with their 95 % intervals, and whether two runs differ by more than chance.

A share of questions that each are right or wrong has Wilson's interval (1927), which stays
honest where all or none are. Any other mean has the percentile interval of a bootstrap over
questions (Efron 1979), expanded for small samples (Hesterberg 2015): the plain one is too
narrow by a sixth at ten questions. Values that all are equal have nothing to resample:
theirs is Wilson's too, which is then too wide rather than too narrow, as no values between
two bounds vary more than those at the bounds.

The difference of two independent figures has the interval of Newcombe (1998, method 10),
which Zou & Donner (2008) carry over to figures other than shares. Two runs over the same
questions are compared by their paired differences: the p-value is that of a randomisation
test, which flips the signs of the differences (Fisher 1935; Smucker, Allan & Carterette
2007 found it the best test for retrieval), in every way where few questions moved, else at
random.
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
_CELLS = 2_000_000  # drawn at a time: bounds the memory
_ALL_WAYS = 13  # so many signs are flipped in every way: there are fewer than FLIPS
_EQUAL = 1e-9  # values nearer than this differ by rounding alone


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
    return _mean(np.asarray(values, np.float64), 0.0, 1.0)


def difference(one: Figure, other: Figure) -> Figure:
    """Return one figure less another, of other questions, with Newcombe's interval."""
    gap = one.value - other.value
    down = math.hypot(one.value - one.low, other.high - other.value)
    return Figure(gap, gap - down, gap + math.hypot(one.high - one.value, other.value - other.low))


def paired_difference(now: Sequence[float], before: Sequence[float]) -> tuple[Figure, float]:
    """Return the mean difference of two runs over the same questions, and its p-value (two-sided).

    Where no question moved there is nothing to resample: the interval is 0 alone, and the p-value 1.

    :param now: (n,) what each question has in one run, from 0 to 1.
    :param before: (n,) the same questions in the other.
    :raises ValueError: if there are none, or not as many of each.
    """
    if len(now) != len(before) or not len(now):
        raise ValueError(f"{len(now)} and {len(before)} values: want as many, and some")
    apart = np.asarray(now, np.float64) - np.asarray(before, np.float64)
    apart[np.abs(apart) < _EQUAL] = 0.0
    moved = apart[apart != 0.0]  # the others change nothing, whatever their sign
    if not len(moved):
        return Figure(0.0, 0.0, 0.0), 1.0
    return _mean(apart, -1.0, 1.0), _randomisation(moved)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values raised for having looked at several figures (Holm 1979), in their order."""
    told, least = [0.0] * len(p_values), 0.0
    for place, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - place) * p_values[at]))
        told[at] = least
    return told


def _mean(values: NDArray[np.float64], least: float, most: float) -> Figure:
    """Return the mean of values between two bounds, with its interval."""
    if not len(values):
        raise ValueError("a mean of no questions")
    mean, count, width = float(values.mean()), len(values), most - least
    if np.isin(values, (least, most)).all() or np.ptp(values) < _EQUAL:
        share = wilson(float(values.sum() - count * least) / width, count)
        return Figure(mean, min(mean, least + width * share.low), max(mean, least + width * share.high))
    low, high = np.quantile(_resampled_means(values), _tails(count))
    return Figure(mean, float(low), float(high))


def _resampled_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    chance = np.random.default_rng(_SEED)
    count = len(values)
    drawn = [values[chance.integers(count, size=(size, count))].mean(axis=1) for size in _parts(RESAMPLES, count)]
    return np.concatenate(drawn)


def _tails(count: int) -> tuple[float, float]:
    """Return the quantiles of resampled means that bound 95 %: those of a normal where Student's t would reach.

    A resampled mean spreads less than it should by the square root of (n - 1) / n, and the
    spread is itself only estimated. The quantile of t is the expansion of Fisher & Cornish (1960).

    :param count: of values, at least 2.
    """
    z, free = _Z, count - 1
    student = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    tail = math.erfc(math.sqrt(count / free) * student / math.sqrt(2)) / 2
    return tail, 1 - tail


def _randomisation(moved: NDArray[np.float64]) -> float:
    """Return how often differences of random sign sum to as much as these, either way.

    :param moved: (m,) differences, none of them 0.
    """
    count, aim = len(moved), abs(moved.sum()) - _EQUAL
    if count <= _ALL_WAYS:
        ways = np.arange(2**count)[:, None] >> np.arange(count) & 1
        return float((np.abs((2 * ways - 1) @ moved) >= aim).mean())
    chance, seen = np.random.default_rng(_SEED), 0
    for size in _parts(FLIPS, count):
        signs = chance.integers(0, 2, size=(size, count), dtype=np.int8) * 2 - 1
        seen += int((np.abs(signs @ moved) >= aim).sum())
    return (seen + 1) / (FLIPS + 1)  # never 0 from a sample (Phipson & Smyth 2010)


def _parts(rounds: int, width: int) -> Iterator[int]:
    size = max(1, _CELLS // width)
    yield from (min(size, rounds - first) for first in range(0, rounds, size))
