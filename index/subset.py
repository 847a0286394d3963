"""Some of an index's passages, when a search may look at no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Subset:
    """Passages of one index, at least one.

    `first` and `last` are the least and the greatest of their ids, and `count` is how many they are;
    `bits` holds a bit for each id up to the last, the lowest of a byte first, as FAISS reads them.
    """

    first: int
    last: int
    count: int
    bits: NDArray[np.uint8]

    @classmethod
    def of(cls, ids: Iterable[int]) -> Subset:
        """Return the passages of these ids.

        :raises ValueError: if there are none.
        """
        listed = np.fromiter(ids, np.int64)
        if not len(listed):
            raise ValueError("a subset has at least one passage")
        held = np.zeros(int(listed.max()) + 1, bool)
        held[listed] = True
        packed = np.packbits(held, bitorder="little")
        return cls(int(listed.min()), int(listed.max()), int(np.count_nonzero(held)), packed)

    def holds(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return (n,) whether each of some passages is one of these.

        :param ids: (n,) from 0 to the last.
        """
        return np.asarray(self.bits[ids >> 3] >> (ids & 7).astype(np.uint8) & 1, bool)

    def __len__(self) -> int:
        """Return the number of passages."""
        return self.count
