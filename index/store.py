"""The index folder: sealed generations, a manifest with checksums, and `CURRENT`.

    .sourcier/
      CURRENT               the live generation and its manifest's SHA-256
      lock, builder         held by the build under way; who that is
      checked.json          what of a large generation was hashed, and how its files were then
      generation-000003/    written once, never changed
        manifest.json       format, encoder, folder, counts, every file's size and SHA-256
        passages.sqlite     documents and passages, with their words
        dense.faiss         their vectors
        lexical/            their terms

A build writes the next generation beside the live one, syncs it, then swaps `CURRENT`
in one rename: a kill at any moment leaves the old generation whole, and readers keep
what they opened: a generation is removed once nobody reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import checked
from index.checked import LARGE, Found
from index.errors import IndexCorruptError, IndexFormatError, IndexMissingError

FORMAT = 4  # to be raised whenever a build writes anything else, how it cuts and counts included
INDEX_NAME = ".sourcier"
MANIFEST = "manifest.json"
CURRENT = "CURRENT"
GENERATION = re.compile(r"generation-(\d{6,})")
_POINTER = re.compile(r"(generation-\d{6,}) ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself.

    `encoder_identity` is that of the vectors' encoder, `words_identity` that of the embedded
    one, whose pieces the passages' words are; `libraries` maps those that decided the rest to
    their versions, `files` each file to its size and SHA-256. `scanned_ns` is when the build looked
    at the folder, by this machine's clock.
    """

    format: int
    version: str
    folder: str
    encoder: str
    encoder_identity: str
    words_identity: str
    libraries: dict[str, str]
    scanned_ns: int
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


def open_current(index: Path, large: int | None = LARGE) -> Generation:
    """Return the live generation, after checking every byte of it.

    :param large: an index of more bytes is checked by what is known of its files, as far as nobody has touched
        them since they were last hashed; None hashes any.
    :raises IndexMissingError: if no build has finished there.
    :raises IndexFormatError: if another version of the format wrote it.
    :raises IndexCorruptError: if a file is missing, cut or altered.
    """
    name = live_name(index)
    try:
        generation = read_current(index)
        check_files(index, generation, large)
    except IndexCorruptError:
        if live_name(index) == name:
            raise
        return open_current(index, large)  # builds have replaced and removed it meanwhile
    return generation


def check_files(index: Path, generation: Generation, large: int | None = None) -> None:
    """Check that the files of a generation are as they were built.

    :param large: as for `open_current`; by default every byte is hashed.
    :raises IndexCorruptError: if a file is missing, cut or altered.
    """
    files, name = generation.manifest.files, generation.path.name
    kept = checked.BELIEVED and large is not None and sum(size for size, _ in files.values()) > large
    known = checked.known(index, name) if kept else {}
    try:
        found = dict(_found(index, generation, known))
    except IndexCorruptError:
        checked.forget(index)  # or what was hashed before it was damaged would still be believed
        raise
    if kept and found != known:
        checked.note(index, name, found)


def _found(index: Path, generation: Generation, known: Mapping[str, Found]) -> Iterator[tuple[str, Found]]:
    """Yield the files that will be known again; raise for the first that is not as it was built."""
    for name, (size, digest) in generation.manifest.files.items():
        path = generation.path / name
        try:
            found, settled = Found.at(path, digest), True
            if found.size != size:
                raise _corrupt(index, f"{name} has {found.size:,} bytes instead of {size:,}")
            if known.get(name) != found:
                found, settled = checked.hashed(path)
            if found.sha256 != digest:
                raise _corrupt(index, f"{name} was altered after it was built")
        except OSError as error:
            raise _corrupt(index, f"{name} cannot be read ({error.strerror})") from error
        if settled:
            yield name, found


def read_current(index: Path) -> Generation:
    """Return the live generation by its manifest alone, without checking its files."""
    try:
        pointer = (index / CURRENT).read_text("ascii")
    except FileNotFoundError:
        raise IndexMissingError(f"no index at {index}: run `sourcier index FOLDER -i {index}`") from None
    except (OSError, ValueError) as error:
        raise _corrupt(index, f"{CURRENT} cannot be read ({error})") from error
    match = _POINTER.fullmatch(pointer)
    if not match:
        raise _corrupt(index, f"{CURRENT} does not name a generation")
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
    return _generation(path, fields)


def _generation(path: Path, fields: dict[str, Any]) -> Generation:
    files = {name: (size, digest) for name, (size, digest) in fields.pop("files").items()}
    return Generation(path, Manifest(**fields, files=files))


def sealed_generations(index: Path) -> Iterator[Generation]:
    """Yield what generations still tell of themselves in this format, the newest first, whether or not it is true."""
    for path in sorted(index.glob("generation-*"), key=lambda path: (len(path.name), path.name), reverse=True):
        try:
            fields = json.loads((path / MANIFEST).read_bytes())
            if GENERATION.fullmatch(path.name) and fields["format"] == FORMAT:
                yield _generation(path, fields)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            continue


def intact_file(generation: Generation, name: str) -> bool:
    """Say whether a file of a generation has the bytes that the manifest says."""
    try:
        return generation.manifest.files[name][1] == sha256_of(generation.path / name)
    except (OSError, KeyError, IndexError, TypeError):
        return False


def live_name(index: Path) -> str | None:
    """Return the name of the live generation, whatever state it is in."""
    try:
        match = _POINTER.fullmatch((index / CURRENT).read_text("ascii"))
    except (OSError, ValueError):
        return None
    return match[1] if match else None


def sha256_of(path: Path) -> str:
    """Return the digest of a file's bytes.

    :raises OSError: if they cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _corrupt(index: Path, what: str) -> IndexCorruptError:
    return IndexCorruptError(f"the index at {index} is damaged: {what}; run `sourcier index FOLDER --repair`")
