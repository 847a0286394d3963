"""The terms of many texts, each part of which, between blanks, is analysed once."""

from __future__ import annotations

from index.tokens import terms

_MOST = 200_000  # parts of a language that are remembered: some 30 MB


class SaidTerms:
    """Analyses texts one after the other. No term goes across a blank, and so parts have the terms of the whole."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def of(self, text: str, language: str) -> str:
        """Return the terms of a text with blanks between them."""
        known = self._known.setdefault(language, {})
        said = []
        for part in text.split():
            told = known.get(part)
            if told is None:
                if len(known) >= _MOST:
                    known.clear()
                told = known[part] = " ".join(terms(part, language))
            if told:
                said.append(told)
        return " ".join(said)
