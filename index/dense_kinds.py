"""How vectors are kept for dense search: as they are, or in codes where they are many.

What a vector becomes depends on no other: an index that took over the half of another
holds the same bytes as one built afresh.
"""

from __future__ import annotations

from enum import Enum
from typing import cast

import faiss
import numpy as np

from index.errors import IndexCorruptError

SWITCH = 50_000
"""Passages, above which codes are kept instead of vectors.

Exact search of that many, of 512 dimensions, takes 4 ms of CPU and 100 MB on disk, which a cold question
reads. Their codes take half a millisecond, those of a million 9 ms and 72 MB, and 5 ms more go to scoring exactly
what they find: beyond some 65,000 passages exact search is the slower.
"""

_SEED = 8  # of the rotation
_QUERY_BITS = 4  # for each dimension of a question; eight find one in a hundred more and take a quarter longer
_RANGE = 6.0  # standard deviations of a rotated unit vector's numbers, beyond which they are cut off


class Kind(Enum):
    """What is kept of a vector: itself, a byte for each of its numbers, or a bit."""

    FLAT = "flat"
    BYTES = "bytes"
    BITS = "bits"


def new_index(kind: Kind, dim: int) -> faiss.Index:
    """Return an empty FAISS index, by inner product.

    Codes are made of the vector turned by a rotation that is always the same: it spreads what
    a vector says evenly over its numbers, and so a bit of each tells more.
    """
    if kind is Kind.FLAT:
        return faiss.IndexFlatIP(dim)
    rotation = faiss.HadamardRotation(dim, _SEED)
    codes = _bits(rotation.d_out) if kind is Kind.BITS else _bytes(rotation.d_out)
    codes.is_trained = True  # centre and range are given: FAISS would take them from the first vectors
    return faiss.IndexPreTransform(rotation, codes)


def _bits(width: int) -> faiss.IndexRaBitQ:
    codes = faiss.IndexRaBitQ(width, faiss.METRIC_INNER_PRODUCT)
    codes.qb = _QUERY_BITS
    faiss.copy_array_to_vector(np.zeros(width, np.float32), codes.center)
    return codes


def _bytes(width: int) -> faiss.IndexScalarQuantizer:
    codes = faiss.IndexScalarQuantizer(width, faiss.ScalarQuantizer.QT_8bit_uniform, faiss.METRIC_INNER_PRODUCT)
    reach = _RANGE / np.sqrt(width)
    faiss.copy_array_to_vector(np.asarray([-reach, 2 * reach], np.float32), codes.sq.trained)
    return codes


def codes_of(index: faiss.Index) -> faiss.IndexFlatCodes:
    """Return the part of an index that holds its vectors or codes."""
    inner = faiss.downcast_index(index.index) if isinstance(index, faiss.IndexPreTransform) else index
    return cast("faiss.IndexFlatCodes", inner)


def rotation_of(index: faiss.Index) -> faiss.VectorTransform | None:
    """Return the part of an index that turns vectors before codes are made of them."""
    return index.chain.at(0) if isinstance(index, faiss.IndexPreTransform) else None  # type: ignore[attr-defined]


def kind_of(index: faiss.Index) -> Kind:
    """Return the kind of an index that was read.

    :raises IndexCorruptError: if it is of none.
    """
    turned, codes = isinstance(index, faiss.IndexPreTransform), codes_of(index)
    if index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise IndexCorruptError("it searches by distance")
    for kind, made_by in (
        (Kind.FLAT, faiss.IndexFlat),
        (Kind.BYTES, faiss.IndexScalarQuantizer),
        (Kind.BITS, faiss.IndexRaBitQ),
    ):
        if isinstance(codes, made_by) and turned == (kind is not Kind.FLAT):
            return kind
    raise IndexCorruptError(f"its vectors are kept as {type(codes).__name__}")
