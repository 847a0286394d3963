"""The lines of a PDF to paragraphs, a line each: words cut at a line's end are whole again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from index.formats.pdf_words import Piece

_APART = 1.35  # of the usual step from line to line: a gap between paragraphs
_TALLER = 1.15  # letters of another size begin another paragraph
_INDENT = (0.6, 5.0)  # of the letters' height: how far a paragraph's first line stands in
_SPACE = 0.35  # likewise, between words
_ITEM = re.compile(r"[-•▪◦‣·*\u2013]\s|\d+[.)]\s|[a-z]\)\s")
_STOPS = re.compile(r"[.!?…:;»”\")\]]$")
_BROKEN = re.compile(r"(\w[\w'’-]*)-$")
_GOES_ON = re.compile(r"[\w'’-]+")
# What French writes after a hyphen, or before one: there it is the word's own, even at a line's end.
_AFTER = frozenset(
    [
        "il",
        "elle",
        "on",
        "ils",
        "elles",
        "je",
        "tu",
        "nous",
        "vous",
        "ce",
        "ci",
        "là",
        "moi",
        "toi",
        "lui",
        "leur",
        "le",
        "la",
        "les",
        "en",
        "y",
        "t",
        "même",
        "mêmes",
        "dire",
        "être",
    ]
)
_BEFORE = frozenset(
    [
        "peut",
        "celui",
        "celle",
        "ceux",
        "celles",
        "vice",
        "ex",
        "non",
        "mi",
        "sous",
        "demi",
        "semi",
        "quasi",
        "vis",
        "c'est-à",
        "c’est-à",
        "self",
        "well",
    ]
)


def join(pages: Sequence[Sequence[Sequence[Piece]]]) -> tuple[str, list[int]]:
    """Return the text of pages, each given by its columns of lines, and the offset where each page starts."""
    words = {
        word.lower() for page in pages for column in page for line in column for word in _GOES_ON.findall(line.text)
    }
    pieces: list[str] = []
    starts: list[int] = []
    size = 0
    for page in pages:
        started = False
        for column in page:
            for line, goes_on in _lines(column):
                said = line.text
                if pieces:
                    on = goes_on if goes_on is not None else _runs_over(pieces[-1], said)
                    glue = _glue(pieces[-1], said, words) if on else (0, "\n")
                    if glue[0]:
                        pieces[-1] = pieces[-1][: -glue[0]]
                        size -= glue[0]
                    pieces.append(glue[1])
                    size += len(glue[1])
                if not started:
                    starts.append(size)
                    started = True
                pieces.append(said)
                size += len(said)
        if not started:
            starts.append(size)
    return "".join(pieces), starts


def _lines(column: Sequence[Piece]) -> Iterator[tuple[Piece, bool | None]]:
    """Yield the lines of a column, and whether each goes on from the one above; None where none is."""
    if not column:
        return
    left, right = min(line.left for line in column), max(line.right for line in column)
    steps = [above.middle - line.middle for above, line in pairwise(column)]
    usual = median(steps) if steps else 0.0
    yield column[0], None
    for above, line in pairwise(column):
        size = min(above.height, line.height)
        parted = (
            above.middle - line.middle > _APART * max(usual, size)
            or max(above.height, line.height) > _TALLER * size
            or (above.right + _SPACE * size + line.first < right and not _BROKEN.search(above.text))  # there was room
            or bool(_ITEM.match(line.text))
            or above.cells
            or line.cells
            or (
                _INDENT[0] * size < line.left - left < _INDENT[1] * size
                and above.left - left < _SPACE * size
                and not _ITEM.match(above.text)
            )
        )
        yield line, not parted


def _runs_over(before: str, after: str) -> bool:
    """Say whether a paragraph goes on in the next column or on the next page."""
    return after[:1].islower() and not _STOPS.search(before) and not _ITEM.match(after)


def _glue(before: str, after: str, words: set[str]) -> tuple[int, str]:
    """Return how many characters to take off the end of a line, and what joins it to the next."""
    broken, on = _BROKEN.search(before), _GOES_ON.match(after)
    if not broken or not on:
        return 0, " "
    first, second = broken[1].lower(), on[0].lower()
    if first + second in words:
        return 1, ""
    if not after[0].islower():
        return 0, ""  # a name, or a number
    own = f"{first}-{second}" in words or second in _AFTER or first in _BEFORE or first.startswith(("c'est", "c’est"))
    return (0, "") if own else (1, "")
