"""What the model learns from, batch by batch: pairs of texts that belong together.

Each batch comes from one source, and its number alone decides it, so that a run that
was broken off goes on as if it had not been. Question sets are mostly English: half of
their questions and half of their texts are put into the other language word by word,
by the learned translations, which is all that a model without word order can see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.train.corpus import shares
from index.train.tokens import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy import sparse

_DROPPED = 0.15  # of the words of each text: none may carry the text alone
_QUESTIONS = 2.0  # how much more often questions come than their number tells
_TRANSLATED = 0.5  # how often a question or its text is put into the other language
_SENTENCES = 0.5  # how often a question is paired with the sentence that answers, not its paragraph


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts that belong together, row by row: by language, with the (left, right) languages to pair them in."""

    left: Mapping[str, Texts]
    right: Mapping[str, Texts]
    directions: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(next(iter(self.left.values())))


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions of a set: `paragraph` (questions,) numbers the paragraph of each, `sentence` its sentence."""

    language: str
    questions: Texts
    paragraphs: Texts
    sentences: Texts
    paragraph: NDArray[np.int64]
    sentence: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of questions."""
        return len(self.questions)


class WordTranslator:
    """Puts tokens into another language, each by chance among its translations.

    :param chances: (vocabulary, vocabulary): a token's row holds how likely each translation is.
    """

    def __init__(self, chances: sparse.csr_matrix) -> None:
        self._first = chances.indptr.astype(np.int64)
        self._words = chances.indices.astype(np.int32)
        self._sums = np.concatenate([[0.0], np.cumsum(chances.data, dtype=np.float64)])

    def __call__(self, texts: Texts, chance: np.random.Generator) -> Texts:
        """Return texts with every token translated that has a translation."""
        first, end = self._first[texts.ids], self._first[texts.ids + 1]
        known = np.flatnonzero(first < end)
        first, end = first[known], end[known]
        low, high = self._sums[first], self._sums[end]
        drawn = np.searchsorted(self._sums, low + chance.random(len(known)) * (high - low), side="right") - 1
        ids = texts.ids.copy()
        ids[known] = self._words[np.clip(drawn, first, end - 1)]
        return Texts(ids, texts.offsets)


class Batches:
    """Batch after batch of pairs.

    :param sources: by name; drawn in proportion to their size to the power 0.6, questions twice that.
    :param translators: from English, and from French.
    :param size: the most pairs of a batch; small sources give fewer.
    """

    def __init__(
        self,
        sources: Mapping[str, Pairs | Questions],
        translators: Mapping[str, WordTranslator],
        size: int,
        seed: int,
    ) -> None:
        self._sources = [source for _, source in sorted(sources.items()) if len(source) > 1]
        self._translators, self._size, self._seed = translators, size, seed
        weights = np.asarray(shares([len(source) for source in self._sources]))
        weights *= [_QUESTIONS if isinstance(source, Questions) else 1.0 for source in self._sources]
        self._chances = weights / weights.sum()

    def __call__(self, number: int) -> tuple[Texts, Texts]:
        """Return the pairs of a batch: no text stands twice on the right."""
        chance = np.random.default_rng((self._seed, number))
        source = self._sources[chance.choice(len(self._sources), p=self._chances)]
        pairs = self._of_pairs(source, chance) if isinstance(source, Pairs) else self._of_questions(source, chance)
        left, right = (_with_words_dropped(texts, chance) for texts in pairs)
        return left, right

    def _of_pairs(self, source: Pairs, chance: np.random.Generator) -> tuple[Texts, Texts]:
        rows = chance.choice(len(source), min(self._size, len(source)), replace=False)
        left, right = source.directions[chance.integers(len(source.directions))]
        return source.left[left].take(rows), source.right[right].take(rows)

    def _of_questions(self, source: Questions, chance: np.random.Generator) -> tuple[Texts, Texts]:
        by_sentence = chance.random() < _SENTENCES
        texts, place = (source.sentences, source.sentence) if by_sentence else (source.paragraphs, source.paragraph)
        order = chance.permutation(len(source))
        _, first = np.unique(place[order], return_index=True)  # one question, by chance, of each text
        rows = chance.permutation(order[first])[: self._size]
        pairs = [source.questions.take(rows), texts.take(place[rows])]
        translate = self._translators[source.language]
        left, right = (translate(each, chance) if chance.random() < _TRANSLATED else each for each in pairs)
        return left, right


def _with_words_dropped(texts: Texts, chance: np.random.Generator) -> Texts:
    return texts.kept(chance.random(len(texts.ids)) >= _DROPPED)
