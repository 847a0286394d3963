"""Which articles the view of the folder lists: those that a filter lets through, a page of them at a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from index.errors import UsageError
from index.types import DocumentInfo, Skipped
from qa.scope import Scope
from qa.session import Session

PAGE = 100  # articles listed before the next ones are asked for
_MOST = 100_000
_LONGEST = 200  # characters of a filter


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for in titles and file names, the dates, and how many articles are listed at most."""

    find: str = ""
    since: str = ""
    until: str = ""
    most: int = PAGE

    @classmethod
    def parse(cls, sent: Mapping[str, object]) -> Filter:
        """Return the filter that a browser sent; what cannot be read counts as left out."""
        texts = {name: str(sent.get(name) or "")[:_LONGEST].strip() for name in ("find", "since", "until")}
        most = sent.get("most")
        number = most if isinstance(most, int) and not isinstance(most, bool) else PAGE
        return cls(**texts, most=min(max(number, PAGE), _MOST))

    @property
    def dates(self) -> Scope | None:
        """The dates alone; None where there are none, or they cannot be read."""
        try:
            return Scope.of([], self.since or None, self.until or None)
        except UsageError:
            return None

    def __bool__(self) -> bool:
        return bool(self.find or self.since or self.until)

    def admits(self, document: DocumentInfo, dates: Scope | None) -> bool:
        """Return whether an article is to be listed."""
        if dates is not None and not dates.admits(document):
            return False
        return not self.find or _plain(self.find) in _plain(f"{document.title}\n{document.source}")


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles that a filter lets through, their sizes in bytes by source, and the files that were skipped."""

    documents: tuple[DocumentInfo, ...]
    sizes: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    all: int
    version: str

    @classmethod
    def of(cls, session: Session, chosen: Filter) -> Listing:
        """Return what a session's folder holds."""
        passages = session.index.passages
        documents, dates = passages.documents(), chosen.dates
        skipped = () if chosen else passages.skipped()
        sizes = {source: state.size for source, state in passages.file_states().items()}
        found = tuple(document for document in documents if chosen.admits(document, dates))
        return cls(found, sizes, skipped, len(documents), session.index.version)

    def scope(self, chosen: Filter) -> Scope | None:
        """Return the scope of exactly these articles; None if they are all."""
        if not chosen:
            return None
        if not chosen.find and chosen.dates:
            return chosen.dates
        return Scope(tuple(document.source for document in self.documents))


def of_now(scope: Scope | None, session: Session) -> Scope | None:
    """Return a scope without the sources that have left the folder since; the same if none is there any more."""
    if scope is None or not scope.sources:
        return scope
    there = {document.source for document in session.index.passages.documents()}
    kept = tuple(source for source in scope.sources if source in there)
    return replace(scope, sources=kept) if kept and len(kept) < len(scope.sources) else scope


def _plain(text: str) -> str:
    """Return a text without accents and capitals."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(ch for ch in parts if not unicodedata.combining(ch))
