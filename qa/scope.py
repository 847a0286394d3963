"""Which articles a question is asked of: some of the folder's, or those of some years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from index.choice import LISTED, EmptyChoiceError, shown
from index.errors import UsageError
from index.types import DocumentInfo

if TYPE_CHECKING:
    from index.protocols import Index, Within

MAX_SOURCES = 1000
MAX_NAME = 1000  # characters of one source
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_TOLD = 3  # sources that it names


@dataclass(frozen=True, slots=True)
class Scope:
    """A choice of articles.

    `sources` are files, or subfolders with a `/` at their end; none stand for all. `since` and `until` are
    ISO dates, or months or years of them, both included; an article without a date is in no such choice.
    Dates are periods, and one day in common is enough: an article of 2025, no month known, is in both
    `since` 2025-03 and `until` 2025-03, and `until` 2025 takes in all of that year.
    """

    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    _chosen: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_chosen", frozenset(self.sources))  # thousands of articles may be asked about

    def admits(self, document: DocumentInfo) -> bool:
        """Return whether an article is one of those chosen."""
        if self._chosen and self._chosen.isdisjoint(_names(document.source)):
            return False
        return self.admits_date(document.date)

    def admits_date(self, dated: str | None) -> bool:
        """Return whether an article of a date, or of none, is within `since` and `until`."""
        if not self.since and not self.until:
            return True
        if not dated:
            return False
        return (not self.since or _no_later(self.since, dated)) and (not self.until or _no_later(dated, self.until))

    @classmethod
    def of(cls, sources: object = None, since: object = None, until: object = None) -> Scope | None:
        """Return the scope of what a caller names, or None for the whole folder.

        Arguments may be anything: they come from elsewhere. None and what is empty set no bound.

        :param sources: a list of names, or a single one.
        :raises UsageError: if an argument is not what it should be, or `since` is after `until`.
        """
        named, first, last = _sources(sources), _bound("since", since), _bound("until", until)
        if first and last and not _no_later(first, last):
            raise UsageError(f"since is {first}, after until, which is {last}: give the earlier date as since")
        return cls(named, first, last) if named or first or last else None

    def __str__(self) -> str:
        """Tell the choice, as an error does."""
        told = [*map(shown, self.sources[:_TOLD])]
        if len(self.sources) > _TOLD:
            told.append(f"{len(self.sources) - _TOLD} more")
        told += [f"since {self.since}"] if self.since else []
        told += [f"until {self.until}"] if self.until else []
        return ", ".join(told)


def passages_within(index: Index, scope: Scope) -> Within | None:
    """Return the passages that a question in a scope is asked of, or None for all of the index.

    :raises UsageError: if it names a source that no article has, or admits no article.
    """
    try:
        return index.catalogue.within(scope.sources, scope.admits_date if scope.since or scope.until else None)
    except EmptyChoiceError:
        told = f"no article is within {scope}: {LISTED}, and those without one are within none"
        raise UsageError(told) from None


def _names(source: str) -> Iterator[str]:
    """Yield what may choose an article: its file, and the subfolders that it is in."""
    yield source
    end = source.find("/")
    while end >= 0:
        yield source[: end + 1]
        end = source.find("/", end + 1)


def _no_later(one: str, other: str) -> bool:
    """Return whether a period begins no later than another ends."""
    common = min(len(one), len(other))
    return one[:common] <= other[:common]


def _sources(given: object) -> tuple[str, ...]:
    if given is None or given == "":
        return ()
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list | tuple):
        raise UsageError(f"sources is of type {type(given).__name__}: give a list of files and subfolders")
    if len(listed) > MAX_SOURCES:
        raise UsageError(f"sources names {len(listed)} files and subfolders: give at most {MAX_SOURCES}")
    for source in listed:
        if not isinstance(source, str) or not source:
            raise UsageError("sources holds what is no name: give a list of files and subfolders")
        if len(source) > MAX_NAME:
            raise UsageError(f"sources holds a name of {len(source)} characters: give at most {MAX_NAME}")
    return tuple(dict.fromkeys(listed))


def _bound(name: str, given: object) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str):
        raise UsageError(f"{name} is of type {type(given).__name__}: give a date such as 2025, 2025-05 or 2025-05-12")
    try:
        if not _DATE.fullmatch(given):
            raise ValueError(given)
        date.fromisoformat(given + "-01-01"[len(given) - len("2025") :])  # the first day of a month or a year
    except ValueError:
        raise UsageError(f"{name} is {shown(given)}: give a date such as 2025, 2025-05 or 2025-05-12") from None
    return given
