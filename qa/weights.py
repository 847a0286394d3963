"""The fitted numbers behind retrieval, reading and abstention.

Those of retrieval belong to an encoder and are kept with it: the embedded model's in its
folder, another model's in its own folder too, or in the user's where it has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder import EMBEDDED, EMBEDDED_FOLDER
from index.errors import ModelError
from index.types import Encoder
from qa.scoring import MixWeights, RetrievalWeights
from qa.types import AnswerKind

WEIGHTS_FILE = Path(__file__).parent / "model" / "weights.json"
RETRIEVAL_FILE = EMBEDDED_FOLDER / "retrieval.json"
_ROUNDING = 1e-6
_MOST = 10.0  # a power above leaves one word of a question, and none of the others


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
class SamePoint:
    """What tells whether another reading answers the same question as the best one.

    `listed` is the least probability to cite it; `sure` that to say that the sources
    differ, None where that cannot be said often enough rightly.
    """

    weights: Linear
    listed: float
    sure: float | None


@dataclass(frozen=True, slots=True)
class Weights:
    """All fitted numbers. `thresholds` are the least confidence that an answer of each kind needs.

    The kinds are `name`, `other`, and `figure` for all that are numbers or dates.
    `retrieval` is that of the embedded encoder, unless another's is put in its place;
    `reader` is the identity of the reader that the others were fitted on.
    """

    retrieval: RetrievalWeights
    sentence: Linear
    confidence: Linear
    thresholds: Mapping[str, float]
    same_point: SamePoint
    reader: str

    def threshold(self, kind: AnswerKind) -> float:
        """Return the least confidence that an answer to a question of a kind needs."""
        return self.thresholds[kind if kind in (AnswerKind.NAME, AnswerKind.OTHER) else "figure"]


@cache
def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """Read the fitted numbers.

    :raises ModelError: if the file is missing or does not fit this version.
    """
    retrieval = load_retrieval(RETRIEVAL_FILE)
    try:
        stored = json.loads(path.read_text("utf-8"))
        return Weights(
            retrieval=retrieval,
            sentence=_linear(stored["sentence"]),
            confidence=_linear(stored["confidence"]),
            thresholds={kind: float(stored["thresholds"][kind]) for kind in ("figure", "name", "other")},
            same_point=_same_point(stored["same_point"]),
            reader=str(stored["reader"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"cannot read the weights in {path} ({error!r}): install Sourcier again") from error


def retrieval_of(encoder: Encoder) -> tuple[RetrievalWeights, bool]:
    """Return the weights of retrieval for an encoder, and whether they were fitted on that very one.

    Where it has none, they are the embedded model's.

    :raises ModelError: if there are some that do not fit this version.
    """
    path = retrieval_file(encoder)
    if path.is_file():
        return load_retrieval(path), fitted_on(path) == encoder.identity
    return load_retrieval(RETRIEVAL_FILE), False


def retrieval_file(encoder: Encoder) -> Path:
    """Return where the weights of retrieval for an encoder are kept, be they there or not."""
    if encoder.name == EMBEDDED:
        return RETRIEVAL_FILE
    folder = Path(encoder.name)
    if folder.is_dir():
        return folder / "sourcier.json"
    from platformdirs import user_data_path

    return user_data_path("sourcier", appauthor=False) / "retrieval" / f"{encoder.identity}.json"


@cache
def load_retrieval(path: Path) -> RetrievalWeights:
    """Read the weights of retrieval.

    :raises ModelError: if the file is missing or does not fit this version.
    """
    stored = _stored_retrieval(path)
    try:
        numbers = {name: float(stored[name]) for name in ("sentence", "norm_power", "rarity_power")}
        same, cross = (_mix(stored[pair]) for pair in ("same", "cross"))
        for name, most in (("sentence", 1.0), ("norm_power", _MOST), ("rarity_power", _MOST)):
            if not 0.0 <= numbers[name] <= most:
                raise ValueError(f"{name} is {numbers[name]}, want 0 to {most:g}")
        return RetrievalWeights(same=same, cross=cross, **numbers)
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from error


def fitted_on(path: Path) -> str:
    """Return the identity of the encoder that a file of retrieval weights was fitted on.

    :raises ModelError: if the file is missing or does not tell.
    """
    stored = _stored_retrieval(path)
    try:
        return str(stored["encoder"])
    except KeyError as error:
        raise _unreadable(path, error) from error


def _stored_retrieval(path: Path) -> Mapping[str, Any]:
    try:
        stored = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(stored, dict):
        raise _unreadable(path, TypeError("not an object"))
    return stored


def _mix(stored: Mapping[str, Any]) -> MixWeights:
    shares = [float(stored[name]) for name in ("lexical", "dense", "late")]
    if not (min(shares) >= 0.0 and abs(sum(shares) - 1.0) <= _ROUNDING):
        raise ValueError(f"shares {shares}: want none below 0, and a sum of 1")
    return MixWeights(*shares)


def _unreadable(path: Path, error: Exception) -> ModelError:
    return ModelError(f"cannot read the weights in {path} ({error!r}): fit them again by `python -m qa.fit_retrieval`")


def _linear(stored: Mapping[str, Any]) -> Linear:
    weights = stored["weights"]
    return Linear(tuple(weights), np.asarray(list(weights.values()), np.float64), float(stored.get("bias", 0.0)))


def _same_point(stored: Mapping[str, Any]) -> SamePoint:
    sure = stored["sure"]
    return SamePoint(_linear(stored), float(stored["listed"]), None if sure is None else float(sure))
