"""The sentences of a passage with all that is known of each: its words, their matches, what the reader says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.protocols import Index
from index.tokens import terms
from index.types import Hit, Sentence, WordMatrix
from qa.best_spans import SentenceScores, log_sum, sentence_scores
from qa.late import best_matches, compare_numbers, numbers, similarities
from qa.types import TokenScores

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """One sentence on the way to its features.

    `words` are the passage's and `sims` (question words, words) their matches; the
    sentence has those from `first` to `last`, and `match` is its best of each word of the
    question. `scores` is what the reader says of the passage, `said` of the sentence,
    `passage_weight` of all the passage's sentences; None and 0 where it has not read it.
    """

    hit: Hit
    sentence: Sentence
    text: str
    sims: NDArray[np.float32]
    words: WordMatrix
    first: int
    last: int
    match: NDArray[np.float32]
    terms: frozenset[str]
    scores: TokenScores | None
    said: SentenceScores | None
    passage_weight: float


def sentence_rows(
    index: Index, words: WordMatrix, asked_numbers: dict[int, str], hit: Hit, scores: TokenScores | None
) -> list[SentenceRow]:
    """Return the sentences of a passage, in their order."""
    passage = hit.passage
    own = index.words(passage)
    sims = similarities(words, own)
    if asked_numbers:
        compare_numbers(sims, asked_numbers, numbers(passage.text, own.offsets[:, 0]))
    starts = own.offsets[:, 0] + passage.start
    said = [
        sentence_scores(scores, sentence.start - passage.start, sentence.end - passage.start) if scores else None
        for sentence in passage.sentences
    ]
    weight = log_sum([each.weight for each in said if each])
    rows = []
    for sentence, each in zip(passage.sentences, said, strict=True):
        first, last = np.searchsorted(starts, (sentence.start, sentence.end))
        here = (sentence.start - passage.start, sentence.end - passage.start)
        text = passage.text[slice(*here)]
        held = frozenset(terms(text, hit.document.language))
        match = best_matches(sims, first, last)
        rows.append(SentenceRow(hit, sentence, text, sims, own, first, last, match, held, scores, each, weight))
    return rows
