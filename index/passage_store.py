"""Documents and passages in one SQLite file, written once and then only read.

A document's text is stored once, in pieces: its passages, and between them what was
left out. Joined in order they are the text. Documents stand in order of their sources,
so that pieces and passages are numbered alike whatever came before.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from bisect import bisect_right
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from index.errors import IndexCorruptError
from index.tokens import terms
from index.types import Document, DocumentInfo, FileState, Passage, Range, Sentence, Skipped

_SCHEMA = """
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, language TEXT NOT NULL,
    date TEXT, date_origin TEXT, sha256 TEXT NOT NULL, extraction TEXT NOT NULL, author TEXT, pages TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE pieces (
    piece_id INTEGER PRIMARY KEY, passage_id INTEGER UNIQUE, doc_id TEXT NOT NULL,
    start INTEGER NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL, words BLOB NOT NULL
);
CREATE TABLE terms (passage_id INTEGER PRIMARY KEY, terms TEXT NOT NULL);
CREATE TABLE skipped (
    source TEXT PRIMARY KEY, reason TEXT NOT NULL, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, sha256 TEXT
) WITHOUT ROWID;
"""
_BY_DOCUMENT = "CREATE INDEX pieces_by_document ON pieces (doc_id, start)"  # made last: in one go
_INFO = "doc_id, source, title, language, date, sha256, extraction, author"
_PASSAGE = "passage_id, doc_id, start, text, sentences, words"
_COLUMNS = _PASSAGE.count(",") + 1


@dataclass(frozen=True, slots=True)
class Run:
    """Documents of a file that follow one another: the first and last source, their pieces' and passages' ids."""

    first: str
    last: str
    pieces: Range
    passages: Range


class PassageWriter:
    """Writes the file of one generation, documents in order of their sources; `close` finishes it.

    :param before: the file of a generation from which documents may be copied.
    """

    def __init__(self, path: Path, before: Path | None = None) -> None:
        self._db = sqlite3.connect(path, uri=before is not None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        if before:
            self._db.execute("ATTACH ? AS before", (_read_only(before),))

    def add(self, document: Document, passages: Sequence[Passage], state: FileState) -> None:
        """Store a document, its passages, and the state of its file."""
        self._db.execute(
            "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(document.doc_id, document.source, document.title, document.language, document.date),
                *(document.date_origin, document.sha256, document.extraction, document.author),
                *(json.dumps(document.pages), state.size, state.mtime_ns, state.ctime_ns),
            ),
        )
        position = 0
        for passage in passages:
            self._gap(document, position, passage.start)
            told = [[sentence.start, sentence.end, int(sentence.heading)] for sentence in passage.sentences]
            sentences = json.dumps(told, separators=(",", ":"))
            self._piece(passage.passage_id, document.doc_id, passage.start, passage.text, sentences, passage.words)
            said = " ".join(terms(passage.text, document.language))
            self._db.execute("INSERT INTO terms VALUES (?,?)", (passage.passage_id, said))
            position = passage.end
        self._gap(document, position, len(document.text))

    def copy(self, run: Run, first_id: int) -> None:
        """Copy documents as they stand in the file before.

        :param first_id: the id that the first of their passages gets.
        """
        shift = first_id - run.passages[0]
        chosen = "FROM before.documents WHERE source BETWEEN ? AND ? ORDER BY source"
        self._db.execute(f"INSERT INTO documents SELECT * {chosen}", (run.first, run.last))
        columns = "NULL, passage_id + ?, doc_id, start, text, sentences, words"
        chosen = "FROM before.pieces WHERE piece_id >= ? AND piece_id < ? ORDER BY piece_id"
        self._db.execute(f"INSERT INTO pieces SELECT {columns} {chosen}", (shift, *run.pieces))
        chosen = "FROM before.terms WHERE passage_id >= ? AND passage_id < ? ORDER BY passage_id"
        self._db.execute(f"INSERT INTO terms SELECT passage_id + ?, terms {chosen}", (shift, *run.passages))

    def touch(self, state: FileState) -> None:
        """Store the state of a copied document's file, where it was touched and says the same."""
        values = (state.size, state.mtime_ns, state.ctime_ns, state.source)
        self._db.execute("UPDATE documents SET size = ?, mtime_ns = ?, ctime_ns = ? WHERE source = ?", values)

    def skip(self, skipped: Skipped, state: FileState | None, sha256: str | None = None) -> None:
        """Store why a file was not indexed, and the digest of its bytes if they were read."""
        told = (state.size, state.mtime_ns, state.ctime_ns) if state else (None, None, None)
        values = (skipped.source, skipped.reason, *told, sha256)
        self._db.execute("INSERT OR REPLACE INTO skipped VALUES (?,?,?,?,?,?)", values)

    def close(self) -> None:
        """Finish the file."""
        try:
            self._db.execute(_BY_DOCUMENT)
            self._db.commit()
        finally:
            self._db.close()

    def _gap(self, document: Document, start: int, end: int) -> None:
        if start < end:
            self._piece(None, document.doc_id, start, document.text[start:end], "[]", b"")

    def _piece(self, passage_id: int | None, doc_id: str, start: int, text: str, sentences: str, words: bytes) -> None:
        values = (passage_id, doc_id, start, text, sentences, words)
        self._db.execute("INSERT INTO pieces VALUES (NULL,?,?,?,?,?,?)", values)


class PassageStore:
    """Reads the file of one generation. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(_read_only(path), uri=True, check_same_thread=False)
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):  # it was only read: nothing is lost
            self._db.close()

    def documents(self) -> list[DocumentInfo]:
        """Return every document, by source."""
        return [DocumentInfo(*row) for row in self._rows(f"SELECT {_INFO} FROM documents ORDER BY source")]

    def document(self, doc_id: str) -> DocumentInfo:
        """Return one document.

        :raises KeyError: if there is no such document.
        """
        rows = self._rows(f"SELECT {_INFO} FROM documents WHERE doc_id = ?", (doc_id,))
        if not rows:
            raise KeyError(doc_id)
        return DocumentInfo(*rows[0])

    def text(self, doc_id: str) -> str:
        """Return a document's whole text."""
        rows = self._rows("SELECT text FROM pieces WHERE doc_id = ? ORDER BY start", (doc_id,))
        return "".join(text for (text,) in rows)

    def passages(self, ids: Sequence[int]) -> tuple[list[Passage], list[DocumentInfo]]:
        """Return passages in the order of their ids, and the document that each is of.

        :raises KeyError: if there is no passage of an id.
        """
        marks = ",".join("?" * len(ids))
        query = f"SELECT {_PASSAGE}, {_INFO} FROM pieces JOIN documents USING (doc_id) WHERE passage_id IN ({marks})"
        rows = {row[0]: row for row in self._rows(query, ids)}
        found = [rows[passage_id] for passage_id in ids]
        return [_passage(row[:_COLUMNS]) for row in found], [DocumentInfo(*row[_COLUMNS:]) for row in found]

    def passages_of(self, doc_id: str) -> list[Passage]:
        """Return the passages of a document, in order."""
        condition = "doc_id = ? AND passage_id IS NOT NULL ORDER BY start"
        return list(map(_passage, self._rows(f"SELECT {_PASSAGE} FROM pieces WHERE {condition}", (doc_id,))))

    def passage_ids(self, doc_ids: Sequence[str]) -> list[int]:
        """Return the ids of the passages of some documents, in order."""
        query = "SELECT passage_id FROM pieces WHERE doc_id IN (SELECT value FROM json_each(?))"
        rows = self._rows(query + " AND passage_id NOT NULL ORDER BY passage_id", (json.dumps(doc_ids),))
        return [passage_id for (passage_id,) in rows]

    def all_passages(self) -> Iterable[tuple[int, str, str]]:
        """Yield (passage id, language, text) of every passage, in order of id."""
        query = "SELECT passage_id, language, text FROM pieces JOIN documents USING (doc_id) WHERE passage_id NOT NULL"
        yield from self._db.execute(query + " ORDER BY passage_id")

    def all_terms(self) -> Generator[tuple[int, str, str], None, None]:
        """Yield (passage id, language, terms with blanks between them) of every passage. Close it before this."""
        query = (
            "SELECT passage_id, language, terms FROM terms JOIN pieces USING (passage_id) JOIN documents USING (doc_id)"
        )
        yield from self._db.execute(query + " ORDER BY passage_id")

    def run(self, first: str, last: str) -> Run:
        """Return the documents from a source to another, both included."""
        ends = "SELECT min(piece_id), max(piece_id) FROM pieces JOIN documents USING (doc_id) WHERE source IN (?, ?)"
        ((begin, end),) = self._rows(ends, (first, last))
        some = "SELECT passage_id FROM pieces WHERE piece_id BETWEEN ? AND ? AND passage_id NOT NULL ORDER BY piece_id"
        ((first_id,),) = self._rows(f"{some} LIMIT 1", (begin, end))
        ((last_id,),) = self._rows(f"{some} DESC LIMIT 1", (begin, end))
        return Run(first, last, (begin, end + 1), (first_id, last_id + 1))

    def line(self, doc_id: str, offset: int) -> int:
        """Return the number of the line, from 1, that an offset of a document stands in."""
        query = "SELECT start, text FROM pieces WHERE doc_id = ? AND start < ? ORDER BY start"
        rows = self._rows(query, (doc_id, offset))
        before = "".join(text[: offset - start] for start, text in rows)
        return 1 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")

    def page(self, doc_id: str, offset: int) -> int | None:
        """Return the number of the page, from 1, that an offset of a document stands on; None if it has no pages."""
        pages = json.loads(self._rows("SELECT pages FROM documents WHERE doc_id = ?", (doc_id,))[0][0])
        return max(bisect_right(pages, offset), 1) if pages else None

    def file_states(self) -> dict[str, FileState]:
        """Return the state of every file, indexed or skipped, when it was read."""
        rows = self._rows("SELECT source, size, mtime_ns, ctime_ns FROM documents")
        rows += self._rows("SELECT source, size, mtime_ns, ctime_ns FROM skipped WHERE size IS NOT NULL")
        return {row[0]: FileState(*row) for row in rows}

    def skipped(self) -> tuple[Skipped, ...]:
        """Return the files that were not indexed, and why."""
        return tuple(Skipped(*row) for row in self._rows("SELECT source, reason FROM skipped ORDER BY source"))

    def skipped_hashes(self) -> dict[str, str | None]:
        """Return the digest of every file that looked like an article and was not indexed; None if it was not read."""
        return dict(self._rows("SELECT source, sha256 FROM skipped WHERE size IS NOT NULL"))

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.ProgrammingError:  # closed: a bug
                raise
            except sqlite3.DatabaseError as error:
                told = f"{self._path} cannot be read ({error}): run `sourcier index FOLDER --repair`"
                raise IndexCorruptError(told) from error


def _read_only(path: Path) -> str:
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _passage(row: tuple[Any, ...]) -> Passage:
    passage_id, doc_id, start, text, sentences, words = row
    parsed = tuple(Sentence(s, e, bool(heading)) for s, e, heading in json.loads(sentences))
    return Passage(passage_id, doc_id, start, start + len(text), text, parsed, words)
