"""The pipeline, top to bottom: a folder becomes the next generation of its index."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from index.collect import Progress, collect
from index.dense import DenseIndex
from index.documents import scan
from index.encoder import EMBEDDED, canonical_name, embedded, load_encoder
from index.errors import FolderError, IndexEncoderError, IndexMissingError
from index.lexical import LexicalIndex
from index.opened import DENSE, LEXICAL, PASSAGES, OpenIndex
from index.passage_store import PassageStore
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
from index.types import BuildReport, Encoder, FileState, Skipped

__all__ = ["Progress", "bring_up_to_date"]

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
    """Write a generation and make it the live one."""
    before = {info.source: info.sha256 for info in live.passages.documents()} if live else {}
    collected = collect(folder, path / PASSAGES, encoder, states, passed_over, live, progress)
    hashes = collected.hashes
    if not hashes:
        raise FolderError(_nothing_read(folder, collected.skipped))
    with closing(PassageStore(path / PASSAGES)) as store:
        LexicalIndex.build(path / LEXICAL, store.all_passages())
    DenseIndex.build(np.arange(collected.passages), collected.vectors()).save(path / DENSE)
    manifest = Manifest(
        format=FORMAT,
        version=_version(encoder, hashes),
        folder=_recorded_folder(folder, index),
        encoder=encoder.name,
        encoder_identity=encoder.identity,
        words_identity=embedded().identity,
        dim=encoder.dim,
        documents=len(hashes),
        passages=collected.passages,
        files={},
    )
    seal(index, path, manifest)
    return BuildReport(
        version=manifest.version,
        documents=len(hashes),
        passages=collected.passages,
        added=len(hashes.keys() - before.keys()),
        changed=sum(before[source] != digest for source, digest in hashes.items() if source in before),
        removed=len(before.keys() - hashes.keys()),
        skipped=tuple(sorted(collected.skipped, key=lambda entry: entry.source)),
    )


def _version(encoder: Encoder, hashes: dict[str, str]) -> str:
    """Return a digest of all that decides the answers: equal versions answer alike."""
    identities = [encoder.identity, embedded().identity]
    told = json.dumps([FORMAT, *identities, sorted(hashes.items())], ensure_ascii=False)
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
