"""Documents and passages in one SQLite file, which `index.passage_writer` writes once and which is then only read.

A document's text is stored once: its passages, what was left out before each of them,
and what stands after the last. Joined in order they are the text. Documents are numbered
in order of their sources, and passages in order of their documents, whatever came before.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from index.errors import IndexCorruptError
from index.file_facts import FileFacts, file_facts
from index.said_terms import SaidTerms
from index.sentence_bytes import unpack_sentences
from index.types import DocumentInfo, FileState, Passage, Range, Skipped

_INFO = "doc_id, source, title, language, date, lower(hex(sha256)), extraction, author"
_PASSAGE = "passage_id, doc_id, start, text, passages.sentences, words"
_COLUMNS = _PASSAGE.count(",") + 1
_BOTH = "passages JOIN documents ON document = number"


@dataclass(frozen=True, slots=True)
class Run:
    """Documents of a file that follow one another, and their passages: from the first to before the last."""

    documents: Range
    passages: Range


class PassageStore:
    """Reads the file of one generation. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(read_only(path), uri=True, check_same_thread=False)
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):  # it was only read: nothing is lost
            self._db.close()

    def documents(self) -> list[DocumentInfo]:
        """Return every document, by source."""
        return [DocumentInfo(*row) for row in self._rows(f"SELECT {_INFO} FROM documents ORDER BY number")]

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
        told = self._rows("SELECT first, passages, after FROM documents WHERE doc_id = ?", (doc_id,))
        if not told:
            return ""
        first, count, after = told[0]
        query = "SELECT coalesce(before, '') || text FROM passages WHERE passage_id >= ? AND passage_id < ?"
        rows = self._rows(f"{query} ORDER BY passage_id", (first, first + count))
        return "".join(text for (text,) in rows) + (after or "")

    def passages(self, ids: Sequence[int]) -> tuple[list[Passage], list[DocumentInfo]]:
        """Return passages in the order of their ids, and the document that each is of.

        :raises KeyError: if there is no passage of an id.
        """
        marks = ",".join("?" * len(ids))
        query = f"SELECT {_PASSAGE}, {_INFO} FROM {_BOTH} WHERE passage_id IN ({marks})"
        rows = {row[0]: row for row in self._rows(query, ids)}
        found = [rows[passage_id] for passage_id in ids]
        return [_passage(row[:_COLUMNS]) for row in found], [DocumentInfo(*row[_COLUMNS:]) for row in found]

    def words(self, ids: Sequence[int]) -> list[bytes]:
        """Return the packed words of passages, in the order of their ids.

        :raises KeyError: if there is no passage of an id.
        """
        marks = ",".join("?" * len(ids))
        rows = dict(self._rows(f"SELECT passage_id, words FROM passages WHERE passage_id IN ({marks})", ids))
        return [rows[passage_id] for passage_id in ids]

    def passages_of(self, doc_id: str) -> list[Passage]:
        """Return the passages of a document, in order."""
        bounds = "passage_id >= first AND passage_id < first + documents.passages"
        query = f"SELECT {_PASSAGE} FROM documents JOIN passages ON {bounds} WHERE doc_id = ? ORDER BY passage_id"
        return list(map(_passage, self._rows(query, (doc_id,))))

    def passage_ids(self, doc_ids: Sequence[str]) -> list[int]:
        """Return the ids of the passages of some documents, in order."""
        query = "SELECT first, passages FROM documents WHERE doc_id IN (SELECT value FROM json_each(?)) ORDER BY number"
        rows = self._rows(query, (json.dumps(doc_ids),))
        return [passage_id for first, count in rows for passage_id in range(first, first + count)]

    def all_passages(self) -> Generator[tuple[int, str, str], None, None]:
        """Yield (passage id, language, text) of every passage, in order of id."""
        yield from self._db.execute(f"SELECT passage_id, language, text FROM {_BOTH} ORDER BY passage_id")

    def all_terms(self) -> Generator[tuple[int, str, str], None, None]:
        """Yield (passage id, language, terms with blanks between them) of every passage. Close it before this."""
        said = SaidTerms()
        with closing(self.all_passages()) as passages:
            for passage_id, language, text in passages:
                yield passage_id, language, said.of(text, language)

    def run(self, first: int, last: int) -> Run:
        """Return the documents from one to another, both included, by their places in order of source."""
        query = "SELECT min(first), max(first + passages) FROM documents WHERE number IN (?, ?)"
        (passages,) = self._rows(query, (first, last))
        return Run((first, last + 1), passages)

    def line(self, doc_id: str, offset: int) -> int:
        """Return the number of the line, from 1, that an offset of a document stands in."""
        before = self.text(doc_id)[:offset]
        return 1 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")

    def page(self, doc_id: str, offset: int) -> int | None:
        """Return the number of the page, from 1, that an offset of a document stands on; None if it has no pages."""
        ((pages,),) = self._rows("SELECT pages FROM documents WHERE doc_id = ?", (doc_id,))
        return max(bisect_right(json.loads(pages), offset), 1) if pages else None

    def digests(self) -> Iterator[tuple[str, str]]:
        """Yield the source of every document and the digest of its file, by source."""
        yield from self._db.execute("SELECT source, lower(hex(sha256)) FROM documents ORDER BY number")

    def counts(self) -> Iterator[tuple[str, int]]:
        """Yield the source of every document and how many passages it has, by source."""
        yield from self._db.execute("SELECT source, passages FROM documents ORDER BY number")

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

    def facts(self) -> list[FileFacts]:
        """Return what there is to tell of every file: by source, indexed ones first."""
        return file_facts(self._path)

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.ProgrammingError:  # closed: a bug
                raise
            except sqlite3.DatabaseError as error:
                told = f"{self._path} cannot be read ({error}): run `sourcier index FOLDER --repair`"
                raise IndexCorruptError(told) from error


def read_only(path: Path) -> str:
    """Return the URI by which SQLite opens a file that nobody writes any more."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _passage(row: tuple[Any, ...]) -> Passage:
    passage_id, doc_id, start, text, sentences, words = row
    return Passage(passage_id, doc_id, start, start + len(text), text, unpack_sentences(sentences, start), words)
