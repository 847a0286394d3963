"""A question to passages: what BM25 and dense search find, ranked by both and by late interaction.

How much each counts depends on whether question and passage share a language, passage
by passage: across languages words rarely meet, within one they tell most.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import embedded
from index.protocols import Index, Within
from index.types import DocumentInfo, Hit, Passage, WordMatrix
from index.words import Words, unpack_all
from qa.late import Windows, compare_numbers, numbers, similarities_of, text_matches, window_matches
from qa.scoring import RetrievalWeights, dense_share, late_share, lexical_share, mixed
from qa.types import Question

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH = 100  # candidates taken from each of BM25 and dense search; late interaction reads them all
COARSE = 400  # candidates of a dense search that tells no more than which may be near: they are scored by their words
RERANKED = 40  # the best of them, that reading looks at
_FAR = 1 << 40  # longer than any passage


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that BM25 or dense search found, by source and place in it, and all that speaks for them.

    `documents` are those that the passages are of; `same` (n,) says which are in the
    question's language; `bm25` and `dense` (n,) are scores and cosines; `matches` (n, words)
    the best match of each word of the question; `windows` the same of each two sentences
    side by side.
    """

    passages: tuple[Passage, ...]
    documents: tuple[DocumentInfo, ...]
    same: NDArray[np.bool_]
    bm25: NDArray[np.float32]
    dense: NDArray[np.float32]
    matches: NDArray[np.float32]
    windows: Windows


def retrieve(
    index: Index,
    question: Question,
    words: WordMatrix,
    weights: RetrievalWeights,
    k: int,
    within: Within | None = None,
) -> list[Hit]:
    """Return the k best passages for a question, best first.

    :param words: the question's words, as the embedded encoder gives them.
    :param within: the only passages that may be found.
    :raises ValueError: if k < 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}, want at least 1")
    return rank(find_candidates(index, question, words, within), words, weights, k)


def rank(found: Candidates, words: WordMatrix, weights: RetrievalWeights, k: int) -> list[Hit]:
    """Return the k best of the passages found, best first; equal ones by source and place.

    :param words: the question's words, as the embedded encoder gives them.
    """
    late = late_share(words, found.matches, found.windows, weights)
    scores = mixed(weights, found.same, lexical_share(found.bm25), dense_share(found.dense), late)
    best = np.argsort(-scores, kind="stable")[:k]
    return [
        Hit(
            passage=found.passages[row],
            document=found.documents[row],
            rank=place,
            score=float(scores[row]),
            lexical=float(found.bm25[row]),
            dense=float(found.dense[row]),
            late=float(late[row]),
        )
        for place, row in enumerate(best, start=1)
    ]


def find_candidates(index: Index, question: Question, words: WordMatrix, within: Within | None = None) -> Candidates:
    """Return the passages worth ranking.

    :param words: the question's words, as the embedded encoder gives them.
    :param within: the only passages that may be found.
    """
    lexical = dict(index.lexical.search(question.text, question.language, DEPTH, within))
    query = index.query_vector(question.text, words)
    ids, cosines = _with_nearest(index, query, lexical, within)
    passages, documents = index.passages.passages(ids.tolist())
    # By source and place, whatever ids a store gives: what is equally good then stands in one order everywhere.
    order = sorted(range(len(passages)), key=lambda row: (documents[row].source, passages[row].start))
    passages, documents = [passages[row] for row in order], [documents[row] for row in order]
    texts, bounds = unpack_all([passage.words for passage in passages])
    sims = similarities_of(words, texts)
    if asked := numbers(question.text, words.offsets[:, 0]):
        for passage, first, last in zip(passages, bounds, bounds[1:], strict=False):
            compare_numbers(sims[first:last].T, asked, numbers(passage.text, texts.starts[first:last]))
    return Candidates(
        passages=tuple(passages),
        documents=tuple(documents),
        same=np.asarray([document.language == question.language for document in documents], bool),
        bm25=np.asarray([lexical.get(passage.passage_id, 0.0) for passage in passages], np.float32),
        dense=cosines[order],
        matches=text_matches(sims, bounds),
        windows=window_matches(sims, bounds, *_sentences(passages, texts, bounds)),
    )


def _with_nearest(
    index: Index, query: NDArray[np.float32], lexical: Collection[int], within: Within | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return (n,) ids, in order, of what BM25 found and of the nearest passages, and their cosines with the query."""
    _, found = index.dense.search(query, COARSE if index.dense.coarse else DEPTH, within)
    nearest = found[0][found[0] >= 0]
    ids = np.union1d(np.fromiter(lexical, np.int64), nearest)
    if not index.dense.coarse:
        return ids, index.dense.scores(query[0], ids)
    cosines = embedded().scores(index.passages.words(ids.tolist()), query[0])
    near = np.flatnonzero(np.isin(ids, nearest))
    best = ids[near[np.argsort(-cosines[near], kind="stable")[:DEPTH]]]
    kept = np.isin(ids, np.union1d(np.fromiter(lexical, np.int64), best))
    return ids[kept], cosines[kept]


def _sentences(
    passages: Sequence[Passage], texts: Words, bounds: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (sentences,) the first word of each sentence, and the number of its passage."""
    owner = np.repeat(np.arange(len(passages)), [len(passage.sentences) for passage in passages])
    begins = [sentence.start - passage.start for passage in passages for sentence in passage.sentences]
    # Offsets of all passages on one line, in their order, so that one search finds them all.
    words = texts.starts + _FAR * np.repeat(np.arange(len(passages)), np.diff(bounds))
    return np.searchsorted(words, np.asarray(begins, np.int64) + _FAR * owner), owner


def question_words(question: Question) -> WordMatrix:
    """Return the words of a question, by the embedded encoder whatever the index's is."""
    return embedded().words(question.text)
