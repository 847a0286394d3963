"""The curves that a calibrator may be: a straight line on the log-odds, or any rising one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qa.calibration import Calibrator, log_odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLOPE_SPREAD, _BIAS_SPREAD = 1.0, 2.0  # how far the truth is thought to lie from what Sourcier came with
_LEAST_SLOPE = 0.05  # confidence that tells nothing is flattened, but never turned round
_STEPS = 100  # of Newton's method, which takes about five
_CLOSE = 1e-12


class Outcome(Protocol):
    """A confidence, and whether what it spoke of was right."""

    @property
    def confidence(self) -> float:
        """From 0 to 1."""

    @property
    def right(self) -> bool:
        """Whether it was right."""


def fit_calibrator(method: str, outcomes: Sequence[Outcome]) -> Calibrator:
    """Return the calibrator of a method that fits some outcomes best.

    :raises ValueError: if there are none, or no such method.
    """
    if not outcomes:
        raise ValueError("nothing to fit")
    if method == "identity":
        return Calibrator()
    odds = np.asarray([log_odds(each.confidence) for each in outcomes])
    right = np.asarray([each.right for each in outcomes], np.float64)
    if method == "platt":
        slope, bias = _line(odds, right)
        return Calibrator(method, slope=slope, bias=bias)
    return Calibrator(method, knots=_rising(odds, right))


def _line(odds: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float]:
    """Return the most likely slope and bias, both drawn towards 1 and 0: few outcomes move them little."""
    slope, bias = _newton(np.column_stack([odds, np.ones_like(odds)]), right, np.zeros_like(odds), (1.0, 0.0))
    if slope >= _LEAST_SLOPE:
        return slope, bias
    return _LEAST_SLOPE, _newton(np.ones((len(odds), 1)), right, _LEAST_SLOPE * odds, (0.0,))[0]


def _newton(
    features: NDArray[np.float64], right: NDArray[np.float64], given: NDArray[np.float64], prior: tuple[float, ...]
) -> list[float]:
    """Return the weights of a logistic regression with a normal prior.

    :param features: (n, d), the last one constant.
    :param right: (n,) 0 or 1.
    :param given: (n,) what is added to the log-odds beforehand.
    :param prior: (d,) the weights thought likeliest beforehand.
    """
    middle = np.asarray(prior)
    pull = 1.0 / np.square([_SLOPE_SPREAD, _BIAS_SPREAD][-len(prior) :])

    def loss(weights: NDArray[np.float64]) -> float:
        odds = features @ weights + given
        return float((np.logaddexp(0.0, odds) - right * odds).sum() + pull @ np.square(weights - middle) / 2)

    weights, height = middle, loss(middle)
    for _ in range(_STEPS):
        told = 1.0 / (1.0 + np.exp(-np.clip(features @ weights + given, -500.0, 500.0)))
        downhill = features.T @ (told - right) + pull * (weights - middle)
        bend = features.T @ (features * (told * (1.0 - told))[:, None]) + np.diag(pull)
        step = np.linalg.solve(bend, downhill)
        while (lower := loss(weights - step)) > height and np.abs(step).max() > _CLOSE:
            step = step / 2
        if lower >= height - _CLOSE:
            break
        weights, height = weights - step, lower
    return [float(weight) for weight in weights]


def _rising(odds: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """Return the knots of the likeliest rising curve, by pooling adjacent violators (Ayer et al. 1955).

    Each pool stands at the mean of its log-odds. None is said to be surely right or wrong.
    """
    levels, at, counts = np.unique(odds, return_inverse=True, return_counts=True)
    pools: list[tuple[float, float, float]] = []  # the number of outcomes, their log-odds and right ones, summed
    for level, count, hits in zip(levels, counts, np.bincount(at, weights=right), strict=True):
        pool = (float(count), float(level * count), float(hits))
        while pools and pools[-1][2] * pool[0] >= pool[2] * pools[-1][0]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    least = 1.0 / (len(odds) + 2.0)
    return tuple((total / count, min(max(hits / count, least), 1.0 - least)) for count, total, hits in pools)
