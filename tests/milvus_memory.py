"""A store in memory that does what `index.milvus.client.Client` does, and can be made to fail at any of its calls."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from index.errors import IndexStoreError
from index.milvus.address import Address
from index.milvus.batches import batches
from index.milvus.frequencies import Counts, term_key
from index.milvus.schema import MANIFEST_KEY, Names, Sealed, bucket_key
from index.tokens import terms

ALIAS = "articles"
Row = dict[str, Any]
_TOUCHED = ("mtime_ns", "ctime_ns")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')


class KilledError(BaseException):
    """The process is no more."""


class Memory:
    """What a server holds: collections of rows by key, and aliases."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Any, Row]] = {}
        self.keys: dict[str, str] = {}
        self.aliases: dict[str, str] = {}

    def copy(self) -> Memory:
        """Return another that holds the same."""
        return copy.deepcopy(self)


class MemoryClient:
    """A client of a server in memory.

    :param step: called before each call, with its name; may raise.
    """

    def __init__(self, address: Address, memory: Memory, step: Callable[[str], None] = lambda _: None) -> None:
        self.address, self.memory, self.strong = address, memory, False
        self._step = step

    def names(self) -> list[str]:
        return sorted(self.memory.rows)

    def create(self, name: str, fields: Sequence[Any], _: Mapping[str, str]) -> None:
        self._step("create")
        self.memory.rows.setdefault(name, {})
        self.memory.keys[name] = next(each.name for each in fields if each.key)

    def drop(self, name: str) -> None:
        self._step("drop")
        assert name not in self.memory.aliases.values()
        self.memory.rows.pop(name, None)

    def load(self, name: str) -> None:
        self._rows(name)

    flush = load

    def upsert(self, name: str, rows: Iterable[Row]) -> None:
        for batch in batches(rows):
            self._step("upsert")
            for row in batch:
                assert all(len(value.encode()) <= 65_535 for value in row.values() if isinstance(value, str))
                self._rows(name)[row[self.memory.keys[name]]] = dict(row)

    def patch(self, name: str, rows: Iterable[Row]) -> None:
        for row in rows:  # one after the other: a kill may come between any two
            self._step("patch")
            self._rows(name)[row[self.memory.keys[name]]] |= row

    def delete(self, name: str, where: str) -> None:
        for key, _ in self._chosen(name, where):
            self._step("delete")
            self._rows(name).pop(key, None)

    def each(self, name: str, where: str, fields: Sequence[str], key: str) -> Iterator[Row]:
        assert key == self.memory.keys[name]
        self._step("each")
        for _, row in self._chosen(name, where):
            yield {each: row[each] for each in (key, *fields)}

    def get(self, name: str, key: str, values: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        assert key == self.memory.keys[name]
        self._step("get")
        rows = [self._rows(name)[value] for value in values if value in self._rows(name)]
        return [{each: row[each] for each in (key, *fields)} for row in rows]

    def count(self, name: str, where: str) -> int:
        self._step("count")
        return len(self._chosen(name, where))

    def pointed(self, alias: str) -> str | None:
        self._step("pointed")
        return self.memory.aliases.get(alias)

    def point(self, alias: str, name: str) -> None:
        self._step("point")
        self._rows(name)
        self.memory.aliases[alias] = name

    def close(self) -> None:
        pass

    def _rows(self, name: str) -> dict[Any, Row]:
        if name not in self.memory.rows:
            raise IndexStoreError(f"no collection {name}")
        return self.memory.rows[name]

    def _chosen(self, name: str, where: str) -> list[tuple[Any, Row]]:
        code = compile(_STRING.sub(lambda told: repr(told[0][1:-1]), where) or "True", "where", "eval")
        rows = sorted(self._rows(name).items())
        return [(key, row) for key, row in rows if eval(code, {"__builtins__": {}}, row)]


def contents(memory: Memory, generation: int | None = None) -> dict[str, Any] | None:
    """Return all that the sealed generation answers from, ids and years of birth aside; None if there is none.

    :param generation: another that still stands.
    """
    name = memory.aliases.get(ALIAS) if generation is None else Names(ALIAS).sealed(generation)
    if name is None or name not in memory.rows:
        return None
    blobs = {key: row["value"] for key, row in memory.rows[name].items()}
    sealed = Sealed.from_json(blobs[MANIFEST_KEY], "memory")
    now = sealed.generation
    told: dict[str, Any] = {"manifest": replace(sealed.manifest, scanned_ns=0), "tokens": sealed.tokens}
    for kind, collection in (("passages", Names.passages), ("documents", Names.documents)):
        rows = memory.rows[collection(Names(ALIAS), sealed.epoch)].values()
        alive = [row for row in rows if row["born"] <= now < row["died"]]
        told[kind] = sorted(json.dumps(_bare(row), sort_keys=True) for row in alive)
    counts = [Counts.unpack(blobs[bucket_key(bucket)]) for bucket in range(sealed.buckets)]
    total = Counts.total(counts)
    told["frequencies"] = dict(zip(total.keys.tolist(), total.counts.tolist(), strict=True))
    return told


def check_whole(told: dict[str, Any]) -> None:
    """Check that what a generation says of itself is true of its rows, and that of documents of their passages."""
    passages = [json.loads(row) for row in told["passages"]]
    documents = [json.loads(row) for row in told["documents"]]
    indexed = [row for row in documents if row["piece"] == 0 and not row["reason"]]
    assert told["manifest"].passages == len(passages)
    assert told["manifest"].documents == len(indexed)
    counted = Counter(row["doc_id"] for row in passages)
    assert counted == {row["doc_id"]: row["passages"] for row in indexed}
    assert told["tokens"] == sum(row["length"] for row in passages)
    said = Counter(term_key(term) for row in passages for term in set(terms(row["text"], row["language"])))
    assert told["frequencies"] == said


def _bare(row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in ("id", "key", "born", "died", *_TOUCHED)}
    if "dense" in kept:
        kept["dense"] = hashlib.sha256(repr(kept["dense"]).encode()).hexdigest()
    return kept
