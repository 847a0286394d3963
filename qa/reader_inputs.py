"""What the embedded reader is shown: a question and a passage as one row of tokens, with what is known of each.

A row is `[CLS] question [SEP] passage [SEP]`, in the pieces of the embedded encoder. Of each
piece the reader is told how its word is written, since the pieces themselves are lower case,
and how well it is matched on the other side by the encoder's rows, which know both languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import embedded
from index.words import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLS, SEP = 0, 1  # after the vocabulary's own ids
MARKS = 2
MOST_ASKED = 48  # pieces of a question that are read
MOST_READ = 320  # pieces of a passage
MATCHES = 3
_LOWER, _CAPITAL, _CAPITALS, _NUMBER, _MARK = range(5)
KINDS = 11  # two of each, the second for pieces that continue a word, and one for [CLS] and [SEP]


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text as the reader sees it: `ids` and `kinds`, both (pieces,)."""

    ids: NDArray[np.int64]
    kinds: NDArray[np.int64]

    def __getitem__(self, part: slice) -> Pieces:
        """Return some of the pieces."""
        return Pieces(self.ids[part], self.kinds[part])


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of tokens, padded to one length.

    `ids`, `types` and `kinds` (rows, tokens) int64; `matches` (rows, tokens, 3) float32;
    `mask` (rows, tokens) float32, 1 where there is a token; `first` (rows,) where each
    passage begins.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    kinds: NDArray[np.int64]
    matches: NDArray[np.float32]
    mask: NDArray[np.float32]
    first: NDArray[np.int64]


def pieces_of(text: str, words: Words) -> Pieces:
    """Return the pieces of a text that was cut into words."""
    kinds = np.asarray([_kind(text[start:end]) for start, end in zip(words.starts, words.ends, strict=True)], np.int64)
    continues = np.ones(len(words.ids), np.int64)
    continues[np.cumsum(words.counts) - words.counts] = 0
    return Pieces(words.ids.astype(np.int64), 2 * np.repeat(kinds, words.counts) + continues)


def _kind(word: str) -> int:
    first = word[0]
    if first.isdigit():
        return _NUMBER
    if not first.isalnum():
        return _MARK
    if not first.isupper():
        return _LOWER
    return _CAPITALS if len(word) > 1 and word.isupper() else _CAPITAL


def rows_of(pairs: Sequence[tuple[Pieces, Pieces]]) -> Rows:
    """Return a row for each question and passage, cut to what the reader can take."""
    pairs = [(question[:MOST_ASKED], passage[:MOST_READ]) for question, passage in pairs]
    vocabulary = embedded().tokens
    lengths = [len(question.ids) + len(passage.ids) + 3 for question, passage in pairs]
    shape = (len(pairs), max(lengths, default=0))
    rows = Rows(
        ids=np.zeros(shape, np.int64),
        types=np.zeros(shape, np.int64),
        kinds=np.zeros(shape, np.int64),
        matches=np.zeros((*shape, MATCHES), np.float32),
        mask=np.zeros(shape, np.float32),
        first=np.asarray([len(question.ids) + 2 for question, _ in pairs], np.int64),
    )
    all_ids = [each.ids for pair in pairs for each in pair] or [np.zeros(0, np.int64)]
    used, places = np.unique(np.concatenate(all_ids), return_inverse=True)
    none = np.zeros(len(used), np.int64)
    known = embedded().matrix(Words(used.astype(np.uint32), none, none, none + 1))
    bounds = np.cumsum([0, *map(len, all_ids)])
    for number, (question, passage) in enumerate(pairs):
        asked = places[bounds[2 * number] : bounds[2 * number + 1]]
        read = places[bounds[2 * number + 1] : bounds[2 * number + 2]]
        q, end = slice(1, 1 + len(asked)), lengths[number]
        p = slice(len(asked) + 2, end - 1)
        rows.ids[number, 0], rows.ids[number, [q.stop, end - 1]] = vocabulary + CLS, vocabulary + SEP
        rows.ids[number, q], rows.ids[number, p] = question.ids, passage.ids
        rows.types[number, p.start : end] = 1
        rows.kinds[number, [0, q.stop, end - 1]] = KINDS - 1
        rows.kinds[number, q], rows.kinds[number, p] = question.kinds, passage.kinds
        rows.mask[number, :end] = 1.0
        if len(asked) and len(read):
            sims = np.clip(known.rows[asked] @ known.rows[read].T, 0.0, 1.0)
            telling = known.weights[asked] / max(float(known.weights[asked].mean()), 1e-6)
            best = sims.argmax(axis=0)
            rows.matches[number, p, 0] = sims.max(axis=0)
            rows.matches[number, p, 1] = sims.max(axis=0) * telling[best]
            rows.matches[number, p, 2] = np.isin(read, asked)
            rows.matches[number, q, 0] = sims.max(axis=1)
            rows.matches[number, q, 1] = telling
            rows.matches[number, q, 2] = np.isin(asked, read)
    return rows
