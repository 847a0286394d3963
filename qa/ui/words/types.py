"""What the page says of its own accord, as a record that each language fills in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.types import AnswerKind, Reason

_FIGURES = (AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER)
_DATES = (AnswerKind.YEAR, AnswerKind.DATE)
_SURE, _FAIR = 0.8, 0.5  # from these confidences on, the word for it changes
_UNIT = 1_000  # bytes in the next larger unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What the view of the folder says.

    `columns` are article, date, language, size and state; `languages` those of articles;
    `units` are bytes and their thousands; `built` says what a build added, changed and removed.
    """

    title: str
    counted: tuple[str, str]
    open: str
    add: str
    drop: str
    reindex: str
    indexing: str
    built: str
    unchanged: str
    columns: tuple[str, str, str, str, str]
    languages: dict[str, str]
    indexed: str
    skipped: str
    remove: str
    sure: str
    removed: str
    put_back: str
    find: str
    since: str
    until: str
    clear: str
    only_these: str
    none: str
    many: str
    more: str
    units: tuple[str, str, str]
    too_large: str
    wrong_format: str
    exists: str
    replace: str
    failed: str
    for_programs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything that the page says, in one language.

    Triples go with the kind of the question: figures, dates, anything else.
    `reactions` go with those of `qa.feedback`, `noted` says that one is kept, without and with a comment.
    Names in braces are filled in by `str.format`.
    """

    language: str
    tagline: str
    switch: str
    theme: str
    fresh: str
    logout: str
    conversation: str
    conversation_empty: str
    source_place: str
    welcome: str
    welcome_note: str
    placeholder: str
    ask: str
    waiting: str
    lost: str
    rate: str
    busy: str
    too_long: str
    failed: str
    confidence: tuple[str, str, str]
    percent: str
    agree: tuple[str, str, str]
    differ: tuple[str, str, str]
    others: str
    also_in: str
    beside: str
    undated: str
    open_source: str
    read_as: str
    no_answer: str
    refused: str
    reasons: dict[Reason, str]
    nearest: str
    more_passages: str
    examples: str
    instead: str
    line: str
    page: str
    source_of: str
    article: str
    passage: str
    previous: str
    following: str
    keys: str
    copy: str
    copied: str
    close: str
    dismiss: str
    cut_before: str
    cut_after: str
    gone: str
    changed: str
    quotes: tuple[str, str]
    months: tuple[str, ...]
    react: str
    reactions: tuple[str, str, str]
    noted: tuple[str, str]
    remark: str
    remark_send: str
    no_such_answer: str
    not_kept: str
    export: str
    exports: tuple[str, str]
    scope: str
    scope_all: str
    scope_sources: tuple[str, str]
    folder: Folder

    def sureness(self, confidence: float) -> str:
        """Return a confidence in words."""
        high, fair, low = self.confidence
        return high if confidence >= _SURE else fair if confidence >= _FAIR else low

    def by_kind(self, triple: tuple[str, str, str], kind: AnswerKind) -> str:
        """Return the one of a triple's phrases that fits a kind of question."""
        return triple[0] if kind in _FIGURES else triple[1] if kind in _DATES else triple[2]

    def place(self, line: int, page: int | None) -> str:
        """Return where in a file something stands: on a page, if it has pages."""
        return self.line.format(n=line) if page is None else self.page.format(n=page)

    def count(self, articles: int) -> str:
        """Return a number of articles, in words."""
        return self.folder.counted[articles > 1].format(n=articles)

    def size(self, count: int) -> str:
        """Return a number of bytes as people read it."""
        small, middle, large = self.folder.units
        if count < _UNIT:
            return f"{count}\u00a0{small}"
        value, unit = (count / _UNIT, middle) if count < _UNIT**2 else (count / _UNIT**2, large)
        told = f"{value:.1f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004
        return f"{told.replace('.', ',') if self.language == 'fr' else told}\u00a0{unit}"

    def day(self, date: str) -> str:
        """Return an ISO date, which may be only a year or a month, as people write it."""
        match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", date)
        if not match or not 1 <= int(match[2] or 1) <= len(self.months):
            return date
        month = self.months[int(match[2]) - 1] if match[2] else ""
        day = match[3].lstrip("0") if match[3] else ""
        if day == "1" and self.language == "fr":
            day = "1er"
        return " ".join(part for part in (day, month, match[1]) if part)

    def dated(self, date: str | None) -> str:
        """Return a date as people write it, or that there is none."""
        return self.day(date) if date else self.undated

    def quoted(self, text: str) -> str:
        """Return a text between this language's quotation marks."""
        return text.join(self.quotes)
