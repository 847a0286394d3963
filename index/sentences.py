"""Sentence bounds for French and English.

Rules, not a model: a sentence ends at `.`, `!`, `?` or `…` (with the quotes and
brackets that close after it) when what follows can begin a sentence, or at the end
of its line. Abbreviations, initials, decimals, ordinals and stops inside an open
« » or “ ” do not end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.lines import lines, trimmed
from index.types import Range

_STOP = re.compile(
    r"""
    (?<![.!?…]) [.!?…]++                                    # `?!` and `...` are one stop
    (?: \s?[»”] | ["'\u2019)\]}] | \[\d{1,3}\] )*+          # what closes after it, a footnote's mark included
    (?= \s | \Z ) (?! \s*+[.!?…] )
    """,
    re.VERBOSE,
)
_QUOTE = re.compile("[«“»”]")
_CLOSING = re.compile("[»”]")
_QUOTE_MAX = 400  # a quote that closes later than this is no reason to wait
_BEGINS = re.compile(r"[\W_]{0,40}([^\W_])(.?)", re.DOTALL)
_ENUMERATOR = re.compile(r"\s*\(?(?:(?:\d{1,2}\.)*\d{1,2}|[IVX]{1,5}|[A-Za-z])\.")
_ENUMERATOR_MAX = 12
_LAST_WORD = re.compile(r"([^\W\d_]+(?:(?:\.-?|-)[^\W\d_]+)*)\.$")
_LAST_WORD_MAX = 24
_INITIALS = re.compile(r"[A-ZÀ-Þ](?:\.-?[A-ZÀ-Þ])*")
_NUMBER = re.compile(r"\d|[A-Z]\.|[IVX]+\b")  # `art. 5`, `art. L. 123-4`, `vol. II`


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE_A_NAME = _words(
    "M MM Mme Mmes Mlle Mlles Me Mgr Dr Pr Mr Mrs Ms Messrs Prof St Ste Gen Col Sen Rep Gov Lt Capt Sgt Rev Hon"
    " e.g i.e cf p.ex av"
)
_BEFORE_A_NUMBER = _words(
    "al app apr art aug avr bd ca chap dec déc eq env ex feb fig figs févr jan janv juil mar n no nos nov oct"
    " p pp réf sect sep sept tél vol éd"
)
# These, and initials, end a sentence only before an opener.
_INSIDE_A_NAME = _words("Inc Corp Ltd Co Jr Sr a.m p.m mme mlle dr prof vs ex")
_OPENER = re.compile(
    r"""(?: Les|Ils?|Elles?|On|Ce|Cet|Cette|Ces|Cela|Nous|Vous|Un|Une|Mais|Et|Or|Donc|Ainsi|Puis|En|Dans|Pour|Par|Depuis
          | Selon|Après|Avant|Si|Aujourd
          | The|An?|It|He|She|They|We|You|This|That|These|Those|But|And|So|If|In|On|At|For|From|By|With|As|When
          | While|After|Before|Since|There|His|Her|Its|Their|Our|My|I
        )(?![\w.]) | (?:[LCJSN]|Qu)['\u2019]""",
    re.VERBOSE,
)


def sentence_bounds(text: str) -> list[Range]:
    """Return the bounds of each sentence, in order, without surrounding blanks.

    Every character outside the bounds is white space; bounds never overlap.
    The time is linear in the length of the text.
    """
    return [bounds for start, end in lines(text) for bounds in line_sentences(text, start, end)]


def line_sentences(text: str, start: int, end: int) -> Iterator[Range]:
    """Yield the bounds of each sentence of one line, as `index.lines` gives it."""
    seen, depth = start, 0  # how far quotes were counted, and how many are open there
    closing = start  # where the next quote closes
    for stop in _STOP.finditer(text, start, end):
        after = stop.end()
        for quote in _QUOTE.findall(text, seen, after):
            depth = depth + 1 if quote in "«“" else max(0, depth - 1)
        seen = after
        if depth and closing < after:
            found = _CLOSING.search(text, after, end)
            closing = found.start() if found else end + _QUOTE_MAX
        if depth and closing - after < _QUOTE_MAX:
            continue
        if _ends_here(text, start, stop, end):
            yield from trimmed(text, start, after)
            start, depth = after, 0
    yield from trimmed(text, start, end)


def _ends_here(text: str, start: int, stop: re.Match[str], line_end: int) -> bool:
    """Say whether a stop ends the sentence that began at `start`."""
    at, after = stop.span()
    if after >= line_end:
        return True
    following = _BEGINS.match(text, after, line_end)
    if following is None or (following[1].islower() and not following[2].isupper()):  # `xAI` may begin a sentence
        return False
    if at > start and text[at - 1] in "([":
        return False  # `[…]`, `(!)`
    if text[at] != "." or after != at + 1:
        return True
    if at - start < _ENUMERATOR_MAX and _ENUMERATOR.fullmatch(text, start, after):
        return False
    word = _LAST_WORD.search(text, max(start, at - _LAST_WORD_MAX), after)
    return word is None or _word_ends(word[1], text, following.start(1))


def _word_ends(word: str, text: str, following: int) -> bool:
    """Say whether a word with a dot ends a sentence before what begins at `following`."""
    if word in _BEFORE_A_NAME:
        return False
    if word.lower() in _BEFORE_A_NUMBER:
        return not _NUMBER.match(text, following)
    if word in _INSIDE_A_NAME or _INITIALS.fullmatch(word):
        return bool(_OPENER.match(text, following))
    return True
