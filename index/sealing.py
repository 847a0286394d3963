"""The next generation of an index: written beside the live one, sealed, and made the live one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from index.checked import BELIEVED, LARGE, hashed, note
from index.locks import unread, unwritable
from index.opened import DENSE, LEXICAL, PASSAGES
from index.resume import UNDER_WAY, VECTORS
from index.store import CURRENT, GENERATION, MANIFEST, Generation, Manifest, live_name

_PARTS = {MANIFEST, PASSAGES, DENSE, LEXICAL, UNDER_WAY, VECTORS}


@contextmanager
def new_generation(index: Path, begun: Path | None = None) -> Iterator[Path]:
    """Make the folder of the next generation, empty; remove it again if it is not sealed. Only under the build lock.

    One of which something is safe stays, for a later build to go on with, unless an error is to blame on what is there.

    :param begun: the folder of one that was begun, to be used.
    :raises IndexFolderError: if something in it cannot be written.
    """
    path = begun
    try:
        if begun:
            yield begun
            return
        numbers = [int(match[1]) for entry in index.iterdir() if (match := GENERATION.fullmatch(entry.name))]
        made = index / f"generation-{max(numbers, default=0) + 1:06d}"
        made.mkdir()
        path = made
        yield path
    except BaseException as error:
        if path and not _may_be_live(index, path) and not ((path / UNDER_WAY).exists() and _leaves_whole(error)):
            _remove(path)
        if isinstance(error, OSError | sqlite3.Error):
            raise unwritable(index, error) from error
        raise


def _leaves_whole(error: BaseException) -> bool:
    """Say whether what a build had made safe is good in spite of what ended it: a full disk, or the user."""
    return isinstance(error, OSError | sqlite3.OperationalError) or not isinstance(error, Exception)


def _may_be_live(index: Path, path: Path) -> bool:
    """Say whether a generation was made the live one before what came after failed; or perhaps was."""
    try:
        return (index / CURRENT).read_text("ascii").split(" ")[0] == path.name
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True  # a later build removes it if it is not


def seal(index: Path, path: Path, manifest: Manifest) -> Generation:
    """Write the manifest, sync everything, make it the live generation, and tidy up.

    :param manifest: complete but for `files`, which this fills in.
    """
    files = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*")) if file.is_file()}
    for name in [name for name in files if name.endswith(".lock") or name in (UNDER_WAY, VECTORS)]:
        files.pop(name).unlink()  # what a build goes on from, and tantivy's lock: they mean nothing in a sealed folder
    (path / MANIFEST).touch()
    for file in files.values():
        file.chmod((path / MANIFEST).stat().st_mode)  # tantivy makes files that nobody else may read
        _sync(file)
    found = {name: hashed(file) for name, file in files.items()}
    manifest = replace(manifest, files={name: (each.size, each.sha256) for name, (each, _) in found.items()})
    written = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
    (path / MANIFEST).write_bytes(written)
    for entry in (path / MANIFEST, *(file.parent for file in files.values()), path):
        _sync(entry)
    previous = live_name(index)
    pointer = index / f"{CURRENT}.new"
    pointer.write_text(f"{path.name} {hashlib.sha256(written).hexdigest()}\n", "ascii")
    _sync(pointer)
    os.replace(pointer, index / CURRENT)
    _sync(index)
    if BELIEVED and sum(each.size for each, _ in found.values()) > LARGE:
        note(index, path.name, {name: each for name, (each, settled) in found.items() if settled})
    for entry in index.iterdir():
        if GENERATION.fullmatch(entry.name) and entry.name not in (path.name, previous):
            _remove(entry)  # readers may be about to open the previous one
    return Generation(path, manifest)


def _remove(path: Path) -> None:
    """Remove a generation, unless somebody reads it: then a later build does."""
    try:
        names = {entry.name for entry in path.iterdir()}
    except OSError:
        return
    if names and not names & _PARTS:  # the user's own
        return
    with unread(path / MANIFEST) as free:
        if free:
            shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folder
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
