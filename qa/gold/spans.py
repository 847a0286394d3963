"""Spans of gold: where an accepted answer stands, checked against the file that it names.

Offsets are half-open and count code points of the file's text, after its byte order mark,
with its newlines as they are: those of citations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from index.errors import DocumentError, InputError
from qa.gold.fields import NAMES, fields_of, is_text, text_of_field, unfit
from qa.gold.texts import Texts
from qa.types import GoldSpan

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "start": ("start",),
    "end": ("end",),
    "text": ("text",),
    "document": NAMES["sources"],
}
_FORM = 'a list of {"start": 0, "end": 4, "text": "..."}'
_SHOWN = 40  # characters of a text that an error shows
_PLACES = 3  # of those where a text stands, how many an error tells
_UNITS: Mapping[str, Callable[[str, int], int]] = {
    "bytes": lambda text, at: len(text.encode()[:at].decode("utf-8", "ignore")),
    "UTF-16 units": lambda text, at: len(text.encode("utf-16-le")[: 2 * at].decode("utf-16-le", "ignore")),
    "newlines of two characters as one": lambda text, at: len(text.replace("\r\n", "\n")[:at].replace("\n", "\r\n")),
}
"""How else offsets are counted, and the characters before an offset counted so."""


class SpanReader:
    """Reads the spans of lines of gold.

    :param folder: what they are checked against; where it is None or is not there, they
        need only agree with themselves.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, told: object, document: object, here: str) -> tuple[tuple[str, ...], tuple[GoldSpan, ...]]:
        """Return the texts of a line's spans, each once, and their places.

        :param document: the file of the spans that name none themselves.
        :raises InputError: if a span has not the form, or does not hold its text.
        """
        if document is not None and not is_text(document):
            raise unfit("document", document, "a file name; if there are several, let each span name its own", here)
        if not isinstance(told, list):
            raise unfit("spans", told, f"{_FORM}, or [] where the folder does not answer", here)
        read = [self._span(each, document, f"{here}, span {n}") for n, each in enumerate(told, start=1)]
        return tuple(dict.fromkeys(text for text, _ in read)), tuple(dict.fromkeys(place for _, place in read))

    @cached_property
    def _texts(self) -> Texts | None:
        return Texts(self._folder) if self._folder is not None and self._folder.is_dir() else None

    def _span(self, told: object, document: object, here: str) -> tuple[str, GoldSpan]:
        if not isinstance(told, dict):
            raise InputError(f"{here}: is no object: want {_FORM}")
        fields = fields_of(told, _FIELDS, here)
        start, end = (_offset(fields, name, here) for name in ("start", "end"))
        text = text_of_field(fields, "text", here)
        if fields.get("document") is None and document is None:
            raise InputError(f'{here}: names no document: add "document" to it, or to the line')
        source = str(document) if fields.get("document") is None else text_of_field(fields, "document", here)
        if start >= end:
            raise InputError(f"{here}: starts at {start} and ends at {end}: the end is that after the last character")
        if self._texts:
            try:
                whole = self._texts.text(source)
            except DocumentError as error:
                raise InputError(f"{here}: {source} {error}; name an article by its path in the folder") from error
            _check(whole, source, (start, end), text, here)
        elif end - start != len(text):
            raise InputError(f"{here}: {start}:{end} is {end - start} characters and its text {len(text)}: count again")
        return text, GoldSpan(source, start, end)


def _check(whole: str, source: str, place: tuple[int, int], text: str, here: str) -> None:
    start, end = place
    if whole[start:end] != text:
        raise InputError(
            f"{here}: in {source}, {start}:{end} is {_shown(whole[start:end])} and not {_shown(text)}:"
            f" {_remedy(whole, start, text)}"
        )


def _offset(fields: Mapping[str, Any], name: str, here: str) -> int:
    value = fields.get(name)
    if value is None:
        raise InputError(f"{here}: the field '{name}' is missing: add it")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise unfit(name, value, "a whole number from 0", here)
    return value


def _remedy(whole: str, start: int, text: str) -> str:
    """Return what to do about a text that does not stand where it should."""
    places = []
    at = whole.find(text)
    while at >= 0:
        places.append(at)
        at = whole.find(text, at + 1)
    if not places:
        return "it stands nowhere there; copy it from the file, letter by letter"
    nearest = sorted(sorted(places, key=lambda place: abs(place - start))[:_PLACES])
    told = " or ".join(f"{place}:{place + len(text)}" for place in nearest)
    for unit, counted in _UNITS.items():
        at = counted(whole, start)
        if at != start and whole.startswith(text, at):
            return f"it stands at {told}; the offsets given count {unit}, and should count characters"
    return f"it stands at {told}; count characters (code points), not bytes or UTF-16 units"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
