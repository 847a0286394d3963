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
    re.compile(rf"(?P<d>\d\d?)/(?P<m>\d\d?)/(?P<y>{YEAR})(?!\d)"),
    re.compile(rf"(?P<d>\d\d?)(?:er|st|nd|rd|th)?\s+(?P<n>{MONTH})\.?,?\s+(?P<y>{YEAR})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?P<n>{MONTH})\.?\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,\s*(?P<y>{YEAR})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?P<n>{MONTH})\.?\s+(?P<y>{YEAR})(?!\d)", re.IGNORECASE),
)
_FILE_NAME = re.compile(rf"(?<!\d)(?P<y>{YEAR})[-_.]?(?P<m>[01]\d)(?:[-_.]?(?P<d>[0-3]\d))?(?!\d)")
_WORDS_BEFORE = (
    r"\s*(?P<label>(?:date|publié|publie|paru|posté|mis à jour|mise à jour|published|posted|updated)\b)?"
    r"[\s:,-]*(?:(?:le|on|the)\b\s*)?"
    r"(?:(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b[\s,]*)?"
)
_DATELINES = tuple(re.compile(_WORDS_BEFORE + form.pattern, re.IGNORECASE) for form in _FORMS)
_DATELINE_MAX = 90
_SAYS_WHEN = re.compile(r"publi|posted|updated|mis à jour|\bdate\b", re.IGNORECASE)


def dateline(text: str) -> str | None:
    """Return the ISO date that a short line of an article's head states, or None.

    The date comes first in the line, or the line says that it tells when the
    article was published (`By A. Martin, published on 12 May 2025`).
    """
    if len(text) > _DATELINE_MAX:
        return None
    found = _first(_DATELINES, text)
    if not found and _SAYS_WHEN.search(text):
        found = next((match for form in _FORMS if (match := form.search(text))), None)
    return _iso(found) if found else None


def labelled_date(text: str) -> tuple[str, int] | None:
    """Read a date with its label at the start of a text (` date 2025-05 ...`).

    :return: the ISO date and the offset where it ends, or None.
    """
    found = _first(_DATELINES, text)
    if not found or not found["label"] or not (iso := _iso(found)):
        return None
    return iso, found.end()


def _first(forms: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((match for form in forms if (match := form.match(text))), None)


def file_name_date(name: str) -> str | None:
    """Return the ISO date that a file's name carries (`2025-05-12_title.txt`), or None."""
    match = _FILE_NAME.search(name)
    return _iso(match) if match else None


def iso_date(value: object) -> str | None:
    """Return the ISO form of a front matter's date (a date, a year or a text), or None."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = str(value).strip()
    return text if re.fullmatch(YEAR, text) else dateline(text)


def _iso(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    year = int(parts["y"])
    month = _MONTHS[parts["n"].lower()] if parts.get("n") else int(parts["m"])
    day = int(parts["d"]) if parts.get("d") else None
    try:
        date(year, month, day or 1)
    except ValueError:
        return None
    return f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day else "")
