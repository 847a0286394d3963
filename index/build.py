"""The pipeline, top to bottom: a folder becomes the next generation of its index."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.chunking import PASSAGE_CHARS, passages_of
from index.dense import DenseIndex
from index.documents import read_document, scan
from index.encoder import EMBEDDED, canonical_name, load_encoder
from index.errors import DocumentError, FolderError, IndexEncoderError, IndexMissingError
from index.lexical import LexicalIndex
from index.opened import DENSE, LEXICAL, PASSAGES, OpenIndex
from index.passage_store import PassageStore, PassageWriter
from index.store import (
    FORMAT,
    MANIFEST,
    Manifest,
    build_lock,
    default_index,
    new_generation,
    open_current,
    read_current,
    seal,
)
from index.types import BuildReport, Encoder, FileState, Passage, Skipped

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all."""

_BATCH = 1024  # passages embedded at a time
_FRESH_NS = 2_000_000_000  # a file touched this shortly before it was read may change again unseen


def bring_up_to_date(
    folder: Path,
    index: Path | None = None,
    model: str | None = None,
    rebuild: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Make the index of a folder say what the folder says now.

    :param index: the index folder; by default the folder's own.
    :param model: the encoder; by default the index's own, or the embedded one.
    :param rebuild: start afresh, whatever stands there.
    :raises FolderError: if the folder holds nothing to index; the old index stays.
    :raises IndexEncoderError: if another encoder built the index.
    :raises IndexFolderError: if the index is damaged, busy or cannot be written.
    """
    index = index or default_index(folder)
    model = canonical_name(model) if model else None
    states, passed_over = scan(folder, index)
    if not states:
        raise FolderError(_nothing_read(folder, passed_over))
    with ExitStack() as stack:
        live = None if rebuild else _open_live(index, model, stack)
        if live and (report := _unchanged(live, folder, states, passed_over)):
            return report
        stack.enter_context(build_lock(index))
        if not rebuild and _is_behind(live, index):  # another build ended while this one waited
            live = _open_live(index, model, stack)
            if live and (report := _unchanged(live, folder, states, passed_over)):
                return report
        encoder = live.encoder if live else load_encoder(model or EMBEDDED)
        with new_generation(index) as path:
            return _write(folder, index, path, encoder, states, passed_over, live, progress)


def _open_live(index: Path, model: str | None, stack: ExitStack) -> OpenIndex | None:
    try:
        generation = open_current(index)
    except IndexMissingError:
        return None
    if model is not None and model != generation.manifest.encoder:
        raise IndexEncoderError(
            f"the index at {index} was built by the encoder {generation.manifest.encoder!r}, not {model!r}:"
            f" leave --model out, or run `sourcier index FOLDER --model {model} --rebuild`"
        )
    return stack.enter_context(closing(OpenIndex(generation)))


def _is_behind(live: OpenIndex | None, index: Path) -> bool:
    try:
        return read_current(index).path != (live.generation.path if live else None)
    except IndexMissingError:
        return False


def _unchanged(
    live: OpenIndex, folder: Path, states: list[FileState], passed_over: list[Skipped]
) -> BuildReport | None:
    """Return the report of a build with nothing to do, or None if there is something."""
    manifest = live.generation.manifest
    if manifest.folder != _recorded_folder(folder, live.generation.path.parent):
        return None
    known = live.passages.file_states()
    if {state.source: state for state in states} != known:
        return None
    skipped = live.passages.skipped()
    if {entry.source for entry in skipped} - known.keys() != {entry.source for entry in passed_over}:
        return None
    sealed_at = (live.generation.path / MANIFEST).stat().st_mtime_ns
    fresh = {state.source for state in states if state.mtime_ns > sealed_at - _FRESH_NS}
    if fresh:
        hashes = {info.source: info.sha256 for info in live.passages.documents()}
        if any(_sha256(folder / source) != hashes[source] for source in fresh & hashes.keys()):
            return None
    return BuildReport(manifest.version, manifest.documents, manifest.passages, 0, 0, 0, skipped, rebuilt=False)


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


@dataclass
class _Vectors:
    """Collects the vectors of a build: known ones kept, the others embedded in batches."""

    encoder: Encoder
    rows: list[NDArray[np.float32]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def add(self, passages: list[Passage], kept: NDArray[np.float32] | None) -> None:
        if kept is not None:
            self.flush()
            self.rows.append(kept)
            return
        self.waiting += (passage.text for passage in passages)
        if len(self.waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if self.waiting:
            self.rows.append(self.encoder.encode_passages(self.waiting))
            self.waiting = []

    def all(self) -> NDArray[np.float32]:
        self.flush()
        return np.concatenate(self.rows) if self.rows else np.zeros((0, self.encoder.dim), np.float32)


@dataclass
class _Content:
    """What a build has read: the hash of each document, and what its passages give."""

    vectors: _Vectors
    skipped: list[Skipped]
    hashes: dict[str, str] = field(default_factory=dict)
    passages: int = 0


def _write(
    folder: Path,
    index: Path,
    path: Path,
    encoder: Encoder,
    states: list[FileState],
    passed_over: list[Skipped],
    live: OpenIndex | None,
    progress: Progress | None,
) -> BuildReport:
    before = {info.source: info.sha256 for info in live.passages.documents()} if live else {}
    max_chars = min(PASSAGE_CHARS, encoder.max_chars)
    content = _Content(_Vectors(encoder), list(passed_over))
    with closing(PassageWriter(path / PASSAGES)) as writer:
        for done, state in enumerate(states):
            if progress:
                progress(done, len(states))
            _read_one(folder, state, max_chars, live, writer, content)
        for passed in passed_over:
            writer.skip(passed, None)
    if not content.hashes:
        raise FolderError(_nothing_read(folder, content.skipped))
    if progress:
        progress(len(states), len(states))

    with closing(PassageStore(path / PASSAGES)) as store:
        LexicalIndex.build(path / LEXICAL, store.all_passages())
    DenseIndex.build(np.arange(content.passages), content.vectors.all()).save(path / DENSE)
    hashes = content.hashes
    manifest = Manifest(
        format=FORMAT,
        version=_version(encoder, max_chars, hashes),
        folder=_recorded_folder(folder, index),
        encoder=encoder.name,
        encoder_identity=encoder.identity,
        dim=encoder.dim,
        documents=len(hashes),
        passages=content.passages,
        files={},
    )
    seal(index, path, manifest)
    return BuildReport(
        version=manifest.version,
        documents=len(hashes),
        passages=content.passages,
        added=len(hashes.keys() - before.keys()),
        changed=sum(before[source] != digest for source, digest in hashes.items() if source in before),
        removed=len(before.keys() - hashes.keys()),
        skipped=tuple(sorted(content.skipped, key=lambda entry: entry.source)),
    )


def _read_one(
    folder: Path, state: FileState, max_chars: int, live: OpenIndex | None, writer: PassageWriter, content: _Content
) -> None:
    """Add a file's document to a build, or why it cannot be read."""
    try:
        document = read_document(folder, state.source)
        passages = passages_of(document, content.passages, max_chars)
        if not passages:
            raise DocumentError("holds nothing but page furniture")
    except DocumentError as error:
        content.skipped.append(Skipped(state.source, str(error)))
        writer.skip(content.skipped[-1], state)
        return
    content.passages += len(passages)
    content.hashes[state.source] = document.sha256
    writer.add(document, passages, state)
    content.vectors.add(passages, _kept_vectors(live, document.doc_id, document.sha256, passages))


def _kept_vectors(
    live: OpenIndex | None, doc_id: str, sha256: str, passages: list[Passage]
) -> NDArray[np.float32] | None:
    """Return the vectors that the live generation holds of an unchanged document."""
    if live is None:
        return None
    try:
        if live.passages.document(doc_id).sha256 != sha256:
            return None
    except KeyError:
        return None
    old = live.passages.passages_of(doc_id)
    if [passage.text for passage in old] != [passage.text for passage in passages]:
        return None
    return live.dense.vectors(np.asarray([passage.passage_id for passage in old], np.int64))


def _version(encoder: Encoder, max_chars: int, hashes: dict[str, str]) -> str:
    """Return a digest of all that decides the answers: equal versions answer alike."""
    told = json.dumps([FORMAT, encoder.identity, max_chars, sorted(hashes.items())], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _recorded_folder(folder: Path, index: Path) -> str:
    """Return the folder as the manifest names it: relative where the index lies inside it."""
    folder, index = folder.resolve(), index.resolve()
    return os.path.relpath(folder, index) if index.is_relative_to(folder) else str(folder)


def _nothing_read(folder: Path, skipped: list[Skipped]) -> str:
    if not skipped:
        return f"the folder {folder} holds no file: put articles (.txt, .md) in it"
    first = f"{skipped[0].source}: {skipped[0].reason}"
    return f"no article in {folder} could be read, {len(skipped)} skipped ({first}): put .txt or .md articles in it"
