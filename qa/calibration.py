"""A user's own calibration: confidence refitted on questions about a folder, kept in the index folder.

It holds for the encoder, the reader and the fitted numbers that it was made with, and for
a folder much like the one then. With others it is set aside, not removed: the notice says
why, and `sourcier calibrate` makes another.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from index.protocols import Index
from index.side_file import read_side
from qa.weights import Weights

CALIBRATION_FILE = "calibration.json"
FORMAT = 1
METHODS = ("identity", "platt", "isotonic")
"""From the simplest: as it came, a straight line on the log-odds, any rising one."""

_CHANGED = 0.2  # of the documents then: with more added, changed or gone, confidence is another's
_MOST_ODDS = 20.0  # log-odds beyond which a confidence is as good as 0 or 1
_DIGEST = 16  # characters of a document's or question's SHA-256 that are kept


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Turns the confidence that Sourcier came with into one that fits a user's questions.

    It never puts a less sure answer before a surer one. `platt` (Platt 1999) is
    a straight line on the log-odds; `isotonic` (Zadrozny & Elkan 2002) goes through `knots`,
    (log-odds, probability), straight between them (centred: Oron & Flournoy 2017).
    """

    method: str = "identity"
    slope: float = 1.0
    bias: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would not rise.

        :raises ValueError: if it does not.
        """
        if self.method not in METHODS:
            raise ValueError(f"method {self.method!r}: want {', '.join(METHODS)}")
        if not (0.0 < self.slope < math.inf and math.isfinite(self.bias)):
            raise ValueError(f"slope {self.slope} and bias {self.bias}: want finite ones, and a slope above 0")
        odds, rates = [at for at, _ in self.knots], [rate for _, rate in self.knots]
        if self.method == "isotonic" and not (
            self.knots
            and all(map(math.isfinite, (*odds, *rates)))
            and odds == sorted(set(odds))
            and [0.0, *rates, 1.0] == sorted([0.0, *rates, 1.0])
        ):
            raise ValueError("the knots do not rise")

    def apply(self, confidence: float) -> float:
        """Return the calibrated confidence, from 0 to 1."""
        if self.method == "identity":
            return confidence
        odds = log_odds(confidence)
        if self.method == "platt":
            return probability(self.slope * odds + self.bias)
        place = bisect_right(self.knots, odds, key=lambda knot: knot[0])
        if place in (0, len(self.knots)):
            return self.knots[min(place, len(self.knots) - 1)][1]
        (left, low), (right, high) = self.knots[place - 1 : place + 1]
        return low + (high - low) * (odds - left) / (right - left)


def log_odds(confidence: float) -> float:
    """Return the log-odds of a probability, none further from 0 than 20."""
    if not 0.0 < confidence < 1.0:
        return _MOST_ODDS if confidence >= 1.0 else -_MOST_ODDS
    return max(-_MOST_ODDS, min(_MOST_ODDS, math.log(confidence / (1.0 - confidence))))


def probability(odds: float) -> float:
    """Return the probability of log-odds."""
    return 1.0 / (1.0 + math.exp(-max(-2 * _MOST_ODDS, min(2 * _MOST_ODDS, odds))))


@dataclass(frozen=True, slots=True)
class Basis:
    """What confidence rests on: the encoder, the reader, the fitted numbers, and the documents."""

    encoder: str
    reader: str
    weights: str
    version: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A calibrator, and what it was fitted on.

    `threshold` is the least calibrated confidence to answer with, chosen so that the share
    `precision` of the answers is right; without one, what is answered stays as it was.
    `asked` are digests of the questions, `right` the number that was.
    """

    calibrator: Calibrator
    threshold: float | None
    precision: float | None
    right: int
    asked: tuple[str, ...]
    basis: Basis

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        :raises ValueError: if a share is none, or the counts do not agree.
        """
        for name, value in (("threshold", self.threshold), ("precision", self.precision)):
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is {value}, want 0 to 1")
        if not 0 <= self.right <= len(self.asked):
            raise ValueError(f"{self.right} right of {len(self.asked)} questions")

    def to_json(self) -> dict[str, Any]:
        """Return everything, to be kept."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, told: object) -> Calibration:
        """Return what `to_json` told.

        :raises ValueError: if it is not that, or of another format.
        """
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            found = told.get("format") if isinstance(told, dict) else type(told).__name__
            raise ValueError(f"format {found}, this Sourcier reads {FORMAT}")
        try:
            fields = {name: value for name, value in told.items() if name != "format"}
            knots = tuple((float(at), float(rate)) for at, rate in told["calibrator"]["knots"])
            basis = {**told["basis"], "documents": _texts(told["basis"]["documents"])}
            fields |= {"calibrator": Calibrator(**{**told["calibrator"], "knots": knots}), "basis": Basis(**basis)}
            return cls(**{**fields, "asked": _texts(told["asked"])})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not as it was written ({error!r})") from error

    def told(self) -> str:
        """Say in a line what it is."""
        chosen = ""
        if self.threshold is not None:
            chosen = f", answers from confidence {self.threshold:.2f} on, for a precision of {self.precision:.0%}"
        return f"{self.calibrator.method}, fitted on {len(self.asked)} questions{chosen}"

    def weights(self, weights: Weights) -> Weights:
        """Return the fitted numbers with the thresholds that calibrated confidence is held against."""
        kept = {kind: self.calibrator.apply(value) for kind, value in weights.thresholds.items()}
        chosen = kept if self.threshold is None else dict.fromkeys(kept, self.threshold)
        return replace(weights, thresholds=chosen)

    def overlap(self, questions: Sequence[str]) -> int:
        """Return how many of some questions it was fitted on."""
        known = set(self.asked)
        return sum(digest(question) in known for question in questions)


def stored_calibration(index: Index, reader: str, weights: Weights) -> tuple[Calibration | None, str | None]:
    """Return the calibration kept with an index, or else why the one that is there does not count.

    :param reader: the reader's identity.
    :param weights: the fitted numbers as they came.
    """
    try:
        told = read_side(index.side, CALIBRATION_FILE)
        if told is None:
            return None, None
        calibration = Calibration.from_json(told)
    except ValueError as error:
        return None, f"it cannot be read: {error}"
    why = _why_not(calibration.basis, index, reader, weights)
    return (None, why) if why else (calibration, None)


def basis_of(index: Index, reader: str, weights: Weights) -> Basis:
    """Return what confidence rests on now."""
    return Basis(index.encoder.identity, reader, weights_identity(index, weights), index.version, _documents(index))


def weights_identity(index: Index, weights: Weights) -> str:
    """Return a digest of all fitted numbers, and of how passages are cut and their words read."""
    manifest = index.generation.manifest
    told = [manifest.format, manifest.words_identity, asdict(weights)]
    return digest(json.dumps(told, sort_keys=True, default=_plain))


def digest(text: str) -> str:
    """Return what a question is known by."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def _why_not(then: Basis, index: Index, reader: str, weights: Weights) -> str | None:
    now = {"encoder": index.encoder.identity, "reader": reader}
    for name, value in now.items():
        if getattr(then, name) != value:
            return f"it was made with the {name} {getattr(then, name)}, this is {value}"
    if then.weights != weights_identity(index, weights):
        return "it was made with other weights"
    if then.version == index.version:
        return None
    before, after = set(then.documents), set(_documents(index))
    changed = max(len(before - after), len(after - before))
    if changed > _CHANGED * len(before):
        return f"{changed} articles have come, gone or changed since, of {len(before)}"
    return None


def _documents(index: Index) -> tuple[str, ...]:
    return tuple(sorted({info.sha256[:_DIGEST] for info in index.passages.documents()}))


def _plain(value: object) -> object:
    """Return what JSON knows in the place of an array."""
    return value.tolist() if isinstance(value, np.ndarray) else repr(value)


def _texts(told: object) -> tuple[str, ...]:
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise TypeError("not a list of texts")
    return tuple(told)
