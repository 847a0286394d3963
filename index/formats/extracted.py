"""What every format's reader gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Range

TITLE_MAX = 120
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MAX_CHARS = 20_000_000
"""The longest text that a file may hold."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a format's reader makes of a file's bytes.

    `date` is what the file says of the article, `made` when the file itself was made, which
    says less. `headings` are whole lines of the text, `pages` the offset where each page starts.
    """

    text: str
    extraction: str
    title: str | None = None
    date: str | None = None
    body_start: int = 0
    markdown: bool = False
    made: str | None = None
    author: str | None = None
    headings: tuple[Range, ...] = ()
    pages: tuple[int, ...] = ()


def one_line(value: object) -> str | None:
    """Return a title or a name that a file gives, on one line and cut short; None if it gives none."""
    if not isinstance(value, str):
        return None
    return " ".join(value.encode("utf-8", "replace").decode().replace("\x00", " ").split())[:TITLE_MAX] or None


def joined(lines: Sequence[tuple[str, bool]]) -> tuple[str, tuple[Range, ...]]:
    """Return the text of lines, of which some are headings, and where in it those stand."""
    headings, position = [], 0
    for line, heading in lines:
        if heading:
            headings.append((position, position + len(line)))
        position += len(line) + 1
    return "\n".join(line for line, _ in lines), tuple(headings)


def raised(said: str) -> str | None:
    """Return a raised number in raised figures: a note's 1 after 2019 makes no 20191; None if it is no number."""
    said = said.strip()
    return said.translate(_RAISED) if said.isascii() and said.isdigit() else None
