"""Documents and passages in one SQLite file, written once and then only read.

A document's text is stored once, in pieces: its passages, and between them what was
left out. Joined in order they are the text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from index.types import Document, DocumentInfo, FileState, Passage, Sentence, Skipped

_SCHEMA = """
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, language TEXT NOT NULL,
    date TEXT, date_origin TEXT, sha256 TEXT NOT NULL, extraction TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE pieces (
    piece_id INTEGER PRIMARY KEY, passage_id INTEGER UNIQUE, doc_id TEXT NOT NULL,
    start INTEGER NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL, words BLOB NOT NULL
);
CREATE INDEX pieces_by_document ON pieces (doc_id, start);
CREATE TABLE skipped (source TEXT PRIMARY KEY, reason TEXT NOT NULL, size INTEGER, mtime_ns INTEGER) WITHOUT ROWID;
"""
_INFO = "doc_id, source, title, language, date, sha256, extraction"
_PASSAGE = "passage_id, doc_id, start, text, sentences, words"
_COLUMNS = _PASSAGE.count(",") + 1


class PassageWriter:
    """Writes the file of one generation; `close` finishes it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)

    def add(self, document: Document, passages: Sequence[Passage], state: FileState) -> None:
        """Store a document, its passages, and the state of its file."""
        self._db.execute(
            "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                *(document.doc_id, document.source, document.title, document.language, document.date),
                *(document.date_origin, document.sha256, document.extraction, state.size, state.mtime_ns),
            ),
        )
        position = 0
        for passage in passages:
            self._gap(document, position, passage.start)
            told = [[sentence.start, sentence.end, int(sentence.heading)] for sentence in passage.sentences]
            sentences = json.dumps(told, separators=(",", ":"))
            self._piece(passage.passage_id, document.doc_id, passage.start, passage.text, sentences, passage.words)
            position = passage.end
        self._gap(document, position, len(document.text))

    def skip(self, skipped: Skipped, state: FileState | None) -> None:
        """Store why a file was not indexed."""
        size, mtime_ns = (state.size, state.mtime_ns) if state else (None, None)
        values = (skipped.source, skipped.reason, size, mtime_ns)
        self._db.execute("INSERT OR REPLACE INTO skipped VALUES (?,?,?,?)", values)

    def close(self) -> None:
        """Finish the file."""
        self._db.commit()
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
        self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file."""
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

    def line(self, doc_id: str, offset: int) -> int:
        """Return the number of the line, from 1, that an offset of a document stands in."""
        query = "SELECT start, text FROM pieces WHERE doc_id = ? AND start < ? ORDER BY start"
        rows = self._rows(query, (doc_id, offset))
        before = "".join(text[: offset - start] for start, text in rows)
        return 1 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")

    def file_states(self) -> dict[str, FileState]:
        """Return the state of every file, indexed or skipped, when it was read."""
        rows = self._rows("SELECT source, size, mtime_ns FROM documents")
        rows += self._rows("SELECT source, size, mtime_ns FROM skipped WHERE size IS NOT NULL")
        return {source: FileState(source, size, mtime_ns) for source, size, mtime_ns in rows}

    def skipped(self) -> tuple[Skipped, ...]:
        """Return the files that were not indexed, and why."""
        return tuple(Skipped(*row) for row in self._rows("SELECT source, reason FROM skipped ORDER BY source"))

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


def _passage(row: tuple[Any, ...]) -> Passage:
    passage_id, doc_id, start, text, sentences, words = row
    parsed = tuple(Sentence(s, e, bool(heading)) for s, e, heading in json.loads(sentences))
    return Passage(passage_id, doc_id, start, start + len(text), text, parsed, words)
