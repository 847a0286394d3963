"""The pipeline, top to bottom: a folder becomes the next generation of its index."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.chunking import PASSAGE_CHARS, passages_of
from index.dense import DenseIndex
from index.documents import read_document, scan
from index.encoder import EMBEDDED, load_encoder
from index.errors import DocumentError, FolderError, IndexEncoderError, IndexFolderError, IndexMissingError
from index.lexical import LexicalIndex
from index.opened import DENSE, LEXICAL, PASSAGES, OpenIndex
from index.passage_store import PassageStore, PassageWriter
from index.store import FORMAT, Manifest, abandon, build_lock, default_index, new_generation, open_current, seal
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
    states, passed_over = scan(folder)
    if not states:
        raise FolderError(_nothing_read(folder, passed_over))
    live = None if rebuild else _open_live(index, model)
    if live is not None and (report := _unchanged(live, states, passed_over)):
        live.close()
        return report
    with build_lock(index):
        if live is not None:
            live.close()
            live = _open_live(index, model)  # another build may have just ended
        encoder = live.encoder if live else load_encoder(model or EMBEDDED)
        path = new_generation(index)
        try:
            return _write(folder, index, path, encoder, states, passed_over, live, progress)
        except BaseException:
            abandon(path)
            raise
        finally:
            if live is not None:
                live.close()


def _open_live(index: Path, model: str | None) -> OpenIndex | None:
    try:
        generation = open_current(index)
    except IndexMissingError:
        return None
    if model is not None and model != generation.manifest.encoder:
        raise IndexEncoderError(
            f"the index at {index} was built by the encoder {generation.manifest.encoder!r}, not {model!r}:"
            f" leave --model out, or run `sourcier index FOLDER --model {model} --rebuild`"
        )
    return OpenIndex(generation)


def _unchanged(live: OpenIndex, states: list[FileState], passed_over: list[Skipped]) -> BuildReport | None:
    """Return the report of a build with nothing to do, or None if there is something."""
    known = live.passages.file_states()
    if {state.source: state for state in states} != known:
        return None
    named = {skipped.source for skipped in live.passages.skipped()}
    if not {skipped.source for skipped in passed_over} <= named:
        return None
    sealed_at = (live.generation.path / "manifest.json").stat().st_mtime_ns
    if any(state.mtime_ns > sealed_at - _FRESH_NS for state in states):
        hashes = {info.source: info.sha256 for info in live.passages.documents()}
        folder = live.folder
        if any(_sha256(folder / source) != digest for source, digest in hashes.items()):
            return None
    manifest = live.generation.manifest
    return BuildReport(
        manifest.version, manifest.documents, manifest.passages, 0, 0, 0, live.passages.skipped(), rebuilt=False
    )


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


def _write(  # noqa: PLR0913 - the story of a build needs all its characters
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
    vectors, skipped = _Vectors(encoder), list(passed_over)
    hashes: dict[str, str] = {}
    count = 0
    writer = PassageWriter(path / PASSAGES)
    for done, state in enumerate(states):
        if progress:
            progress(done, len(states))
        try:
            document = read_document(folder, state.source)
        except DocumentError as error:
            skipped.append(Skipped(state.source, str(error)))
            writer.skip(skipped[-1], state)
            continue
        passages = passages_of(document, count, max_chars)
        if not passages:
            skipped.append(Skipped(state.source, "holds nothing but page furniture"))
            writer.skip(skipped[-1], state)
            continue
        count += len(passages)
        hashes[state.source] = document.sha256
        writer.add(document, passages, state)
        vectors.add(passages, _kept_vectors(live, document.doc_id, document.sha256, passages))
    for passed in passed_over:
        writer.skip(passed, None)
    writer.close()
    if not hashes:
        raise FolderError(_nothing_read(folder, skipped))
    if progress:
        progress(len(states), len(states))

    store = PassageStore(path / PASSAGES)
    LexicalIndex.build(path / LEXICAL, store.all_passages())
    store.close()
    DenseIndex.build(np.arange(count), vectors.all()).save(path / DENSE)
    manifest = Manifest(
        format=FORMAT,
        version=_version(encoder, max_chars, hashes),
        folder=_recorded_folder(folder, index),
        encoder=encoder.name,
        encoder_identity=encoder.identity,
        dim=encoder.dim,
        documents=len(hashes),
        passages=count,
        files={},
    )
    seal(index, path, manifest)
    return BuildReport(
        version=manifest.version,
        documents=len(hashes),
        passages=count,
        added=len(hashes.keys() - before.keys()),
        changed=sum(before[source] != digest for source, digest in hashes.items() if source in before),
        removed=len(before.keys() - hashes.keys()),
        skipped=tuple(sorted(skipped, key=lambda entry: entry.source)),
    )


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
