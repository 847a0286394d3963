"""Texts to words and their pieces, as BERT's tokenizer cuts them, at several times its speed.

That tokenizer reads one word after another, whatever stands around it, and always ends a
word at a blank and at ASCII punctuation. So texts are cut there into parts, and a part
that was seen before is looked up; only new ones go through the tokenizer, all at once.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers, pre_tokenizers

from index.errors import ModelError
from index.words import Words

_MARKS = re.escape(string.punctuation)
_PARTS = re.compile(rf" ?(?:[^ \n{_MARKS}]+|[{_MARKS}])|[ \n]+")  # joined, they are the text
_MOST_CHARS = 1_000_000  # in all the parts remembered: some 25 MB


class PieceReader:
    """Cuts texts into words and pieces as a tokenizer does. Safe to share between threads.

    :raises ModelError: if the tokenizer is not of BERT's kind.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        bert = isinstance(tokenizer.normalizer, normalizers.BertNormalizer)
        bert &= isinstance(tokenizer.pre_tokenizer, pre_tokenizers.BertPreTokenizer)
        if not bert or tokenizer.get_added_tokens_decoder():
            raise ModelError("its tokenizer must have BERT's normalizer and pre-tokenizer, and no added tokens")
        tokenizer.no_padding()
        tokenizer.no_truncation()  # texts are read whole, whatever their length
        self._tokenizer = tokenizer
        self._lock = Lock()
        self._forget()

    def words_of(self, texts: Sequence[str]) -> list[Words]:
        """Return the words of each text."""
        parts = _PARTS.findall("\n".join(texts))
        with self._lock:
            if self._parts[:, 0].sum() > _MOST_CHARS:
                self._forget()
            numbers = np.fromiter(map(self._numbers.__getitem__, parts), np.int64, len(parts))
            if len(self._numbers) > len(self._parts):
                self._learn(list(islice(self._numbers, len(self._parts), None)))
            lengths, first_word, words, first_id, ids = self._parts[numbers].T
            starts, ends, counts = self._words[_runs(first_word, words)].T
            pieces = self._ids[_runs(first_id, ids)]
        places = np.repeat(np.cumsum(lengths) - lengths, words)  # where each word's part begins
        starts, ends = starts + places, ends + places
        begins, word_bounds, piece_bounds = _bounds(texts, starts, counts)
        return [
            Words(pieces[first:last], starts[v:w] - begin, ends[v:w] - begin, counts[v:w])
            for begin, (v, w), (first, last) in zip(begins, pairwise(word_bounds), pairwise(piece_bounds), strict=True)
        ]

    def _forget(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__  # an unknown part takes the next number
        self._parts = np.zeros((0, 5), np.int64)  # by number: length, first of `_words`, how many, the same of `_ids`
        self._words = np.zeros((0, 3), np.int64)  # start and end in the part, number of pieces
        self._ids = np.zeros(0, np.uint32)

    def _learn(self, parts: list[str]) -> None:
        """Tokenise the parts that have just taken their numbers."""
        try:
            encoding = self._tokenizer.encode("\n".join(parts), add_special_tokens=False)
        except BaseException:
            self._forget()  # or they would keep numbers that stand for nothing
            raise
        offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        first = np.flatnonzero(np.diff(np.asarray(encoding.word_ids, np.int64), prepend=-1))
        counts = np.diff(first, append=len(offsets))
        starts, ends = offsets[first, 0], offsets[first + counts - 1, 1]
        begins, word_bounds, piece_bounds = _bounds(parts, starts, counts)
        words, ids = np.diff(word_bounds), np.diff(piece_bounds)
        lengths = np.asarray([len(part) for part in parts])
        places = np.repeat(begins, words)
        told = [lengths, len(self._words) + word_bounds[:-1], words, len(self._ids) + piece_bounds[:-1], ids]
        self._words = np.concatenate([self._words, np.column_stack([starts - places, ends - places, counts])])
        self._ids = np.concatenate([self._ids, np.asarray(encoding.ids, np.uint32)])
        self._parts = np.concatenate([self._parts, np.column_stack(told)])


def _bounds(
    texts: Sequence[str], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Share out the words of texts joined by line ends.

    :param starts: (words,) where each word starts in the joined texts.
    :param counts: (words,) how many pieces each has.
    :return: (n,) where each text begins; (n + 1,) the bounds of its words; (n + 1,) of its pieces.
    """
    begins = np.cumsum([0, *(len(text) + 1 for text in texts)])
    words = np.searchsorted(starts, begins)
    return begins[:-1], words, np.append(0, np.cumsum(counts))[words]


def _runs(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers first, first + 1 and so on, `count` of each, one run after another."""
    ends = np.cumsum(count)
    return np.arange(count.sum()) + np.repeat(first - ends + count, count)
