"""Writes documents and passages in one SQLite file, as `index.passage_store` reads them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from index.passage_store import Run, read_only
from index.sentence_bytes import pack_sentences
from index.types import Document, FileState, Passage, Skipped

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, doc_id TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL,
    language TEXT NOT NULL, date TEXT, date_origin TEXT, sha256 BLOB NOT NULL, extraction TEXT NOT NULL, author TEXT,
    pages TEXT, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    first INTEGER NOT NULL, passages INTEGER NOT NULL, sentences INTEGER NOT NULL, after TEXT
);
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY, document INTEGER NOT NULL, start INTEGER NOT NULL,
    words BLOB NOT NULL, sentences BLOB NOT NULL, text TEXT NOT NULL, before TEXT
);
CREATE TABLE skipped (
    source TEXT PRIMARY KEY, reason TEXT NOT NULL, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, sha256 TEXT
) WITHOUT ROWID;
"""
_BY_ID = "CREATE UNIQUE INDEX documents_by_id ON documents (doc_id)"  # made last: in one go
_FACTS = "doc_id, source, title, language, date, date_origin, sha256, extraction, author, pages"
_STATE = "size, mtime_ns, ctime_ns"
_PAGE = 16_384  # bytes: of small pages, a fourth stays empty


class PassageWriter:
    """Writes the file of one generation, documents in order of their sources; `close` finishes it.

    :param before: the file of a generation from which documents may be copied.
    :param documents: how many are in the file already.
    """

    def __init__(self, path: Path, before: Path | None = None, documents: int = 0) -> None:
        self._db = sqlite3.connect(path, uri=before is not None)
        self._documents = documents
        if before:
            self._db.execute("ATTACH ? AS before", (read_only(before),))
        if not self._db.execute("SELECT 1 FROM main.sqlite_schema").fetchone():
            self._db.executescript(f"PRAGMA main.page_size={_PAGE}; BEGIN; {_SCHEMA}")

    def add(self, document: Document, passages: Sequence[Passage], state: FileState) -> None:
        """Store a document, its passages, and the state of its file."""
        position = 0
        for passage in passages:
            values = (
                *(passage.passage_id, self._documents, passage.start, passage.words),
                *(pack_sentences(passage.sentences, passage.start), passage.text),
                document.text[position : passage.start] or None,
            )
            self._db.execute("INSERT INTO passages VALUES (?,?,?,?,?,?,?)", values)
            position = passage.end
        self._db.execute(
            "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(self._documents, document.doc_id, document.source, document.title, document.language),
                *(document.date, document.date_origin, bytes.fromhex(document.sha256), document.extraction),
                *(document.author, json.dumps(document.pages) if document.pages else None),
                *(state.size, state.mtime_ns, state.ctime_ns),
                *(passages[0].passage_id if passages else 0, len(passages)),
                *(sum(len(passage.sentences) for passage in passages), document.text[position:] or None),
            ),
        )
        self._documents += 1

    def copy(self, run: Run, first_id: int, touched: Iterable[tuple[int, FileState]] = ()) -> None:
        """Copy documents as they stand in the file before.

        :param first_id: the id that the first of their passages gets.
        :param touched: documents, by their numbers in the file before, whose files were touched and say the same.
        """
        later, shift = self._documents - run.documents[0], first_id - run.passages[0]
        columns = f"number + ?, {_FACTS}, {_STATE}, first + ?, passages, sentences, after"
        some = "WHERE number >= ? AND number < ? ORDER BY number"
        self._db.execute(
            f"INSERT INTO documents SELECT {columns} FROM before.documents {some}", (later, shift, *run.documents)
        )
        columns = "passage_id + ?, document + ?, start, words, sentences, text, before"
        some = "WHERE passage_id >= ? AND passage_id < ? ORDER BY passage_id"
        self._db.execute(
            f"INSERT INTO passages SELECT {columns} FROM before.passages {some}", (shift, later, *run.passages)
        )
        values = [(state.size, state.mtime_ns, state.ctime_ns, number + later) for number, state in touched]
        self._db.executemany("UPDATE documents SET size = ?, mtime_ns = ?, ctime_ns = ? WHERE number = ?", values)
        self._documents += run.documents[1] - run.documents[0]

    def skip(self, skipped: Skipped, state: FileState | None, sha256: str | None = None) -> None:
        """Store why a file was not indexed, and the digest of its bytes if they were read."""
        told = (state.size, state.mtime_ns, state.ctime_ns) if state else (None, None, None)
        values = (skipped.source, skipped.reason, *told, sha256)
        self._db.execute("INSERT OR REPLACE INTO skipped VALUES (?,?,?,?,?,?)", values)

    def commit(self) -> None:
        """Make safe what was written."""
        self._db.commit()

    def finish(self) -> None:
        """Finish the file."""
        self._db.execute(_BY_ID)
        self._db.commit()

    def close(self) -> None:
        """Let go of the file, which has what was made safe."""
        self._db.close()
