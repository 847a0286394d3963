"""Dates as articles write them, in French and English, turned into ISO 8601.

A date may be only a year or a month: `2025`, `2025-05`, `2025-05-12`.
"""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv january jan",
            "février fevrier févr fevr february feb",
            "mars march mar",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "août aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "décembre decembre december déc dec",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
YEAR = r"(?:1[5-9]|20)\d\d"
_FORMS = (
    re.compile(rf"(?P<y>{YEAR})-(?P<m>\d\d)(?:-(?P<d>\d\d))?(?!\d)"),
    re.compile(rf"(?P<y>{YEAR})/(?P<m>\d\d?)/(?P<d>\d\d?)(?!\d)"),
    re.compile(rf"(?P<d>\d\d?)/(?P<m>\d\d?)/(?P<y>{YEAR})(?!\d)"),
    re.compile(rf"(?P<d>\d\d?)(?:er|st|nd|rd|th)?\s+(?P<n>{MONTH})\.?,?\s+(?P<y>{YEAR})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?P<n>{MONTH})\.?\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,\s*(?P<y>{YEAR})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?P<n>{MONTH})\.?\s+(?P<y>{YEAR})(?!\d)", re.IGNORECASE),
)
_FILE_NAME = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:[-_.](?P<m>[01]\d)(?:[-_.](?P<d>[0-3]\d))?|(?P<m2>[01]\d)(?P<d2>[0-3]\d))(?!\d)"
)
_LABEL = r"(?P<label>date|publiée?|publie|publication|parue?|postée?|mise? à jour|published|posted|updated)\b[\s:,-]*"
_LEAD = (
    r"(?:(?:le|on|the)\s+)?"
    r"(?:(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b[\s,]*)?"
)
_PLAIN = tuple(re.compile(_LEAD + form.pattern, re.IGNORECASE) for form in _FORMS)
_LABELLED = tuple(re.compile(_LABEL + _LEAD + form.pattern, re.IGNORECASE) for form in _FORMS)
_LABELLED_WITHIN = tuple(re.compile(r"[,|·•(\u2013\u2014-]\s*" + form.pattern, re.IGNORECASE) for form in _LABELLED)
_CLOSES = re.compile(r"\s*(?:$|[|·•/(\u2013\u2014-]|,?\s*(?:à|at|par|by)\b|,?\s*T?\d)")  # after a dateline's date
_BEGINS_ANEW = re.compile(r"[.:]?\s+[\"«“A-ZÀ-Þ]")  # after a labelled date: the article itself
_FIGURES = re.compile(r"\b(\d\d?)/(\d\d?)/\d{4}")
_ENGLISH = re.compile(r"\b(?:published|posted|updated|on|the|\w+day)\b", re.IGNORECASE)
_MONTHS_IN_YEAR = 12
_DATELINE_MAX = 90


def dateline(text: str) -> str | None:
    """Return the ISO date that a short line of an article's head states, or None.

    The date comes first in the line, or after a word that says what it dates (`By A.
    Martin, published on 12 May 2025`), and nothing goes on from it as a sentence would.
    """
    text = text.strip()
    if len(text) > _DATELINE_MAX:
        return None
    found = _first(_PLAIN, text) or _first(_LABELLED, text)
    found = found or next((match for form in _LABELLED_WITHIN if (match := form.search(text))), None)
    if not found or not _CLOSES.match(text, found.end()) or _is_unsure(found[0]):
        return None
    return _iso(found)


def labelled_date(text: str) -> tuple[str, int] | None:
    """Read a date with its label at the start of a text (`date 2025-05 ...`).

    :return: the ISO date and the offset where it ends; None if there is none, or if
        it belongs to a sentence (`Publié le 12 mai 2025, le rapport dit ...`).
    """
    found = _first(_LABELLED, text[:_DATELINE_MAX])
    if not found or _is_unsure(found[0]) or not (iso := _iso(found)):
        return None
    head, end = text[: 2 * _DATELINE_MAX], found.end()
    return (iso, end) if _CLOSES.match(head, end) or _BEGINS_ANEW.match(head, end) else None


def _first(forms: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((match for form in forms if (match := form.match(text))), None)


def _is_unsure(said: str) -> bool:
    """Say whether a date in figures follows English words: there, the month may come first."""
    figures = _FIGURES.search(said)
    if figures is None or not _ENGLISH.search(said):
        return False
    first, second = map(int, figures.groups())
    return first != second and max(first, second) <= _MONTHS_IN_YEAR


def file_name_date(name: str) -> str | None:
    """Return the ISO date that a file's name carries (`2025-05-12_title.txt`), or None."""
    match = _FILE_NAME.search(name)
    return _iso_of(match["y"], match["m"] or match["m2"], match["d"] or match["d2"]) if match else None


def iso_date(written: str) -> str | None:
    """Return the ISO form of a front matter's date, which may be only a year, or None."""
    written = written.strip()
    return written if re.fullmatch(YEAR, written) else dateline(written)


def _iso(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    month = _MONTHS.get(parts["n"].lower(), 0) if parts.get("n") else parts["m"]
    return _iso_of(parts["y"], month, parts.get("d"))


def _iso_of(year: str, month: str | int, day: str | None) -> str | None:
    try:
        whole = date(int(year), int(month), int(day or 1)).isoformat()
    except ValueError:
        return None
    return whole if day else whole[:7]
