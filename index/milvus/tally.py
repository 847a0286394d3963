"""By how much a part of a build changes the counts of terms: what it writes adds, and what dies in it takes away."""

from __future__ import annotations

from collections import Counter

from index.milvus.frequencies import Counts, term_key
from index.said_terms import SaidTerms


class Tally:
    """Counts in how many passages each term is, and how many terms there are in all."""

    def __init__(self) -> None:
        self.tokens = 0
        self._said = SaidTerms()
        self._counted: Counter[int] = Counter()

    def terms(self, text: str, language: str) -> str:
        """Return the terms of a text, with blanks between them."""
        return self._said.of(text, language)

    def add(self, said: str, times: int = 1) -> None:
        """Count a passage that has these terms; `times` is -1 for one that is no longer there."""
        listed = said.split()
        self.tokens += times * len(listed)
        for term in set(listed):
            self._counted[term_key(term)] += times

    def counts(self) -> Counts:
        """Return the change."""
        return Counts.of(self._counted)
