"""What the rules of both languages take out of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.spans import find_spans
from qa.types import AnswerKind

Asked = Iterator[tuple[str, str]]
"""Questions without their mark, and the words that should answer each; none where the whole sentence does."""
_STARTS = re.compile(r"(?:, |; | : | – |: | mais | but | que | that | où | where )(?=\w)")
_MOST = 8
_FIGURES = (AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER)


def clauses(text: str) -> Iterator[str]:
    """Yield what of a sentence may begin with a subject: all of it, and what follows a comma or its like."""
    yield text
    for number, start in enumerate(_STARTS.finditer(text)):
        if number == _MOST:
            return
        yield text[start.end() :]


def first(kind: AnswerKind, text: str, within: int = 4) -> str:
    """Return the span of a kind that a text begins with, but for a few characters; empty if there is none."""
    start, end = next(iter(find_spans(text, kind)), (within + 1, 0))
    return text[start:end] if start <= within else ""


def first_figure(text: str, within: int) -> str:
    """Return the amount, share or number that a text begins with, but for a few characters."""
    return next(filter(None, (first(kind, text, within) for kind in _FIGURES)), "")
