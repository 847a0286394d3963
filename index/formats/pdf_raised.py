"""Raised figures of a PDF: the note 1 after 2019 is written 2019¹, for 20191 would be another year."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator

from pypdfium2 import raw
from pypdfium2.raw import FPDF_TEXTPAGE

from index.formats.extracted import raised
from index.types import Range

_SMALLER = (0.5, 0.9)  # of the size of what it stands beside
_HIGHER = (0.15, 0.8)  # of that size: how far above its line it stands
_NEAR = (-0.2, 0.2)  # likewise: how far from its end
_ELSEWHERE = 1.5  # of that size: on another line
_LETTER = re.compile(r"\S")
_NOTHING = "\x01"  # is dropped with all that is no character


def size_of(page: FPDF_TEXTPAGE, at: int) -> float:
    """Return the size of a letter's font as it is drawn, in points."""
    matrix = raw.FS_MATRIX()
    scale = math.hypot(matrix.c, matrix.d) if raw.FPDFText_GetMatrix(page, at, matrix) else 1.0
    return float(raw.FPDFText_GetFontSize(page, at)) * scale


def with_raised(page: FPDF_TEXTPAGE, text: str) -> str:
    """Return the text of a page, as long as it was, with raised figures for figures that are."""
    letters = list(text)
    base, size = -1, 0.0  # what stood on the line before, and its size where it is known
    last = -1
    for found in _LETTER.finditer(text):
        at, known = found.start(), 0.0
        figure = raised(found[0]) if base >= 0 else None
        if figure:
            size, known = size or size_of(page, base), size_of(page, at)
        if figure and _SMALLER[0] * size < known < _SMALLER[1] * size and _stands_up(page, at, base, last, size):
            letters[at] = figure
            letters[last + 1 : at] = _NOTHING * (at - last - 1)
        else:
            if last > base and last + 1 < at and (gap := _gap(page, last, base, at, size)) is not None:
                letters[last + 1 : at] = gap * (at - last - 1)
            base, size = at, known
        last = at
    return "".join(letters)


def _stands_up(page: FPDF_TEXTPAGE, at: int, base: int, last: int, size: float) -> bool:
    (left, height), (_, line) = _origin(page, at), _origin(page, base)
    high = _HIGHER[0] * size < height - line < _HIGHER[1] * size
    return high and _NEAR[0] * size < left - _right(page, last) < _NEAR[1] * size


def _gap(page: FPDF_TEXTPAGE, last: int, base: int, at: int, size: float) -> str | None:
    """Return what parts a letter from the raised figure before it; None if it stands on another line."""
    (left, height), (_, line) = _origin(page, at), _origin(page, base)
    apart = left - _right(page, last)
    if abs(height - line) > _HIGHER[0] * size or apart < _NEAR[0] * size:
        return None
    return _NOTHING if apart < _NEAR[1] * size else " "


def spans_of_lines(page: FPDF_TEXTPAGE, first: int, last: int) -> Iterator[Range]:
    """Yield a word by the lines it stands on: PDFium takes a lone letter drawn elsewhere for its end."""
    far = _ELSEWHERE * size_of(page, first)
    if last - first > 1 and _height(page, last - 1, first) > far:
        cut = next(at for at in range(first + 1, last) if _height(page, at, first) > far)
        yield first, cut
        yield from spans_of_lines(page, cut, last)
    else:
        yield first, last


def _height(page: FPDF_TEXTPAGE, at: int, other: int) -> float:
    if raw.FPDFText_GetCharAngle(page, at):  # a turned word climbs
        return 0.0
    return abs(_origin(page, at)[1] - _origin(page, other)[1])


def _origin(page: FPDF_TEXTPAGE, at: int) -> tuple[float, float]:
    left, bottom = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, at, left, bottom)
    return left.value, bottom.value


def _right(page: FPDF_TEXTPAGE, at: int) -> float:
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(page, at, box)
    return float(box.right)
