"""Dense search: FAISS over the passages' vectors, by inner product of unit rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from index.errors import IndexCorruptError
from index.subset import Subset

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PART = 1 << 20  # bytes written at a time


class DenseIndex:
    """The vectors of one generation, searched exactly.

    :param index: a FAISS index whose ids are passage ids.
    """

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        faiss.omp_set_num_threads(1)  # one question is too small to share out

    @classmethod
    def build(cls, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> DenseIndex:
        """Make an index of (n, dim) unit rows under (n,) ids."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Open an index, mapped and read-only.

        :raises IndexCorruptError: if FAISS cannot read the file.
        """
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as error:
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
        if within is not None:
            # Made anew each time: FAISS writes to the parameters while it searches.
            chosen = faiss.SearchParameters()
            selector = faiss.IDSelectorBitmap(len(within.bits), faiss.swig_ptr(within.bits))
            chosen.sel = selector  # which must outlive the search, and so has a name
            scores, ids = self._index.search(rows, min(k, len(within)), params=chosen)
        else:
            scores, ids = self._index.search(rows, min(k, len(self)))
        return scores, ids

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (n, dim) vectors of passages.

        :raises KeyError: if an id is not in the index.
        """
        try:
            return np.asarray(self._index.reconstruct_batch(np.ascontiguousarray(ids, np.int64)), np.float32)
        except RuntimeError as error:
            raise KeyError(f"not every one of {len(ids)} passages is in the index") from error
