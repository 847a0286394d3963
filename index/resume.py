"""What a killed build of a large folder had done and made safe: the next build goes on from there.

Such a build keeps in the folder of its generation, until that is sealed, what it was a build by; for an
encoder whose vectors cannot be had again from words, the vectors too.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np

from index.changes import settled, sha256_of
from index.encoder import embedded
from index.opened import DENSE, LEXICAL, PASSAGES
from index.store import GENERATION, MANIFEST, live_name
from index.types import FileState, Skipped
from index.vector_rows import VectorRows
from index.words import unpack

UNDER_WAY, VECTORS = "building.json", "vectors.f4"
_BATCH = 1024
_FLOAT = np.dtype("<f4")
_DOCUMENTS = "SELECT source, size, mtime_ns, ctime_ns, lower(hex(sha256)), passages FROM documents ORDER BY number"
_REFUSED = "SELECT source, size, mtime_ns, ctime_ns, sha256, 0 FROM skipped WHERE size NOT NULL ORDER BY source"


@dataclass(frozen=True, slots=True)
class BuiltBy:
    """What decides what a build writes, beside the files.

    `scanned_ns` is when it looked at them; `kept` the number of dimensions of the vectors that it keeps, if it does.
    """

    format: int
    folder: str
    encoder: str
    words: str
    libraries: dict[str, str]
    rebuild: bool
    kept: int
    scanned_ns: int


@dataclass(frozen=True, slots=True)
class Begun:
    """What is there of a generation: its folder, how many files are done, and what they came to."""

    path: Path
    files: int = 0
    documents: int = 0
    passages: int = 0
    skipped: tuple[Skipped, ...] = ()


def note(path: Path, built_by: BuiltBy) -> None:
    """Note that a generation, of which something is safe, is under way."""
    noted = path / UNDER_WAY
    if not noted.exists():
        beside = noted.with_suffix(".new")
        beside.write_text(json.dumps(asdict(built_by)), "utf-8")
        os.replace(beside, noted)


def begun(index: Path, built_by: BuiltBy, folder: Path, states: Sequence[FileState]) -> Begun | None:
    """Return what a killed build had done that still is as the folder has it, if it was one like this.

    What follows a file that was touched since is undone. Only under the build lock.
    """
    for path in sorted(index.glob("generation-*"), reverse=True):
        if not GENERATION.fullmatch(path.name) or path.name == live_name(index) or (path / MANIFEST).exists():
            continue
        with contextlib.suppress(OSError, ValueError, TypeError, sqlite3.DatabaseError):
            before = BuiltBy(**json.loads((path / UNDER_WAY).read_text("utf-8")))
            if replace(before, scanned_ns=built_by.scanned_ns) == built_by:
                done = _take_up(path, before.scanned_ns, folder, states)
                if not before.kept or (path / VECTORS).stat().st_size >= done.passages * before.kept * _FLOAT.itemsize:
                    return done
    return None


def _take_up(path: Path, scanned_ns: int, folder: Path, states: Sequence[FileState]) -> Begun:
    shutil.rmtree(path / LEXICAL, ignore_errors=True)
    (path / DENSE).unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path / PASSAGES)) as db:  # undoes what was not safe
        files = documents = passages = 0
        last = ""
        for state, row in zip_longest(states, _rows(db)):
            if row is None or state is None or not _is_as_before(row, state, folder, scanned_ns):
                break
            files, last, passages = files + 1, state.source, passages + row[5]
            documents += row[5] > 0
        db.execute("DROP INDEX IF EXISTS documents_by_id")
        db.execute("DELETE FROM documents WHERE number >= ?", (documents,))
        db.execute("DELETE FROM passages WHERE passage_id >= ?", (passages,))
        db.execute("DELETE FROM skipped WHERE size IS NULL OR source > ?", (last,))
        skipped = db.execute("SELECT source, reason FROM skipped ORDER BY source").fetchall()
        db.commit()
    return Begun(path, files, documents, passages, tuple(Skipped(*row) for row in skipped))


def _rows(db: sqlite3.Connection) -> Iterator[tuple[str, int, int, int, str | None, int]]:
    return heapq.merge(db.execute(_DOCUMENTS), db.execute(_REFUSED), key=lambda row: str(row[0]))


def _is_as_before(
    row: tuple[str, int, int, int, str | None, int], state: FileState, folder: Path, scanned_ns: int
) -> bool:
    digest = row[4]
    if FileState(*row[:4]) != state:
        return False
    return (digest is not None and settled(state, scanned_ns)) or sha256_of(folder / state.source) == digest


def restore_vectors(rows: VectorRows, done: Begun) -> None:
    """Add the vectors of the passages that are there."""
    if not done.passages:
        return
    if rows.encoder is embedded():
        with contextlib.closing(sqlite3.connect(done.path / PASSAGES)) as db:
            found = db.execute("SELECT words FROM passages ORDER BY passage_id")
            while words := found.fetchmany(_BATCH):
                rows.add_all(embedded().encode_words([unpack(packed) for (packed,) in words]))
    else:
        size = rows.encoder.dim * _FLOAT.itemsize
        os.truncate(done.path / VECTORS, done.passages * size)
        with (done.path / VECTORS).open("rb") as file:
            while part := file.read(_BATCH * size):
                rows.add_all(np.frombuffer(part, _FLOAT).reshape(-1, rows.encoder.dim))
