"""A cited sentence in a text that may have changed: where it stands now, and what stands in its place."""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_left
from difflib import get_close_matches
from functools import lru_cache
from operator import itemgetter

from index.sentences import sentence_bounds
from index.types import Range

_JOINER = "\u200d"  # of emoji
_NUMBER = re.compile("\\d[-\u2013.,'\u2019/\u00a0\u2009\u202f]\\d")  # `3,27`, `27-30`
_SIGNED = re.compile("[-\u2212\u2013\u00b1]\\d")
_CACHED = 64  # texts whose sentences are kept in memory
_SHOWN = 80  # characters of a text that is told of
_NEAR = 100  # sentences before and after the old place among which its successor is looked for
_LIKE = 0.6  # how much alike two sentences are of which one became the other


def nearest(text: str, sentence: str, start: int) -> Range | None:
    """Return where a sentence stands in a text: at `start`, or else the nearest to it.

    Where it has grown together with another word or number (`27 %` in `127 %`, `3,27 %`,
    `-27 %`), it does not stand.
    """
    if not sentence:
        return None
    before = text.rfind(sentence, 0, max(start, 0) + len(sentence))
    while before >= 0 and not _apart(text, before, before + len(sentence)):
        before = text.rfind(sentence, 0, before + len(sentence) - 1)
    after = text.find(sentence, max(start, 0) + 1)
    while after >= 0 and not _apart(text, after, after + len(sentence)):
        after = text.find(sentence, after + 1)
    found = [place for place in (before, after) if place >= 0]
    if not found:
        return None
    best = min(found, key=lambda place: abs(place - start))
    return best, best + len(sentence)


def _apart(text: str, start: int, end: int) -> bool:
    """Say whether neither end of a slice is in the middle of a word, a number, or a letter with its marks."""
    return not any(
        _JOINER in text[at - 1 : at + 1]
        or unicodedata.category(text[at]).startswith("M")
        or (text[at - 1].isalnum() and text[at].isalnum())
        or _NUMBER.search(text, max(0, at - 2), at + 2)
        or _SIGNED.match(text, at - 1)
        for at in (start, end)
        if 0 < at < len(text)
    )


def within_a_longer_one(text: str, start: int, end: int) -> bool:
    """Say whether a slice is only a part of the sentence that it stands in."""
    bounds = _bounds(text)
    first = bisect_left(bounds, start, key=itemgetter(0))
    last = bisect_left(bounds, end, key=itemgetter(1))
    return not (first < len(bounds) and last < len(bounds) and (bounds[first][0], bounds[last][1]) == (start, end))


@lru_cache(maxsize=_CACHED)
def _bounds(text: str) -> list[Range]:
    return sentence_bounds(text)


def same_words(text: str, sentence: str) -> bool:
    """Say whether a sentence stands in a text but for its blanks, its line ends and how its accents are encoded."""
    return nearest(_plain(text), _plain(sentence), 0) is not None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def successor(text: str, sentence: str, start: int) -> str | None:
    """Return the sentence near an offset that is most like one that is gone, or None if none is like it."""
    bounds = _bounds(text)
    place = bisect_left(bounds, (start, start))
    near = [text[first:last] for first, last in bounds[max(0, place - _NEAR) : place + _NEAR]]
    return next(iter(get_close_matches(sentence, near, n=1, cutoff=_LIKE)), None)


def line_of(text: str, offset: int) -> int:
    """Return the number of the line, from 1, that an offset stands in."""
    return 1 + text[:offset].replace("\r\n", "\n").replace("\r", "\n").count("\n")


def excerpt(value: object, most: int = _SHOWN) -> str:
    """Return a value on one line, in quotes if it is a text, cut short.

    :param most: the characters that it may have.
    """
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= most else shown[: most - 2] + '…"'
