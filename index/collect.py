"""The articles of a build: new and changed ones are read, cut and embedded, the others are copied as they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.changes import Changes, Standing
from index.chunking import passages_of
from index.documents import doc_id_of, document_of, read_bytes
from index.embedding import words_and_vectors
from index.errors import DocumentError
from index.passage_store import Run
from index.passage_writer import PassageWriter
from index.types import Document, FileState, Passage, Progress, Skipped
from index.vector_rows import VectorRows

_BATCH = 1024  # passages embedded at a time
_COPIED = 2048  # files copied at a time
_COMMIT = 20_000  # passages, after which what a build has done is made safe


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
    """Documents of the index that stands, and those whose files were touched."""

    run: Run
    touched: Sequence[tuple[int, FileState]]


@dataclass
class Collected:
    """What a build has gathered: documents go to `writer`, vectors to `rows`; it keeps what was skipped.

    `commit` makes safe what was written so far; `passages` are those of the documents added, written or not.
    """

    writer: PassageWriter
    rows: VectorRows
    commit: Callable[[], None]
    skipped: list[Skipped] = field(default_factory=list)
    passages: int = 0
    _waiting: list[_Read | _Copied] = field(default_factory=list)
    _new: int = 0  # passages that wait to be embedded
    _safe: int = 0

    def __post_init__(self) -> None:
        self.passages = self._safe = len(self.rows)

    def add(self, read: _Read) -> None:
        """Add a document, to be embedded with those that come next."""
        self.passages += len(read.passages)
        self._new += len(read.new)
        self._wait(read)

    def copy(self, copied: _Copied) -> None:
        """Add documents of the index that stands, as they are there."""
        self.passages += copied.run.passages[1] - copied.run.passages[0]
        self._wait(copied)

    def skip(self, skipped: Skipped, state: FileState | None, sha256: str | None = None) -> None:
        """Add a file that was not indexed, with the digest of its bytes if they were read."""
        self.skipped.append(skipped)
        self.writer.skip(skipped, state, sha256)

    def _wait(self, each: _Read | _Copied) -> None:
        self._waiting.append(each)
        if self._new >= _BATCH or len(self._waiting) >= _BATCH:
            self.embed()
        if len(self.rows) - self._safe >= _COMMIT and not self._waiting:
            self.commit()
            self._safe = len(self.rows)

    def embed(self) -> None:
        """Embed the passages that wait for it, and write all that waits, in its order."""
        texts = [text for each in self._waiting if isinstance(each, _Read) for text in each.new]
        following = words_and_vectors(self.rows.encoder, texts)
        for each in self._waiting:
            if isinstance(each, _Copied):
                self.writer.copy(each.run, len(self.rows), each.touched)
                self.rows.take(*each.run.passages)
            else:
                self._write(each, following)
        self.rows.flush()
        self._waiting, self._new = [], 0

    def _write(self, read: _Read, following: Iterator[tuple[bytes, NDArray[np.float32]]]) -> None:
        """Write a document with the words and vectors that are known, and those that follow."""
        written = []
        for passage, known in zip(read.passages, read.known, strict=True):
            if known:
                words = known.words
                self.rows.take(known.passage_id, known.passage_id + 1)
            else:
                words, vector = next(following)
                self.rows.add(vector)
            written.append(replace(passage, words=words))
        self.writer.add(read.document, written, read.state)


def collect(
    folder: Path,
    collected: Collected,
    states: Sequence[FileState],
    passed_over: Sequence[Skipped],
    changed: Changes,
    done: int = 0,
    progress: Progress | None = None,
) -> None:
    """Gather the articles of a folder.

    :param collected: what there is already, and takes them.
    :param changed: the folder compared with the index that stands.
    :param done: how many of the files are there already.
    """
    for passed in passed_over:
        collected.skip(passed, None)
    for run in _runs(states, done, changed):
        for number in range(done, done + len(run)):
            if progress:
                progress(number, len(states))
        if changed.live and run[0].source in changed.kept:
            _copy(collected, changed.live, changed, run)
        else:
            _read(collected, folder, run[0], changed)
        done += len(run)
    collected.embed()
    if progress:
        progress(len(states), len(states))


def _runs(states: Sequence[FileState], done: int, changed: Changes) -> Iterator[list[FileState]]:
    """Yield kept files together that follow one another both here and in the index that stands; others alone."""
    run: list[FileState] = []
    for at in range(done, len(states)):
        state = states[at]
        follows = run and run[-1].source in changed.kept and state.source in changed.kept
        if run and not (follows and changed.rank(state) == changed.rank(run[-1]) + 1 and len(run) < _COPIED):
            yield run
            run = []
        run.append(state)
    if run:
        yield run


def _copy(collected: Collected, live: Standing, changed: Changes, states: Sequence[FileState]) -> None:
    first = changed.rank(states[0])
    touched = [(rank, state) for rank, state in enumerate(states, first) if changed.states[state.source] != state]
    collected.copy(_Copied(live.passages.run(first, first + len(states) - 1), touched))


def _read(collected: Collected, folder: Path, state: FileState, changed: Changes) -> None:
    """Add a file that is read, unless it is known to be no article."""
    if refused := changed.refused.get(state.source):
        collected.skip(refused[0], state, refused[1])
        return
    digest = None
    try:
        data = read_bytes(folder, state.source)
        digest = hashlib.sha256(data).hexdigest()
        document = document_of(data, state.source)
        passages = passages_of(document, collected.passages, fits=collected.rows.encoder.fits)
        if not passages:
            raise DocumentError("holds nothing but page furniture")
    except DocumentError as error:
        collected.skip(Skipped(state.source, str(error)), state, digest)
        return
    known = _standing_passages(document, changed.live, changed) if changed.live else {}
    collected.add(_Read(document, passages, state, [known.get(passage.text) for passage in passages]))


def _standing_passages(document: Document, live: Standing, changed: Changes) -> dict[str, Passage]:
    """Return by text the passages that stand of a document: under its own name, or under one that it had."""
    named = [document.source, changed.names.get(document.sha256, "")]
    old = [source for source in dict.fromkeys(named) if source in changed.before]
    return {passage.text: passage for source in old for passage in live.passages.passages_of(doc_id_of(source))}
