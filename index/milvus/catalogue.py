"""Which documents a generation in Milvus holds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby

from index.choice import EmptyChoiceError, check_known
from index.documents import doc_ids_of
from index.milvus.filters import one_of, quoted, starts_with
from index.milvus.passages import RemotePassages
from index.milvus.view import View
from index.types import DocumentInfo

MOST_LISTED = 100_000  # documents whose list is fetched, to be kept in some 30 MB
_Listed = tuple[str, str, str | None, str]  # source, title, date and id of a document


class RemoteCatalogue:
    """The documents of one generation, numbered from 0 in order of their sources.

    What is asked for by number needs a list of all of them, which is fetched once.
    """

    def __init__(self, view: View, passages: RemotePassages) -> None:
        self._view, self._passages = view, passages
        self.count = view.sealed.manifest.documents

    @property
    def listed(self) -> bool:
        """Whether the list of all documents is short enough to be fetched."""
        return self.count <= MOST_LISTED

    def documents(self, numbers: Iterable[int]) -> list[DocumentInfo]:
        """Return some documents, in order."""
        doc_ids = [self._listed[number][-1] for number in sorted(set(numbers))]
        infos = self._passages.infos(doc_ids)
        return [infos[doc_id] for doc_id in doc_ids]

    def sizes(self, numbers: Iterable[int]) -> dict[str, int]:
        """Return the sizes of some documents' files, by source."""
        doc_ids = [self._listed[number][-1] for number in sorted(set(numbers))]
        rows = self._view.documents_of(doc_ids, ["source", "size"])
        return {row["source"]: int(row["size"]) for row in rows}

    def sources(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Return the sources of some documents, in order."""
        return tuple(self._listed[number][0] for number in sorted(set(numbers)))

    def named(self, sources: Iterable[str]) -> dict[str, DocumentInfo]:
        """Return the documents of some sources, by source; those that there are."""
        infos = self._passages.infos([*doc_ids_of(sources).values()])
        return {info.source: info for info in sorted(infos.values(), key=lambda info: info.source)}

    def told(self) -> Iterator[tuple[int, str, str, str | None]]:
        """Yield the number, source, title and date of every document, in order."""
        for number, (source, title, date, _) in enumerate(self._listed):
            yield number, source, title, date

    def skipped(self) -> int:
        """Return how many files were skipped."""
        return self._view.how_many_skipped()

    def numbers(self, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Return by name the documents of files, and of subfolders, which have a `/` at their end; maybe none."""

        def place(source: str) -> int:
            return bisect_left(self._listed, source, key=lambda each: each[0])

        found: dict[str, Sequence[int]] = {}
        for name in names:
            first = place(name)
            if name.endswith("/"):
                found[name] = range(first, place(name[:-1] + chr(ord("/") + 1)))
            else:
                found[name] = (first,) if first < self.count and self._listed[first][0] == name else ()
        return found

    def within(self, names: Sequence[str], admits: Callable[[str | None], bool] | None = None) -> str | None:
        """Return the condition for the passages of some documents, or None if those are all that there are.

        :param names: files, and subfolders with a `/` at their end; none stand for all.
        :param admits: says of a document's date, or of None where it has none, whether it counts; None takes any.
        :raises UsageError: if there is no document of a name.
        :raises EmptyChoiceError: if there is no document left.
        """
        conditions = [self._named(names)] if names else []
        if admits:
            conditions.append(self._dated(admits))
        if not conditions:
            return None
        condition = " and ".join(conditions)
        count = self._view.how_many(condition)
        if not count:
            raise EmptyChoiceError("no article is chosen")
        return condition if count < self.count else None

    def _named(self, names: Sequence[str]) -> str:
        """Return the condition for the documents of some names.

        :raises UsageError: if there is no document of one.
        """
        folders = {name: starts_with("source", name) for name in names if name.endswith("/")}
        files = doc_ids_of(name for name in names if name not in folders)
        there = self._passages.infos([*files.values()])
        counts = {name: self._view.how_many(condition) for name, condition in folders.items()}
        check_known({name: range(counts.get(name, files.get(name) in there)) for name in names})
        conditions = [one_of("doc_id", files.values())] if files else []
        return "(" + " or ".join([*conditions, *folders.values()]) + ")"

    def _dated(self, admits: Callable[[str | None], bool]) -> str:
        """Return the condition for the documents of admitted dates: of a run of them, the first and the last.

        :raises EmptyChoiceError: if there are none.
        """
        runs = [[*run] for admitted, run in groupby(self._dates, lambda date: admits(date or None)) if admitted]
        if not runs:
            raise EmptyChoiceError("no article is chosen")
        told = [f"(date >= {quoted(run[0])} and date <= {quoted(run[-1])})" for run in runs]
        return "(" + " or ".join(told) + ")"

    @cached_property
    def _listed(self) -> list[_Listed]:
        rows = self._view.documents("", ["source", "title", "date", "doc_id"])
        return sorted((row["source"], row["title"], row["date"] or None, row["doc_id"]) for row in rows)

    @cached_property
    def _dates(self) -> list[str]:
        return self._view.dates()
