"""Choose the weights of retrieval: every round value on a grid, judged by the mean over the four directions.

With so few questions the best point of a grid owes much to chance. So each point is
judged together with those beside it, a broad height wins over a lone peak, and the
middle of the grid stands unless another setting is better by more than chance gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa.gather import Asked, Ranker
from qa.scoring import MixWeights, RetrievalWeights, dense_share, late_share, lexical_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What is tried: the setting in the middle, and round values on either side of it.
_NORM_POWERS = (1.0, 1.5, 2.0, 2.5, 3.0)
_RARITY_POWERS = (1.0, 2.0, 3.0)
_SENTENCES = (0.0, 0.25, 0.5, 0.75, 1.0)
_STEP = 0.1
_SLACK = 0.004  # of mean reciprocal rank: two halves of the questions differ by more in what they prefer
_CHUNK = 22  # mixes ranked at a time: bounds the memory
_NO_MIX = MixWeights(1.0, 0.0, 0.0)


def _mixes() -> list[MixWeights]:
    """Return every mix of shares that are multiples of the step; BM25 alone first."""
    steps = round(1 / _STEP)
    shares = (each for each in itertools.product(range(steps + 1), repeat=3) if sum(each) == steps)
    return [MixWeights(*(round(share / steps, 6) for share in each)) for each in sorted(shares, reverse=True)]


MIXES = _mixes()
_AXES = (_NORM_POWERS, _RARITY_POWERS, _SENTENCES)
SETTINGS = list(itertools.product(*_AXES))


class _Group:
    """The questions that one mix is for: those in the paragraphs' language, or the others."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.asked = asked
        self.directions = np.asarray([one.direction for one in asked])
        self._ranker = Ranker(asked)
        self._shares = np.stack(
            [
                np.concatenate([lexical_share(one.found.bm25) for one in asked]),
                np.concatenate([dense_share(one.found.dense) for one in asked]),
            ]
        )
        self._mixes = np.asarray([(mix.lexical, mix.dense, mix.late) for mix in MIXES], np.float32)

    def trials(self, norm_power: float, rarity_power: float, sentence: float) -> NDArray[np.float32]:
        """Return (questions, mixes) reciprocal ranks."""
        weights = RetrievalWeights(_NO_MIX, _NO_MIX, sentence, norm_power, rarity_power)
        late = [late_share(one.words, one.found.matches, one.found.windows, weights) for one in self.asked]
        shares = np.column_stack([*self._shares, np.concatenate(late)])
        parts = [self._mixes[first : first + _CHUNK] for first in range(0, len(MIXES), _CHUNK)]
        return np.concatenate([self._ranker.reciprocal_ranks(shares @ part.T) for part in parts], axis=1)


@dataclass(frozen=True, slots=True)
class Trials:
    """The reciprocal ranks of every question under everything tried.

    `ranks` holds, of the questions asked in the paragraphs' language (True) and of the
    others (False), (questions, settings, mixes); `questions` are those, in that order.
    """

    questions: Mapping[bool, Sequence[Asked]]
    ranks: Mapping[bool, NDArray[np.float32]]

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Trials:
        """Try every setting and mix."""
        groups = {same: [one for one in asked if one.same is same] for same in (True, False)}
        groups = {same: some for same, some in groups.items() if some}
        ranks = {}
        for same, some in groups.items():
            group = _Group(some)
            ranks[same] = np.stack([group.trials(*setting) for setting in SETTINGS], axis=1)
        return cls(groups, ranks)


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting and, for each group of questions, a mix: places in `SETTINGS` and `MIXES`."""

    setting: int
    mixes: Mapping[bool, int]

    @property
    def weights(self) -> RetrievalWeights:
        """The numbers that it stands for. A group without questions takes the other's mix."""
        norm_power, rarity_power, sentence = SETTINGS[self.setting]
        same, cross = (MIXES[self.mixes.get(group, self.mixes.get(not group, 0))] for group in (True, False))
        return RetrievalWeights(same, cross, sentence, norm_power, rarity_power)


def choose(trials: Trials, used: Mapping[bool, NDArray[np.bool_]]) -> Choice:
    """Choose by the questions used.

    The mean over directions of the mean reciprocal rank decides, smoothed over the
    points beside. A mix under which a direction falls below BM25 alone, in that or in
    recall@1, is never chosen.

    :param used: of each group, (questions,).
    :raises ValueError: if no question is used.
    """
    heights = []
    mixes = {}
    for same, ranks in trials.ranks.items():
        if not used[same].any():
            continue
        directions = np.asarray([one.direction for one in trials.questions[same]])
        means, harmful = [], np.zeros(ranks.shape[1:], bool)
        for direction in np.unique(directions[used[same]]):
            found = ranks[used[same] & (directions == direction)]
            means.append(found.mean(axis=0))
            for figure in (means[-1], (found == 1.0).mean(axis=0)):
                harmful |= figure < figure[:, :1] - 1e-9  # MIXES begins with BM25 alone
        mean = np.mean(means, axis=0)
        mean[harmful] = np.minimum(mean, mean[:, :1])[harmful]  # lest they raise those beside them
        height = np.where(harmful, -1.0, _smoothed(mean))
        mixes[same] = height.argmax(axis=1)
        heights.append(height.max(axis=1))
    if not heights:
        raise ValueError("no question to choose by")
    overall = np.mean(heights, axis=0)
    good = np.flatnonzero(overall >= overall.max() - _SLACK)
    setting = min(good, key=lambda place: (_from_the_middle(int(place)), -overall[place]))
    return Choice(int(setting), {same: int(best[setting]) for same, best in mixes.items()})


def _from_the_middle(setting: int) -> int:
    """Return how many steps of the grid lie between a setting and the middle one."""
    return sum(abs(tried.index(value) - len(tried) // 2) for value, tried in zip(SETTINGS[setting], _AXES, strict=True))


def _smoothed(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (settings, mixes) values, each averaged with those beside it."""
    shares = np.asarray([(mix.lexical, mix.dense, mix.late) for mix in MIXES])
    beside = np.abs(shares[:, None] - shares[None]).sum(axis=2) < 2.5 * _STEP
    smooth = values @ (beside / beside.sum(axis=0))
    grid = smooth.reshape(*map(len, _AXES), len(MIXES))
    for axis in range(len(_AXES)):
        grid = _with_neighbours(grid, axis)
    return np.asarray(grid.reshape(values.shape), np.float64)


def _with_neighbours(grid: NDArray[np.floating], axis: int) -> NDArray[np.floating]:
    """Return a grid averaged with itself moved by one either way; at its edges, with what there is."""
    size = grid.shape[axis]
    near = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) <= 1
    return np.moveaxis(np.tensordot(near / near.sum(axis=1, keepdims=True), grid, axes=(1, axis)), 0, axis)
