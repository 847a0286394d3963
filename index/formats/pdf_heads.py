"""Running heads, feet and page numbers: lines at the edge of a page that its neighbours repeat."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from index.formats.pdf_words import Piece

_EDGE = 2  # lines at the top and at the bottom that may be such
_ON = 0.3  # of the pages: heads may differ on left and right pages, and be missing on some
_AT_LEAST = 2
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[-\u2013\u2014\s]*(?:p(?:age|\.)?\s*)?(\d+)(?:\s*(?:/|sur|of|de)\s*\d+)?[-\u2013\u2014\s]*", re.IGNORECASE
)

_PRINTED = (  # what a browser puts above and below each page that it prints: where it is from, when, and the count
    re.compile(r"(?:https?|file):\S+"),
    re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},?\s(?:à\s)?\d{1,2}:\d\d(?:\s[AP]M)?"),
    re.compile(r"\d+(?:/|\s(?:of|sur)\s)\d+"),
)

Row = list[Piece]


def rows_of(pieces: Sequence[Piece]) -> list[Row]:
    """Return pieces by the line they stand on, from the top down and from left to right."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda each: -each.middle):
        if rows and rows[-1][0].middle - piece.middle < min(piece.height, rows[-1][0].height) / 2:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def without_heads(pages: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """Return the pieces of each page that are no running head or foot, and no page number."""
    edges = [_edges(pieces) for pieces in pages]
    seen: dict[tuple[str, str], list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
    for page, found in enumerate(edges):
        for key, numbers, _ in found:
            seen[key].append((page, numbers))
    wanted = max(_AT_LEAST, _ON * sum(map(bool, pages)))
    running = {key for key, places in seen.items() if len({page for page, _ in places}) >= wanted and _counts(places)}
    kept: list[list[Piece]] = []
    for page, (pieces, found) in enumerate(zip(pages, edges, strict=True)):
        gone = {id(piece) for key, _, row in found if key in running or _is_number(row, page + 1) for piece in row}
        gone |= {id(piece) for piece in _printed(pieces)}
        kept.append([piece for piece in pieces if id(piece) not in gone])
    return kept


def _edges(pieces: Sequence[Piece]) -> list[tuple[tuple[str, str], tuple[int, ...], Row]]:
    """Return the lines at a page's edges: where and what they are but for their numbers, these, and their pieces."""
    rows = rows_of(pieces)
    found = []
    for where, near in (("top", rows[:_EDGE]), ("bottom", rows[_EDGE:][-_EDGE:])):
        for row in near:
            text = " ".join(piece.text for piece in row)
            numbers = tuple(int(number[-9:]) for number in _NUMBER.findall(text))
            found.append(((where, _NUMBER.sub("#", text)), numbers, row))
    return found


def _counts(places: Sequence[tuple[int, tuple[int, ...]]]) -> bool:
    """Say whether each number of a repeated line stays, or counts the pages: a table's figures do neither."""
    first_page, first = places[0]
    return all(
        len({numbers[at] for _, numbers in places}) == 1
        or all(numbers[at] - page == first[at] - first_page for page, numbers in places)
        for at in range(len(first))
    )


def _is_number(row: Row, number: int) -> bool:
    match = _PAGE_NUMBER.fullmatch(" ".join(piece.text for piece in row))
    return match is not None and match[1] == str(number)


def _printed(pieces: Sequence[Piece]) -> Row:
    """Return the first and the last line of a page if they are a browser's."""
    rows = rows_of(pieces)
    outer = rows[0] + rows[-1] if len(rows) > 1 else []
    return outer if all(any(form.fullmatch(piece.text) for piece in outer) for form in _PRINTED) else []
