"""The rows that one sealed generation has, whatever is built meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.errors import IndexStoreError
from index.milvus.filters import one_of, starts_with
from index.milvus.schema import DATES, MANIFEST_KEY, Names, Sealed, alive_at, bucket_key, dates_of

if TYPE_CHECKING:
    from index.milvus.client import Client

Hit = tuple["int | str", float, dict[str, Any]]
"""A row that a search found: its key, its score, its fields."""

_INDEXED = 'piece == 0 and reason == ""'
_SKIPPED = 'piece == 0 and reason != ""'
_NAMED = 1000  # documents in one condition
_KEY_PREFIX = len(bucket_key(0)) - 1


@dataclass(frozen=True, slots=True)
class View:
    """What a generation has, asked of its own collections: those that the alias names may be another's any moment."""

    client: Client
    sealed: Sealed

    @property
    def where(self) -> str:
        """The address, as errors name it."""
        return str(self.client.address)

    @property
    def names(self) -> Names:
        """The names of the collections."""
        return Names(self.client.address.collection)

    def passages(self, condition: str, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the passages that meet a condition, by id."""
        yield from self.client.each(self._passages, self._alive(condition), fields, "id")

    def by_id(self, ids: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return the passages of some ids, in any order; those that there are."""
        return self.client.get(self._passages, "id", ids, fields)

    def search(
        self,
        field: str,
        vectors: Sequence[object],
        k: int,
        within: str | None,
        fields: Sequence[str],
        params: Mapping[str, Any] | None = None,
    ) -> list[list[Hit]]:
        """Return the k passages whose vectors have the greatest inner products with each of some, best first.

        :param within: a condition for them.
        """
        return self.client.search(self._passages, field, vectors, k, self._alive(within or ""), fields, params)

    def documents(self, condition: str, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the documents that meet a condition, without what goes on in other rows, by id."""
        yield from self.client.each(self._documents, self._alive(f"{_INDEXED}{_also(condition)}"), fields, "key")

    def documents_of(self, doc_ids: Sequence[str], fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the documents of some ids, those that there are."""
        for first in range(0, len(doc_ids), _NAMED):
            yield from self.documents(one_of("doc_id", doc_ids[first : first + _NAMED]), fields)

    def skipped(self, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the files that were not indexed."""
        yield from self.client.each(self._documents, self._alive(_SKIPPED), fields, "key")

    def rows_of(self, doc_id: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return all rows of a document, in any order; none if it was not indexed."""
        rows = [*self.client.each(self._documents, self._alive(one_of("doc_id", [doc_id])), [*fields, "reason"], "key")]
        return [] if any(row["reason"] for row in rows) else rows

    def how_many(self, condition: str) -> int:
        """Return how many documents meet a condition."""
        return self.client.count(self._documents, self._alive(f"{_INDEXED}{_also(condition)}"))

    def how_many_skipped(self) -> int:
        """Return how many files were skipped."""
        return self.client.count(self._documents, self._alive(_SKIPPED))

    def buckets(self, numbers: Sequence[int]) -> list[tuple[int, str]]:
        """Return some buckets of document frequencies, packed, each with its number."""
        rows = self.client.get(self._sealed, "key", [bucket_key(number) for number in numbers], ["key", "value"])
        if len(rows) < len(numbers):
            raise self.gone()
        return [(int(row["key"][_KEY_PREFIX:]), row["value"]) for row in rows]

    def dates(self) -> list[str]:
        """Return every date that a document has, in order; the empty one is that of those without."""
        return dates_of(self.client.each(self._sealed, starts_with("key", DATES), ["value"], "key"))

    def check(self) -> None:
        """Look whether the generation is still there: of what was read before, nothing was missing then.

        :raises IndexStoreError: if it is not.
        """
        if not self.client.get(self._sealed, "key", [MANIFEST_KEY], ["key"]):
            raise self.gone()

    def gone(self) -> IndexStoreError:
        """Return the error of a generation whose rows are no longer all there."""
        return IndexStoreError(
            f"generation {self.sealed.generation} of the index at {self.where} was replaced twice and is gone:"
            " ask again, of the one that is there now"
        )

    def _alive(self, condition: str) -> str:
        return f"{alive_at(self.sealed.generation)}{_also(condition)}"

    @property
    def _passages(self) -> str:
        return self.names.passages(self.sealed.epoch)

    @property
    def _documents(self) -> str:
        return self.names.documents(self.sealed.epoch)

    @property
    def _sealed(self) -> str:
        return self.names.sealed(self.sealed.generation)


def _also(condition: str) -> str:
    return f" and ({condition})" if condition else ""
