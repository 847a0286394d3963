"""The words of a PDF's page with their places, as pieces of lines."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_HYPHEN = "\u00ad"  # at a line's end, or a soft one within
_WORD = re.compile(rf"[^ \t\r\n\x0b\x0c\0{_HYPHEN}]+{_HYPHEN}?|{_HYPHEN}")
_GAP = 1.2  # of the letters' height: more between two words, and they may stand in two columns
_CELLS = 0.5  # of a line's width: with fewer words, it is a table's row
_SAME_LINE = 0.5  # of the height: words closer than this in height share a line
_CODES = 0xFFFFF
_LINE_END = {0x02: _HYPHEN, 0xFFFE: _HYPHEN}  # how PDFium writes a hyphen there; it then leaves the line's end out
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_DROPPED = dict.fromkeys((*range(9), *range(14, 32), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF))


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in a row, in points to the right and upwards as one reads them.

    `height` is that of its first word's font, `first` the width of that word;
    `ink` is the width that its words and the spaces between them take, wide gaps left out.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    height: float
    first: float
    ink: float

    @property
    def middle(self) -> float:
        """How high it stands."""
        return (self.top + self.bottom) / 2

    @property
    def cells(self) -> bool:
        """Whether it is more gap than words, as a table's row is."""
        return self.ink < _CELLS * (self.right - self.left)

    def joined(self, other: Piece) -> Piece:
        """Return this piece and another to the right of it as one."""
        whole, gap = self.text.endswith(_HYPHEN), other.left - self.right
        return Piece(
            self.text[:-1] + other.text if whole else f"{self.text} {other.text}",
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
            self.height,
            self.first,
            self.ink + other.ink + (gap if 0 < gap < _GAP * self.height else 0.0),
        )


def pieces_of(page: PdfPage) -> list[Piece]:
    """Return the pieces of a page, in the order in which the file has them."""
    from pypdfium2 import raw

    from index.formats.pdf_raised import size_of, spans_of_lines, with_raised

    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        bare = text_page.raw  # as it is: these calls are made for every letter
        text = "".join([chr(raw.FPDFText_GetUnicode(bare, at) & _CODES) for at in range(count)]).translate(_LINE_END)
        text = with_raised(bare, text)
        words = [
            (*span, _turns(raw.FPDFText_GetCharAngle(bare, span[0])))
            for match in _WORD.finditer(text)
            for span in spans_of_lines(bare, *match.span())
        ]
        usual = Counter(turns for *_, turns in words).most_common(1)[0][0] if words else 0
        box = raw.FS_RECTF()
        found: list[Piece] = []
        end = 0
        for first, last, turns in words:
            said = _clean(text[first:last])
            if not said or turns != usual:  # a stamp in the margin, a mark across the page
                continue
            edges = []
            for at in (first, last - 1):  # whose boxes are as tall as the font, or as the letter
                raw.FPDFText_GetLooseCharBox(bare, at, box)
                edges.append(_upright(turns, box.left, box.bottom, box.right, box.top))
            word = _word(said, size_of(bare, first), *edges)
            if found and "\n" not in text[end:first] and _goes_on(found[-1], word):
                found[-1] = found[-1].joined(word)
            else:
                found.append(word)
            end = last
        return [replace(piece, text=piece.text.replace(_HYPHEN, "-")) for piece in found]
    finally:
        text_page.close()


def _clean(word: str) -> str:
    """Return a word as text: halves of characters joined, ligatures parted, nothing that is no character."""
    if not word.isascii():
        word = word.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").translate(_LIGATURES)
    return word.translate(_DROPPED)


def _word(text: str, size: float, first: tuple[float, ...], last: tuple[float, ...]) -> Piece:
    left, right = min(first[0], last[0]), max(first[2], last[2])
    bottom, top = min(first[1], last[1]), max(first[3], last[3])
    height = max(size, first[3] - first[1], 1.0)
    return Piece(text, left, bottom, right, top, height, right - left, right - left)


def _goes_on(piece: Piece, word: Piece) -> bool:
    size = max(piece.height, word.height)
    level = abs(word.middle - piece.middle) < _SAME_LINE * size
    return level and -size < word.left - piece.right < _GAP * size


def _turns(angle: float) -> int:
    """Return by how many quarters of a turn a letter is turned, anticlockwise."""
    return round(-angle / (math.pi / 2)) % 4


def _upright(turns: int, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
    """Turn a box so that its letters stand upright."""
    return (
        (left, bottom, right, top),
        (bottom, -right, top, -left),
        (-right, -top, -left, -bottom),
        (-top, left, -bottom, right),
    )[turns]
