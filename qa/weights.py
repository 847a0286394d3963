"""The fitted numbers behind retrieval, reading and abstention, kept beside the code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from qa.retrieve import MixWeights, RetrievalWeights
from qa.types import AnswerKind

WEIGHTS_FILE = Path(__file__).parent / "model" / "weights.json"


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of named features."""

    names: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: float

    def score(self, values: Mapping[str, float]) -> float:
        """Return the sum for one set of features.

        :raises KeyError: if a feature is missing.
        """
        return self.bias + float(sum(w * values[name] for name, w in zip(self.names, self.weights, strict=True)))


@dataclass(frozen=True, slots=True)
class Weights:
    """All fitted numbers. `thresholds` are the least confidence that an answer of each kind needs.

    The kinds are `name`, `other`, and `figure` for all that are numbers or dates.
    """

    retrieval: RetrievalWeights
    sentence: Linear
    confidence: Linear
    thresholds: Mapping[str, float]

    def threshold(self, kind: AnswerKind) -> float:
        """Return the least confidence that an answer to a question of a kind needs."""
        return self.thresholds[kind if kind in (AnswerKind.NAME, AnswerKind.OTHER) else "figure"]


@cache
def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """Read the fitted numbers.

    :raises ModelError: if the file is missing or does not fit this version.
    """
    try:
        stored = json.loads(path.read_text("utf-8"))
        mixes = {pair: MixWeights(**stored["retrieval"][pair]) for pair in ("same", "cross")}
        return Weights(
            retrieval=RetrievalWeights(**mixes),
            sentence=_linear(stored["sentence"]),
            confidence=_linear(stored["confidence"]),
            thresholds={kind: float(stored["thresholds"][kind]) for kind in ("figure", "name", "other")},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"cannot read the weights in {path} ({error!r}): install Sourcier again") from error


def _linear(stored: Mapping[str, Any]) -> Linear:
    weights = stored["weights"]
    return Linear(tuple(weights), np.asarray(list(weights.values()), np.float64), float(stored.get("bias", 0.0)))
