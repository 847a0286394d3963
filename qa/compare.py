"""Whether sources say the same: values brought to one form, grouped, never judged."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.question import fold
from qa.types import Agreement, AnswerKind, Group

_SCALES = (
    (r"milliards?|billions?|bn|mds?\b|mrd", 1e9),
    (r"trillions?", 1e12),
    (r"millions?|mn\b|\bm\b", 1e6),
    (r"milliers?|thousand|mille", 1e3),
)
_WORDS = {
    word: value
    for value, words in enumerate(
        (
            "zero", "un une one a an", "deux two", "trois three", "quatre four", "cinq five", "six", "sept seven",
            "huit eight", "neuf nine", "dix ten", "onze eleven", "douze twelve",
        )
    )
    for word in words.split()
}
_NUMBER = re.compile(r"\d+(?:[ .,]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?")


def compare(kind: AnswerKind, values: Sequence[str]) -> Agreement:
    """Group the values that citations give, in the order of the citations, numbered from 1.

    :param values: the text of each citation's span.
    """
    groups: dict[str | float, tuple[str, list[int]]] = {}
    for number, value in enumerate(values, start=1):
        groups.setdefault(normalise(kind, value), (value, []))[1].append(number)
    listed = tuple(Group(value, tuple(numbers)) for value, numbers in groups.values())
    if len(values) < 2:  # noqa: PLR2004
        return Agreement("single", listed)
    return Agreement("agree" if len(listed) == 1 else "differ", listed)


def normalise(kind: AnswerKind, value: str) -> str | float:
    """Return the form in which two ways of writing one value are equal.

    Numbers lose their typography and take their scale (`13 milliards de dollars` and
    `13 milliards` are both 1.3e10); anything else is folded to lower case.
    """
    folded = fold(value)
    if kind in (AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER):
        number = _number(folded)
        if number is not None:
            return number
    return folded


def _number(folded: str) -> float | None:
    match = _NUMBER.search(folded)
    if match:
        digits = match.group()
        if re.fullmatch(r"\d+(?:[ .,]\d{3})+(?:[.,]\d+)?", digits):
            digits = re.sub(r"[ .,](?=\d{3}(?:\D|$))", "", digits)
        number = float(digits.replace(",", ".").replace(" ", ""))
    else:
        word = next((word for word in re.findall(r"[a-z]+", folded) if word in _WORDS), None)
        if word is None:
            return None
        number = float(_WORDS[word])
    scale = next((factor for pattern, factor in _SCALES if re.search(rf"(?<![a-z])(?:{pattern})", folded)), 1.0)
    return number * scale
