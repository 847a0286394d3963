"""Which documents an index holds, asked of SQLite without reading all of them: a folder may have a million."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.choice import EmptyChoiceError, check_known
from index.documents import doc_ids_of
from index.errors import IndexCorruptError
from index.passage_store import read_only
from index.subset import Subset
from index.types import DocumentInfo

_INFO = "doc_id, source, title, language, date, lower(hex(sha256)), extraction, author"
_OF_NUMBERS = "number IN (SELECT value FROM json_each(?))"
_OF_IDS = "doc_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The documents of a passages file, numbered from 0 in order of their sources.

    :param path: the file.
    :param count: how many documents it has.
    """

    path: Path
    count: int

    @property
    def listed(self) -> bool:
        """True: SQLite gives any of them at once."""
        return True

    def documents(self, numbers: Iterable[int]) -> list[DocumentInfo]:
        """Return some documents, in order."""
        with self._asked() as db:
            return _infos(db, _OF_NUMBERS, [*numbers])

    def sizes(self, numbers: Iterable[int]) -> dict[str, int]:
        """Return the sizes of some documents' files, by source."""
        with self._asked() as db:
            query = f"SELECT source, size FROM documents WHERE {_OF_NUMBERS}"
            return dict(db.execute(query, (json.dumps([*numbers]),)))

    def sources(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Return the sources of some documents, in order."""
        query = f"SELECT source FROM documents WHERE {_OF_NUMBERS} ORDER BY number"
        with self._asked() as db:
            return tuple(source for (source,) in db.execute(query, (json.dumps([*numbers]),)))

    def named(self, sources: Iterable[str]) -> dict[str, DocumentInfo]:
        """Return the documents of some sources, by source; those that there are."""
        with self._asked() as db:
            return {info.source: info for info in _infos(db, _OF_IDS, [*doc_ids_of(sources).values()])}

    def told(self) -> Iterator[tuple[int, str, str, str | None]]:
        """Yield the number, source, title and date of every document, in order."""
        with self._asked() as db:
            yield from db.execute("SELECT number, source, title, date FROM documents ORDER BY number")

    def dates(self) -> Sequence[str | None]:
        """Return every date that a document has; None is that of those without."""
        with self._asked() as db:
            return [date for (date,) in db.execute("SELECT DISTINCT date FROM documents")]

    def skipped(self) -> int:
        """Return how many files were skipped."""
        with self._asked() as db:
            ((count,),) = db.execute("SELECT count(*) FROM skipped")
        return int(count)

    def numbers(self, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Return by name the documents of files, and of subfolders, which have a `/` at their end; maybe none."""
        with self._asked() as db:
            ids = doc_ids_of(name for name in names if not name.endswith("/"))
            query = f"SELECT doc_id, number FROM documents WHERE {_OF_IDS}"
            known = dict(db.execute(query, (json.dumps([*ids.values()]),)))
            files = {name: (known[each],) if each in known else () for name, each in ids.items()}
            return {name: _below(db, name, self.count) if name.endswith("/") else files.get(name, ()) for name in names}

    def passages(
        self, numbers: Iterable[int] | None = None, dates: Sequence[str | None] | None = None
    ) -> tuple[int, NDArray[np.int64]]:
        """Return how many documents are among some, and of some dates, and the ids of their passages, in order.

        :param numbers: None for any.
        :param dates: None for any.
        """
        conditions, values = ["TRUE"], []
        if numbers is not None:
            conditions.append(_OF_NUMBERS)
            values.append(json.dumps([*numbers]))
        if dates is not None:
            or_none = " OR date IS NULL" if None in dates else ""
            conditions.append(f"(date IN (SELECT value FROM json_each(?)){or_none})")
            values.append(json.dumps([*dates]))
        query = f"SELECT first, passages FROM documents WHERE {' AND '.join(conditions)} ORDER BY number"
        with self._asked() as db:
            bounds = np.asarray(db.execute(query, values).fetchall(), np.int64).reshape(-1, 2)
        firsts, counts = bounds.T
        before = np.cumsum(counts) - counts
        return len(bounds), np.repeat(firsts - before, counts) + np.arange(counts.sum())

    def within(self, names: Sequence[str], admits: Callable[[str | None], bool] | None = None) -> Subset | None:
        """Return the passages of some documents, or None if those are all that there are.

        :param names: files, and subfolders with a `/` at their end; none stand for all.
        :param admits: says of a document's date, or of None where it has none, whether it counts; None takes any.
        :raises UsageError: if there is no document of a name.
        :raises EmptyChoiceError: if there is no document left.
        """
        numbers: Iterable[int] | None = None
        if names:
            named = self.numbers(names)
            check_known(named)
            numbers = sorted(set().union(*named.values()))
        dates = None if admits is None else [date for date in self.dates() if admits(date)]
        count, ids = self.passages(numbers, dates)
        if not count:
            raise EmptyChoiceError("no article is chosen")
        return Subset.of(ids) if count < self.count else None

    @contextmanager
    def _asked(self) -> Iterator[sqlite3.Connection]:
        """Open the file.

        :raises IndexCorruptError: if it cannot be read.
        """
        try:
            with closing(sqlite3.connect(read_only(self.path), uri=True)) as db:
                yield db
        except sqlite3.DatabaseError as error:
            told = f"{self.path} cannot be read ({error}): run `sourcier index FOLDER --repair`"
            raise IndexCorruptError(told) from error


def _infos(db: sqlite3.Connection, chosen: str, values: Sequence[object]) -> list[DocumentInfo]:
    query = f"SELECT {_INFO} FROM documents WHERE {chosen} ORDER BY number"
    return [DocumentInfo(*row) for row in db.execute(query, (json.dumps(values),))]


def _below(db: sqlite3.Connection, name: str, count: int) -> Sequence[int]:
    """Return the documents of a subfolder, which follow one another."""

    def source(number: int) -> str:
        ((told,),) = db.execute("SELECT source FROM documents WHERE number = ?", (number,))
        return str(told)

    after = name[:-1] + chr(ord("/") + 1)
    return range(*(bisect_left(range(count), end, key=source) for end in (name, after)))
