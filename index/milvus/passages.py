"""The documents and passages of a generation in Milvus; those asked for lately are kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.file_facts import FileFacts
from index.milvus.filters import one_of
from index.milvus.kept import Kept
from index.milvus.rows import INFO, PASSAGE, STATE, info_of, passage_of, rest_of, state_of
from index.milvus.view import View
from index.types import DocumentInfo, FileState, Passage, Skipped

_PASSAGES = 4096  # that are kept, of some 4 kB each
_DOCUMENTS = 8192
_WHOLE = 8  # texts that are kept, of a few kB mostly, and of tens of MB at most
_FACTS = ("source", "size", "title", "language", "date", "date_origin", "extraction", "passages", "sentences")


@dataclass(frozen=True, slots=True)
class _Whole:
    """The text of a document, and where its pages start."""

    text: str
    pages: tuple[int, ...]


class RemotePassages:
    """The documents and passages of one generation. Safe to share between threads."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._passages: Kept[int, Passage] = Kept(_PASSAGES, self._fetch_passages)
        self._infos: Kept[str, DocumentInfo] = Kept(_DOCUMENTS, self._fetch_infos)
        self._wholes: Kept[str, _Whole] = Kept(_WHOLE, self._fetch_wholes)

    def documents(self) -> list[DocumentInfo]:
        """Return every document, by source."""
        return _by_source(map(info_of, self._view.documents("", INFO)))

    def document(self, doc_id: str) -> DocumentInfo:
        """Return one document.

        :raises KeyError: if there is no such document.
        """
        return self._infos([doc_id])[doc_id]

    def infos(self, doc_ids: Sequence[str]) -> dict[str, DocumentInfo]:
        """Return some documents by their ids, those that there are."""
        return self._infos(doc_ids)

    def text(self, doc_id: str) -> str:
        """Return a document's whole text; an empty one if there is no such document."""
        whole = self._wholes([doc_id]).get(doc_id)
        return whole.text if whole else ""

    def passages(self, ids: Sequence[int]) -> tuple[list[Passage], list[DocumentInfo]]:
        """Return passages in the order of their ids, and the document that each is of.

        :raises KeyError: if there is no passage of an id.
        """
        passages = self._of(ids)
        infos = self._infos(passage.doc_id for passage in passages)
        if any(passage.doc_id not in infos for passage in passages):
            raise self._view.gone()
        return passages, [infos[passage.doc_id] for passage in passages]

    def words(self, ids: Sequence[int]) -> list[bytes]:
        """Return the packed words of passages, in the order of their ids.

        :raises KeyError: if there is no passage of an id.
        """
        return [passage.words for passage in self._of(ids)]

    def passages_of(self, doc_id: str) -> list[Passage]:
        """Return the passages of a document, in order."""
        rows = self._view.passages(one_of("doc_id", [doc_id]), PASSAGE)
        return sorted(map(passage_of, rows), key=lambda passage: passage.start)

    def line(self, doc_id: str, offset: int) -> int:
        """Return the number of the line, from 1, that an offset of a document stands in."""
        before = self.text(doc_id)[:offset]
        return 1 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")

    def page(self, doc_id: str, offset: int) -> int | None:
        """Return the number of the page, from 1, that an offset of a document stands on; None if it has no pages."""
        pages = self._wholes([doc_id])[doc_id].pages
        return max(bisect_right(pages, offset), 1) if pages else None

    def digests(self) -> Iterator[tuple[str, str]]:
        """Yield the source of every document and the digest of its file, by source."""
        rows = self._view.documents("", ["source", "sha256"])
        yield from sorted((row["source"], row["sha256"]) for row in rows)

    def counts(self) -> Iterator[tuple[str, int]]:
        """Yield the source of every document and how many passages it has, by source."""
        rows = self._view.documents("", ["source", "passages"])
        yield from sorted((row["source"], int(row["passages"])) for row in rows)

    def file_states(self) -> dict[str, FileState]:
        """Return the state of every file, indexed or skipped, when it was read."""
        rows = [*self._view.documents("", STATE), *self._view.skipped(STATE)]
        return {row["source"]: state for row in rows if (state := state_of(row))}

    def skipped(self) -> tuple[Skipped, ...]:
        """Return the files that were not indexed, and why."""
        rows = self._view.skipped(["source", "reason"])
        return tuple(sorted((Skipped(row["source"], row["reason"]) for row in rows), key=lambda each: each.source))

    def skipped_hashes(self) -> dict[str, str | None]:
        """Return the digest of every file that looked like an article and was not indexed; None if it was not read."""
        rows = self._view.skipped([*STATE, "sha256"])
        return {row["source"]: row["sha256"] or None for row in rows if state_of(row)}

    def facts(self) -> list[FileFacts]:
        """Return what there is to tell of every file: by source, indexed ones first."""
        indexed = [FileFacts(**_told(row), reason=None) for row in self._view.documents("", _FACTS)]
        skipped = [
            FileFacts(row["source"], row["reason"], state.size if (state := state_of(row)) else None)
            for row in self._view.skipped([*STATE, "reason"])
        ]
        return sorted(indexed, key=lambda each: each.source) + sorted(skipped, key=lambda each: each.source)

    def _of(self, ids: Sequence[int]) -> list[Passage]:
        found = self._passages(ids)
        if len(found) < len(set(ids)):
            self._view.check()
        return [found[passage_id] for passage_id in ids]

    def _fetch_passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        return {passage.passage_id: passage for passage in map(passage_of, self._view.by_id(ids, PASSAGE))}

    def _fetch_infos(self, doc_ids: Sequence[str]) -> dict[str, DocumentInfo]:
        return {info.doc_id: info for info in map(info_of, self._view.documents_of(doc_ids, INFO))}

    def _fetch_wholes(self, doc_ids: Sequence[str]) -> dict[str, _Whole]:
        return {doc_id: whole for doc_id in doc_ids if (whole := self._whole(doc_id))}

    def _whole(self, doc_id: str) -> _Whole | None:
        told = self._view.rows_of(doc_id, ["piece", "passages", "rest"])
        if not told:
            return None
        rest = rest_of(told)
        rows = sorted(
            self._view.passages(one_of("doc_id", [doc_id]), ["start", "before", "text"]), key=lambda row: row["start"]
        )
        if len(rows) != max(int(row["passages"]) for row in told):
            raise self._view.gone()
        pieces = [rest.before.get(row["start"], row["before"]) + row["text"] for row in rows]
        return _Whole("".join(pieces) + rest.after, rest.pages)


def _by_source(infos: Iterator[DocumentInfo]) -> list[DocumentInfo]:
    return sorted(infos, key=lambda info: info.source)


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a row, without those that it does not have."""
    return {name: row[name] if row[name] != "" or name == "title" else None for name in _FACTS}
