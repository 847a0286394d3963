"""The words of a text as the embedded encoder reads them, and their form on disk."""

from __future__ import annotations

from collections.abc import Sequence
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


def unpack_all(packed: Sequence[bytes]) -> tuple[Words, NDArray[np.int64]]:
    """Return the words of many texts one after the other, as `unpack` would text by text, many times as fast.

    :return: the words, `starts` and `ends` being offsets in each one's own text, and
        (texts + 1,) bounds: the words of text i are those from bounds[i] to bounds[i + 1].
    :raises ValueError: if they are not whole.
    """
    columns, ids, bounds = [np.zeros((3, 0), np.int64)], [np.zeros(0, _ID)], [0]
    for each in packed:
        count, width = (int(number) for number in np.frombuffer(each, _HEADER, 2))
        columns.append(np.frombuffer(each, f"<u{width}", 3 * count, 2 * _HEADER.itemsize).reshape(3, count))
        ids.append(np.frombuffer(each, _ID, -1, 2 * _HEADER.itemsize + 3 * count * width))
        bounds.append(bounds[-1] + count)
    blanks, lengths, counts = np.concatenate(columns, axis=1)
    pieces = np.concatenate(ids)
    if counts.sum() != len(pieces):
        raise ValueError(f"{counts.sum()} pieces of words, {len(pieces)} ids")
    ends = np.cumsum(blanks + lengths)
    before = np.concatenate([[0], ends])[bounds]  # where each text ends in all of them
    ends -= np.repeat(before[:-1], np.diff(bounds))
    return Words(pieces, ends - lengths, ends, counts), np.asarray(bounds, np.int64)
