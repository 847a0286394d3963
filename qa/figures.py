"""Numbers, units and currencies as articles write them, in French and English, turned into plain figures."""

from __future__ import annotations

import re

_SCALES = (
    (r"trillions?|tn", 1e12),
    (r"milliards?|billions?|bn|mds?|mrds?", 1e9),
    (r"millions?|mn|m", 1e6),
    (r"milliers?|thousand|mille|k", 1e3),
)
_SCALE = tuple((re.compile(rf"\s*(?:{pattern})(?![a-z])"), factor) for pattern, factor in _SCALES)
_CURRENCIES = {
    "dollar": r"dollars?|usd|\$",
    "euro": r"euros?|eur|€",
    "pound": r"livres?|pounds?|gbp|£",
    "yen": r"yens?|¥",
}
# A letter may stand before a sign, as in `US$` or `M€`, and never before a word.
_CURRENCY = {
    name: re.compile(rf"(?:(?<![a-z])|(?=[$€£¥]))(?:{pattern})(?![a-z])") for name, pattern in _CURRENCIES.items()
}
_NUMBER = re.compile(r"\d+(?:[ .,]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?")
_GROUPED = re.compile(r"\d+(?:[ .,]\d{3})+(?:[.,]\d+)?")
_TENS = "trente thirty,quarante forty,cinquante fifty,soixante sixty,seventy,eighty,ninety,cent cents hundred"
_ONES = (
    "zero,un une one a an,deux two,trois three,quatre four,cinq five,six,sept seven,huit eight,neuf nine,dix ten,"
    "onze eleven,douze twelve dozen,treize thirteen,quatorze fourteen,quinze fifteen,seize sixteen,seventeen,"
    "eighteen,nineteen,vingt vingts twenty"
)
_SPELT = {
    word: value
    for value, words in (
        *enumerate(_ONES.split(",")),
        *((10 * tens, words) for tens, words in enumerate(_TENS.split(","), start=3)),
        (1000, "mille thousand"),
    )
    for word in words.split()
}
_ALONE = "|".join(sorted(_SPELT, key=len, reverse=True))
_SPELT_NUMBER = re.compile(rf"(?<![a-z])(?:{_ALONE})(?:[ -](?:(?:et|and)[ -])?(?:{_ALONE}))*(?![a-z])")
_HALF = re.compile(r"(?:(?:la|une?|one|a)[ -])?(?:moitie|demie?|half)$")
_PART = re.compile(r"(\w+)[ -](?:(tiers|thirds?)|quarts?|quarters?)$")


def number_of(folded: str) -> float | None:
    """Return the first number of a folded text with its scale: 1.3e10 for `13 milliards`; None if it has none."""
    found = number_and_scale(folded)
    return round(found[0] * found[1], 6) if found else None


def number_and_scale(folded: str) -> tuple[float, float] | None:
    """Return the first number of a folded text, and what the words of scale after it multiply it by."""
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
    position, factor = match.end(), 1.0
    while scale := next(((found, times) for each, times in _SCALE if (found := each.match(folded, position))), None):
        position, factor = scale[0].end(), factor * scale[1]
    return number, factor


def is_counted(folded: str) -> bool:
    """Say whether a folded text is a number and nothing else: `six`, `12`, and not `a few`."""
    return bool(_NUMBER.fullmatch(folded) or _SPELT_NUMBER.fullmatch(folded))


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


def fraction_of(folded: str) -> float | None:
    """Return the per cent that a fraction in words is, or None."""
    if _HALF.match(folded):
        return 50.0
    part = _PART.match(folded)
    if not part or part[1] not in _SPELT:
        return None
    return 100.0 * _SPELT[part[1]] / (3 if part[2] else 4)


def unit_of(folded: str) -> str:
    """Return what a folded figure counts, as far as its own words say."""
    match = re.search(r"(?:\d|[a-z] )\s*([a-z]+)$", folded)
    unit = match[1] if match else ""
    counted = unit in _SPELT or any(pattern.fullmatch(unit) for pattern, _ in _SCALE)
    return "" if counted or currency_of(folded) else unit.removesuffix("s")


def currency_of(folded: str) -> str | None:
    """Return the name of the currency that a folded figure is in, or None if it does not say."""
    return next((name for name, pattern in _CURRENCY.items() if pattern.search(folded)), None)
