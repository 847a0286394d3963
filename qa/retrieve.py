"""A question to passages: what BM25 and dense search find, ranked by both and by late interaction.

How much each counts depends on whether question and passage share a language, passage
by passage: across languages words rarely meet, within one they tell most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import embedded
from index.opened import OpenIndex
from index.types import Hit, Passage, WordMatrix
from index.words import unpack
from qa.late import best_matches, compare_numbers, numbers, similarities_of, window_matches
from qa.scoring import RetrievalWeights, dense_share, late_share, lexical_share, mixed
from qa.types import Question

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH = 100  # candidates taken from each of BM25 and dense search; late interaction reads them all
RERANKED = 40  # the best of them, that reading looks at


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that BM25 or dense search found, in order of their ids, and all that speaks for them.

    `same` (n,) says which are in the question's language; `bm25` and `dense` (n,) are
    scores and cosines; `matches` (n, words) the best match of each word of the question;
    `windows` the same of each two sentences side by side, (windows, words) a passage.
    """

    passages: tuple[Passage, ...]
    same: NDArray[np.bool_]
    bm25: NDArray[np.float32]
    dense: NDArray[np.float32]
    matches: NDArray[np.float32]
    windows: tuple[NDArray[np.float32], ...]


def retrieve(index: OpenIndex, question: Question, words: WordMatrix, weights: RetrievalWeights, k: int) -> list[Hit]:
    """Return the k best passages for a question, best first.

    :param words: the question's words, as the embedded encoder gives them.
    :raises ValueError: if k < 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}, want at least 1")
    found = find_candidates(index, question, words)
    late = late_share(words, found.matches, found.windows, weights)
    scores = mixed(weights, found.same, lexical_share(found.bm25), dense_share(found.dense), late)
    best = np.argsort(-scores, kind="stable")[:k]  # equal passages stay in the order of the index
    return [
        Hit(
            passage=found.passages[row],
            document=index.passages.document(found.passages[row].doc_id),
            rank=rank,
            score=float(scores[row]),
            lexical=float(found.bm25[row]),
            dense=float(found.dense[row]),
            late=float(late[row]),
        )
        for rank, row in enumerate(best, start=1)
    ]


def find_candidates(index: OpenIndex, question: Question, words: WordMatrix) -> Candidates:
    """Return the passages worth ranking.

    :param words: the question's words, as the embedded encoder gives them.
    """
    lexical = dict(index.lexical.search(question.text, question.language, DEPTH))
    query = index.query_vector(question.text, words)
    _, nearest = index.dense.search(query, DEPTH)
    ids = np.asarray(sorted({*lexical, *(int(found) for found in nearest[0] if found >= 0)}), np.int64)
    listed = [int(passage_id) for passage_id in ids]
    passages = index.passages.passages(listed)
    languages = index.passages.languages(listed)
    texts = [unpack(passages[passage_id].words) for passage_id in listed]
    asked = numbers(question.text, words.offsets[:, 0])
    matches, windows = [], []
    for passage_id, text, sims in zip(listed, texts, similarities_of(words, texts), strict=True):
        passage = passages[passage_id]
        if asked:
            compare_numbers(sims, asked, numbers(passage.text, text.starts))
        first = np.searchsorted(text.starts + passage.start, [sentence.start for sentence in passage.sentences])
        matches.append(best_matches(sims))
        windows.append(window_matches(sims, first))
    return Candidates(
        passages=tuple(passages[passage_id] for passage_id in listed),
        same=np.asarray([languages[passage_id] == question.language for passage_id in listed], bool),
        bm25=np.asarray([lexical.get(passage_id, 0.0) for passage_id in listed], np.float32),
        dense=index.dense.vectors(ids) @ query[0] if listed else np.zeros(0, np.float32),
        matches=np.asarray(matches, np.float32).reshape(len(listed), len(words.rows)),
        windows=tuple(windows),
    )


def question_words(question: Question) -> WordMatrix:
    """Return the words of a question, by the embedded encoder whatever the index's is."""
    return embedded().words(question.text)
