"""What an opened generation gives that does not depend on where it is kept."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.encoder import EMBEDDED, embedded, load_encoder
from index.errors import IndexEncoderError
from index.store import Generation, Manifest
from index.types import Encoder, Passage, WordMatrix
from index.words import unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CACHED_WORDS = 256  # passages whose words stay in memory: about 200 kB each


class OneGeneration:
    """A generation, its encoder, and the words of its passages.

    :param where: the index, as errors name it.
    :param options: of the command that builds it.
    :raises IndexEncoderError: if this installation's encoders are not those that built it.
    """

    def __init__(self, generation: Generation, where: object, options: str = "") -> None:
        self.generation = generation
        self.encoder = fitting_encoder(generation.manifest, where, options)
        self._matrix = lru_cache(maxsize=_CACHED_WORDS)(_matrix)

    def words(self, passage: Passage) -> WordMatrix:
        """Return the words of a passage, by the embedded encoder whatever the index's is.

        :param passage: one of this index, with its packed words.
        """
        return self._matrix(passage.words)

    def query_vector(self, text: str, words: WordMatrix) -> NDArray[np.float32]:
        """Return the (1, dim) unit vector of a question, without reading it again if its words give it.

        :param words: the question's words, as the embedded encoder gives them.
        """
        if self.encoder is embedded():
            return words.vector()[None]
        return self.encoder.encode_queries([text])

    @property
    def version(self) -> str:
        """The version that answers name."""
        return self.generation.manifest.version

    @property
    def folder(self) -> Path:
        """The folder of articles that was indexed, perhaps on another machine."""
        return self.generation.folder


def _matrix(packed: bytes) -> WordMatrix:
    return embedded().matrix(unpack(packed))


def fitting_encoder(manifest: Manifest, where: object, options: str = "") -> Encoder:
    """Return the encoder of an index, after checking that it is the one that built it.

    :param where: the index, as errors name it.
    :param options: of the command that builds it.
    :raises IndexEncoderError: if this installation's encoders are not those that built it.
    """
    encoder = load_encoder(manifest.encoder)
    remedy = f"run `sourcier index FOLDER{options}{_model_option(manifest.encoder)} --rebuild`"
    if encoder.identity != manifest.encoder_identity or encoder.dim != manifest.dim:
        raise IndexEncoderError(
            f"the index at {where} was built by {manifest.encoder} {manifest.encoder_identity}"
            f" ({manifest.dim} dimensions), this is {encoder.identity} ({encoder.dim}): {remedy}"
        )
    if embedded().identity != manifest.words_identity:
        raise IndexEncoderError(
            f"the words of the index at {where} were read by {EMBEDDED} {manifest.words_identity},"
            f" this is {embedded().identity}: {remedy}"
        )
    return encoder


def _model_option(encoder: str) -> str:
    return "" if encoder == EMBEDDED else f" --model {encoder}"
