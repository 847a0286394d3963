"""BM25 by sparse vectors, with the scores that tantivy gives.

A passage's vector has a number for each of its terms: how much the term counts there, apart from how rare
it is. That depends on the mean length of all passages, which changes; what is stored is of a mean that never
does, and the few passages that a search finds are scored anew with the mean of the generation.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.tokens import ANALYSED, question_terms

FROZEN_MEAN = 50.0
"""The mean length of passages, in terms, that stored vectors are made with: about what it is in most folders."""

Said = tuple[str, str]  # a language and a term of it
_K1, _B, _ONE, _HALF = np.float32(1.2), np.float32(0.75), np.float32(1), np.float32(0.5)
_MOST_TERMS = 128  # of a question in one language, as in index.lexical
_NO_TERM = 0  # a dimension that no term has: Milvus refuses an empty vector
_DIMENSIONS = 2**32 - 2  # that Milvus allows, but for the one above
_KNOWN = 1 << 17  # dimensions that are remembered
_EXACT_LENGTHS, _MANTISSA = 24, 8  # of tantivy's lengths, which take a byte: up to here as they are, then three bits


def _length_of(byte: int) -> int:
    if byte < _EXACT_LENGTHS:
        return byte
    shift, mantissa = divmod(byte - _EXACT_LENGTHS, _MANTISSA)
    return _EXACT_LENGTHS + (mantissa if shift == 0 else (mantissa + _MANTISSA) << (shift - 1))


_LENGTHS = np.asarray([_length_of(byte) for byte in range(256)], np.int64)


@lru_cache(maxsize=_KNOWN)
def dimension(language: str, term: str) -> int:
    """Return the dimension of a term of a language."""
    digest = hashlib.blake2b(f"{language}\0{term}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") % _DIMENSIONS + 1


def passage_vector(terms: Sequence[str], language: str) -> dict[int, float]:
    """Return the stored vector of a passage that has these terms, in any order."""
    below = _below(np.asarray([len(terms)]), FROZEN_MEAN)[0]
    vector: dict[int, float] = {}
    for term, count in Counter(terms).items():
        at, part = dimension(language, term), float(np.float32(count) / (np.float32(count) + below))
        vector[at] = max(vector.get(at, 0.0), part)
    return vector or {_NO_TERM: 1.0}


def question_weights(
    question: str, question_language: str, frequencies: Callable[[Iterable[str]], Mapping[str, int]], passages: int
) -> dict[Said, np.float32]:
    """Return what each term of a question weighs, in each language that a passage may be in.

    :param frequencies: tells in how many passages, of any language, each of some terms is.
    :param passages: how many there are.
    """
    said = [
        (language, term)
        for language in ANALYSED
        for term in question_terms(question, question_language, language)[:_MOST_TERMS]
    ]
    counts = frequencies({term for _, term in said})
    return {each: _idf(counts[each[1]], passages) * (_ONE + _K1) for each in said if counts[each[1]]}


def question_vector(weights: Mapping[Said, np.float32]) -> dict[int, float]:
    """Return the vector that finds the passages with any of the terms."""
    vector: dict[int, float] = {}
    for (language, term), weight in weights.items():
        at = dimension(language, term)
        vector[at] = vector.get(at, 0.0) + float(weight)
    return vector


def exact_scores(
    weights: Mapping[Said, np.float32],
    vectors: Sequence[Mapping[int, float]],
    lengths: NDArray[np.int64],
    mean: float,
) -> NDArray[np.float32]:
    """Return the (n,) BM25 scores of passages.

    :param weights: of the question's terms.
    :param vectors: as they are stored.
    :param lengths: (n,) how many terms the passages have.
    :param mean: the mean of all passages.
    """
    asked = [(dimension(*said), weight) for said, weight in weights.items()]
    parts = np.asarray([[vector.get(at, 0.0) for at, _ in asked] for vector in vectors], np.float64)
    parts = parts.reshape(len(vectors), len(asked))
    frozen = _below(lengths, FROZEN_MEAN).astype(np.float64)[:, None]
    counts = np.rint(parts * frozen / np.maximum(1 - parts, np.finfo(np.float32).eps)).astype(np.float32)
    scores = np.zeros(len(vectors), np.float32)
    below = _below(lengths, mean)
    for column, (_, weight) in enumerate(asked):  # one after the other, as tantivy adds them up
        scores += weight * (counts[:, column] / (counts[:, column] + below))
    return scores


def highest(mean: float) -> float:
    """Return how many times its stored score a passage's exact one is at most."""
    return max(1.0, mean / FROZEN_MEAN)


def _below(lengths: NDArray[np.int64], mean: float) -> NDArray[np.float32]:
    """Return what stands with the count of a term below the line, in passages of some lengths."""
    kept = _LENGTHS[np.searchsorted(_LENGTHS, lengths, "right") - 1].astype(np.float32)
    return np.asarray(_K1 * (_ONE - _B + _B * kept / np.float32(mean)), np.float32)


def _idf(having: int, passages: int) -> np.float32:
    rarity = (np.float32(passages - having) + _HALF) / (np.float32(having) + _HALF)
    return np.float32(np.log(_ONE + rarity))
