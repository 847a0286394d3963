"""An index opened for reading: its passages, vectors and terms, checked to belong together."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from index.catalogue import Catalogue
from index.checked import LARGE
from index.dense import DenseIndex
from index.errors import IndexCorruptError
from index.lexical import LexicalIndex
from index.locks import Lease
from index.one_generation import OneGeneration
from index.passage_store import PassageStore
from index.store import MANIFEST, Generation, live_name, open_current

_REMEDY = "run `sourcier index FOLDER --repair`"
PASSAGES, DENSE, LEXICAL = "passages.sqlite", "dense.faiss", "lexical"


class OpenIndex(OneGeneration):
    """One sealed generation. A later build leaves it as it was.

    :raises IndexEncoderError: if this installation's encoders are not those that built it.
    :raises IndexCorruptError: if its parts do not agree.
    """

    def __init__(self, generation: Generation) -> None:
        manifest = generation.manifest
        super().__init__(generation, generation.path.parent)
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
