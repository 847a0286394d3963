"""What an index holds, for a person and as JSON: every file with its state, and the counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from index.changes import sha256_of
from index.documents import scan
from index.errors import FolderError, UsageError
from index.file_facts import FileFacts
from index.protocols import Index
from qa.session import Session
from qa.show import one_line

SCHEMA = 1
_KB = 1000


def show_info(session: Session) -> str:
    """Return what an index holds as lines of text: first the whole, then a line for each file.

    :raises UsageError: if they are too many.
    """
    opened = session.index
    manifest, files = opened.generation.manifest, _files(opened)
    where = f"{opened.place}/{opened.generation.path.name}"
    skipped = sum(not each.indexed for each in files)
    sentences = sum(each.sentences for each in files)
    told = [
        f"folder    {opened.folder}{_behind(_since(session))}",
        f"index     {where} (format {manifest.format}, version {manifest.version})",
        f"encoder   {manifest.encoder} {manifest.encoder_identity}, {manifest.dim} dimensions",
        f"articles  {manifest.documents}, in {manifest.passages} passages and {sentences} sentences; {skipped} skipped",
    ]
    if calibrated := _calibration(session):
        told.append(f"answers   calibration: {calibrated}")
    return "\n".join([*told, *map(_line, files)])


def info_json(session: Session) -> dict[str, Any]:
    """Return what an index holds as an object.

    :raises UsageError: if there are too many files.
    """
    opened = session.index
    manifest, files = opened.generation.manifest, _files(opened)
    return {
        "schema": SCHEMA,
        "folder": str(opened.folder),
        "since": _since(session),
        "index": {
            "path": opened.place,
            "generation": opened.generation.path.name,
            "format": manifest.format,
            "version": manifest.version,
        },
        "encoder": {"name": manifest.encoder, "identity": manifest.encoder_identity, "dim": manifest.dim},
        "calibration": _calibration(session),
        "totals": {
            "indexed": manifest.documents,
            "skipped": sum(not each.indexed for each in files),
            "passages": manifest.passages,
            "sentences": sum(each.sentences for each in files),
        },
        "files": [{"state": _state(each), **asdict(each)} for each in files],
    }


def _files(index: Index) -> list[FileFacts]:
    """Return every file of an index.

    :raises UsageError: if they are too many to be listed.
    """
    if not index.catalogue.listed:
        raise UsageError(f"{index.catalogue.count:,} articles are too many to list: look in their folder")
    return index.passages.facts()


def _since(session: Session) -> dict[str, list[str]] | None:
    """Return the files that the folder holds otherwise than the index read them; None if it cannot be read."""
    opened = session.index
    try:
        now = {state.source: state for state in scan(opened.folder, opened.side)[0]}
    except FolderError:
        return None
    then = opened.passages.file_states()
    digests = dict(opened.passages.digests()) | opened.passages.skipped_hashes()
    touched = [source for source in now.keys() & then.keys() if now[source] != then[source]]
    return {
        "new": sorted(now.keys() - then.keys()),
        "changed": sorted(each for each in touched if sha256_of(opened.folder / each) != digests[each]),
        "gone": sorted(then.keys() - now.keys()),
    }


def _behind(since: dict[str, list[str]] | None) -> str:
    if since is None:
        return " (cannot be read now)"
    counts = ", ".join(f"{len(sources)} {what}" for what, sources in since.items() if sources)
    return f" (since the index was made: {counts}; `sourcier index` reads them)" if counts else ""


def _calibration(session: Session) -> str | None:
    if session.calibration:
        return session.calibration.told()
    return f"set aside, {session.set_aside}" if session.set_aside else None


def _state(each: FileFacts) -> str:
    return "indexed" if each.indexed else "skipped"


def _line(each: FileFacts) -> str:
    size = "-" if each.size is None else _size(each.size)
    source = one_line(each.source)
    if each.reason is not None:
        return f"  skipped  {size:>8}  {source}  {one_line(each.reason)}"
    date = f"{each.date or '-'}" + (f" ({each.date_origin})" if each.date_origin else "")
    counts = f"{each.passages:>3} passages  {each.sentences:>4} sentences"
    return f"  indexed  {size:>8}  {counts}  {each.language:3}  {date:23}  {source}  {one_line(each.title or '')}"


def _size(size: int) -> str:
    return f"{size} B" if size < _KB else f"{size / _KB:.1f} kB" if size < _KB**2 else f"{size / _KB**2:.1f} MB"
