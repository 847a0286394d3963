"""The articles of a build: read, cut, stored, embedded; the vectors of unchanged ones are kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.chunking import PASSAGE_CHARS, passages_of
from index.documents import read_document
from index.errors import DocumentError
from index.opened import OpenIndex
from index.passage_store import PassageWriter
from index.types import Document, Encoder, FileState, Passage, Skipped

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all."""

_BATCH = 1024  # passages embedded at a time


@dataclass
class Collected:
    """What a build has read: the hash of each document by source, its passages' vectors, and what was skipped."""

    encoder: Encoder
    hashes: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    passages: int = 0
    _rows: list[NDArray[np.float32]] = field(default_factory=list)
    _waiting: list[str] = field(default_factory=list)

    def add(self, document: Document, passages: list[Passage], kept: NDArray[np.float32] | None) -> None:
        """Add a document and its passages, with their vectors if they are known."""
        self.hashes[document.source] = document.sha256
        self.passages += len(passages)
        if kept is not None:
            self._embed()
            self._rows.append(kept)
            return
        self._waiting += (passage.text for passage in passages)
        if len(self._waiting) >= _BATCH:
            self._embed()

    def vectors(self) -> NDArray[np.float32]:
        """Return the (passages, dim) vectors, in order of passage id."""
        self._embed()
        return np.concatenate(self._rows) if self._rows else np.zeros((0, self.encoder.dim), np.float32)

    def _embed(self) -> None:
        if self._waiting:
            self._rows.append(self.encoder.encode_passages(self._waiting))
            self._waiting = []


def passage_chars(encoder: Encoder) -> int:
    """Return how long passages may be for an encoder to read them whole."""
    return min(PASSAGE_CHARS, encoder.max_chars)


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
    :param live: the index that stands, for the vectors of unchanged documents.
    """
    collected = Collected(encoder, skipped=list(passed_over))
    with closing(PassageWriter(path)) as writer:
        for done, state in enumerate(states):
            if progress:
                progress(done, len(states))
            try:
                document = read_document(folder, state.source)
                passages = passages_of(document, collected.passages, passage_chars(encoder))
                if not passages:
                    raise DocumentError("holds nothing but page furniture")
            except DocumentError as error:
                collected.skipped.append(Skipped(state.source, str(error)))
                writer.skip(collected.skipped[-1], state)
            else:
                writer.add(document, passages, state)
                collected.add(document, passages, _kept_vectors(live, document, passages))
        for passed in passed_over:
            writer.skip(passed, None)
    if progress:
        progress(len(states), len(states))
    return collected


def _kept_vectors(live: OpenIndex | None, document: Document, passages: list[Passage]) -> NDArray[np.float32] | None:
    """Return the vectors that the live index holds of an unchanged document."""
    if live is None:
        return None
    old = live.passages.passages_of(document.doc_id)
    if [passage.text for passage in old] != [passage.text for passage in passages]:
        return None
    return live.dense.vectors(np.asarray([passage.passage_id for passage in old], np.int64))
