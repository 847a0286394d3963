"""The fit of the scorer that ranks sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qa.features import FEATURES
from qa.weights import Linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.fit_sets import Asked

RULED_OUT = ("heading", "asks")  # such sentences are never read: their weight is 0
_PENALTY = 10.0


def fit_sentence(asked: Sequence[Asked]) -> Linear:
    """Fit weights so that the sentence that holds the answer comes first.

    A softmax over the sentences of each question, with an L2 penalty. Questions none of
    whose sentences is right are passed over.
    """
    from scipy.optimize import minimize

    some = [(each, _read(each)) for each in asked]
    some = [(each, read) for each, read in some if each.right[read].any()]
    values = [np.stack([each.found[place].values for place in read]) for each, read in some]
    everything = np.concatenate(values)
    mean, spread = everything.mean(axis=0), everything.std(axis=0) + 1e-6
    used = np.asarray([name not in RULED_OUT for name in FEATURES]) & (everything.std(axis=0) > 0)
    scaled = [(each - mean) / spread * used for each in values]
    rights = [each.right[read] for each, read in some]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = _PENALTY * float(weights @ weights), 2.0 * _PENALTY * weights
        for (each, _), features, right in zip(some, scaled, rights, strict=True):
            scores = features @ weights
            shares = np.exp(scores - scores.max())
            among_right = shares * right / (shares @ right)
            shares = shares / shares.sum()
            total -= each.weight * float(np.log(shares @ right))
            slope = slope - each.weight * ((among_right - shares) @ features)
        return total, slope

    best = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x / spread * used
    return Linear(FEATURES, best, 0.0)


def _read(each: Asked) -> list[int]:
    ruled_out = [FEATURES.index(name) for name in RULED_OUT]
    return [place for place, candidate in enumerate(each.found) if not candidate.values[ruled_out].any()]
