"""What a source gives: a value in its own words, and what other values it is the same as, or can go with.

A value is an interval, most often a point. What stands around a span belongs to it:
`plus de`, `près de`, `entre 10 et`, `au-delà de` make another value of the same digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import inf, nan

from index.dates import iso_date
from qa.bounds import Bound, bound_around
from qa.figures import currency_of, fraction_of, is_counted, number_and_scale, number_of, unit_of
from qa.question import fold
from qa.types import AnswerKind

FIGURES = (AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER)
DATES = (AnswerKind.DATE, AnswerKind.YEAR)
_ABOUT = 0.05  # `environ 13` is said of 12.4 to 13.6
_OVER = 0.10  # `plus de 13` is said of 13 to 14.3: nobody says it of 40
_DURATION = re.compile(
    r"(.+) (?:(an|annee|year)|(moi|month)|(semaine|week)|(jour|day)|(heure|hour)|(decennie|decade)|(siecle|centurie))s?"
)
# What each of those units lasts; years and months have no fixed number of days.
_LASTS = (
    *(("months", 12.0), ("months", 1.0), ("days", 7.0), ("days", 1.0), ("days", 1 / 24)),
    *(("months", 120.0), ("months", 1200.0)),
)
_PARTS = (
    (re.compile(r"\b(?:fin|end|late)\b"), "end", 9, 12),
    (re.compile(r"\b(?:mi|mid|middle)\b"), "middle", 4, 9),
    (re.compile(r"\b(?:debut|beginning|start|early)\b"), "start", 1, 4),
)
_PERIOD = re.compile(
    r"^(?:d'ici )?(?:a )?(?:(?:la |le |the )?(?:fin|debut|mi|courant|late|early|mid|end|beginning|start|middle)\b"
    r"[ -]?(?:de |d'|of )?)?"
)
_WRITTEN_OUT = 1000.0  # such a number needs no scale: `900 000 à 1,2 million`
_ANY_YEAR = "2000"  # a leap year, to read dates without one
_MONTH, _YEARLONG = 31, 31 * 12  # days of a calendar whose months are all as long, which keeps their order


@dataclass(frozen=True, slots=True)
class Value:
    """A value as a source words it.

    `form` is equal for two ways of writing one value. `family` tells what can be set side
    by side: `figure`, `months` and `days` (spans of time), `date`, `month` (a date without
    its year), `text`. `low` and `high` bound it, unless it is text.
    """

    words: str
    form: str
    family: str
    low: float = nan
    high: float = nan
    unit: str = ""
    currency: str | None = None


def read_value(kind: AnswerKind, text: str, start: int = 0, end: int | None = None) -> Value:
    """Read the value that a span of a sentence gives, with the words that bound it.

    :param start: where the span starts in `text`; `end` where it ends, by default that of the text.
    """
    end = len(text) if end is None else end
    quote = text[start:end]
    folded = fold(quote)
    value = None
    if kind in FIGURES:
        value = _figure(kind, quote, folded)
    elif kind in DATES:
        value = _duration(quote, folded) or _date(quote, folded)
    if value is None:
        return Value(quote, folded, "text")
    bound = bound_around(text, start, end, dated=value.family == "date")
    return _bounded(value, bound, text) if bound else value


def same(left: Value, right: Value) -> bool:
    """Say whether two values are one, written in two ways: `PDG Sam Altman` is `Sam Altman`."""
    if left.family == right.family == "text":
        shorter, longer = sorted((left.form, right.form), key=len)
        return shorter == longer or (" " in shorter and longer.endswith(f" {shorter}"))
    return (left.family, left.form, left.unit) == (right.family, right.form, right.unit) and _same_money(left, right)


def compatible(left: Value, right: Value) -> bool:
    """Say whether two values can both be true: `plus de 13 milliards` goes with 13, `juin 2024` with `3 juin 2024`."""
    if same(left, right):
        return True
    if not comparable(left, right) or "text" in (left.family, right.family):
        return False
    low, high = left.low, left.high
    if left.family != right.family:  # one date has no year: the other's is left out
        low, high = low % _YEARLONG, high % _YEARLONG
        return low <= right.high % _YEARLONG and right.low % _YEARLONG <= high
    return low <= right.high and right.low <= high


def comparable(left: Value, right: Value) -> bool:
    """Say whether two values answer alike, so that setting them side by side tells something.

    Two names never differ on a point: there may be several. A time span says nothing
    against a year, nor dollars against euros, nor a month against a year.
    """
    if left.family != right.family:
        dates = {left.family, right.family} == {"date", "month"}
        return dates and max(left.high - left.low, right.high - right.low) < _MONTH
    if left.family == "text":
        return same(left, right)
    return left.unit == right.unit and _same_money(left, right)


def _figure(kind: AnswerKind, quote: str, folded: str) -> Value | None:
    part = fraction_of(folded) if kind is AnswerKind.SHARE else None
    number = number_of(folded) if part is None else part
    if number is None:
        return None
    unit = "" if kind is AnswerKind.SHARE else unit_of(folded)
    value = Value(quote, f"{number:g}", "figure", number, number, unit, currency_of(folded))
    if part is not None:  # people who say `a third` have rounded
        value = replace(value, low=number * (1 - _ABOUT), high=number * (1 + _ABOUT))
    return replace(value, form=repr(number))


def _duration(quote: str, folded: str) -> Value | None:
    """Return a span of time, in months or days; `quelques semaines` is as long as its words."""
    match = _DURATION.fullmatch(folded)
    if not match:
        return None
    family, factor = next(lasts for lasts, found in zip(_LASTS, match.groups()[1:], strict=True) if found)
    number = number_of(match[1]) if is_counted(match[1]) else None
    if number is None:
        return Value(quote, folded, "text")
    return Value(quote, repr(round(number * factor, 6)), family, number * factor, number * factor)


def _date(quote: str, folded: str) -> Value | None:
    """Return a date: an interval of days, in year 0 where it has no year; None if it is none."""
    bare = _PERIOD.sub("", folded, count=1)
    iso = iso_date(bare)
    family = "date" if iso else "month"
    iso = iso or (iso_date(f"{bare} {_ANY_YEAR}") or "").replace(_ANY_YEAR, "0000", 1)
    if not iso:
        return None
    year, month, day = [int(part) for part in [*iso.split("-"), "0", "0"][:3]]
    part = next((each for each in _PARTS if each[0].search(folded)), None)
    form = f"{part[1]} {iso}" if part else iso
    first, last = (month, month) if month else (part[2], part[3]) if part else (1, 12)
    low, high = (day, day) if day else (1, _MONTH)
    start = year * _YEARLONG - 1
    return Value(quote, form, family, start + (first - 1) * _MONTH + low, start + (last - 1) * _MONTH + high)


def _bounded(value: Value, bound: Bound, text: str) -> Value:
    """Return a value in its bound: the words that bound it are its own."""
    words = text[bound.start : bound.end]
    if bound.relation == "about":
        around = _ABOUT * abs(value.low)
        return value if value.family == "date" else replace(value, low=value.low - around, high=value.high + around)
    if bound.relation == "range":
        ends = sorted(_ends(value, bound), key=lambda end: end.low)
        form = f"{ends[0].form} to {ends[1].form}"
        return replace(value, words=words, form=form, low=ends[0].low, high=ends[1].high)
    form = f"{bound.relation} {value.form}"
    if value.family == "date":
        beyond = (value.high + 1, inf) if bound.relation == "over" else (-inf, value.low - 1)
        return replace(value, words=words, form=form, low=beyond[0], high=beyond[1])
    near = _OVER * abs(value.low)
    low, high = (value.low, value.high + near) if bound.relation == "over" else (value.low - near, value.high)
    return replace(value, words=words, form=form, low=low, high=high)


def _ends(value: Value, bound: Bound) -> tuple[Value, Value]:
    """Return both ends of a range. In `10 à 12 milliards` the scale of one is that of both."""
    folded = fold(bound.other)
    if value.family == "date":
        return value, _date(bound.other, folded) or value
    mine, other = number_and_scale(fold(value.words)), number_and_scale(folded)
    if value.family != "figure" or mine is None or other is None:
        return value, value
    shared = max(mine[1], other[1])
    ends = (number * (shared if number < _WRITTEN_OUT else scale) for number, scale in (mine, other))
    low, high = (replace(value, form=repr(end), low=end, high=end) for end in ends)
    return low, high


def _same_money(left: Value, right: Value) -> bool:
    return left.currency is None or right.currency is None or left.currency == right.currency
