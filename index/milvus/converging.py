"""What stands of a part is made what its generation must have, but for what is new.

A document's row is marked as dead before its passages, and taken back after them; it is written after them, and
deleted before: where it is alive, they are; where it was born, they all were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from index.milvus.filters import one_of
from index.milvus.part import Part
from index.milvus.schema import ALIVE
from index.milvus.site import Site
from index.milvus.tally import Tally
from index.milvus.target import Known, Target
from index.types import FileState

_DOCUMENTS = 1000  # that are named in one condition
_ROWS = 1000  # changed at a time
_KNOWN = ("key", "doc_id", "source", "born", "died", "sha256", "reason", "size", "mtime_ns", "ctime_ns", "passages")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Converging:
    """The rows of a part of a generation that is built."""

    site: Site
    part: Part

    def known(self) -> Iterator[Known]:
        """Yield the documents that stand, for this generation or the one before, those of the same id together."""
        where = f"piece == 0 and born <= {self._now} and died >= {self._now} and {self.part.where('key')}"
        for row in self.site.client.each(self.site.documents, where, _KNOWN, "key"):
            state = FileState(row["source"], row["size"], row["mtime_ns"], row["ctime_ns"])
            yield Known(row["doc_id"], row["born"], row["died"], row["sha256"], row["reason"], state, row["passages"])

    def flush(self) -> None:
        """Have all that was written on disk and indexed: some servers take long to look through what is not."""
        for name in (self.site.passages, self.site.documents):
            self.site.client.flush(name)

    def born(self) -> int:
        """Return how many passages were born in this generation."""
        return self.site.client.count(self.site.passages, self._born)

    def held(self) -> tuple[int, int]:
        """Return how many documents and passages this generation has."""
        where = f"born <= {self._now} and died > {self._now} and {self.part.where()}"
        client = self.site.client
        documents = client.count(self.site.documents, f'piece == 0 and reason == "" and {where}')
        return documents, client.count(self.site.passages, where)

    def touch(self, touched: Sequence[tuple[Known, FileState]]) -> None:
        """Note the states of files that were touched and say the same."""
        rows = []
        for known, state in touched:
            told = {name: value for name, value in asdict(state).items() if name != "source"}
            rows.append({"key": f"{known.doc_id}.{known.born}.0", **told})
        self.site.client.patch(self.site.documents, rows)

    def delete(self, doc_ids: Sequence[str]) -> None:
        """Remove what was born in this generation of some documents."""
        for some in _cut(doc_ids, _DOCUMENTS):
            where = f"{one_of('doc_id', some)} and born == {self._now}"
            self.site.client.delete(self.site.documents, where)
            self.site.client.delete(self.site.passages, where)

    def revive(self, doc_ids: Sequence[str]) -> None:
        """Let documents live on that were to die."""
        for some in _cut(doc_ids, _DOCUMENTS):
            self._mark(self.site.passages, "id", self._older(self.site.passages, "id", some, ()), ALIVE)
            self._mark(self.site.documents, "key", self._older(self.site.documents, "key", some, ()), ALIVE)

    def kill(self, doc_ids: Sequence[str], tally: Tally) -> None:
        """Let documents die in this generation, and take their terms away."""
        for some in _cut(doc_ids, _DOCUMENTS):
            self._mark(self.site.documents, "key", self._older(self.site.documents, "key", some, ()), self._now)
            told = self._older(self.site.passages, "id", some, ("text", "language"))
            self._mark(self.site.passages, "id", _counted(told, tally, -1), self._now)

    def found(self, target: Target, states: Mapping[str, FileState], tally: Tally) -> dict[str, set[int]]:
        """Count what was born in this generation and stays; what of it is not whole is to be read again.

        :return: passages of documents that do not stand, by document.
        """
        born: Counter[str] = Counter()
        loose: dict[str, set[int]] = {}
        for row in self.site.client.each(self.site.passages, self._born, ("doc_id",), "id"):
            born[row["doc_id"]] += 1
            if row["doc_id"] not in target.found:
                loose.setdefault(row["doc_id"], set()).add(row["id"])
        for doc_id, found in [*target.found.items()]:
            if born[doc_id] != found.known.passages and doc_id in states:
                target.read_again(doc_id, states[doc_id])
        fields = ("doc_id", "text", "language")
        if target.found:
            for row in self.site.client.each(self.site.passages, self._born, fields, "id"):
                if row["doc_id"] in target.found:
                    tally.add(tally.terms(row["text"], row["language"]))
        return loose

    def drop_passages(self, ids: Sequence[int]) -> None:
        """Remove passages that no document has."""
        for some in _cut(ids, _ROWS):
            self.site.client.delete(self.site.passages, one_of("id", some))

    @property
    def _now(self) -> int:
        return self.site.generation

    @property
    def _born(self) -> str:
        return f"born == {self._now} and {self.part.where()}"

    def _older(self, name: str, key: str, doc_ids: Sequence[str], fields: Sequence[str]) -> Iterator[Row]:
        where = f"{one_of('doc_id', doc_ids)} and born < {self._now} and died >= {self._now}"
        return self.site.client.each(name, where, ("died", *fields), key)

    def _mark(self, name: str, key: str, rows: Iterator[Row], died: int) -> None:
        """Say of rows when they die, where it is not said yet."""
        marked = [{key: row[key], "died": died} for row in rows if row["died"] != died]
        if marked:
            self.site.client.patch(name, marked)


def _counted(rows: Iterator[Row], tally: Tally, times: int) -> Iterator[Row]:
    for row in rows:
        tally.add(tally.terms(row["text"], row["language"]), times)
        yield row


def _cut(values: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), most):
        yield values[first : first + most]
