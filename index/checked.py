"""What of a large index was found as built, so that it is not read to its end each time it is opened.

A file that nobody has touched is the file that was hashed. Whoever writes to it, or puts another in its place, is given
away by its time of change (`ctime`), which no program sets back, or by its inode: a copy is another file. What a disk
does by itself, only hashing tells.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from index.errors import IndexFolderError
from index.side_file import read_side, remove_side, write_side

CHECKED_FILE = "checked.json"
LARGE = 64 * 1024 * 1024
"""Bytes of files, hashed in some 50 ms: an index of more is not hashed at each opening."""
BELIEVED = os.name != "nt"  # where `ctime` is when a file was made
_FORMAT = 1
_TICK_NS = 10_000_000  # of the slowest clock that a kernel dates files by
_FINE_NS, _COARSE_NS = 5 * _TICK_NS, 2_000_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was when its bytes had a digest."""

    sha256: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def at(cls, path: Path, sha256: str) -> Found:
        """Return a file as it is now, said to have a digest.

        :raises OSError: if it cannot be looked at.
        """
        seen = path.stat()
        return cls(sha256, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)

    def settled(self, at_ns: int) -> bool:
        """Say whether a file touched at a time or later would be seen to be.

        Clocks that date files stand still between ticks, and those of some file systems for two seconds.
        """
        return self.ctime_ns <= at_ns - (_FINE_NS if self.ctime_ns % _TICK_NS else _COARSE_NS)


def hashed(path: Path) -> tuple[Found, bool]:
    """Hash a file; say, too, whether it will be known again, as one touched meanwhile or just before is not.

    :raises OSError: if it cannot be read.
    """
    at_ns = time.time_ns()
    before = Found.at(path, "")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    after = Found.at(path, digest)
    return after, replace(before, sha256=digest) == after and after.settled(at_ns)


def known(index: Path, generation: str) -> dict[str, Found]:
    """Return the files of a generation as they were when they were last hashed; none if nothing is known of it."""
    try:
        told = read_side(index, CHECKED_FILE)
        if not isinstance(told, dict) or (told["format"], told["generation"]) != (_FORMAT, generation):
            return {}
        files = {name: Found(*values) for name, values in told["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
    return files


def note(index: Path, generation: str, files: Mapping[str, Found]) -> None:
    """Keep what was found, if the index folder can be written."""
    listed = {name: astuple(found) for name, found in files.items()}
    with contextlib.suppress(IndexFolderError):
        write_side(index, CHECKED_FILE, {"format": _FORMAT, "generation": generation, "files": listed})


def forget(index: Path) -> None:
    """Keep nothing: damage was found."""
    with contextlib.suppress(IndexFolderError):
        remove_side(index, CHECKED_FILE)
