"""An index opened for reading: its passages, vectors and terms, checked to belong together."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from index.dense import DenseIndex
from index.encoder import EMBEDDED, embedded, load_encoder
from index.errors import IndexCorruptError, IndexEncoderError
from index.lexical import LexicalIndex
from index.passage_store import PassageStore
from index.store import Generation, open_current
from index.types import Encoder, Passage, WordMatrix

_CACHED_WORDS = 256  # passages whose words stay in memory: about 150 kB each
PASSAGES, DENSE, LEXICAL = "passages.sqlite", "dense.faiss", "lexical"


class OpenIndex:
    """One sealed generation. A later build leaves it as it was.

    :raises IndexEncoderError: if this installation's encoder is not the one that built it.
    :raises IndexCorruptError: if its parts do not agree.
    """

    def __init__(self, generation: Generation) -> None:
        manifest = generation.manifest
        self.generation = generation
        self.encoder: Encoder = load_encoder(manifest.encoder)
        if self.encoder.identity != manifest.encoder_identity or self.encoder.dim != manifest.dim:
            model = "" if manifest.encoder == EMBEDDED else f" --model {manifest.encoder}"
            raise IndexEncoderError(
                f"the index at {generation.path.parent} was built by {manifest.encoder} {manifest.encoder_identity}"
                f" ({manifest.dim} dimensions), this is {self.encoder.identity} ({self.encoder.dim}):"
                f" run `sourcier index FOLDER{model} --rebuild`"
            )
        self.dense = DenseIndex.load(generation.path / DENSE)
        self.lexical = LexicalIndex.load(generation.path / LEXICAL)
        if not manifest.passages == len(self.dense) == len(self.lexical):
            raise IndexCorruptError(
                f"the index at {generation.path.parent} should hold {manifest.passages} passages, has {len(self.dense)}"
                f" vectors and {len(self.lexical)} lexical entries: run `sourcier index FOLDER --rebuild`"
            )
        self.passages = PassageStore(generation.path / PASSAGES)
        self._words = lru_cache(maxsize=_CACHED_WORDS)(embedded().words)

    def words(self, passage: Passage) -> WordMatrix:
        """Return the words of a passage, by the embedded encoder whatever the index's is."""
        return self._words(passage.text)

    @property
    def version(self) -> str:
        """The version that answers name."""
        return self.generation.manifest.version

    @property
    def folder(self) -> Path:
        """The folder of articles that was indexed."""
        return self.generation.folder

    def close(self) -> None:
        """Let go of the files."""
        self.passages.close()


def open_index(index: Path) -> OpenIndex:
    """Open the live generation of an index folder.

    :raises IndexFolderError: if it is missing, damaged, of another format or encoder.
    """
    return OpenIndex(open_current(index))
