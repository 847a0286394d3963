"""The words of a text as the embedded encoder reads them, and their form on disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HEADER = np.dtype("<u4")
_ID = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, in order, each made of one piece of the vocabulary or more.

    `ids` (pieces,) are the pieces' rows in the encoder's matrix; `starts` and `ends`
    (words,) are half-open in the text; `counts` (words,) say how many pieces each word
    has, and sum to the number of pieces.
    """

    ids: NDArray[np.uint32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    counts: NDArray[np.int64]


def pack(words: Words) -> bytes:
    """Return words as bytes: about eight a word, and never none at all.

    The number of words and a width, four bytes each; of every word the blanks before it,
    its length and its number of pieces, each of that width; of every piece its id, in
    four bytes. Words must not overlap.
    """
    blanks = words.starts.copy()
    blanks[1:] -= words.ends[:-1]
    columns = np.stack([blanks, words.ends - words.starts, words.counts])
    width = np.min_scalar_type(int(columns.max(initial=0)))
    header = np.asarray([len(words.counts), width.itemsize], _HEADER)
    return header.tobytes() + columns.astype(width.newbyteorder("<")).tobytes() + words.ids.astype(_ID).tobytes()


def unpack(packed: bytes) -> Words:
    """Return the words that `pack` made bytes of.

    :raises ValueError: if they are not whole.
    """
    count, width = (int(number) for number in np.frombuffer(packed, _HEADER, 2))
    columns = np.frombuffer(packed, f"<u{width}", 3 * count, 2 * _HEADER.itemsize).reshape(3, count)
    blanks, lengths, counts = columns.astype(np.int64)
    ids = np.frombuffer(packed, _ID, int(counts.sum()), 2 * _HEADER.itemsize + columns.nbytes)
    ends = np.cumsum(blanks + lengths)
    return Words(ids, ends - lengths, ends, counts)
