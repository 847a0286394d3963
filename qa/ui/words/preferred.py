"""The language that a browser asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.ui.words.english import ENGLISH
from qa.ui.words.french import FRENCH
from qa.ui.words.types import Words

WORDS = {"fr": FRENCH, "en": ENGLISH}


def preferred(accept_language: str | None) -> Words:
    """Return the words that a browser asks for by its Accept-Language header; English if neither.

    >>> preferred("de, fr;q=0.7, en;q=0.3").language
    'fr'
    """
    offers: Sequence[str] = (accept_language or "")[:1_000].split(",")
    best, best_weight = ENGLISH, 0.0
    for offer in offers:
        match = re.fullmatch(r"\s*(fr|en)\b[\w-]*\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?)\s*)?", offer, re.IGNORECASE)
        weight = float(match[2] or 1.0) if match else 0.0
        if match and weight > best_weight:
            best, best_weight = WORDS[match[1].lower()], weight
    return best


def words_of(language: object) -> Words:
    """Return the words of a language that the browser sent; French if it sent another."""
    return WORDS.get(language, FRENCH) if isinstance(language, str) else FRENCH
