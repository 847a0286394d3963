"""Texts to vectors: the embedded static model; which encoder `--model` names.

The embedded model is a matrix with a row a token and a tokenizer (the model2vec
format, https://github.com/MinishLab/model2vec): a text's vector is the mean of its
tokens' rows, scaled to unit length. It needs neither torch nor a download.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Tokenizer

from index.errors import ModelError
from index.pieces import PieceReader
from index.tensors import mapped_tensors
from index.transformer import TransformerEncoder
from index.types import Encoder, WordMatrix
from index.words import Words, pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMBEDDED = "embedded"
EMBEDDED_FOLDER = Path(__file__).parent / "model"
_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_TYPES = ("float32", "float16", "int8")
_PART = 1 << 20  # bytes of a file read at a time
_BATCH = 1024  # texts embedded at a time: enough of them that most rows are converted once for many
_ROWS = 512  # of the matrix, converted at a time where they are needed but once: so many stay near the processor


class StaticEncoder:
    """A model2vec folder: a matrix, perhaps a weight for each of its rows, and a tokenizer.

    :param folder: holds `model.safetensors` and `tokenizer.json`.
    :param name: what the manifest calls it.
    :raises ModelError: if the folder is not such a model.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = folder
        try:
            tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
            self._reader = PieceReader(tokenizer)
            self._rows, self._weights = _rows_and_weights(mapped_tensors(folder / _WEIGHTS), tokenizer.get_vocab_size())
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(f"cannot load the model in {folder} ({error}): install Sourcier again") from error

    @cached_property
    def identity(self) -> str:
        """A digest of tokenizer and matrix."""
        digest = hashlib.sha256()
        for name in (_TOKENIZER, _WEIGHTS):
            with (self._folder / name).open("rb") as file:
                while part := file.read(_PART):
                    digest.update(part)
        return digest.hexdigest()[:16]

    @property
    def dim(self) -> int:
        """The number of columns of the matrix."""
        return int(self._rows.shape[1])

    @property
    def tokens(self) -> int:
        """The number of rows of the matrix, one a token."""
        return len(self._rows)

    def fits(self, texts: Sequence[str]) -> list[bool]:
        """Say of each passage whether it is read whole: all are, whatever their length."""
        return [True] * len(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows; a text without a known token gets a zero row."""
        batches = [texts[first : first + _BATCH] for first in range(0, len(texts), _BATCH)]
        empty = np.zeros((0, self.dim), np.float32)
        return np.concatenate([empty, *(self.encode_words(self.words_of(batch)) for batch in batches)])

    encode_queries = encode_passages

    def words_of(self, texts: Sequence[str]) -> list[Words]:
        """Return the words of each text, as pieces of the vocabulary."""
        return self._reader.words_of(texts)

    def encode_words(self, texts: Sequence[Words]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows of texts that were cut into words already."""
        return self.encode_pieces([words.ids for words in texts])

    def encode_pieces(self, texts: Sequence[NDArray[np.unsignedinteger]]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows of texts, each the pieces of its words; the same whatever the others are."""
        return self.rows_and_lengths(texts)[0]

    def rows_and_lengths(
        self, texts: Sequence[NDArray[np.unsignedinteger]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what `encode_pieces` does, and the (n,) lengths that the rows had before they were scaled."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        places = np.zeros(len(self._rows), np.intp)
        every = np.concatenate([np.zeros(0, np.intp), *texts])
        places[every] = 1
        used = np.flatnonzero(places)
        places[used] = np.arange(len(used))
        rows, own = self._floats(used), places[every]
        bounds = np.cumsum([0, *map(len, texts)])
        for vector, begin, end in zip(vectors, bounds, bounds[1:], strict=False):
            rows.take(own[begin:end], axis=0).sum(axis=0, out=vector)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32), norms[:, 0]

    def scores(self, packed: Sequence[bytes], query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the (n,) cosines of texts with a unit row, without making the row of any text.

        :param packed: the words of each text, packed with the length that `rows_and_lengths` gives.
        :param query: (dim,).
        """
        pieces = pieces_of(packed)
        used = np.flatnonzero(np.bincount(pieces.ids, minlength=len(self._rows)))
        products = np.zeros(len(self._rows), np.float32)
        for first in range(0, len(used), _ROWS):
            some = used[first : first + _ROWS]
            products[some] = self._rows[some].astype(np.float32) @ query
        if self._weights is not None:
            products *= self._weights
        sums = np.bincount(pieces.texts, weights=products[pieces.ids], minlength=len(packed))
        return np.asarray(sums / np.maximum(pieces.lengths, 1e-12), np.float32)

    def matrix(self, words: Words) -> WordMatrix:
        """Return words with their vectors: a word's is the sum of its pieces' rows."""
        first = np.cumsum(words.counts) - words.counts
        sums = self._floats(words.ids[first])
        for piece in range(1, int(words.counts.max(initial=0))):
            longer = np.flatnonzero(words.counts > piece)  # few words have a second piece, fewer a third
            sums[longer] += self._floats(words.ids[first[longer] + piece])
        norms = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        sums /= np.maximum(norms, 1e-12)[:, None]
        return WordMatrix(np.column_stack([words.starts, words.ends]), sums, norms)

    def cosines(self, words: Words, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (words, n) cosines of words with n unit rows, without making the vector of every word.

        The pieces of long texts come back again and again: each is looked at once.

        :param queries: (n, dim).
        """
        if not len(words.counts):
            return np.zeros((0, len(queries)), np.float32)
        places = np.zeros(len(self._rows), np.intp)
        places[words.ids] = 1
        used = np.flatnonzero(places)
        places[used] = np.arange(len(used))
        rows = self._floats(used)
        own = places[words.ids]
        first = np.cumsum(words.counts) - words.counts
        sums, norms = (rows @ queries.T)[own[first]], np.sqrt(np.einsum("ij,ij->i", rows, rows))[own[first]]
        several = np.flatnonzero(words.counts > 1)
        vectors = rows[own[first[several]]]
        for piece in range(1, int(words.counts.max())):
            longer = np.flatnonzero(words.counts[several] > piece)
            vectors[longer] += rows[own[first[several[longer]] + piece]]
        sums[several], norms[several] = vectors @ queries.T, np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        return np.asarray(sums / np.maximum(norms, 1e-12)[:, None], np.float32)

    def words(self, text: str) -> WordMatrix:
        """Return the words of a text with their vectors."""
        return self.matrix(self.words_of([text])[0])

    def _floats(self, ids: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return (n, dim) rows of the matrix, which itself stays as it is stored: int8 takes a quarter of the room."""
        rows: NDArray[np.float32] = self._rows[ids].astype(np.float32)
        if self._weights is not None:
            rows *= self._weights[ids, None]
        return rows


def _rows_and_weights(
    tensors: dict[str, NDArray[np.generic]], tokens: int
) -> tuple[NDArray[np.generic], NDArray[np.float32] | None]:
    """Return the matrix as it is stored, and the weights of its rows if there are any.

    :raises ModelError: if they are not as model2vec stores them, or do not fit the tokens.
    """
    rows, weights = tensors["embeddings"], tensors.get("weights")
    if "mapping" in tensors:
        raise ModelError("its tokens share rows by a `mapping`, which is not read: save it without")
    if rows.dtype not in _TYPES or rows.shape != (len(rows), rows.shape[-1]):
        raise ModelError(f"its matrix is {rows.dtype} {rows.shape}: want two dimensions of {', '.join(_TYPES)}")
    if len(rows) < tokens or (weights is not None and weights.shape != (len(rows),)):
        told = "no" if weights is None else weights.shape
        raise ModelError(f"its matrix is {rows.shape}, with {told} weights, for {tokens:,} tokens")
    return rows, None if weights is None else weights.astype(np.float32)


def canonical_name(name: str) -> str:
    """Return a model's name as manifests keep it: that of a folder is its absolute path."""
    return str(Path(name).resolve()) if name != EMBEDDED and Path(name).is_dir() else name


@cache
def embedded() -> StaticEncoder:
    """Return the model that comes with Sourcier, loaded once."""
    return StaticEncoder(EMBEDDED_FOLDER, EMBEDDED)


def load_encoder(name: str = EMBEDDED) -> Encoder:
    """Return the encoder that `--model` names.

    :raises ModelError: if it cannot be loaded.
    """
    return embedded() if name == EMBEDDED else TransformerEncoder(canonical_name(name))
