"""The articles of a folder as they are on disk now, and what became in them of a citation."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path, PurePath
from typing import Any

from index.documents import extract, read_bytes, scan
from index.errors import DocumentError
from index.types import Range
from qa.cited_text import excerpt, line_of, nearest, same_words, successor, within_a_longer_one

_CACHED = 64  # files kept in memory
_LITERAL = ("text/", "markdown/")  # extractions whose text is the file itself, whatever reads it


class Status(StrEnum):
    """What became of a citation since it was made."""

    UNCHANGED = "unchanged"
    MOVED = "moved"
    RENAMED = "renamed"
    CHANGED = "changed"
    GONE = "gone"
    UNREADABLE = "unreadable"
    INVALID = "invalid"

    @property
    def stands(self) -> bool:
        """Whether the words can still be read in the folder."""
        return self in (Status.UNCHANGED, Status.MOVED, Status.RENAMED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote and its sentence stand. `page` is None where the file has none, or none is told."""

    source: str
    line: int
    start: int
    end: int
    sentence: Range
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A citation against the disk.

    `now` is where it stands, or None. `file_changed` says that the file is another than
    the one cited; `reads_now` is the sentence that seems to have taken the cited one's place;
    `elsewhere` is where another file holds the cited one, word for word.
    """

    status: Status
    now: Place | None = None
    file_changed: bool = False
    detail: str | None = None
    reads_now: str | None = None
    elsewhere: Place | None = None


@dataclass(frozen=True, slots=True)
class _Article:
    text: str
    pages: tuple[int, ...]
    sha256: str


class Files:
    """The articles of a folder as they are on disk now, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = lru_cache(maxsize=_CACHED)(self._read_now)
        self._by_hash = cache(self._hash_all)

    def problem(self, citation: Mapping[str, Any]) -> str | None:
        """Return why a citation does not stand where it says, or None if it does."""
        found = self.check(citation)
        return None if found.status is Status.UNCHANGED else f"{found.status}: {found.detail or citation['source']}"

    def check(self, citation: Mapping[str, Any]) -> Finding:
        """Return what became of a citation of schema 1.

        A citation that contradicts itself, or the very file that it was made from, is invalid.
        """
        source = citation["source"]
        if wrong := _contradiction(citation):
            return Finding(Status.INVALID, detail=wrong)
        try:
            article = self._read(source)
        except DocumentError as error:
            missing = isinstance(error.__cause__, FileNotFoundError | NotADirectoryError)
            lost = Finding(Status.GONE) if missing else Finding(Status.UNREADABLE, detail=f"{source} {error}")
            return self._renamed(citation) or lost
        same = article.sha256 == citation["sha256"]
        place = _place(source, article, citation, same)
        if same and (wrong := _wrong(place, article.text, citation)):
            return Finding(Status.INVALID, detail=wrong)
        if place is None:
            return self._renamed(citation) or _changed(article.text, citation, not same)
        note = None
        if not same and within_a_longer_one(article.text, *place.sentence):
            note = "it is a part of a longer sentence now: read it"
        told = (citation["start"], citation["line"], citation.get("page", place.page))
        moved = (place.start, place.line, place.page) != told
        return Finding(Status.MOVED if moved else Status.UNCHANGED, place, not same, note)

    def elsewhere(self, lost: Sequence[Mapping[str, Any]]) -> list[Place | None]:
        """Return for each citation that its own file has lost where another file holds its sentence, or None.

        Every file is read once, whatever the number of citations.
        """
        wanted: dict[str, list[int]] = {}
        for number, citation in enumerate(lost):
            wanted.setdefault(citation["sentence"]["text"], []).append(number)
        found: list[Place | None] = [None] * len(lost)
        for state in scan(self._folder)[0] if wanted else ():
            try:
                article = self._read(state.source)
            except DocumentError:
                continue
            for sentence in [each for each in wanted if each in article.text]:
                places = {
                    number: _place(state.source, article, lost[number], same=False) for number in wanted[sentence]
                }
                if all(places.values()):
                    for number, place in places.items():
                        found[number] = place
                    del wanted[sentence]
        return found

    def _renamed(self, citation: Mapping[str, Any]) -> Finding | None:
        """Return where a citation stands if its file has another name now."""
        for source in self._by_hash().get(citation["sha256"], ()):
            try:
                place = _place(source, self._read(source), citation, same=True)
            except DocumentError:  # its new name says another format
                continue
            if place:
                return Finding(Status.RENAMED, place)
        return None

    def _hash_all(self) -> dict[str, list[str]]:
        """Return the sources of the folder by the hash of their bytes."""
        found: dict[str, list[str]] = {}
        for state in scan(self._folder)[0]:
            try:
                digest = hashlib.sha256(read_bytes(self._folder, state.source)).hexdigest()
            except DocumentError:
                continue
            found.setdefault(digest, []).append(state.source)
        return found

    def _read_now(self, source: str) -> _Article:
        data = read_bytes(self._folder, source)
        found = extract(data, source)
        return _Article(found.text, found.pages, hashlib.sha256(data).hexdigest())


def _contradiction(citation: Mapping[str, Any]) -> str | None:
    """Return why a citation can be true of no file, or None."""
    source, quote, sentence = citation["source"], citation["quote"], citation["sentence"]
    if _leads_out(source):
        return f"{excerpt(source)} is no file of the folder: a source never leads out of it"
    before = citation["start"] - sentence["start"]
    fits = before >= 0 and sentence["text"][before : before + len(quote)] == quote
    lengths = (citation["end"] - citation["start"], sentence["end"] - sentence["start"])
    if not quote or not fits or sentence["start"] < 0 or lengths != (len(quote), len(sentence["text"])):
        return f"the quote {excerpt(quote)} is not where it says in its sentence {excerpt(sentence['text'])}"
    return None


def _place(source: str, article: _Article, citation: Mapping[str, Any], same: bool) -> Place | None:
    """Return where a citation stands in an article, or None.

    :param same: whether its file is the one cited: then nothing can have grown together.
    """
    text = article.text
    sentence, cited = citation["sentence"]["text"], citation["sentence"]["start"]
    unmoved = (cited, cited + len(sentence))
    bounds = unmoved if same and text[slice(*unmoved)] == sentence else nearest(text, sentence, cited)
    if bounds is None:
        return None
    start = bounds[0] + citation["start"] - cited
    page = max(bisect_right(article.pages, start), 1) if article.pages else None
    return Place(source, line_of(text, start), start, start + len(citation["quote"]), bounds, page)


def _wrong(place: Place | None, text: str, citation: Mapping[str, Any]) -> str | None:
    """Return what a citation says wrongly of the very file that it was made from, or None."""
    literal = str(citation.get("extraction", _LITERAL[0])).startswith(_LITERAL)
    start, end = citation["start"], citation["end"]
    if literal and (place is None or place.start != start):
        reads = excerpt(text[start:end])
        return f"the file is the one cited, and reads {reads} at {start}-{end}, not {excerpt(citation['quote'])}"
    if place and place.start == start and place.line != citation["line"]:
        return f"the file is the one cited, and has the quote on line {place.line}, not {citation['line']}"
    if place and place.start == start and place.page != citation.get("page", place.page):
        return f"the file is the one cited, and has the quote on page {place.page}, not {citation['page']}"
    return None


def _changed(text: str, citation: Mapping[str, Any], file_changed: bool) -> Finding:
    """Return what a file holds in place of a sentence that is not in it any more."""
    sentence, cited = citation["sentence"]["text"], citation["sentence"]["start"]
    if same_words(text, sentence):
        told = "the same words stand in it, with other spaces, line ends or encoding of accents"
        return Finding(Status.CHANGED, file_changed=file_changed, detail=told)
    instead = successor(text, sentence, cited)
    if instead and citation["quote"] in instead:
        told = "the quote stands in it, in another sentence"
        return Finding(Status.CHANGED, file_changed=file_changed, detail=told, reads_now=instead)
    return Finding(Status.CHANGED, file_changed=file_changed, reads_now=instead)


def _leads_out(source: str) -> bool:
    """Say whether a source is anything but a relative path to a visible file below the folder."""
    path = PurePath(source)
    hidden = any(part.startswith(".") for part in path.parts)  # `..` too
    return hidden or not path.parts or bool(path.anchor) or any(ch < " " for ch in source)
