"""How well confidence tells right answers from wrong ones: AUROC, calibration error, risk against coverage.

Of each question the best sentence counts, answered with or not: its confidence, and
whether it holds an accepted answer of an accepted source. Nothing that could be said to a
question without an answer is right.

AUROC (Hanley & McNeil 1982): how often a right one has more confidence than a wrong one.
ECE, the expected calibration error (Naeini et al. 2015), over bins of equally many
questions (Nguyen & O'Connor 2015): by how much confidence misses the share that is right.
AURC (Geifman et al. 2019): the area under the risk-coverage curve (El-Yaniv & Wiener
2010), the mean share of wrong ones among the k surest, over all k. Lower is better for
the last two.

Intervals hold 95 %. Those of shares are Wilson's (1927); those of the three figures a
bootstrap's over questions (Efron 1979), which shows only what the sample holds: where all
are right, it cannot tell how seldom one is wrong. Resampling adds to ECE about the bias
that the sample itself has (Bröcker & Smith 2007), so its interval is reflected about it,
and always holds it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa.measure.intervals import Figure, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 1_000
_SEED = 0
_BINS, _IN_A_BIN = 10, 10  # at most so many bins; with fewer questions in each, chance alone is an error
_POINTS = 100  # of a risk-coverage curve
_CELLS = 2_000_000  # resampled counts held at a time: bounds the memory


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of like confidence: their mean confidence, and the share of them that is right."""

    questions: int
    confidence: float
    right: Figure


@dataclass(frozen=True, slots=True)
class Point:
    """The surest share of the questions: the least confidence among them, and the share of them that is wrong."""

    coverage: float
    confidence: float
    risk: Figure


@dataclass(frozen=True, slots=True)
class Reliability:
    """The measures of confidence over the questions of one direction.

    `right` is the share whose best sentence is right; `answered` the share that was in fact
    answered, and `precision` the share of those that is right. What is undefined is None:
    AUROC without both right and wrong ones, precision without answers.
    """

    direction: str
    questions: int
    right: Figure
    answered: float
    precision: Figure | None
    auroc: Figure | None
    ece: Figure
    aurc: Figure
    bins: tuple[Bin, ...]
    curve: tuple[Point, ...]


class Tally:
    """Right and wrong ones by confidence. Counts may have leading axes: every figure is over the last.

    :param levels: (m,) distinct confidences, ascending.
    :param right: (..., m) counts.
    :param wrong: (..., m) counts.
    """

    def __init__(self, levels: NDArray[np.float64], right: NDArray[np.int64], wrong: NDArray[np.int64]) -> None:
        self.levels, self.right, self.wrong = levels, right, wrong
        self.both = right + wrong

    @classmethod
    def of(cls, confidence: Sequence[float], right: Sequence[bool]) -> Tally:
        """Count.

        :raises ValueError: if there is nothing to count, or the two differ in length.
        """
        if len(confidence) != len(right) or not len(right):
            raise ValueError(f"{len(confidence)} confidences and {len(right)} outcomes: want as many, and some")
        levels, at = np.unique(np.asarray(confidence, np.float64), return_inverse=True)
        outcomes = np.asarray(right, bool)
        counts = [np.bincount(at[outcomes == wanted], minlength=len(levels)) for wanted in (True, False)]
        return cls(levels, *counts)

    def resamples(self) -> Iterator[Tally]:
        """Yield tallies of as many questions each, drawn from these with replacement; the same every time."""
        chance = np.random.default_rng(_SEED)
        cells = np.concatenate([self.right, self.wrong])
        size = max(1, min(RESAMPLES, _CELLS // len(cells)))
        for first in range(0, RESAMPLES, size):
            drawn = chance.multinomial(cells.sum(), cells / cells.sum(), size=min(size, RESAMPLES - first))
            yield Tally(self.levels, drawn[:, : len(self.levels)], drawn[:, len(self.levels) :])

    def auroc(self) -> NDArray[np.float64]:
        """Return how often a right one has more confidence than a wrong one, ties counting half; NaN without both."""
        below = np.cumsum(self.wrong, axis=-1) - self.wrong
        pairs = self.right.sum(axis=-1) * self.wrong.sum(axis=-1)
        won = (self.right * (below + self.wrong / 2)).sum(axis=-1)
        return np.asarray(np.where(pairs > 0, won / np.maximum(pairs, 1), np.nan))

    def bins(self) -> list[slice]:
        """Return the levels that make bins of about equally many questions. Equal confidences share one."""
        total = int(self.both.sum())
        wanted = min(_BINS, max(1, total // _IN_A_BIN))
        before = np.cumsum(self.both) - self.both
        starts = np.flatnonzero(np.diff(before * wanted // total, prepend=-1))
        return [slice(int(a), int(b)) for a, b in zip(starts, [*starts[1:], len(self.levels)], strict=True)]

    def ece(self, bins: Sequence[slice]) -> NDArray[np.float64]:
        """Return by how much mean confidence misses the share that is right, bin by bin, on the average question."""
        missed = self.right - self.both * self.levels
        inside = [np.abs(missed[..., each].sum(axis=-1)) for each in bins]
        return np.asarray(np.sum(inside, axis=0) / self.both.sum(axis=-1))

    def aurc(self) -> NDArray[np.float64]:
        """Return the mean over k of the share of wrong ones among the k surest; equal ones in the mean of all orders.

        Within one level of N questions, w of them wrong in the mean, after K surer ones, W of
        them wrong, the share at k is (W + (k - K) w) / k: summed, (W - K w) times the
        harmonic numbers' difference, and N w.
        """
        wrong, both = self.wrong[..., ::-1], self.both[..., ::-1]
        total = int(both.sum(axis=-1).max())
        harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, total + 1))])
        upto = np.cumsum(both, axis=-1)
        before, wrong_before = upto - both, np.cumsum(wrong, axis=-1) - wrong
        rate = wrong / np.maximum(both, 1)
        summed = (wrong_before - before * rate) * (harmonic[upto] - harmonic[before]) + wrong
        return np.asarray(summed.sum(axis=-1) / total)

    def curve(self) -> tuple[Point, ...]:
        """Return the risk of answering each share of the questions, at most a hundred of them, the surest first."""
        total, wrong, upto = int(self.both.sum()), self.wrong[::-1], np.cumsum(self.both[::-1])
        steps = min(total, _POINTS)
        points = []
        for k in (-(-total * step // steps) for step in range(1, steps + 1)):
            level = int(np.searchsorted(upto, k))
            inside, before = int(self.both[::-1][level]), int(upto[level] - self.both[::-1][level])
            missed = float(wrong[:level].sum()) + (k - before) * float(wrong[level]) / inside
            points.append(Point(k / total, float(self.levels[::-1][level]), wilson(missed, k)))
        return tuple(points)


def reliability(
    direction: str, confidence: Sequence[float], right: Sequence[bool], answered: Sequence[bool]
) -> Reliability:
    """Measure.

    :param confidence: of the best sentence of each question, from 0 to 1.
    :param right: whether it is right.
    :param answered: whether it was given as an answer.
    :raises ValueError: if there is no question, or the numbers differ.
    """
    tally = Tally.of(confidence, right)
    bins = tally.bins()
    drawn = [[each.auroc(), each.ece(bins), each.aurc()] for each in tally.resamples()]
    auroc, ece, aurc = (np.concatenate(values) for values in zip(*drawn, strict=True))
    given = [was for was, said in zip(right, answered, strict=True) if said]
    exact = float(tally.auroc())
    return Reliability(
        direction=direction,
        questions=len(right),
        right=wilson(sum(right), len(right)),
        answered=len(given) / len(right),
        precision=wilson(sum(given), len(given)) if given else None,
        auroc=None if math.isnan(exact) else _figure(exact, auroc),
        ece=_reflected(float(tally.ece(bins)), ece),
        aurc=_figure(float(tally.aurc()), aurc),
        bins=tuple(_bin(tally, each) for each in bins),
        curve=tally.curve(),
    )


def _bin(tally: Tally, levels: slice) -> Bin:
    both = tally.both[levels]
    total = int(both.sum())
    return Bin(total, float(both @ tally.levels[levels] / total), wilson(int(tally.right[levels].sum()), total))


def _figure(value: float, resampled: NDArray[np.float64]) -> Figure:
    low, high = np.nanpercentile(resampled, [2.5, 97.5])
    return Figure(value, float(low), float(high))


def _reflected(value: float, resampled: NDArray[np.float64]) -> Figure:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Figure(value, max(0.0, min(value, 2 * value - float(high))), min(1.0, max(value, 2 * value - float(low))))
