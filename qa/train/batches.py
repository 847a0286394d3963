"""Which examples a step of the training learns from, and in which languages.

A batch is drawn by chance, and its number alone decides it. Most questions are English
and most users' articles French: so questions, and paragraphs, are put into the other
language word by word, in place, so that answers stay where they are; clozes bring the
real word order of both. Some questions are asked of a passage that does not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.train.batches import WordTranslator
from index.train.tokens import Texts
from qa.reader_inputs import Pieces, Rows, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from qa.train.asked import Asked, AskedSet, Paragraph
    from qa.train.cloze import Clozes

# How much each set counts; others as `_OTHER`. QAMR asks oddly, CovidQA and PolicyQA take whole sentences.
_SHARES = {
    "piaf_train": 22.0,
    "squadshifts_new_wiki": 14.0,
    "squad2_part": 8.0,
    "squadshifts_reddit": 8.0,
    "squadshifts_amazon_reviews": 8.0,
    "qamr_dev": 3.0,
    "qamr_test": 3.0,
    "fairytaleqa_extractive": 3.0,
    "timesensitiveqa_human": 3.0,
    "qed_nq_dev": 2.5,
    "covidqa_200423": 0.5,
    "policyqa_dev": 0.5,
}
_OTHER = 1.5
_CLOZES = 24.0
_MISLEADING = 0.16  # how often the passage is another that speaks of the like
_QUESTION_TRANSLATED = 0.4
_PASSAGE_TRANSLATED = 0.25
_WORDS_KEPT = 0.1  # of the words of a translated text
_ROOMS = (45, 150)  # the most pieces of a passage, one number for a batch


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for the reader, and (rows,) the token where each answer starts and ends: 0 where there is none."""

    rows: Rows
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class Batches:
    """Batch after batch of examples.

    :param translators: from English, and from French.
    :param clozes: None to do without.
    :param size: examples of a batch.
    """

    def __init__(
        self,
        sets: Sequence[AskedSet],
        clozes: Clozes | None,
        translators: Mapping[str, WordTranslator],
        size: int,
        seed: int,
    ) -> None:
        self._sets = [each for each in sets if each.asked]
        self._clozes, self._translators, self._size, self._seed = clozes, translators, size, seed
        shares = [_SHARES.get(each.name, _OTHER) for each in self._sets] + [_CLOZES if clozes else 0.0]
        self._shares = np.asarray(shares) / sum(shares)

    def __call__(self, number: int) -> Batch:
        """Return the batch of a step."""
        chance = np.random.default_rng((self._seed, number))
        room = int(chance.integers(*_ROOMS))
        pairs: list[tuple[Pieces, Pieces]] = []
        starts, ends = [], []
        while len(pairs) < self._size:
            drawn = int(chance.choice(len(self._shares), p=self._shares))
            if drawn < len(self._sets):
                question, passage, span = self._example(self._sets[drawn], room, chance)
            elif self._clozes and (cloze := self._clozes.make(room, chance)):
                question, passage, span = cloze.question, cloze.passage, (cloze.start, cloze.end)
            else:
                continue
            pairs.append((question, passage))
            starts.append(-1 if span is None else span[0])
            ends.append(-1 if span is None else span[1])
        rows = rows_of(pairs)
        told = np.asarray(starts) >= 0
        return Batch(
            rows, np.where(told, rows.first + np.asarray(starts), 0), np.where(told, rows.first + np.asarray(ends), 0)
        )

    def _example(
        self, source: AskedSet, room: int, chance: np.random.Generator
    ) -> tuple[Pieces, Pieces, tuple[int, int] | None]:
        asked = source.asked[int(chance.integers(len(source.asked)))]
        paragraph, span = _where(source, asked, chance)
        passage, span = _cut(paragraph, span, room, chance)
        question = asked.question
        if chance.random() < _QUESTION_TRANSLATED:
            question = self._translated(question, source.language, chance)
        if chance.random() < _PASSAGE_TRANSLATED:
            passage = self._translated(passage, source.language, chance)
        return question, passage, span

    def _translated(self, pieces: Pieces, language: str, chance: np.random.Generator) -> Pieces:
        text = Texts(pieces.ids.astype(np.int32), np.asarray([0, len(pieces.ids)]))
        ids = self._translators[language](text, chance).ids.astype(np.int64)
        return Pieces(np.where(chance.random(len(ids)) < _WORDS_KEPT, pieces.ids, ids), pieces.kinds)


def _where(source: AskedSet, asked: Asked, chance: np.random.Generator) -> tuple[Paragraph, tuple[int, int] | None]:
    """Return the paragraph that a question is asked of, and an answer there."""
    if asked.misleading and chance.random() < _MISLEADING:
        return source.paragraphs[asked.misleading[int(chance.integers(len(asked.misleading)))]], None
    paragraph = source.paragraphs[asked.paragraph]
    if not asked.answers:
        return paragraph, None
    return paragraph, asked.answers[int(chance.integers(len(asked.answers)))]


def _cut(
    paragraph: Paragraph, span: tuple[int, int] | None, room: int, chance: np.random.Generator
) -> tuple[Pieces, tuple[int, int] | None]:
    """Return whole sentences of a paragraph around an answer, as many as there is room for; at least its own pieces.

    Which of them come before the answer is left to chance, so that it may stand anywhere.
    """
    total = len(paragraph.pieces.ids)
    if total <= room:
        return paragraph.pieces, span
    bounds = np.append(paragraph.sentences, total)
    bounds[0] = 0
    at = span if span is not None else (int(chance.integers(total)),) * 2
    first = int(np.searchsorted(bounds, at[0], side="right")) - 1
    last = int(np.searchsorted(bounds, at[1], side="right"))
    while True:
        wider = [(max(first - 1, 0), last), (first, min(last + 1, len(bounds) - 1))]
        wider = [w for w in wider if w != (first, last) and bounds[w[1]] - bounds[w[0]] <= room]
        if not wider:
            break
        first, last = wider[int(chance.integers(len(wider)))]
    start, end = int(bounds[first]), int(bounds[last])
    if end - start > room:  # a long sentence: the pieces around the answer
        start = max(start, min(int(at[0]) - int(chance.integers(room // 2)), end - room))
        end = max(start + room, int(at[1]) + 1)
    inside = None if span is None else (span[0] - start, span[1] - start)
    return paragraph.pieces[start:end], inside
