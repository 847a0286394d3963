"""The lines of a text as its author meant them: breaks that a fixed width made are undone.

Most articles have one line for a paragraph. A file wrapped at 72 columns, as mail and
Markdown often are, has a break in the middle of its sentences: there a line and the
next are one, if the next one's first word did not fit any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from index.types import Range

_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_ITEM = re.compile(r"[-*•\u2013+>|#=`]|\d+[.)]\s")  # begins a line of its own: a list, a table, a heading
_WHOLE = "#|=`"  # begins a line that the next one never continues
_WIDTHS = range(40, 131)  # columns at which texts are wrapped
_FULL = 0.85  # of the width: where a proportional font or a long word breaks a line
_FIRST_WORD_MAX = 40
_MIN_PAIRS = 3  # fewer lines than this show no width


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    goes_on: bool  # right below another line, and no item of a list
    first_word: int  # its length


def lines(text: str, start: int = 0, end: int | None = None) -> list[Range]:
    """Return the bounds of each line that is not blank, in order, without surrounding blanks.

    :param start: where to begin to look, and `end` where to stop: a text's own end by default.
    """
    found = _physical(text, start, len(text) if end is None else end)
    width = _width(found)
    bounds: list[Range] = []
    for number, line in enumerate(found):
        if width and number and _runs_on(found[number - 1], line, width):
            bounds[-1] = (bounds[-1][0], line.end)
        else:
            bounds.append((line.start, line.end))
    return bounds


def trimmed(text: str, start: int, end: int) -> list[Range]:
    """Return the bounds without surrounding blanks: none where all is blank."""
    piece = text[start:end]
    stripped = piece.strip()
    start += len(piece) - len(piece.lstrip())
    return [(start, start + len(stripped))] if stripped else []


def _physical(text: str, position: int, stop: int) -> list[_Line]:
    found: list[_Line] = []
    below = False  # whether the line before may go on
    ends = [match.span() for match in _BREAK.finditer(text, position, stop)]
    for end, after in (*ends, (stop, stop)):
        bounds = trimmed(text, position, end)
        for first, last in bounds:
            first_word = len(text[first : min(last, first + _FIRST_WORD_MAX)].split(None, 1)[0])
            found.append(_Line(first, last, below and not _ITEM.match(text, first, last), first_word))
            below = text[first] not in _WHOLE
        below = below and bool(bounds)
        position = after
    return found


def _width(found: list[_Line]) -> int:
    """Return the width that a text is wrapped at, or 0 if it is not."""
    lengths = sorted(line.end - line.start for line in found)
    width = lengths[len(lengths) * 19 // 20] if lengths else 0
    if width not in _WIDTHS:
        return 0
    pairs = [(above, line) for above, line in pairwise(found) if line.goes_on]
    full = sum(_runs_on(above, line, width) for above, line in pairs)
    return width if full >= _MIN_PAIRS and full * 3 >= len(pairs) * 2 else 0


def _runs_on(above: _Line, line: _Line, width: int) -> bool:
    return line.goes_on and above.end - above.start + 1 + line.first_word > _FULL * width
