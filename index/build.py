"""The pipeline, top to bottom: a folder becomes the next generation of its index."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from index.changes import Changes, changes
from index.collect import Collected, collect
from index.documents import nothing_read, scan
from index.encoder import EMBEDDED, canonical_name, embedded, load_encoder
from index.errors import FolderError, IndexCorruptError, IndexEncoderError, IndexFolderError, IndexMissingError
from index.lexical import LexicalIndex
from index.libraries import versions
from index.locks import build_lock
from index.opened import DENSE, LEXICAL, PASSAGES, OpenIndex, open_index
from index.passage_store import PassageStore
from index.passage_writer import PassageWriter
from index.resume import VECTORS, Begun, BuiltBy, begun, note, restore_vectors
from index.salvage import salvage
from index.sealing import new_generation, seal
from index.store import FORMAT, Manifest, check_files, default_index, read_current
from index.types import BuildReport, Encoder, FileState, Progress, Skipped
from index.vector_rows import VectorRows
from index.version import told_of

__all__ = ["Progress", "bring_up_to_date", "repair"]


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
    seen = _scan(folder, index)
    with ExitStack() as stack:
        live = None if rebuild else _open_live(index, model, stack)
        changed = _changes(folder, seen.states, live)
        same = _same(live, folder, changed, seen.passed_over) if live else None
        if same and changed.complete:
            return same
        try:
            stack.enter_context(build_lock(index))
            if not rebuild and _is_behind(live, index):  # another build ended while this one waited
                live = _open_live(index, model, stack)
                changed = _changes(folder, seen.states, live)
                same = _same(live, folder, changed, seen.passed_over) if live else None
                if same and changed.complete:
                    return same
            if live:
                check_files(index, live.generation)  # or what a disk lost by itself would be copied, and sealed
            encoder = live.encoder if live else load_encoder(model or EMBEDDED)
            built_by = _built_by(folder, index, encoder, rebuild, seen, live)
            done = begun(index, built_by, folder, seen.states) if built_by else None
            with new_generation(index, done.path if done else None) as path:
                return _write(folder, index, encoder, seen, changed, built_by, done or Begun(path), progress)
        except IndexCorruptError:
            raise
        except IndexFolderError:
            if same:  # files were touched, or libraries upgraded: the index may be asked as it stands
                return same
            raise


def repair(
    folder: Path, index: Path | None = None, model: str | None = None, progress: Progress | None = None
) -> BuildReport:
    """Build the index anew from the folder, every file of which is read, and from what of the old one is intact.

    :param model: the encoder; by default that of what is intact, or the embedded one.
    :raises FolderError: if the folder holds nothing to index; the old index stays.
    :raises IndexFolderError: if the index is busy or cannot be written.
    """
    index = index or default_index(folder)
    seen = _scan(folder, index)
    with ExitStack() as stack:
        stack.enter_context(build_lock(index))
        named, intact = salvage(index, canonical_name(model) if model else None, stack)
        encoder = intact.encoder if intact else load_encoder(named or EMBEDDED)
        changed = changes(folder, seen.states, intact, trust=False)
        with new_generation(index) as path:
            return _write(folder, index, encoder, seen, changed, None, Begun(path), progress)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a folder holds, and when that was asked."""

    at_ns: int
    states: Sequence[FileState]
    passed_over: Sequence[Skipped]


def _scan(folder: Path, index: Path) -> _Seen:
    if os.path.realpath(folder) == os.path.realpath(index):
        raise IndexFolderError(f"the index cannot be the folder of articles itself ({index}): leave -i out")
    at_ns = time.time_ns()
    states, passed_over = scan(folder, index)
    if not states:
        raise FolderError(nothing_read(folder, passed_over))
    return _Seen(at_ns, states, passed_over)


def _open_live(index: Path, model: str | None, stack: ExitStack) -> OpenIndex | None:
    try:
        if model is not None and model != (built_by := read_current(index).manifest.encoder):
            raise IndexEncoderError(
                f"the index at {index} was built by the encoder {built_by!r}, not {model!r}:"
                f" leave --model out, or run `sourcier index FOLDER --model {model} --rebuild`"
            )
        return stack.enter_context(closing(open_index(index)))
    except IndexMissingError:
        return None


def _is_behind(live: OpenIndex | None, index: Path) -> bool:
    try:
        return read_current(index).path != (live.generation.path if live else None)
    except IndexMissingError:
        return False


def _changes(folder: Path, states: Sequence[FileState], live: OpenIndex | None) -> Changes:
    """Compare a folder with the index; that of another folder may have files of the same size and time by chance."""
    return changes(folder, states, live, trust=live is not None and _is_of(live, folder))


def _is_of(live: OpenIndex, folder: Path) -> bool:
    return live.generation.manifest.folder == _recorded_folder(folder, live.generation.path.parent)


def _same(live: OpenIndex, folder: Path, changed: Changes, passed_over: Sequence[Skipped]) -> BuildReport | None:
    """Return the report of a build that writes nothing, if the index holds what the folder does; else None."""
    if not changed.same or not _is_of(live, folder):
        return None
    skipped = live.passages.skipped()
    looked_like_articles = live.passages.skipped_hashes()
    if {entry for entry in skipped if entry.source not in looked_like_articles} != {*passed_over}:
        return None
    manifest = live.generation.manifest
    return BuildReport(manifest.version, manifest.documents, manifest.passages, 0, 0, 0, skipped, rebuilt=False)


def _built_by(
    folder: Path, index: Path, encoder: Encoder, rebuild: bool, seen: _Seen, live: OpenIndex | None
) -> BuiltBy | None:
    """Return what a build is known by that may be resumed; None where the vectors that it takes over are not exact."""
    own = encoder is embedded()
    if live and not own:
        return None
    folder_name, words = _recorded_folder(folder, index), embedded().identity
    kept = 0 if own else encoder.dim
    return BuiltBy(FORMAT, folder_name, encoder.identity, words, versions(), rebuild, kept, seen.at_ns)


def _write(
    folder: Path,
    index: Path,
    encoder: Encoder,
    seen: _Seen,
    changed: Changes,
    built_by: BuiltBy | None,
    done: Begun,
    progress: Progress | None,
) -> BuildReport:
    """Write a generation, or what is left to do of one, and make it the live one."""
    path, live = done.path, changed.live
    with ExitStack() as stack:
        before = live.generation.path / PASSAGES if live else None
        writer = stack.enter_context(closing(PassageWriter(path / PASSAGES, before, done.documents)))
        kept = path / VECTORS if built_by and built_by.kept else None
        rows = stack.enter_context(closing(VectorRows(encoder, live, changed.passages_kept(), kept)))
        restore_vectors(rows, done)

        def commit() -> None:
            if built_by:
                rows.sync()
                writer.commit()
                note(path, built_by)

        collected = Collected(writer, rows, commit, [*done.skipped])
        collect(folder, collected, seen.states, seen.passed_over, changed, done.files, progress)
        if not len(rows):
            raise FolderError(nothing_read(folder, collected.skipped))
        writer.finish()
        writer.close()
        store = stack.enter_context(closing(PassageStore(path / PASSAGES)))
        with closing(store.all_terms()) as said:
            LexicalIndex.write(path / LEXICAL, said)
        rows.save(path / DENSE)
        version, counted = told_of(encoder, versions(), store, changed.before)
        passages = len(rows)
    manifest = Manifest(
        format=FORMAT,
        version=version,
        folder=_recorded_folder(folder, index),
        encoder=encoder.name,
        encoder_identity=encoder.identity,
        words_identity=embedded().identity,
        libraries=versions(),
        scanned_ns=seen.at_ns,
        dim=encoder.dim,
        documents=counted.documents,
        passages=passages,
        files={},
    )
    seal(index, path, manifest)
    return BuildReport(
        version=version,
        documents=counted.documents,
        passages=passages,
        added=counted.added,
        changed=counted.changed,
        removed=len(changed.before) + counted.added - counted.documents,
        skipped=tuple(sorted(collected.skipped, key=lambda entry: entry.source)),
        upgraded=changed.upgraded,
    )


def _recorded_folder(folder: Path, index: Path) -> str:
    """Return the folder as the manifest names it: relative where the index lies inside it."""
    folder, index = folder.resolve(), index.resolve()
    return os.path.relpath(folder, index) if index.is_relative_to(folder) else str(folder)
