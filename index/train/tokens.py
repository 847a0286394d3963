"""Tokenised texts, kept flat: the form in which the training reads them, and keeps them on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from index.pieces import PieceReader

_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as token ids: text n is `ids[offsets[n]:offsets[n + 1]]`.

    `ids` (tokens,) int32; `offsets` (texts + 1,) int64.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of tokens of each text."""
        return np.diff(self.offsets)

    def text(self, row: int) -> NDArray[np.int32]:
        """Return the ids of one text."""
        return self.ids[self.offsets[row] : self.offsets[row + 1]]

    def take(self, rows: NDArray[np.int64]) -> Texts:
        """Return some of the texts, in the order asked for."""
        first, lengths = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], lengths)
        return Texts(self.ids[places], offsets)

    def kept(self, keep: NDArray[np.bool_]) -> Texts:
        """Return the texts with only some of their tokens.

        :param keep: (tokens,) which.
        """
        return Texts(self.ids[keep], np.concatenate([[0], np.cumsum(keep)])[self.offsets])


def tokenise(reader: PieceReader, texts: Sequence[str]) -> Texts:
    """Return texts as token ids, without special tokens."""
    ids = [np.zeros(0, np.int32)]
    lengths = [0]
    for first in range(0, len(texts), _BATCH):
        found = reader.words_of(texts[first : first + _BATCH])
        ids.append(np.concatenate([words.ids for words in found]).astype(np.int32))
        lengths += [len(words.ids) for words in found]
    return Texts(np.concatenate(ids), np.cumsum(lengths))
