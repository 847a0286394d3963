"""The articles of a folder as gold speaks of them: by their source, as the index reads their text."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from index.documents import extract, read_bytes, scan
from index.errors import DocumentError
from qa.normalise import holds, plain

_CACHED = 256  # articles kept in memory


class Texts:
    """The texts of a folder's articles, each read when it is asked for.

    :param index: the index folder, which holds no article wherever it lies.
    :raises FolderError: if the folder is missing, no folder, or unreadable.
    """

    def __init__(self, folder: Path, index: Path | None = None) -> None:
        self.folder = folder
        found, skipped = scan(folder, index)
        self.sources = tuple(state.source for state in found)
        self.skipped = {each.source: each.reason for each in skipped}
        self._known = frozenset(self.sources)
        self._read = lru_cache(maxsize=_CACHED)(self._read_now)

    def text(self, source: str) -> str:
        """Return the text of an article.

        :raises DocumentError: if there is no such article, or it cannot be read; the message begins with a verb.
        """
        if source not in self._known:
            raise DocumentError(self.skipped.get(source, f"is gone from {self.folder}"))
        return self._read(source)

    def holding(self, answers: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return for each answer the articles that hold it, whatever its case, quotes and spaces."""
        pieces = {answer: plain(answer).replace('"', " ").split() for answer in answers}
        found: dict[str, list[str]] = {answer: [] for answer in answers}
        for source in self.sources if answers else ():
            try:
                text = plain(self._read_now(source))
            except DocumentError:
                continue  # the index has passed over it, and said so
            for answer, parts in pieces.items():
                # all its pieces, before the slow look: most articles hold no answer
                if all(part in text for part in parts) and holds(text, answer):
                    found[answer].append(source)
        return {answer: tuple(sources) for answer, sources in found.items()}

    def _read_now(self, source: str) -> str:
        return extract(read_bytes(self.folder, source), source).text
