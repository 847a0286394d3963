"""What a model says of the pieces of words, as what it says of whole words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from qa.types import TokenScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Letters and digits with the accents and the invisible marks among them; a number with its separators: 33,5 or 1.000.
_INNER = "\u0300-\u036f\u00ad\u200b-\u200d"
_WORD = re.compile(rf"[\w{_INNER}]+(?:(?<=\d)[.,]\d[\w{_INNER}]*)*")


def whole_words(text: str, offsets: Sequence[tuple[int, int]], logits: NDArray[np.float32], none: float) -> TokenScores:
    """Return the scores of a text's words: a word's start is its first piece's, its end its last piece's.

    So no span ever cuts a word. The words are found here, since each tokenizer counts
    them as it likes: BERT's cuts 33,5 in three, and SentencePiece's takes « l'accord, » as
    one. Two pieces are of one word if the characters where they meet are; pieces that
    share a character, as byte-level ones may, are never parted, and a piece that spans a
    word and a mark stays whole. Accents that a tokenizer drops are their words' still. Blank
    pieces are left out: no answer of any training data starts or ends there.

    :param offsets: (pieces,) half-open in the text, in order.
    :param logits: (pieces, 2) the start and the end of an answer at each piece.
    """
    at = np.arange(len(text))
    begins, stops, word_of = at.copy(), at + 1, np.full(len(text), -1)  # of the word that each character is in
    for number, found in enumerate(_WORD.finditer(text)):
        start, end = found.span()
        begins[start:end], stops[start:end], word_of[start:end] = start, end, number
    bounds = np.asarray([_trimmed(text, start, end) for start, end in offsets], np.int64).reshape(-1, 2)
    kept = bounds[:, 0] < bounds[:, 1]
    (starts, ends), logits = bounds[kept].T, logits[kept]
    met = word_of[ends[:-1] - 1], word_of[starts[1:]]
    together = (met[0] == met[1]) & (met[0] >= 0) | (starts[1:] < ends[:-1])
    first = np.flatnonzero(np.append(True, ~together)[: len(starts)])
    last = np.append(first, len(starts))[1:] - 1
    places = np.column_stack([begins[starts[first]], stops[ends[last] - 1]])
    return TokenScores(places, logits[first, 0], logits[last, 1], none)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
