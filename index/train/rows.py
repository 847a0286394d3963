"""The rows to begin with: what the teacher says of English words, carried over to French ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from index.train.teacher import Taught

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from index.train.tokens import Texts

_TRUST = 3.0  # readings of a word in context that weigh as much as the word alone


def first_rows(
    pieces: Sequence[str],
    taught: Taught,
    alone: NDArray[np.float32],
    chances: sparse.csr_matrix,
    used: Mapping[str, NDArray[np.float64]],
    dim: int,
) -> NDArray[np.float32]:
    """Return (pieces, dim) rows: directions from the teacher, lengths by how rare a piece is.

    :param alone: (pieces, teacher's dim), what the teacher says of each piece on its own.
    :param chances: (pieces, pieces), how well an English piece translates a French one.
    :param used: for `en` and `fr`, the (pieces,) share of texts that hold each piece.
    """
    english = _english(pieces, taught, alone)
    into_french = chances.T.tocsr().astype(np.float64)
    into_french.data **= 2  # the likeliest translations tell most
    french = _unit(np.asarray(into_french @ english, np.float32))
    has_french = np.diff(into_french.indptr) > 0
    share = np.where(has_french, used["fr"] / np.maximum(used["en"] + used["fr"], 1e-12), 0.0)[:, None]
    rows = _unit(((1.0 - share) * english + share * french).astype(np.float32))
    weight = (used["en"] + used["fr"])[:, None]
    rows = rows - (rows * weight).sum(axis=0) / max(float(weight.sum()), 1e-12)
    rows = _unit(_principal(rows, dim))
    rarity = np.log(1.0 + 1.0 / np.maximum((used["en"] + used["fr"]) / 2.0, 1e-6))
    return np.asarray(rows * (rarity / rarity.mean())[:, None], np.float32)


def shares_of_texts(texts: Sequence[Texts], size: int) -> NDArray[np.float64]:
    """Return the (size,) share of some texts that hold each token."""
    holding, total = np.zeros(size), 0
    for each in texts:
        keys = np.repeat(np.arange(len(each), dtype=np.int64), each.lengths) * size + each.ids
        holding += np.bincount(np.unique(keys) % size, minlength=size)
        total += len(each)
    return holding / max(total, 1)


def _english(pieces: Sequence[str], taught: Taught, alone: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit rows: a word as it is used, where it was read often enough, else on its own."""
    rows = _unit(alone - alone.mean(axis=0))
    row_of = {piece: row for row, piece in enumerate(pieces)}
    middle = (taught.means * taught.counts[:, None]).sum(axis=0) / max(int(taught.counts.sum()), 1)
    for word, mean, count in zip(taught.words, taught.means, taught.counts, strict=True):
        row = row_of.get(word)
        if row is not None:
            context = (mean - middle) / max(float(np.linalg.norm(mean - middle)), 1e-6)
            rows[row] += (context - rows[row]) * count / (count + _TRUST)
    return _unit(rows)


def _principal(rows: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """Return rows turned to their principal axes, the first `dim` of them, with zeros where there are fewer."""
    _, axes = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
    turned = rows @ axes[:, ::-1][:, :dim].astype(np.float32)
    return np.pad(turned, ((0, 0), (0, dim - turned.shape[1])))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)
