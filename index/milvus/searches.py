"""The searches of a generation in Milvus: the nearest vectors, and BM25."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.encoder import embedded
from index.milvus.frequencies import Frequencies
from index.milvus.kinds import search_params
from index.milvus.passages import RemotePassages
from index.milvus.view import Hit, View
from index.milvus.weights import exact_scores, highest, question_vector, question_weights

_DEEP = 2  # times as many passages as are wanted are scored anew, and then
_DEEPER = 4  # times as many again, while one that was not might be better
_MOST = 16_384  # that Milvus finds


class RemoteDense:
    """The vectors of one generation's passages.

    :param recoverable: whether the vector of a passage can be had from its words.
    """

    coarse = False

    def __init__(self, view: View, passages: RemotePassages, recoverable: bool) -> None:
        self._view, self._passages, self._recoverable = view, passages, recoverable
        self.dim = view.sealed.manifest.dim

    def __len__(self) -> int:
        """Return the number of vectors."""
        return self._view.sealed.passages

    def search(
        self, queries: NDArray[np.float32], k: int, within: str | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the k nearest passages of each query.

        :param queries: (q, dim) float32, unit rows.
        :param within: a condition for the passages to look among.
        :return: scores and passage ids, each (q, at most k), best first; an id below 0 stands for none.
        :raises ValueError: if k < 1 or dim differs from the index's.
        """
        if k < 1 or queries.shape != (len(queries), self.dim):
            raise ValueError(f"k is {k}, queries are {queries.shape}: want k >= 1 and (q, {self.dim})")
        params = search_params(self._view.sealed.kind, k)
        found = self._view.search("dense", [*queries], min(k, len(self), _MOST), within, ("id",), params)
        self._view.check()
        width = max(map(len, found), default=0)
        scores, ids = np.full((len(found), width), -np.inf, np.float32), np.full((len(found), width), -1, np.int64)
        for row, hits in enumerate(found):
            ids[row, : len(hits)] = [key for key, _, _ in hits]
            scores[row, : len(hits)] = [score for _, score, _ in hits]
        return scores, ids

    def scores(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (n,) inner products of passages with a (dim,) query.

        :raises KeyError: if an id is not in the index.
        """
        listed = ids.tolist()
        if self._recoverable:  # their words are wanted anyway, and take a fourth of the room
            return embedded().scores(self._passages.words(listed), query)
        rows = {row["id"]: row["dense"] for row in self._view.by_id(listed, ["id", "dense"])}
        vectors = np.asarray([rows[number] for number in listed], np.float32)
        return np.asarray(vectors.reshape(len(listed), self.dim) @ query, np.float32)


class RemoteLexical:
    """The terms of one generation's passages, with the scores of `index.lexical`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._frequencies = Frequencies(view.sealed.buckets, view.buckets)
        self._mean = view.sealed.tokens / max(len(self), 1)

    def __len__(self) -> int:
        """Return the number of passages."""
        return self._view.sealed.passages

    def search(
        self, question: str, question_language: str, k: int, within: str | None = None
    ) -> list[tuple[int, float]]:
        """Return (passage id, BM25 score) of the k best passages, best first; equal ones in order of their documents.

        :param within: a condition for the passages to look among. Their scores are those of the whole index.
        """
        weights = question_weights(question, question_language, self._frequencies, len(self))
        if not weights:
            return []
        vector, depth = question_vector(weights), _DEEP * k
        while True:
            depth = min(depth, _MOST)
            (hits,) = self._view.search("sparse", [vector], depth, within, ("sparse", "length", "source", "start"))
            lengths = np.asarray([row["length"] for _, _, row in hits], np.int64)
            scores = exact_scores(weights, [row["sparse"] for _, _, row in hits], lengths, self._mean)
            best = _best(hits, scores, k)
            unseen = hits[-1][1] * highest(self._mean) if hits else 0.0
            if len(hits) < depth or depth == _MOST or (len(best) == k and unseen < best[-1][1]):
                return best
            depth *= _DEEPER

    def frequency(self, term: str) -> int:
        """Return the number of passages, of any language, that have a term."""
        return self._frequencies([term])[term]


def _best(hits: Sequence[Hit], scores: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    found = [
        (-score, row["source"], row["start"], int(key))
        for (key, _, row), score in zip(hits, scores.tolist(), strict=True)
        if score > 0
    ]
    return [(key, -score) for score, _, _, key in sorted(found)[:k]]
