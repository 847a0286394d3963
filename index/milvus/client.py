"""What we ask of Milvus about rows: a few plain operations, each of which may be done twice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from index.milvus.address import Address
from index.milvus.batches import batches, weight
from index.milvus.collections import Collections
from index.milvus.connection import WRITING
from index.milvus.filters import one_of, quoted

FRESH = 10.0
"""For so many seconds a new client reads all that was written before; later what was seconds ago is enough."""

Row = dict[str, Any]
Key = int | str
_MOST_ROWS = 16_384  # of one answer
_PAGE, _PAGE_BYTES = 500, 16_000_000
_KEYS = 500
_QUERIES = 64


class Client(Collections):
    """A client of the server at an address. Safe for threads; connects at the first call.

    Everything raises IndexStoreError, in one line with the remedy, where the server is away, refuses or fails.

    :raises UsageError: if pymilvus is missing, or the environment names credentials that cannot be.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self.strong = False
        """Whether to read all that was written before, however much longer that takes: to be set while sealing."""
        self._began = time.monotonic()

    def upsert(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows, in place of those that have their keys."""
        self._write(name, rows)

    def patch(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write some fields of rows that are there; each row names its key and those fields."""
        self._write(name, rows, partial_update=True)

    def delete(self, name: str, where: str) -> None:
        """Remove the rows that a condition is true of."""
        self._connection.call(lambda milvus, seconds: milvus.delete(name, filter=where, timeout=seconds), name, WRITING)

    def query(self, name: str, where: str, fields: Sequence[str], limit: int | None = None) -> list[Row]:
        """Return rows that a condition is true of, 16,384 at most and in no order; `each` gives all."""
        return self._query(name, where, fields, limit=limit or _MOST_ROWS)

    def each(self, name: str, where: str, fields: Sequence[str], key: str) -> Iterator[Row]:
        """Yield all rows that a condition is true of, by ascending key.

        :param where: may be empty.
        :param key: the field that rows go by.
        """
        asked = [*dict.fromkeys([key, *fields])]
        page, after = _PAGE, ""
        while True:
            condition = " and ".join(f"({each})" for each in (where, after) if each)
            rows = self._query(name, condition, asked, limit=page, iterator="True", reduce_stop_for_best="True")
            yield from rows
            if len(rows) < page:
                return
            last = rows[-1][key]
            after = f"{key} > {quoted(last) if isinstance(last, str) else last}"
            page = min(max(_PAGE_BYTES * len(rows) // sum(map(weight, rows)), 1), _MOST_ROWS)

    def get(self, name: str, key: str, values: Sequence[Key], fields: Sequence[str], strong: bool = False) -> list[Row]:
        """Return the rows with these keys, in no order; there may be none of some.

        :param key: the field that rows go by.
        :param strong: whether to read what was written just now, too.
        """
        asked = [*dict.fromkeys([key, *fields])]
        level = "Strong" if strong else self._level
        found: list[Row] = []
        for start in range(0, len(values), _KEYS):
            some = one_of(key, values[start : start + _KEYS])
            found += self._query(name, some, asked, limit=_KEYS, consistency_level=level)
        return found

    def count(self, name: str, where: str) -> int:
        """Count the rows that a condition is true of, as they are now."""
        found = self._query(name, where, ["count(*)"], consistency_level="Strong")
        return int(found[0]["count(*)"])

    def search(
        self,
        name: str,
        field: str,
        vectors: Sequence[Any],
        k: int,
        where: str,
        fields: Sequence[str],
        params: Mapping[str, Any] | None = None,
    ) -> list[list[tuple[Key, float, Row]]]:
        """Return the k rows nearest to each vector by inner product, best first: their keys, scores and fields.

        :param vectors: of floats for a dense field, mappings of dimensions to weights for a sparse one.
        :param where: a condition on the rows; may be empty.
        """
        told = {"metric_type": "IP", "params": dict(params or {})}
        found: list[list[tuple[Key, float, Row]]] = []
        for start in range(0, len(vectors), _QUERIES):
            asked = list(vectors[start : start + _QUERIES])

            def search(milvus: Any, seconds: float, asked: list[Any] = asked) -> Any:  # noqa: ANN401
                return milvus.search(
                    name,
                    data=asked,
                    filter=where,
                    limit=k,
                    output_fields=list(fields) or [_key(milvus, name, seconds)],
                    search_params=told,
                    anns_field=field,
                    timeout=seconds,
                    consistency_level=self._level,
                )

            hits = self._connection.call(search, name)
            found += [[(hit.id, float(hit["distance"]), dict(hit["entity"])) for hit in each] for each in hits]
        return found

    @property
    def _level(self) -> str:
        return "Strong" if self.strong or time.monotonic() - self._began < FRESH else "Bounded"

    def _write(self, name: str, rows: Iterable[Mapping[str, Any]], **options: Any) -> None:  # noqa: ANN401
        for batch in batches(rows):

            def write(milvus: Any, seconds: float, batch: list[Row] = batch) -> None:  # noqa: ANN401
                milvus.upsert(name, batch, timeout=seconds, **options)

            self._connection.call(write, name, WRITING)

    def _query(self, name: str, where: str, fields: Sequence[str], **options: Any) -> list[Row]:  # noqa: ANN401
        options = {"consistency_level": self._level} | options

        def query(milvus: Any, seconds: float) -> list[Row]:  # noqa: ANN401
            asked = list(fields) or [_key(milvus, name, seconds)]
            found = milvus.query(name, filter=where, output_fields=asked, timeout=seconds, **options)
            return [dict(row) for row in found]

        return self._connection.call(query, name)


def _key(milvus: Any, name: str, seconds: float) -> str:  # noqa: ANN401
    """Return the field that rows go by, to be asked for where nothing is: else all fields come."""
    told = milvus.describe_collection(name, timeout=seconds)["fields"]
    return str(next(each["name"] for each in told if each.get("is_primary")))
