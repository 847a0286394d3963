"""Which articles a question is asked of: some of the folder's, or those of some years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import DocumentInfo


@dataclass(frozen=True, slots=True)
class Scope:
    """A choice of articles.

    `sources` are files, or subfolders with a `/` at their end; none stand for all. `since` and `until` are
    ISO dates, or months or years of them, both included; an article without a date is in no such choice.
    """

    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def admits(self, document: DocumentInfo) -> bool:
        """Return whether an article is one of those chosen."""
        if self.sources and not any(_holds(source, document.source) for source in self.sources):
            return False
        if not self.since and not self.until:
            return True
        raise NotImplementedError

    @classmethod
    def of(cls, sources: Sequence[str] = (), since: str | None = None, until: str | None = None) -> Scope | None:
        """Return the scope of what a caller names, or None for the whole folder.

        :raises UsageError: if a date is none.
        """
        return cls(tuple(sources), since, until) if sources or since or until else None


def _holds(chosen: str, source: str) -> bool:
    return source == chosen or (chosen.endswith("/") and source.startswith(chosen))
