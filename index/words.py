"""The words of a text as the embedded encoder reads them, and their form on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct

import numpy as np
from numpy.typing import NDArray

_HEADER = Struct("<IIf")
_NUMBER = np.dtype("<u4")
_IDS = (np.dtype("<u2"), np.dtype("<u4"))
_COUNT, _LENGTH = 1, 3  # the bits of a word's byte where its pieces and its length begin
_COUNTS, _MOST = 4, 255


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


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the words of many texts are made of, one text after the other.

    `ids` (pieces,) as those of `Words`; `texts` (pieces,) say which text each is of; `lengths` (texts,)
    are those that the texts were packed with.
    """

    ids: NDArray[np.unsignedinteger]
    texts: NDArray[np.int64]
    lengths: NDArray[np.float32]


def pack(words: Words, length: float = 0.0) -> bytes:
    """Return words as bytes: about three a word, and never none at all.

    The number of words, and twice that of the rare ones, plus one if ids take four bytes, and the
    length; of each word a byte: its length, its pieces less one, and the blanks before it, in five, two
    and one bits; of the rare words, whose byte is zero for they do not fit in it, these three in four
    bytes each, all of a kind together; of every piece its id, in two bytes where all fit. Words must
    not overlap.

    :param length: that of the sum of the pieces' rows, by which texts are compared without summing them again.
    """
    blanks = words.starts.copy()
    blanks[1:] -= words.ends[:-1]
    lengths = words.ends - words.starts
    told = lengths << _LENGTH | words.counts - 1 << _COUNT | blanks
    fits = (lengths > 0) & (told <= _MOST) & (words.counts > 0) & (words.counts <= _COUNTS) & (blanks <= 1)
    rare = np.flatnonzero(~fits)
    wide = int(words.ids.max(initial=0)) > np.iinfo(_IDS[0]).max
    header = _HEADER.pack(len(told), 2 * len(rare) + wide, length)
    columns = np.stack([blanks[rare], lengths[rare], words.counts[rare]]).astype(_NUMBER)
    return (
        header
        + np.where(fits, told, 0).astype(np.uint8).tobytes()
        + columns.tobytes()
        + words.ids.astype(_IDS[wide]).tobytes()
    )


def unpack(packed: bytes) -> Words:
    """Return the words that `pack` made bytes of.

    :raises ValueError: if they are not whole.
    """
    return unpack_all([packed])[0]


def unpack_all(packed: Sequence[bytes]) -> tuple[Words, NDArray[np.int64]]:
    """Return the words of many texts one after the other, many times as fast as text by text.

    :return: the words, `starts` and `ends` being offsets in each one's own text, and
        (texts + 1,) bounds: the words of text i are those from bounds[i] to bounds[i + 1].
    :raises ValueError: if they are not whole.
    """
    told, ids, columns, bounds = [], [np.zeros(0, np.uint32)], [np.zeros((3, 0), np.int64)], [0]
    for each in packed:
        count, rare, kind, _ = _header(each)
        first = _HEADER.size + count
        told.append(each[_HEADER.size : first])
        if rare:
            columns.append(np.frombuffer(each, _NUMBER, 3 * rare, first).astype(np.int64).reshape(3, rare))
        ids.append(np.frombuffer(each, kind, -1, first + 3 * rare * _NUMBER.itemsize))
        bounds.append(bounds[-1] + count)
    codes, pieces = np.frombuffer(b"".join(told), np.uint8).astype(np.int64), np.concatenate(ids)
    blanks, lengths, counts = codes & 1, codes >> _LENGTH, (codes >> _COUNT) % _COUNTS + 1
    rare_ones = np.flatnonzero(codes == 0)
    blanks[rare_ones], lengths[rare_ones], counts[rare_ones] = np.concatenate(columns, axis=1)
    if len(codes) != bounds[-1] or counts.sum() != len(pieces):
        raise ValueError(f"{len(codes)} words for {bounds[-1]}, {counts.sum()} pieces of them, {len(pieces)} ids")
    ends = np.cumsum(blanks + lengths)
    before = np.concatenate([[0], ends])[bounds]  # where each text ends in all of them
    ends -= np.repeat(before[:-1], np.diff(bounds))
    return Words(pieces, ends - lengths, ends, counts), np.asarray(bounds, np.int64)


def pieces_of(packed: Sequence[bytes]) -> Pieces:
    """Return the pieces of many texts, without their words.

    :raises ValueError: if they are not whole.
    """
    ids, kinds, lengths = [], [], []
    for each in packed:
        count, rare, kind, length = _header(each)
        ids.append(each[_HEADER.size + count + 3 * rare * _NUMBER.itemsize :])
        kinds.append(kind)
        lengths.append(length)
    if len(set(kinds)) > 1:
        ids = [np.frombuffer(each, kind).astype(_IDS[1]).tobytes() for each, kind in zip(ids, kinds, strict=True)]
    kind = max(kinds, default=_IDS[0], key=lambda each: each.itemsize)
    sizes = np.asarray(list(map(len, ids)), np.int64)
    if (sizes % kind.itemsize).any():
        raise ValueError(f"ids of {kind.itemsize} bytes each in {sizes.tolist()} bytes")
    texts = np.repeat(np.arange(len(packed)), sizes // kind.itemsize)
    return Pieces(np.frombuffer(b"".join(ids), kind), texts, np.asarray(lengths, np.float32))


def _header(packed: bytes) -> tuple[int, int, np.dtype[np.unsignedinteger], float]:
    """Return the number of words, that of rare ones, the type of the ids, and the length."""
    count, kinds, length = _HEADER.unpack_from(packed) if len(packed) >= _HEADER.size else (0, 0, 0.0)
    rare = kinds >> 1
    if len(packed) < (least := _HEADER.size + count + 3 * rare * _NUMBER.itemsize):
        raise ValueError(f"{len(packed)} bytes of words, want {least} or more")
    return count, rare, _IDS[kinds & 1], length
