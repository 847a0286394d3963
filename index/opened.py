"""An index opened for reading: its passages, vectors and terms, checked to belong together."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalogue import Catalogue
from index.checked import LARGE
from index.dense import DenseIndex
from index.encoder import EMBEDDED, embedded, load_encoder
from index.errors import IndexCorruptError, IndexEncoderError
from index.lexical import LexicalIndex
from index.locks import Lease
from index.passage_store import PassageStore
from index.store import MANIFEST, Generation, Manifest, live_name, open_current
from index.types import Encoder, Passage, WordMatrix
from index.words import unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CACHED_WORDS = 256  # passages whose words stay in memory: about 200 kB each
_REMEDY = "run `sourcier index FOLDER --repair`"
PASSAGES, DENSE, LEXICAL = "passages.sqlite", "dense.faiss", "lexical"


class OpenIndex:
    """One sealed generation. A later build leaves it as it was.

    :raises IndexEncoderError: if this installation's encoders are not those that built it.
    :raises IndexCorruptError: if its parts do not agree.
    """

    def __init__(self, generation: Generation) -> None:
        manifest = generation.manifest
        self.generation = generation
        self.encoder = fitting_encoder(manifest, generation.path.parent)
        with ExitStack() as stack:
            self._lease = stack.enter_context(closing(_lease(generation)))
            self.dense = DenseIndex.load(generation.path / DENSE)
            self.lexical = LexicalIndex.load(generation.path / LEXICAL)
            if not manifest.passages == len(self.dense) == len(self.lexical):
                raise IndexCorruptError(
                    f"the index at {generation.path.parent} should hold {manifest.passages} passages, has"
                    f" {len(self.dense)} vectors and {len(self.lexical)} lexical entries: {_REMEDY}"
                )
            try:
                self.passages = PassageStore(generation.path / PASSAGES)
            except sqlite3.Error as error:
                raise IndexCorruptError(
                    f"{generation.path / PASSAGES} cannot be opened ({error}): {_REMEDY}"
                ) from error
            stack.pop_all()
        self.catalogue = Catalogue(generation.path / PASSAGES, manifest.documents)
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
        """The folder of articles that was indexed."""
        return self.generation.folder

    @property
    def place(self) -> str:
        """The index folder."""
        return str(self.side)

    @property
    def side(self) -> Path:
        """The index folder."""
        return self.generation.path.parent

    def close(self) -> None:
        """Let go of the files."""
        self.passages.close()
        self._lease.close()


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


def _lease(generation: Generation) -> Lease:
    try:
        return Lease(generation.path / MANIFEST)
    except OSError as error:
        told = f"{generation.path / MANIFEST} cannot be opened ({error.strerror}): {_REMEDY}"
        raise IndexCorruptError(told) from error


def open_index(index: Path, large: int | None = LARGE) -> OpenIndex:
    """Open the live generation of an index folder.

    :param large: an index of more bytes is not hashed again where nobody has touched it.
    :raises IndexFolderError: if it is missing, damaged, of another format or encoder.
    """
    while True:
        generation = open_current(index, large)
        try:
            return OpenIndex(generation)
        except IndexCorruptError:
            if live_name(index) == generation.path.name:
                raise  # else builds have replaced and removed it meanwhile
