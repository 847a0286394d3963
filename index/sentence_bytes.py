"""The sentences of a passage as bytes: two or three each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.types import Sentence

_BITS, _MORE = 7, 128  # of a number in each byte; the bit that says that more follow


def pack_sentences(sentences: Sequence[Sentence], start: int) -> bytes:
    """Return the sentences of a passage that starts there.

    Of each the distance from the end of the one before, which may be negative, with a bit that says whether it
    is a heading; and its length.
    """
    packed = bytearray()
    for sentence in sentences:
        distance = sentence.start - start
        unsigned = -2 * distance - 1 if distance < 0 else 2 * distance
        for number in (2 * unsigned + sentence.heading, sentence.end - sentence.start):
            left = number
            while left >= _MORE:
                packed.append(left % _MORE | _MORE)
                left >>= _BITS
            packed.append(left)
        start = sentence.end
    return bytes(packed)


def unpack_sentences(packed: bytes, start: int) -> tuple[Sentence, ...]:
    """Return the sentences that `pack_sentences` made bytes of."""
    sentences = []
    numbers = _numbers(packed)
    for told, length in zip(numbers, numbers, strict=True):
        unsigned = told >> 1
        start += -(unsigned >> 1) - 1 if unsigned & 1 else unsigned >> 1
        sentences.append(Sentence(start, start + length, bool(told & 1)))
        start += length
    return tuple(sentences)


def _numbers(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte % _MORE) << shift
        if byte < _MORE:
            yield number
            number = shift = 0
        else:
            shift += _BITS
