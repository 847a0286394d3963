"""The reading order of a page: down the first column, then the next; lines across all columns part them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from statistics import median

from index.formats.pdf_heads import rows_of
from index.formats.pdf_words import Piece

_CROSSING = 0.35  # of the pieces may reach over the gap between two columns
_WITHIN = (0.15, 0.85)  # of the width: where such a gap may be
_GUTTER = 5  # points: its width at least
_LINES = 3  # in each column at least
_FULL = 0.65  # of a column's width: its lines are prose, and no table's cells
_CHARS = 18  # likewise
_DENSE = 0.75  # of a line is words, in prose
_DEEPEST = 4
_WIDEST = 20_000  # points: a page is no wider


def columns_of(pages: Sequence[Sequence[Piece]]) -> list[list[list[Piece]]]:
    """Return the lines of each page, by column, in the order in which they are read.

    Where most of the pages in columns have their gap, a page with a table or a picture has it too.
    """
    gaps = [gap for pieces in pages if (gap := _gutter(pieces)) is not None]
    usual = median(gaps) if gaps else None
    return [_in_order(pieces, 0, usual) for pieces in pages]


def _in_order(pieces: Sequence[Piece], depth: int, usual: float | None = None) -> list[list[Piece]]:
    at = _gutter(pieces) if depth < _DEEPEST else None
    if at is None and usual is not None and _may_be_parted(pieces, usual):
        at = usual
    if at is None:
        lines = [_line(row) for row in rows_of(pieces)]
        return [lines] if lines else []
    across = [piece for piece in pieces if piece.left < at < piece.right]
    columns = [piece for piece in pieces if not piece.left < at < piece.right]
    order: list[list[Piece]] = []
    waiting: list[Piece] = []  # lines across, one below the other
    for row in rows_of(across):
        above = [piece for piece in columns if piece.middle > row[0].middle]
        if above:
            order += _in_order(waiting, _DEEPEST) + _sides(above, at, depth)
            columns = [piece for piece in columns if piece.middle <= row[0].middle]
            waiting = []
        waiting += row
    return order + _in_order(waiting, _DEEPEST) + _sides(columns, at, depth)


def _sides(pieces: Sequence[Piece], at: float, depth: int) -> list[list[Piece]]:
    left = [piece for piece in pieces if piece.right <= at]
    right = [piece for piece in pieces if piece.right > at]
    return _in_order(left, depth + 1) + _in_order(right, depth + 1)


def _line(row: Sequence[Piece]) -> Piece:
    line = row[0]
    for piece in row[1:]:
        line = line.joined(piece)
    return line


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """Return the middle of the gap between two columns, if there is one."""
    if len(pieces) < 2 * _LINES:
        return None
    left = min(piece.left for piece in pieces)
    width = int(max(piece.right for piece in pieces) - left)
    if not 0 < width < _WIDEST:
        return None
    steps = [0] * (width + 2)
    for piece in pieces:
        steps[int(piece.left - left)] += 1
        steps[min(int(piece.right - left) + 1, width + 1)] -= 1
    covered = list(accumulate(steps))
    first, last = (int(share * width) for share in _WITHIN)
    best: tuple[int, int, float] | None = None
    start = first
    for at in range(first, last + 1):
        if at == last or covered[at] != covered[start]:
            if at - start >= _GUTTER and covered[start] <= _CROSSING * len(pieces):
                found = (covered[start], start - at, left + (start + at) / 2)
                best = min(best, found) if best else found
            start = at
    if best is None:
        return None
    sides = ([each for each in pieces if each.right <= best[2]], [each for each in pieces if each.left >= best[2]])
    return best[2] if all(map(_is_prose, sides)) else None


def _may_be_parted(pieces: Sequence[Piece], at: float) -> bool:
    """Say whether few pieces reach over a place, and there is prose on a side of it and something on the other."""
    left, right = [each for each in pieces if each.right <= at], [each for each in pieces if each.left >= at]
    few = len(pieces) - len(left) - len(right) <= _CROSSING * len(pieces)
    return few and bool(left and right) and (_is_prose(left) or _is_prose(right))


def _is_prose(column: Sequence[Piece]) -> bool:
    lines = [_line(row) for row in rows_of(column)]
    if len(lines) < _LINES:
        return False
    width = max(each.right for each in lines) - min(each.left for each in lines)
    full = median(each.right - each.left for each in lines) >= _FULL * width
    dense = median(each.ink / max(each.right - each.left, 1.0) for each in lines) >= _DENSE
    return full and dense and median(len(each.text) for each in lines) >= _CHARS
