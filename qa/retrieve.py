"""A question to passages: BM25 and dense scores mixed, then re-ranked by late interaction.

How much BM25 counts depends on whether question and passage share a language, passage
by passage: across languages words rarely meet, within one they tell most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.encoder import embedded
from index.opened import OpenIndex
from index.types import Hit, WordMatrix
from qa.late import best_matches, late_score, similarities, word_weights
from qa.types import Question

DEPTH = 100  # candidates taken from each of BM25 and dense search
RERANKED = 40  # the best of them that late interaction looks at


@dataclass(frozen=True, slots=True)
class MixWeights:
    """The share of BM25 in the mix, and of late interaction in the rank; the rest is the other's."""

    lexical: float
    late: float


@dataclass(frozen=True, slots=True)
class RetrievalWeights:
    """Weights for passages in the question's language, and in another. Fitted by `qa.train`."""

    same: MixWeights
    cross: MixWeights

    def of(self, question_language: str, passage_language: str) -> MixWeights:
        """Return the weights for a pair of languages."""
        return self.same if question_language == passage_language else self.cross


def retrieve(index: OpenIndex, question: Question, words: WordMatrix, weights: RetrievalWeights, k: int) -> list[Hit]:
    """Return the k best passages for a question, best first.

    :param words: the question's words, as the embedded encoder gives them.
    :raises ValueError: if k < 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}, want at least 1")
    candidates = _candidates(index, question, weights)[: max(RERANKED, k)]
    passages = index.passages.passages(candidate.passage_id for candidate in candidates)
    matches = [
        best_matches(similarities(words, index.words(passages[candidate.passage_id]))) for candidate in candidates
    ]
    telling = word_weights(words, matches)
    scored = []
    for candidate, match in zip(candidates, matches, strict=True):
        late = late_score(telling, match)
        share = weights.of(question.language, candidate.language).late
        scored.append(((1.0 - share) * candidate.mix + share * late, late, candidate))
    scored.sort(key=lambda entry: (-entry[0], entry[2].passage_id))
    return [
        Hit(
            passage=passages[candidate.passage_id],
            document=index.passages.document(passages[candidate.passage_id].doc_id),
            rank=rank,
            score=score,
            lexical=candidate.lexical,
            dense=candidate.dense,
            late=late,
        )
        for rank, (score, late, candidate) in enumerate(scored[:k], start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage_id: int
    language: str
    lexical: float
    dense: float
    mix: float


def _candidates(index: OpenIndex, question: Question, weights: RetrievalWeights) -> list[_Candidate]:
    """Return the passages that BM25 or dense search found, by their mixed score, best first."""
    lexical = dict(index.lexical.search(question.text, question.language, DEPTH))
    query = index.encoder.encode_queries([question.text])
    _, nearest = index.dense.search(query, DEPTH)
    ids = np.asarray(sorted({*lexical, *(int(found) for found in nearest[0] if found >= 0)}), np.int64)
    if not len(ids):
        return []
    dense = index.dense.vectors(ids) @ query[0]
    bm25 = np.asarray([lexical.get(int(passage_id), 0.0) for passage_id in ids], np.float32)
    lexical_share, dense_share = bm25 / max(float(bm25.max()), 1e-9), _min_max(dense)
    languages = index.passages.languages(int(passage_id) for passage_id in ids)
    candidates = []
    for row, passage_id in enumerate(map(int, ids)):
        language = languages[passage_id]
        share = weights.of(question.language, language).lexical
        mix = share * float(lexical_share[row]) + (1.0 - share) * float(dense_share[row])
        candidates.append(_Candidate(passage_id, language, float(bm25[row]), float(dense[row]), mix))
    return sorted(candidates, key=lambda candidate: (-candidate.mix, candidate.passage_id))


def _min_max(scores: np.ndarray) -> np.ndarray:
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / max(high - low, 1e-9)


def question_words(question: Question) -> WordMatrix:
    """Return the words of a question, by the embedded encoder whatever the index's is."""
    return embedded().words(question.text)
