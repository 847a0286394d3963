"""Texts to words and vectors, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.encoder import embedded
from index.types import Encoder
from index.words import pack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BATCH = 1024


def words_and_vectors(encoder: Encoder, texts: Sequence[str]) -> Iterator[tuple[bytes, NDArray[np.float32]]]:
    """Yield the packed words and the (dim,) vector of each text."""
    for first in range(0, len(texts), _BATCH):
        batch = texts[first : first + _BATCH]
        words = embedded().words_of(batch)  # each text is tokenised once: for its words, and for its vector
        if encoder is embedded():
            rows, lengths = embedded().rows_and_lengths([each.ids for each in words])
            yield from zip(map(pack, words, lengths.tolist()), rows, strict=True)
        else:
            yield from zip(map(pack, words), encoder.encode_passages(batch), strict=True)
