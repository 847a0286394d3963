"""Words around a figure or a date that make another value of it: `plus de`, `environ`, `entre 10 et`, `au-delà de`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.dates import YEAR

_LOOK = 48  # characters looked at on either side; every pattern below is shorter
_S = r"[\s\u00a0\u202f]"
_OVER = (
    rf"(?:(?:plus|au-delà|en plus){_S}d(?:e|es|['’])|(?:au{_S}moins|au{_S}minimum|supérieure?s?{_S}à|dépass\w+"
    rf"|more{_S}than|over|at{_S}least|above|upwards{_S}of|no{_S}(?:less|fewer){_S}than|exceed\w*|beyond))"
)
_UNDER = (
    rf"(?:moins{_S}d(?:e|['’])|(?:au{_S}plus|au{_S}maximum|inférieure?s?{_S}à|less{_S}than|fewer{_S}than|under|below"
    rf"|at{_S}most|no{_S}more{_S}than|up{_S}to|jusqu['’]à))"
)
_ABOUT = (
    rf"(?:(?:près|autour|aux{_S}alentours){_S}d(?:e|['’])|(?:environ|quelque|à{_S}peu{_S}près|approximativement|presque"
    rf"|about|around|roughly|nearly|almost|some|approximately|close{_S}to))"
)
_BEFORE = {
    name: re.compile(rf"(?<!\w)(?:{pattern}){_S}?$", re.IGNORECASE)
    for name, pattern in (("over", _OVER), ("under", _UNDER), ("about", _ABOUT))
}
_AFTER = {
    "over": re.compile(rf"{_S}?(?:(?:ou|et|or|and){_S}(?:plus|more)|au{_S}moins|at{_S}least)(?!\w)", re.IGNORECASE),
    "under": re.compile(
        rf"{_S}?(?:au{_S}(?:plus|maximum)|at{_S}most|(?:ou|or){_S}(?:moins|less))(?!\w)", re.IGNORECASE
    ),
    "about": re.compile(rf"{_S}?(?:environ|or{_S}so|approximately)(?!\w)", re.IGNORECASE),
}
# A date's: `au-delà de l'échéance actuelle de 2030`, `jusqu'en 2030… et au-delà`.
_DATE_BEFORE = {
    "over": re.compile(
        rf"(?<!\w)(?:au-delà{_S}d(?:e|u|['’])|(?:après|after|beyond|past)(?!\w))"
        rf"{_S}?(?:(?:l['’]|la{_S}|the{_S})?(?:échéance|date|deadline|fin|end)(?:{_S}(?:actuelle|current))?{_S}(?:de|of){_S})?$",
        re.IGNORECASE,
    ),
    "under": re.compile(rf"(?<!\w)(?:avant|before){_S}$", re.IGNORECASE),
    "about": re.compile(rf"(?<!\w)(?:vers|environ|around|about|circa){_S}$", re.IGNORECASE),
}
_DATE_AFTER = {
    "over": re.compile(rf"{_S}?…?,?{_S}?(?:et|and|or|ou){_S}(?:au-delà|beyond|plus{_S}tard|later)(?!\w)", re.IGNORECASE)
}
_SCALE = r"(?:milliards?|milliers?|[bm]illions?|trillions?|thousand|bn|m(?:n|rds?)?|mds?|k)(?!\w)"
_FIGURE = rf"(?:US)?[$€£]?\d[\d\u00a0\u202f .,]{{0,14}}(?<=\d)(?:{_S}?(?:%|[Mk]?[$€£]|{_SCALE}))?"
_LINK = rf"{_S}?(?:à|to|-|–|—){_S}?"
_BETWEEN = rf"(?:entre|between){_S}"
_RANGE_BEFORE = re.compile(
    rf"(?:{_BETWEEN}(?P<a>{_FIGURE}){_S}(?:et|and){_S}|(?<![\w.,-])(?:de{_S})?(?P<b>{_FIGURE}){_LINK})$", re.IGNORECASE
)
_RANGE_AFTER = re.compile(rf"(?P<a>{_S}(?:et|and){_S})(?P<c>{_FIGURE})|{_LINK}(?P<b>{_FIGURE})", re.IGNORECASE)
_YEAR_BEFORE = re.compile(
    rf"(?:{_BETWEEN}(?P<a>{YEAR}){_S}(?:et|and){_S}|(?<![\w-])(?P<b>{YEAR}){_S}?[-–—]{_S}?)$", re.IGNORECASE
)
_YEAR_AFTER = re.compile(
    rf"(?P<a>{_S}(?:et|and){_S})(?P<c>{YEAR})|{_S}?[-–—]{_S}?(?P<b>{YEAR})(?![\w-])", re.IGNORECASE
)
_OPENS = re.compile(rf"{_BETWEEN}$", re.IGNORECASE)
# `passé de 10 à 12`: what it was, and what it is now, and no range. So is `from 10 to 12`.
_CHANGES = re.compile(
    r"(?:pass|grimp|augment|mont|baiss|recul|relev|chut|progress|port|bond|rédui|tomb|from)\w{0,6}\W.{0,20}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bound:
    """What the words around a span make of it, and where the span with these words stands.

    `relation` is `over`, `under`, `about`, or `range`, whose `other` end is in words.
    """

    relation: str
    start: int
    end: int
    other: str = ""


def bound_around(text: str, start: int, end: int, dated: bool) -> Bound | None:
    """Return what the words around a span make of it, or None if they leave it as it is.

    :param dated: whether the span is a date, which has words of its own.
    """
    first, last = max(0, start - _LOOK), min(len(text), end + _LOOK)
    if found := _range(text, (start, end), (first, last), dated):
        return found
    for relation, pattern in (_DATE_BEFORE if dated else _BEFORE).items():
        if before := pattern.search(text, first, start):
            return Bound(relation, before.start(), end)
    for relation, pattern in (_DATE_AFTER if dated else _AFTER).items():
        if after := pattern.match(text, end, last):
            return Bound(relation, start, after.end())
    return None


def _range(text: str, span: tuple[int, int], look: tuple[int, int], dated: bool) -> Bound | None:
    start, end = span
    before = (_YEAR_BEFORE if dated else _RANGE_BEFORE).search(text, look[0], start)
    if before and not (before["b"] and _CHANGES.search(text, look[0], before.start() + 1)):
        return Bound("range", before.start(), end, before["a"] or before["b"])
    after = (_YEAR_AFTER if dated else _RANGE_AFTER).match(text, end, look[1])
    if after and after["b"] and not _CHANGES.search(text, look[0], start):
        return Bound("range", start, after.end(), after["b"])
    opened = _OPENS.search(text, look[0], start)
    if after and after["a"] and opened:
        return Bound("range", opened.start(), after.end(), after["c"])
    return None
