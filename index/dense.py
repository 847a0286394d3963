"""Dense search: FAISS over the passages' vectors, by inner product of unit rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from index.dense_kinds import SWITCH, Kind, codes_of, kind_of, new_index, rotation_of
from index.errors import IndexCorruptError
from index.subset import Subset

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PART = 1 << 20  # bytes written at a time
_ROWS = 4096  # vectors turned into codes at a time


class DenseIndex:
    """The vectors of one generation's passages, whose ids count from 0.

    :param index: a FAISS index of a kind of `index.dense_kinds`.
    :raises IndexCorruptError: if it is of another.
    """

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        self._codes, self._rotation = codes_of(index), rotation_of(index)
        self.kind = kind_of(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Open an index, mapped and read-only.

        :raises IndexCorruptError: if FAISS cannot read the file.
        """
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except (RuntimeError, IndexCorruptError) as error:
            raise IndexCorruptError(f"{path} is not a FAISS index: rebuild with --rebuild") from error

    def save(self, path: Path) -> None:
        """Write the index to a file.

        :raises OSError: if it cannot be written.
        """
        try:
            with path.open("wb") as file:  # left alone, FAISS does not look whether the last bytes came to be written
                faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write, _PART))  # type: ignore[attr-defined]
        except (OSError, RuntimeError) as error:
            raise OSError(f"FAISS cannot write {path.name} ({getattr(error, 'strerror', None) or error})") from error

    def __len__(self) -> int:
        """Return the number of vectors."""
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """The number of dimensions."""
        return int(self._index.d)

    @property
    def approximate(self) -> bool:
        """Whether codes are kept instead of vectors."""
        return self.kind is not Kind.FLAT

    @property
    def coarse(self) -> bool:
        """Whether what search finds must be scored anew, from the passages' words."""
        return self.kind is Kind.BITS

    def search(
        self, queries: NDArray[np.float32], k: int, within: Subset | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the k nearest passages of each query.

        :param queries: (q, dim) float32, unit rows.
        :param within: the passages to look among.
        :return: scores and passage ids, each (q, min(k, n)), best first; n counts those looked among.
        :raises ValueError: if k < 1 or dim differs from the index's.
        """
        if k < 1 or queries.shape != (len(queries), self.dim):
            raise ValueError(f"k is {k}, queries are {queries.shape}: want k >= 1 and (q, {self.dim})")
        rows = np.ascontiguousarray(queries, np.float32)
        faiss.omp_set_num_threads(1)  # of this thread's: one question is not shared out, and others would but wait
        if within is not None:
            # Made anew each time: FAISS writes to the parameters while it searches.
            chosen = faiss.SearchParameters()
            selector = faiss.IDSelectorBitmap(len(within.bits), faiss.swig_ptr(within.bits))
            chosen.sel = selector  # which must outlive the search, and so has a name
            scores, ids = self._codes.search(self._turned(rows), min(k, len(within)), params=chosen)
        else:
            scores, ids = self._codes.search(self._turned(rows), min(k, len(self)))
        return scores, ids

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (n, dim) vectors of passages.

        :raises KeyError: if an id is not in the index.
        :raises ValueError: if the index is approximate.
        """
        if self.approximate:
            raise ValueError("an approximate index does not keep its vectors")
        return self._kept(ids)

    def scores(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (n,) inner products of passages with a (dim,) query, as exactly as they are kept.

        :raises KeyError: if an id is not in the index.
        :raises ValueError: if the index is coarse.
        """
        if self.coarse:
            raise ValueError("a coarse index tells no more than which passages may be near")
        turned: NDArray[np.float32] = self._turned(np.ascontiguousarray(query[None], np.float32))[0]
        return np.asarray(self._kept(ids) @ turned, np.float32)

    def rows(self, first: int, last: int) -> NDArray[np.uint8]:
        """Return the (n, bytes) codes, or vectors, of the passages from the first to before the last.

        :return: a view: valid while the index is there.
        """
        size = self._codes.code_size
        data: NDArray[np.uint8] = faiss.rev_swig_ptr(self._codes.codes.data(), len(self) * size)
        return data.reshape(len(self), size)[first:last]

    def _turned(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return vectors as codes are made of them."""
        return np.asarray(self._rotation.apply(rows), np.float32) if self._rotation else rows

    def _kept(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        wanted = np.ascontiguousarray(ids, np.int64)
        if len(wanted) and not 0 <= wanted.min() <= wanted.max() < len(self):
            raise KeyError(f"not every one of {len(wanted)} passages is in the index")
        return np.asarray(self._codes.reconstruct_batch(wanted), np.float32)


class DenseWriter:
    """Gathers the vectors of a build's passages, in order of their ids: vectors while they are few, then codes.

    :param recoverable: whether the vector of a passage can be had from its words.
    :param at_least: a number of passages that there will be at least, if one is known: if it is large,
        codes can be copied from the beginning.
    """

    def __init__(self, dim: int, recoverable: bool, at_least: int = 0) -> None:
        self._many = Kind.BITS if recoverable else Kind.BYTES
        self._kind = Kind.FLAT
        self._index = new_index(Kind.FLAT, dim)
        self._make_room(at_least)

    def __len__(self) -> int:
        """Return the number of passages so far."""
        return int(self._index.ntotal)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Add the (n, dim) unit rows of the next passages; a row may be zero."""
        self._make_room(len(self) + len(vectors))
        for first in range(0, len(vectors), _ROWS):
            self._index.add(np.ascontiguousarray(vectors[first : first + _ROWS], np.float32))

    def copy(self, live: DenseIndex, first: int, last: int) -> bool:
        """Add those of the passages of another index from the first to before the last.

        :return: False if it keeps codes and this keeps vectors so far: nothing was added.
        """
        if live.approximate and self._kind_of(len(self) + last - first) is not live.kind:
            return False
        self._make_room(len(self) + last - first)
        if live.kind is not self._kind:
            for begin in range(first, last, _ROWS):
                self.add(live.vectors(np.arange(begin, min(begin + _ROWS, last))))
        elif first < last:
            codes_of(self._index).add_sa_codes(np.ascontiguousarray(live.rows(first, last)))
            self._index.ntotal = codes_of(self._index).ntotal
        return True

    def save(self, path: Path) -> None:
        """Write the index of them all.

        :raises OSError: if it cannot be written.
        """
        DenseIndex(self._index).save(path)

    def _kind_of(self, passages: int) -> Kind:
        return self._many if passages > SWITCH else self._kind

    def _make_room(self, passages: int) -> None:
        """Turn the vectors into codes if there will be many."""
        if self._kind is (kind := self._kind_of(passages)):
            return
        before = DenseIndex(self._index)
        self._kind, self._index = kind, new_index(kind, before.dim)
        for first in range(0, len(before), _ROWS):
            self._index.add(before.vectors(np.arange(first, min(first + _ROWS, len(before)))))
