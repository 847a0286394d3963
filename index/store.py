"""The index folder: sealed generations, a manifest with checksums, and `CURRENT`.

    .sourcier/
      CURRENT               the live generation and its manifest's SHA-256
      lock                  held by the build under way
      generation-000003/    written once, never changed
        manifest.json       format, encoder, folder, counts, every file's size and SHA-256
        passages.sqlite     documents and passages, with their words
        dense.faiss         their vectors
        lexical/            their terms

A build writes the next generation beside the live one, syncs it, then swaps `CURRENT`
in one rename: a kill at any moment leaves the old generation whole, and readers keep
what they opened.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import IndexBusyError, IndexCorruptError, IndexFolderError, IndexFormatError, IndexMissingError

FORMAT = 2  # to be raised whenever a build writes anything else, how it cuts and counts included
INDEX_NAME = ".sourcier"
MANIFEST = "manifest.json"
_CURRENT, _LOCK = "CURRENT", "lock"
_GENERATION = re.compile(r"generation-(\d{6})")
_POINTER = re.compile(r"(generation-\d{6}) ([0-9a-f]{64})\n")
_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself.

    `encoder_identity` is that of the vectors' encoder, `words_identity` that of the embedded
    one, whose pieces the passages' words are; `files` maps each file to its size and SHA-256.
    """

    format: int
    version: str
    folder: str
    encoder: str
    encoder_identity: str
    words_identity: str
    dim: int
    documents: int
    passages: int
    files: dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Generation:
    """A sealed generation: where it is and what it says of itself."""

    path: Path
    manifest: Manifest

    @property
    def folder(self) -> Path:
        """The folder of articles that was indexed."""
        return Path(os.path.normpath(self.path.parent.resolve() / self.manifest.folder))


def default_index(folder: Path) -> Path:
    """Return where the index of a folder goes: beside its articles, or in the user's cache."""
    beside = folder / INDEX_NAME
    if os.access(beside if os.access(beside, os.F_OK) else folder, os.W_OK):
        return beside
    import platformdirs

    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return Path(platformdirs.user_cache_dir("sourcier", appauthor=False)) / name


def open_current(index: Path) -> Generation:
    """Return the live generation, after checking every byte of it.

    :raises IndexMissingError: if no build has finished there.
    :raises IndexFormatError: if another version of the format wrote it.
    :raises IndexCorruptError: if a file is missing, cut or altered.
    """
    name = _live_name(index)
    try:
        generation = read_current(index)
        _check_files(index, generation)
    except IndexCorruptError:
        if _live_name(index) == name:
            raise
        return open_current(index)  # builds have replaced and removed it meanwhile
    return generation


def _check_files(index: Path, generation: Generation) -> None:
    for name, (size, digest) in generation.manifest.files.items():
        path = generation.path / name
        try:
            actual = path.stat().st_size
            if actual != size:
                raise _corrupt(index, f"{name} has {actual:,} bytes instead of {size:,}")
            if _sha256(path) != digest:
                raise _corrupt(index, f"{name} was altered after it was built")
        except OSError as error:
            raise _corrupt(index, f"{name} cannot be read ({error.strerror})") from error


def read_current(index: Path) -> Generation:
    """Return the live generation by its manifest alone, without checking its files."""
    try:
        pointer = (index / _CURRENT).read_text("ascii")
    except FileNotFoundError:
        raise IndexMissingError(f"no index at {index}: run `sourcier index FOLDER -i {index}`") from None
    except (OSError, ValueError) as error:
        raise _corrupt(index, f"{_CURRENT} cannot be read ({error})") from error
    match = _POINTER.fullmatch(pointer)
    if not match:
        raise _corrupt(index, f"{_CURRENT} does not name a generation")
    path = index / match[1]
    try:
        written = (path / MANIFEST).read_bytes()
    except OSError as error:
        raise _corrupt(index, f"{match[1]}/{MANIFEST} cannot be read ({error.strerror})") from error
    if hashlib.sha256(written).hexdigest() != match[2]:
        raise _corrupt(index, f"{match[1]}/{MANIFEST} was altered after it was built")
    fields = json.loads(written)
    if fields.get("format") != FORMAT:
        raise IndexFormatError(
            f"the index at {index} has format {fields.get('format')}, this Sourcier reads {FORMAT}:"
            " run `sourcier index FOLDER --rebuild`"
        )
    files = {name: (size, digest) for name, (size, digest) in fields.pop("files").items()}
    return Generation(path, Manifest(**fields, files=files))


def _live_name(index: Path) -> str | None:
    """Return the name of the live generation, whatever state it is in."""
    try:
        match = _POINTER.fullmatch((index / _CURRENT).read_text("ascii"))
    except (OSError, ValueError):
        return None
    return match[1] if match else None


@contextmanager
def build_lock(index: Path) -> Iterator[None]:
    """Hold the right to build; another build waits a little, then gives up.

    :raises IndexBusyError: if another build still holds it after ten seconds.
    :raises IndexFolderError: if the index folder cannot be written.
    """
    lock = FileLock(index / _LOCK, timeout=_LOCK_SECONDS)
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise IndexBusyError(f"another build is writing {index}: wait for it to end, then try again") from None
    except OSError as error:
        raise _unwritable(index, error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def new_generation(index: Path) -> Iterator[Path]:
    """Make the folder of the next generation, empty; remove it again if it is not sealed. Only under the build lock.

    :raises IndexFolderError: if something in it cannot be written.
    """
    path = None
    try:
        numbers = [int(match[1]) for entry in index.iterdir() if (match := _GENERATION.fullmatch(entry.name))]
        path = index / f"generation-{max(numbers, default=0) + 1:06d}"
        path.mkdir()
        yield path
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(index, error) from error
    finally:
        if path and _live_name(index) != path.name:
            _remove(path)


def seal(index: Path, path: Path, manifest: Manifest) -> Generation:
    """Write the manifest, sync everything, make it the live generation, and tidy up.

    :param manifest: complete but for `files`, which this fills in.
    """
    files = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*")) if file.is_file()}
    for name in [name for name in files if name.endswith(".lock")]:
        files.pop(name).unlink()  # tantivy's writer lock means nothing in a sealed folder
    listed = {name: (file.stat().st_size, _sha256(file)) for name, file in files.items()}
    manifest = replace(manifest, files=listed)
    written = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
    (path / MANIFEST).write_bytes(written)
    for file in files.values():  # tantivy makes files that nobody else may read
        file.chmod((path / MANIFEST).stat().st_mode)
    for entry in (*files.values(), path / MANIFEST, *(file.parent for file in files.values()), path):
        _sync(entry)
    previous = _live_name(index)
    pointer = index / f"{_CURRENT}.new"
    pointer.write_text(f"{path.name} {hashlib.sha256(written).hexdigest()}\n", "ascii")
    _sync(pointer)
    os.replace(pointer, index / _CURRENT)
    _sync(index)
    for entry in index.iterdir():
        if _GENERATION.fullmatch(entry.name) and entry.name not in (path.name, previous):
            _remove(entry)  # readers may still open the previous one
    return Generation(path, manifest)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _corrupt(index: Path, what: str) -> IndexCorruptError:
    return IndexCorruptError(f"the index at {index} is damaged: {what}; run `sourcier index FOLDER --rebuild`")


def _unwritable(index: Path, error: Exception) -> IndexFolderError:
    reason = getattr(error, "strerror", None) or error
    return IndexFolderError(f"cannot write the index at {index} ({reason}): choose another folder for it with -i")
