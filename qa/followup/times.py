"""When a question is about: its dates, and the same question about another time."""

from __future__ import annotations

import re

from qa.followup.grammar import append, flat
from qa.spans import find_spans
from qa.types import AnswerKind

_PERIOD = r"(?:an|annee|mois|semaine|trimestre|siecle|decennie|year|month|week|quarter|century|decade)s?"
_RELATIVE = re.compile(
    rf"(?<![\w'])(?:(?:l'|(?:l[ae]|les|cette|ce|ces|this|last|next|the) ){_PERIOD}"
    r"(?: (?:derniere?|passee?|prochaine?|suivante?|precedente?|d'avant|d'apres|before|after))?"
    r"|aujourd'hui|maintenant|actuellement|hier|demain|avant|auparavant|plus tard|now|today|yesterday|tomorrow|nowadays"
    r"|before|later|currently)(?!\w)"
)
_SINCE = re.compile(
    r"(?<![\w'])(?:(?:en|in|depuis|since|avant|before|apres|after|jusqu'en|jusqu'a|until|till|d'ici|by|a partir de|from"
    r"|pendant|during|des|vers|around|le|on|au|a|entre|between) )+$"
)
_RANGE = re.compile(r" (?:et|and|a|to) ")
_YEAR = re.compile(r"\d{4}$")
_TRANSLATED = {
    "fr": {"in": "en", "since": "depuis", "before": "avant", "after": "après", "until": "jusqu'en", "by": "d'ici"},
    "en": {"en": "in", "depuis": "since", "avant": "before", "apres": "after", "jusqu'en": "until", "d'ici": "by"},
}


def times_of(text: str) -> list[tuple[int, int, int]]:
    """Return the dates of a text: where the prepositions before each begin, where it begins and ends."""
    low = flat(text)
    found: list[tuple[int, int, int]] = []
    spans = {*find_spans(text, AnswerKind.DATE), *(match.span() for match in _RELATIVE.finditer(low))}
    for start, end in sorted(spans):
        if found and start < found[-1][2]:
            continue
        if found and _RANGE.fullmatch(low[found[-1][2] : start]):
            found[-1] = (*found[-1][:2], end)
            continue
        since = _SINCE.search(low[:start])
        found.append((since.start() if since else start, start, end))
    return found


def at_time(since: str, at: str, read: str, language: str) -> str:
    """Return a question that asks about another time.

    :param since: the prepositions before the time, if any.
    :param language: the question's.
    """
    first, _, others = since.lower().partition(" ")
    since = " ".join(filter(None, (_TRANSLATED[language].get(flat(first), first), others)))
    relative = bool(_RELATIVE.fullmatch(flat(at)))
    times = times_of(read)
    if times:
        begins, start, end = times[0]
        year = _YEAR.search(read[start:end])
        if year and len(read[start:end]) > len("2030") and not re.search(r"\d", at) and not relative:
            at = f"{at} {year.group()}"
        if since or relative or _RANGE.search(flat(read[start:end])):
            start = begins
            since = since or ("" if relative else "en" if language == "fr" else "in")
        return f"{read[:start]}{since} {at}{read[end:]}"
    if not since and not relative:
        day = re.match(r"\d{1,2}\D", at)
        since = ("le" if day else "en") if language == "fr" else ("on" if day else "in")
    return append(read, f"{since} {at}".strip())
