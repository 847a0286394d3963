"""The articles of a build: read, cut, embedded, stored; vectors and words of unchanged ones are kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.chunking import passages_of
from index.documents import read_document
from index.encoder import embedded
from index.errors import DocumentError
from index.opened import OpenIndex
from index.passage_store import PassageWriter
from index.types import Document, Encoder, FileState, Passage, Skipped
from index.words import pack

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all."""

_BATCH = 1024  # passages embedded at a time


@dataclass
class Collected:
    """What a build has read: the hash of each document by source, its passages' vectors, and what was skipped."""

    encoder: Encoder
    writer: PassageWriter
    hashes: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    passages: int = 0
    _rows: list[NDArray[np.float32]] = field(default_factory=list)
    _waiting: list[tuple[Document, list[Passage], FileState]] = field(default_factory=list)
    _embedded: int = 0

    def add(self, document: Document, passages: list[Passage], state: FileState) -> None:
        """Add a document and its passages, to be embedded with those that come next."""
        self._count(document, passages)
        self._waiting.append((document, passages, state))
        if self.passages - self._embedded >= _BATCH:
            self.embed()

    def keep(self, document: Document, passages: list[Passage], state: FileState, vectors: NDArray[np.float32]) -> None:
        """Add a document whose passages have their words, and whose (passages, dim) vectors are known."""
        self.embed()  # what came before takes its place before
        self._count(document, passages)
        self._embedded = self.passages
        self.writer.add(document, passages, state)
        self._rows.append(vectors)

    def skip(self, skipped: Skipped, state: FileState | None) -> None:
        """Add a file that was not indexed."""
        self.skipped.append(skipped)
        self.writer.skip(skipped, state)

    def vectors(self) -> NDArray[np.float32]:
        """Return the (passages, dim) vectors, in order of passage id."""
        return np.concatenate([np.zeros((0, self.encoder.dim), np.float32), *self._rows])

    def embed(self) -> None:
        """Embed the passages that wait for it, and write them with their words."""
        texts = [passage.text for _, passages, _ in self._waiting for passage in passages]
        packed: list[bytes] = []
        for first in range(0, len(texts), _BATCH):
            batch = texts[first : first + _BATCH]
            words = embedded().words_of(batch)  # each text is tokenised once: for its words, and for its vector
            own = self.encoder is embedded()
            self._rows.append(embedded().encode_words(words) if own else self.encoder.encode_passages(batch))
            packed += map(pack, words)
        following = iter(packed)
        for document, passages, state in self._waiting:
            self.writer.add(document, [replace(passage, words=next(following)) for passage in passages], state)
        self._waiting = []
        self._embedded = self.passages

    def _count(self, document: Document, passages: list[Passage]) -> None:
        self.hashes[document.source] = document.sha256
        self.passages += len(passages)


def collect(
    folder: Path,
    path: Path,
    encoder: Encoder,
    states: list[FileState],
    passed_over: list[Skipped],
    live: OpenIndex | None,
    progress: Progress | None,
) -> Collected:
    """Read the articles of a folder into a passages file.

    :param path: the file to write.
    :param live: the index that stands, for the vectors and words of unchanged documents.
    """
    with closing(PassageWriter(path)) as writer:
        collected = Collected(encoder, writer)
        for passed in passed_over:
            collected.skip(passed, None)
        for done, state in enumerate(states):
            if progress:
                progress(done, len(states))
            try:
                document = read_document(folder, state.source)
                passages = passages_of(document, collected.passages, fits=encoder.fits)
                if not passages:
                    raise DocumentError("holds nothing but page furniture")
            except DocumentError as error:
                collected.skip(Skipped(state.source, str(error)), state)
            else:
                _add(collected, live, document, passages, state)
        collected.embed()
    if progress:
        progress(len(states), len(states))
    return collected


def _add(
    collected: Collected, live: OpenIndex | None, document: Document, passages: list[Passage], state: FileState
) -> None:
    """Add a document, with what the live index holds of it if it is unchanged."""
    old = live.passages.passages_of(document.doc_id) if live else []
    if live and [passage.text for passage in old] == [passage.text for passage in passages]:
        kept = [replace(new, words=passage.words) for new, passage in zip(passages, old, strict=True)]
        vectors = live.dense.vectors(np.asarray([passage.passage_id for passage in old], np.int64))
        collected.keep(document, kept, state, vectors)
    else:
        collected.add(document, passages, state)
