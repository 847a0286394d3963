"""Which articles the view of the folder lists: those that a filter lets through, a page of them at a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from index.errors import UsageError
from index.protocols import Catalogue
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

    def found(self, catalogue: Catalogue) -> Sequence[int]:
        """Return the numbers of the articles to be listed; of too many to go through, all or none."""
        dates, looked_for = self.dates, _plain(self.find)
        if not looked_for and (dates is None or not catalogue.listed):
            return range(catalogue.count)
        if not catalogue.listed:
            return ()
        return [
            number
            for number, source, title, date in catalogue.told()
            if (dates is None or dates.admits_date(date)) and looked_for in _plain(f"{title}\n{source}")
        ]


@dataclass(frozen=True, slots=True)
class Listing:
    """The first of the articles that a filter lets through, their sizes in bytes by source, and the skipped files.

    `found` is how many articles are let through, and `all` how many there are; `listed` says whether they are not
    too many to be told.
    """

    documents: tuple[DocumentInfo, ...]
    sizes: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    found: int
    all: int
    version: str
    listed: bool = True

    @classmethod
    def of(cls, session: Session, chosen: Filter) -> Listing:
        """Return what a session's folder holds."""
        index = session.index
        found = chosen.found(index.catalogue)
        if not index.catalogue.listed:
            return cls((), {}, (), len(found), index.catalogue.count, index.version, listed=False)
        shown = found[: chosen.most]
        documents, sizes = tuple(index.catalogue.documents(shown)), index.catalogue.sizes(shown)
        skipped = () if chosen else index.passages.skipped()
        return cls(documents, sizes, skipped, len(found), index.catalogue.count, index.version)


def scope_of(session: Session, chosen: Filter) -> Scope | None:
    """Return the scope of all articles that a filter lets through; None if they are all, or none."""
    if not chosen:
        return None
    if not chosen.find and chosen.dates:
        return chosen.dates
    return Scope(session.index.catalogue.sources(chosen.found(session.index.catalogue)))


def of_now(scope: Scope | None, session: Session) -> Scope | None:
    """Return a scope without the sources that have left the folder since; the same if none is there any more."""
    if scope is None or not scope.sources:
        return scope
    with suppress(UsageError):
        session.check_scope(scope)  # which is known of the scopes asked last
        return scope
    if not session.index.catalogue.listed:
        return scope
    there = session.index.catalogue.numbers(scope.sources)
    kept = tuple(source for source in scope.sources if there[source])
    return replace(scope, sources=kept) if kept and len(kept) < len(scope.sources) else scope


def _plain(text: str) -> str:
    """Return a text without accents and capitals."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(ch for ch in parts if not unicodedata.combining(ch))
