"""In how many passages each term is: counts by 64 bits of the term's hash, in buckets that are read as needed.

A change of them, such as a part of a build makes, is written alike, with counts that may be negative.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray

_IN_BUCKET = 2048  # terms, at most on average: about 20 kB, which a question reads for each new term
_KEY_BITS = 64
_KEY, _COUNT = np.dtype("<u8"), np.dtype("<i8")
_KNOWN = 1 << 17  # terms whose hash is remembered
_LEVEL = 6  # of zlib


@lru_cache(maxsize=_KNOWN)
def term_key(term: str) -> int:
    """Return the number that stands for a term, of whatever language."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def bucket_of(key: int, buckets: int) -> int:
    """Return the bucket that a term is in.

    :param buckets: how many there are: a power of two.
    """
    return key >> _KEY_BITS - (buckets.bit_length() - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of terms: `keys` (n,) in ascending order, and `counts` (n,), none of them zero."""

    keys: NDArray[np.uint64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, counted: Mapping[int, int]) -> Counts:
        """Return counts by the terms' keys."""
        keys = np.fromiter(counted.keys(), np.uint64, len(counted))
        return cls._sum(keys, np.fromiter(counted.values(), np.int64, len(counted)))

    @classmethod
    def total(cls, parts: Iterable[Counts]) -> Counts:
        """Return the sums of counts, term by term."""
        listed = [cls.of({}), *parts]
        return cls._sum(
            np.concatenate([part.keys for part in listed]), np.concatenate([part.counts for part in listed])
        )

    @classmethod
    def unpack(cls, packed: str) -> Counts:
        """Return what `pack` made a text of.

        :raises ValueError: if it is not whole.
        """
        try:
            planes = np.frombuffer(zlib.decompress(base64.b64decode(packed, validate=True)), np.uint8)
        except zlib.error as error:
            raise ValueError(f"counts are damaged ({error})") from error
        steps, counts = planes.reshape(2, _KEY.itemsize, -1).transpose(0, 2, 1)
        keys = np.cumsum(np.ascontiguousarray(steps).view(_KEY)[:, 0], dtype=np.uint64)
        return cls(keys, np.ascontiguousarray(counts).view(_COUNT)[:, 0].astype(np.int64))

    def pack(self) -> str:
        """Return these as an ASCII text: some nine bytes a term."""
        steps = np.diff(self.keys, prepend=np.uint64(0)).astype(_KEY)
        columns = np.stack([column.view(np.uint8).reshape(-1, 8) for column in (steps, self.counts.astype(_COUNT))])
        # The bytes of the same place in all numbers stand together: most of them are zero.
        return base64.b64encode(zlib.compress(columns.transpose(0, 2, 1).tobytes(), _LEVEL)).decode("ascii")

    def buckets(self) -> int:
        """Return in how many buckets these go."""
        return 1 << max(-(-len(self.keys) // _IN_BUCKET) - 1, 0).bit_length()

    def cut(self, buckets: int) -> Iterator[tuple[int, Counts]]:
        """Yield the counts of each bucket, in order, empty ones too; each fits in a field if they are enough.

        :param buckets: a power of two.
        """
        shift = _KEY_BITS - (buckets.bit_length() - 1)
        bounds = np.asarray([bucket << shift for bucket in range(1, buckets)], np.uint64)
        places = [0, *np.searchsorted(self.keys, bounds).tolist(), len(self.keys)]
        for bucket, (first, last) in enumerate(pairwise(places)):
            yield bucket, Counts(self.keys[first:last], self.counts[first:last])

    def __getitem__(self, key: int) -> int:
        """Return the count of a term, 0 if it has none."""
        at = int(np.searchsorted(self.keys, np.uint64(key)))
        return int(self.counts[at]) if at < len(self.keys) and int(self.keys[at]) == key else 0

    @classmethod
    def _sum(cls, keys: NDArray[np.uint64], counts: NDArray[np.int64]) -> Counts:
        unique, places = np.unique(keys, return_inverse=True)
        sums = np.zeros(len(unique), np.int64)
        np.add.at(sums, places, counts)
        return cls(unique[sums != 0], sums[sums != 0])


class Frequencies:
    """The counts of a sealed generation, read when they are asked for, and kept. Safe to share between threads.

    :param buckets: how many there are.
    :param read: returns the packed counts of some buckets, in any order, each with its number.
    """

    def __init__(self, buckets: int, read: Callable[[Sequence[int]], Iterable[tuple[int, str]]]) -> None:
        self._buckets, self._read = buckets, read
        self._kept: dict[int, Counts] = {}
        self._lock = Lock()

    def __call__(self, terms: Iterable[str]) -> dict[str, int]:
        """Return in how many passages, of any language, each of some terms is."""
        keys = {term: term_key(term) for term in terms}
        places = {term: bucket_of(key, self._buckets) for term, key in keys.items()}
        with self._lock:
            missing = sorted(set(places.values()) - self._kept.keys())
        if missing:
            found = {bucket: Counts.unpack(packed) for bucket, packed in self._read(missing)}
            with self._lock:
                self._kept.update(found)
        return {term: self._kept[places[term]][key] for term, key in keys.items()}
