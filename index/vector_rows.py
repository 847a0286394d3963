"""The vectors of a build, in order of passage id: new ones, and those of the index that stands."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.changes import Standing
from index.dense import DenseWriter
from index.encoder import embedded
from index.types import Encoder
from index.words import unpack

_BATCH = 1024


class VectorRows:
    """Gathers the vectors of a build.

    Those that the embedded encoder gives can be had again from the words of their passages; those of others
    cannot, and a build that may be resumed keeps them in a file too.

    :param live: the index that stands, if vectors are taken from it.
    :param at_least: a number of vectors that there will be at least.
    :param kept: the file that they are kept in, if they are.
    """

    def __init__(self, encoder: Encoder, live: Standing | None, at_least: int = 0, kept: Path | None = None) -> None:
        self.encoder = encoder
        self._live = live
        self._writer = DenseWriter(encoder.dim, encoder is embedded(), at_least)
        self._file = kept.open("ab") if kept else None
        self._new: list[NDArray[np.float32]] = []

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._writer) + len(self._new)

    def add(self, vector: NDArray[np.float32]) -> None:
        """Add the (dim,) vector of the next passage."""
        self._new.append(vector)

    def add_all(self, vectors: NDArray[np.float32]) -> None:
        """Add the (n, dim) vectors of the next passages, without keeping them in the file."""
        self._writer.add(vectors)

    def take(self, first: int, last: int) -> None:
        """Add those of passages of the index that stands, from the first to before the last."""
        self.flush()
        if self._live is None:
            raise ValueError("there is no index to take vectors from")
        if self._file is None and self._writer.copy(self._live.dense, first, last):
            return
        for begin in range(first, last, _BATCH):
            self._add(self._standing(self._live, range(begin, min(begin + _BATCH, last))))

    def flush(self) -> None:
        """Hand on the new ones."""
        if self._new:
            vectors, self._new = np.stack(self._new), []
            self._add(vectors)

    def sync(self) -> None:
        """Make safe what is kept in the file."""
        self.flush()
        if self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    def save(self, path: Path) -> None:
        """Write the index of them all.

        :raises OSError: if it cannot be written.
        """
        self.flush()
        self._writer.save(path)

    def close(self) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()

    def _add(self, vectors: NDArray[np.float32]) -> None:
        self._writer.add(vectors)
        if self._file:
            self._file.write(np.ascontiguousarray(vectors, "<f4").tobytes())

    def _standing(self, live: Standing, ids: range) -> NDArray[np.float32]:
        if not live.dense.approximate:
            return live.dense.vectors(np.asarray(ids, np.int64))
        if self.encoder is embedded():
            return embedded().encode_words(list(map(unpack, live.passages.words(ids))))
        passages, _ = live.passages.passages(ids)
        return self.encoder.encode_passages([passage.text for passage in passages])
