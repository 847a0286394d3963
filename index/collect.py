"""The articles of a build: new and changed ones are read, cut and embedded, the others are copied as they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.changes import Changes, Standing
from index.chunking import passages_of
from index.documents import doc_id_of, document_of, read_bytes
from index.encoder import embedded
from index.errors import DocumentError
from index.opened import PASSAGES
from index.passage_store import PassageWriter, Run
from index.types import Document, Encoder, FileState, Passage, Skipped
from index.words import pack

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all."""

_BATCH = 1024  # passages embedded at a time


@dataclass(frozen=True, slots=True)
class _Read:
    """A document that was read, its passages, and of each the one of the same text in the index that stands."""

    document: Document
    passages: Sequence[Passage]
    state: FileState
    known: Sequence[Passage | None]

    @property
    def new(self) -> list[str]:
        """The texts that are to be embedded."""
        return [passage.text for passage, known in zip(self.passages, self.known, strict=True) if known is None]


@dataclass(frozen=True, slots=True)
class _Copied:
    """Documents of the index that stands, and the files of theirs that were touched."""

    run: Run
    touched: Sequence[FileState]


@dataclass
class Collected:
    """What a build holds: the hash of each document by source, its passages' vectors, and what was skipped."""

    encoder: Encoder
    writer: PassageWriter
    live: Standing | None = None
    hashes: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    passages: int = 0
    _rows: list[NDArray[np.float32]] = field(default_factory=list)
    _waiting: list[_Read | _Copied] = field(default_factory=list)
    _new: int = 0  # passages that wait to be embedded
    _written: int = 0

    def add(self, read: _Read) -> None:
        """Add a document, to be embedded with those that come next."""
        self.hashes[read.document.source] = read.document.sha256
        self.passages += len(read.passages)
        self._waiting.append(read)
        self._new += len(read.new)
        if self._new >= _BATCH:
            self.embed()

    def copy(self, copied: _Copied, hashes: Mapping[str, str]) -> None:
        """Add documents of the index that stands, as they are there; `hashes` are theirs, by source."""
        self.hashes.update(hashes)
        self.passages += copied.run.passages[1] - copied.run.passages[0]
        self._waiting.append(copied)

    def skip(self, skipped: Skipped, state: FileState | None, sha256: str | None = None) -> None:
        """Add a file that was not indexed, with the digest of its bytes if they were read."""
        self.skipped.append(skipped)
        self.writer.skip(skipped, state, sha256)

    def vectors(self) -> NDArray[np.float32]:
        """Return the (passages, dim) vectors, in order of passage id."""
        return np.concatenate([np.zeros((0, self.encoder.dim), np.float32), *self._rows])

    def embed(self) -> None:
        """Embed the passages that wait for it, and write all that waits, in its order."""
        following = self._embedded([text for each in self._waiting if isinstance(each, _Read) for text in each.new])
        for each in self._waiting:
            if isinstance(each, _Copied):
                self.writer.copy(each.run, self._written)
                for state in each.touched:
                    self.writer.touch(state)
                self._add_rows(self._standing(range(*each.run.passages)))
            else:
                self._write(each, following)
        self._waiting, self._new = [], 0

    def _write(self, read: _Read, following: Iterator[tuple[bytes, NDArray[np.float32]]]) -> None:
        """Write a document with the words and vectors that are known, and those that follow."""
        kept = iter(self._standing([known.passage_id for known in read.known if known]))
        vectors, written = np.zeros((len(read.passages), self.encoder.dim), np.float32), []
        for row, (passage, known) in enumerate(zip(read.passages, read.known, strict=True)):
            words, vectors[row] = (known.words, next(kept)) if known else next(following)
            written.append(replace(passage, words=words))
        self.writer.add(read.document, written, read.state)
        self._add_rows(vectors)

    def _embedded(self, texts: list[str]) -> Iterator[tuple[bytes, NDArray[np.float32]]]:
        """Yield the packed words and the vector of each text."""
        for first in range(0, len(texts), _BATCH):
            batch = texts[first : first + _BATCH]
            words = embedded().words_of(batch)  # each text is tokenised once: for its words, and for its vector
            own = self.encoder is embedded()
            rows = embedded().encode_words(words) if own else self.encoder.encode_passages(batch)
            yield from zip(map(pack, words), rows, strict=True)

    def _standing(self, ids: Sequence[int]) -> NDArray[np.float32]:
        if self.live is None or not ids:
            return np.zeros((0, self.encoder.dim), np.float32)
        return self.live.dense.vectors(np.asarray(ids, np.int64))

    def _add_rows(self, vectors: NDArray[np.float32]) -> None:
        self._rows.append(vectors)
        self._written += len(vectors)


def collect(
    folder: Path,
    path: Path,
    encoder: Encoder,
    states: Sequence[FileState],
    passed_over: Sequence[Skipped],
    changed: Changes,
    progress: Progress | None,
) -> Collected:
    """Gather the articles of a folder in a passages file.

    :param path: the file to write.
    :param changed: the folder compared with the index that stands.
    """
    live = changed.live
    before = live.generation.path / PASSAGES if live else None
    with closing(PassageWriter(path, before)) as writer:
        collected = Collected(encoder, writer, live)
        for passed in passed_over:
            collected.skip(passed, None)
        done = 0
        for run in _runs(states, changed):
            for number in range(done, done + len(run)):
                if progress:
                    progress(number, len(states))
            if live and run[0].source in changed.kept:
                _copy(collected, live, changed, run)
            else:
                _read(collected, folder, run[0], live, changed)
            done += len(run)
        collected.embed()
    if progress:
        progress(len(states), len(states))
    return collected


def _runs(states: Sequence[FileState], changed: Changes) -> Iterator[list[FileState]]:
    """Yield kept files together that follow one another both here and in the index that stands; others alone."""
    ranks = {source: rank for rank, source in enumerate(sorted(changed.before))}
    run: list[FileState] = []
    for state in states:
        kept = state.source in changed.kept
        if run and not (kept and run[-1].source in changed.kept and ranks[state.source] == ranks[run[-1].source] + 1):
            yield run
            run = []
        run.append(state)
    if run:
        yield run


def _copy(collected: Collected, live: Standing, changed: Changes, states: Sequence[FileState]) -> None:
    touched = [state for state in states if changed.states[state.source] != state]
    run = live.passages.run(states[0].source, states[-1].source)
    collected.copy(_Copied(run, touched), {state.source: changed.before[state.source] for state in states})


def _read(collected: Collected, folder: Path, state: FileState, live: Standing | None, changed: Changes) -> None:
    """Add a file that is read, unless it is known to be no article."""
    if refused := changed.refused.get(state.source):
        collected.skip(refused[0], state, refused[1])
        return
    digest = None
    try:
        data = read_bytes(folder, state.source)
        digest = hashlib.sha256(data).hexdigest()
        document = document_of(data, state.source)
        passages = passages_of(document, collected.passages, fits=collected.encoder.fits)
        if not passages:
            raise DocumentError("holds nothing but page furniture")
    except DocumentError as error:
        collected.skip(Skipped(state.source, str(error)), state, digest)
        return
    known = _standing_passages(document, live, changed) if live else {}
    collected.add(_Read(document, passages, state, [known.get(passage.text) for passage in passages]))


def _standing_passages(document: Document, live: Standing, changed: Changes) -> dict[str, Passage]:
    """Return by text the passages that stand of a document: under its own name, or under one that it had."""
    named = [document.source, changed.names.get(document.sha256, "")]
    old = [source for source in dict.fromkeys(named) if source in changed.before]
    return {passage.text: passage for source in old for passage in live.passages.passages_of(doc_id_of(source))}
