"""Clozes: a sentence with some words taken out, asked of its own translation among other sentences.

What was taken out is found in the other language by the translations of words, so that
one pair of sentences gives questions in all four directions (after Lewis et al., ACL
2019, who made such questions in one language).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa.reader_inputs import Pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from qa.train.translated import Sentences

_NUMBER, _CAPITAL = (6, 7), (2, 3, 4, 5)  # kinds of pieces, as `qa.reader_inputs` numbers them
_MARK = (8, 9)
_MOST_TAKEN = 7  # pieces
_LEAST_CHANCE = 0.08  # that one piece translates another
_DROPPED = 0.15  # of the words that stay
_AROUND = (4, 14)  # pieces kept on each side of the gap
_IN_FRONT = 0.5  # how often the question word comes first
_TRIES = 6
_TELLING = 3.0  # how much more often numbers and names are taken out
_MOST_BESIDE = 7  # sentences around the one that answers
# What stands for the gap, by what was taken out.
_WORDS = {
    "en": {
        "number": ("how many", "how much", "what", "when"),
        "name": ("who", "what", "which"),
        "other": ("what", "which"),
    },
    "fr": {
        "number": ("combien", "combien de", "quel", "quand"),
        "name": ("qui", "quel", "quoi"),
        "other": ("quoi", "quel", "quelle"),
    },
}


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question, the passage that answers it, and the first and last piece of the answer."""

    question: Pieces
    passage: Pieces
    start: int
    end: int


class Clozes:
    """Makes clozes by chance.

    :param chances: how likely an English piece (row) and a French one (column) meet.
    :param vocabulary: the ids of pieces.
    :param weights: (vocabulary,) how rare each piece is.
    """

    def __init__(
        self,
        sources: Sequence[Sentences],
        chances: sparse.csr_matrix,
        vocabulary: Mapping[str, int],
        weights: NDArray[np.float32],
    ) -> None:
        self._sources, self._weights = sources, weights
        sizes = np.asarray([len(source.english) for source in sources], np.float64)
        self._share = sizes / sizes.sum()
        self._chances = {"en": chances, "fr": chances.T.tocsr()}
        self._words = {
            language: {
                kind: [np.asarray([vocabulary[w] for w in text.split() if w in vocabulary], np.int64) for text in texts]
                for kind, texts in kinds.items()
            }
            for language, kinds in _WORDS.items()
        }
        self._asks = vocabulary.get("?")

    def make(self, room: int, chance: np.random.Generator) -> Cloze | None:
        """Return a cloze whose passage has at most `room` pieces, or one sentence; None if the one drawn gives none."""
        source = self._sources[chance.choice(len(self._sources), p=self._share)]
        asks, answers = ("en", "fr") if chance.random() < 0.5 else ("fr", "en")  # noqa: PLR2004 - a coin
        row = int(chance.integers(len(source.english)))
        told = source.of(answers)[row]
        if chance.random() < 1 / 3:
            asking, links = told, np.arange(len(told.ids))
            language = answers
        else:
            asking, language = source.of(asks)[row], asks
            links = self._aligned(told.ids, asking.ids, answers)
        for _ in range(_TRIES):
            if taken := _taken(told, asking, links, self._weights[told.ids], chance):
                question = self._asked(asking, taken[2:], language, chance)
                return _among(question, told, taken[:2], source.of(answers), room, chance)
        return None

    def _aligned(self, told: NDArray[np.int64], asking: NDArray[np.int64], language: str) -> NDArray[np.int64]:
        """Return (pieces of `told`,) the place of the translation of each in `asking`, -1 where there is none."""
        table = self._chances[language]
        places: dict[int, int] = {}
        for place, piece in enumerate(asking.tolist()):
            places[piece] = -2 if piece in places else place  # one that stands twice tells nothing
        links = np.full(len(told), -1, np.int64)
        for at, piece in enumerate(told.tolist()):
            first, last = table.indptr[piece], table.indptr[piece + 1]
            best, likely = -1, _LEAST_CHANCE
            for other, probability in zip(
                table.indices[first:last].tolist(), table.data[first:last].tolist(), strict=True
            ):
                if probability > likely and places.get(other, -1) != -1:
                    best, likely = places[other], probability
            if best == -1 and places.get(piece, -1) >= 0:
                best = places[piece]  # numbers and names stay as they are
            links[at] = max(best, -1)
        return links

    def _asked(self, asking: Pieces, gap: tuple[int, int], language: str, chance: np.random.Generator) -> Pieces:
        taken = asking.kinds[gap[0] : gap[1]]
        what = "number" if np.isin(taken, _NUMBER).any() else "name" if taken[0] in _CAPITAL else "other"
        words = self._words[language][what]
        word = words[chance.integers(len(words))]
        before, after = (int(chance.integers(*_AROUND)) for _ in range(2))
        sides = (np.arange(max(0, gap[0] - before), gap[0]), np.arange(gap[1], min(len(asking.ids), gap[1] + after)))
        left, right = (
            side[(chance.random(len(side)) >= _DROPPED) & ~np.isin(asking.kinds[side], _MARK)] for side in sides
        )
        asks = Pieces(word, np.zeros(len(word), np.int64))
        texts = [Pieces(asking.ids[side], asking.kinds[side]) for side in (left, right)]
        texts.insert(0 if chance.random() < _IN_FRONT else 1, asks)
        if self._asks is not None:
            texts.append(Pieces(np.asarray([self._asks]), np.asarray([_MARK[0]])))
        return _joined(texts)


def _joined(texts: Sequence[Pieces]) -> Pieces:
    return Pieces(np.concatenate([text.ids for text in texts]), np.concatenate([text.kinds for text in texts]))


def _taken(
    told: Pieces,
    asking: Pieces,
    links: NDArray[np.int64],
    weights: NDArray[np.float32],
    chance: np.random.Generator,
) -> tuple[int, int, int, int] | None:
    """Draw what is taken out: its bounds where it answers, then where it is asked for; None if none was met.

    Rare words are taken more often. No piece of the one may translate a piece outside the other.
    """
    linked = np.flatnonzero((links >= 0) & ~np.isin(told.kinds, _MARK))
    if not len(linked):
        return None
    telling = np.where(np.isin(told.kinds[linked], (*_NUMBER, *_CAPITAL)), _TELLING, 1.0) * weights[linked] ** 2
    start = int(chance.choice(linked, p=telling / telling.sum()))
    end = start + int(chance.integers(1, 6))
    while start > 0 and told.kinds[start] % 2:
        start -= 1
    while end < len(told.ids) and told.kinds[end] % 2:
        end += 1
    if told.kinds[start] in (*_NUMBER, *_CAPITAL):  # a number or a name is taken whole
        alike = _NUMBER if told.kinds[start] in _NUMBER else _CAPITAL
        while start > 0 and told.kinds[start - 1] in alike:
            start -= 1
        end = start + 1
        while end < len(told.ids) and (told.kinds[end] in alike or told.kinds[end] % 2):
            end += 1
    if (
        end > len(told.ids)
        or links[end - 1] < 0
        or end - start > _MOST_TAKEN
        or np.isin(told.kinds[start:end], _MARK).any()
    ):
        return None
    inside = links[start:end]
    inside = inside[inside >= 0]
    if not len(inside):
        return None
    first, last = int(inside.min()), int(inside.max()) + 1
    outside = np.concatenate([links[:start], links[end:]])
    if last - first > _MOST_TAKEN or ((outside >= first) & (outside < last)).any():
        return None
    return start, end, first, last


def _among(
    question: Pieces,
    told: Pieces,
    span: tuple[int, int],
    others: Sequence[Pieces],
    room: int,
    chance: np.random.Generator,
) -> Cloze:
    before: list[Pieces] = []
    after: list[Pieces] = []
    size = len(told.ids)
    for _ in range(_MOST_BESIDE):
        other = others[int(chance.integers(len(others)))]
        if size + len(other.ids) > room:
            break
        size += len(other.ids)
        (before if chance.random() < 0.5 else after).append(other)  # noqa: PLR2004 - a coin
    parts = [*before, told, *after]
    first = sum(len(part.ids) for part in before)
    return Cloze(question, _joined(parts), first + span[0], first + span[1] - 1)
