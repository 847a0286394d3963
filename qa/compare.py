"""Whether sources say the same: values brought to one form, grouped, never judged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.dates import YEAR, iso_date
from qa.question import fold
from qa.types import Agreement, AnswerKind, Group

_FIGURES = (AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER)
_DATES = (AnswerKind.DATE, AnswerKind.YEAR)
_SCALES = (
    (r"trillions?", 1e12),
    (r"milliards?|billions?|bn|mds?|mrd", 1e9),
    (r"millions?|mn|m", 1e6),
    (r"milliers?|thousand|mille", 1e3),
)
_SCALE = tuple((re.compile(rf"\s*(?:{pattern})(?![a-z])"), factor) for pattern, factor in _SCALES)
_CURRENCIES = {
    "dollar": r"dollars?|usd|\$",
    "euro": r"euros?|eur|€",
    "pound": r"livres?|pounds?|gbp|£",
    "yen": r"yens?|¥",
}
_CURRENCY = {name: re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])") for name, pattern in _CURRENCIES.items()}
_NUMBER = re.compile(r"\d+(?:[ .,]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?")
_GROUPED = re.compile(r"\d+(?:[ .,]\d{3})+(?:[.,]\d+)?")
_SPELT = {
    word: value
    for value, words in (
        *enumerate(
            (
                *("zero", "un une one a an", "deux two", "trois three", "quatre four", "cinq five", "six"),
                *(
                    "sept seven",
                    "huit eight",
                    "neuf nine",
                    "dix ten",
                    "onze eleven",
                    "douze twelve dozen",
                    "treize thirteen",
                ),
                *("quatorze fourteen", "quinze fifteen", "seize sixteen", "seventeen", "eighteen", "nineteen"),
            )
        ),
        *((20, "vingt vingts twenty"), (30, "trente thirty"), (40, "quarante forty"), (50, "cinquante fifty")),
        *((60, "soixante sixty"), (70, "seventy"), (80, "eighty"), (90, "ninety"), (100, "cent cents hundred")),
        (1000, "mille thousand"),
    )
    for word in words.split()
}
_ALONE = "|".join(sorted(_SPELT, key=len, reverse=True))
_SPELT_NUMBER = re.compile(rf"(?<![a-z])(?:{_ALONE})(?:[ -](?:(?:et|and)[ -])?(?:{_ALONE}))*(?![a-z])")
_HALF = re.compile(r"(?:(?:la|une?|one|a)[ -])?(?:moitie|demie?|half)$")
_PART = re.compile(r"(\w+)[ -](?:(tiers|thirds?)|quarts?|quarters?)$")
_DURATION = re.compile(
    r"(.+) (?:(an|annee|year)|(moi|month)|(semaine|week)|(jour|day)|(heure|hour)|(decennie|decade)|(siecle))s?"
)
_END = re.compile(r"\b(?:fin|end|late)\b")
_MIDDLE = re.compile(r"\b(?:mi|mid|middle)\b")
_START = re.compile(r"\b(?:debut|beginning|start|early)\b")
_PERIOD = re.compile(
    r"^(?:d'ici )?(?:a )?(?:(?:la |le |the )?(?:fin|debut|mi|courant|late|early|mid|end|beginning|start|middle)\b"
    r"[ -]?(?:de |d'|of )?)?"
)
_ANY_YEAR = "2000"  # a leap year, to read dates without one


@dataclass
class _Values:
    """A group under way."""

    value: str
    form: str | float
    currency: str | None
    citations: list[int] = field(default_factory=list)


def compare(kind: AnswerKind, values: Sequence[str]) -> Agreement:
    """Group the values that citations give, in the order of the citations, numbered from 1.

    :param values: the text of each citation's span.
    """
    groups: list[_Values] = []
    for number, value in enumerate(values, start=1):
        form, currency = normalise(kind, value), _currency(value)
        fitting = (group for group in groups if group.form == form and _same_money(group.currency, currency))
        group = next(fitting, None)
        if group is None:
            group = _Values(value, form, currency)
            groups.append(group)
        group.currency = group.currency or currency
        group.citations.append(number)
    listed = tuple(Group(group.value, tuple(group.citations)) for group in groups)
    if len(values) < 2:  # noqa: PLR2004
        return Agreement("single", listed)
    return Agreement("agree" if len(listed) == 1 else "differ", listed)


def comparable(kind: AnswerKind, left: str, right: str) -> bool:
    """Say whether two values of a kind answer alike, so that setting them side by side tells something.

    Two names never differ on a point: there may be several. A time span says nothing
    against a year, nor dollars against euros.
    """
    if kind in _FIGURES:
        return _unit(left) == _unit(right) and _same_money(_currency(left), _currency(right))
    if kind in _DATES:
        return _date_form(left) == _date_form(right)
    return normalise(kind, left) == normalise(kind, right)


def normalise(kind: AnswerKind, value: str) -> str | float:
    """Return the form in which two ways of writing one value are equal.

    Numbers lose their typography and take their scale (`13 milliards de dollars` and
    `13 milliards` are both 1.3e10), dates become ISO (`12 mai 2024`, `May 12, 2024`);
    anything else is folded to lower case.
    """
    folded = fold(value)
    if kind in _FIGURES:
        number = _fraction(folded) if kind is AnswerKind.SHARE else None
        number = _number(folded) if number is None else number
        return folded if number is None else number
    if kind in _DATES:
        return _duration(folded) or _date(folded) or folded
    return folded


def _number(folded: str) -> float | None:
    match = _NUMBER.search(folded)
    if match:
        digits = match.group()
        if _GROUPED.fullmatch(digits):
            digits = re.sub(r"[ .,](?=\d{3}(?:\D|$))", "", digits)
        number = float(digits.replace(",", ".").replace(" ", ""))
    else:
        match = _SPELT_NUMBER.search(folded)
        if match is None:
            return None
        number = _spelt(match.group())
    position = match.end()
    while scale := next(((found, factor) for each, factor in _SCALE if (found := each.match(folded, position))), None):
        position, number = scale[0].end(), round(number * scale[1], 6)
    return number


def _spelt(words: str) -> float:
    """Return the number that French or English words say, such as `deux cent cinquante`."""
    whole = current = 0
    for word in re.split(r"[ -]", words):
        value = _SPELT.get(word, 0)  # `et` and `and` add nothing
        if value == 1000:  # noqa: PLR2004
            whole, current = whole + (current or 1) * value, 0
        elif value == 100:  # noqa: PLR2004
            current = (current or 1) * value
        elif word.startswith("vingt") and current % 100 == 4:  # noqa: PLR2004 - `quatre-vingts`
            current += 76
        else:
            current += value
    return float(whole + current)


def _fraction(folded: str) -> float | None:
    """Return the per cent that a fraction in words is, or None."""
    if _HALF.match(folded):
        return 50.0
    part = _PART.match(folded)
    if not part or part[1] not in _SPELT:
        return None
    return 100.0 * _SPELT[part[1]] / (3 if part[2] else 4)


def _duration(folded: str) -> str | None:
    """Return a span of time as a number and a unit, or None."""
    match = _DURATION.fullmatch(folded)
    if not match:
        return None
    units = ("years", "months", "weeks", "days", "hours", "decades", "centuries")
    unit = next(unit for unit, found in zip(units, match.groups()[1:], strict=True) if found)
    counted = _NUMBER.fullmatch(match[1]) or _SPELT_NUMBER.fullmatch(match[1])  # not `a few`
    return f"{_number(match[1]) if counted else match[1]} {unit}"


def _date(folded: str) -> str | None:
    """Return a date in ISO form, `--05` where it has no year, with the part of it that is meant; None if it is none."""
    bare = _PERIOD.sub("", folded, count=1)
    iso = iso_date(bare) or (iso_date(f"{bare} {_ANY_YEAR}") or "").replace(_ANY_YEAR, "-", 1)
    if not iso:
        return None
    parts = (("end ", _END), ("middle ", _MIDDLE), ("start ", _START))
    return next((part for part, pattern in parts if pattern.search(folded)), "") + iso


def _date_form(value: str) -> str:
    folded = fold(value)
    if _duration(folded):
        return "duration"
    return "dated" if re.search(YEAR, folded) else "undated"


def _unit(value: str) -> str:
    """Return what a figure counts, as far as its own words say."""
    match = re.search(r"(?:\d|[a-z] )\s*([a-z]+)$", fold(value))
    unit = match[1] if match else ""
    counted = unit in _SPELT or any(pattern.fullmatch(unit) for pattern, _ in _SCALE)
    return "" if counted or _currency(value) else unit


def _currency(value: str) -> str | None:
    folded = fold(value)
    return next((name for name, pattern in _CURRENCY.items() if pattern.search(folded)), None)


def _same_money(left: str | None, right: str | None) -> bool:
    return left is None or right is None or left == right
