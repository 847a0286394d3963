"""Sentence bounds for French and English.

Rules, not a model: a sentence ends at `.`, `!`, `?` or `…` (with the quotes and
brackets that close after it) when what follows can begin a sentence, or at a
line break. Abbreviations, initials, decimals, ordinals and stops inside an open
« » do not end one.
"""

from __future__ import annotations

import re

from index.types import Range

_CLOSERS = "\"'”’»)]}"
_END = re.compile(
    rf"""
    (?:[.!?…]+                        # the stop itself, `?!` and `...` included
       (?:[\s\u00a0\u202f]?[»”]|[{re.escape(_CLOSERS)}])*   # what closes after it
    )
    (?=[ \t\u00a0\u202f]|$)           # a space or the end of the line
    """,
    re.VERBOSE,
)
_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
_BEGINS = re.compile(r"[\s\u00a0\u202f]*[«“\"'‘’(\[—–-]*[\s\u00a0\u202f]*([^\W_])")
_LAST_WORD = re.compile(r"([^\W\d_]+(?:[.\-][^\W\d_]+)*)\.$")
_BEFORE_A_NAME = frozenset("m mm mme mmes mlle mlles me mgr dr pr mr mrs ms prof st ste gen col sen rep gov e.g i.e cf p.ex vs".split())
_BEFORE_A_NUMBER = frozenset("al art app bd chap éd eq fig figs p pp no nos sect vol §".split())
_ACRONYM = re.compile(r"(?:[A-ZÀ-Ý]\.){2,}$")  # `the U.S.` may well end a sentence
_INITIAL = re.compile(r"(?:^|[\s\u00a0('«“-])(?:[A-ZÀ-Ý]\.-?)*[A-ZÀ-Ý]\.$")


def sentence_bounds(text: str) -> list[Range]:
    """Return the bounds of each sentence, in order, without surrounding blanks.

    Every character outside the bounds is white space; bounds never overlap.
    The time is linear in the length of the text.
    """
    bounds: list[Range] = []
    for line in _LINE.finditer(text):
        start = line.start()
        depth_from, depth = start, 0
        for stop in _END.finditer(text, line.start(), line.end()):
            depth += text.count("«", depth_from, stop.end()) - text.count("»", depth_from, stop.end())
            depth_from = stop.end()
            if depth > 0 and text.find("»", stop.end(), min(line.end(), stop.end() + 400)) >= 0:
                continue
            if _ends_here(text, start, stop.start(), stop.end(), line.end()):
                _append(bounds, text, start, stop.end())
                start, depth = stop.end(), 0
        _append(bounds, text, start, line.end())
    return bounds


def _append(bounds: list[Range], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        bounds.append((start, start + len(stripped)))


def _ends_here(text: str, start: int, stop: int, after: int, line_end: int) -> bool:
    """Say whether the stop at `stop` ends the sentence that began at `start`."""
    if after >= line_end:
        return True
    following = _BEGINS.match(text, after, line_end)
    begins_low = following is not None and following.group(1).islower()
    if text[stop] != "." or text[stop : stop + 2] == "..":
        return not begins_low
    if begins_low:
        return False
    head = text[max(start, stop - 24) : stop + 1]
    if _INITIAL.search(head) and not _ACRONYM.search(head):
        return False
    word = _LAST_WORD.search(head)
    if word and after == stop + 1:
        low = word.group(1).lower()
        if low in _BEFORE_A_NAME:
            return False
        return not (low in _BEFORE_A_NUMBER and following is not None and following.group(1).isdigit())
    return True
