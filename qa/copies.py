"""Articles that are copies of one another, such as a dispatch that several papers print.

Two articles are compared by the runs of words that they share (A. Broder, On the resemblance
and containment of documents, 1997): a copy may have lost its end, or gained a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.question import fold

_RUN = 4  # words
_READ = 20_000  # characters: a copy shows from its beginning
COPY = 0.6  # share of the shorter article's runs that stands in the other; see tests/data/README.md
_WORD = re.compile(r"\w+")


def copies(texts: Sequence[str]) -> list[int | None]:
    """Return for each text the place of the first one before it that it is a copy of, or None.

    A copy of a copy is one of the first text.
    """
    runs = [_runs(text) for text in texts]
    found: list[int | None] = []
    for place, mine in enumerate(runs):
        firsts = (other for other in range(place) if found[other] is None)
        found.append(next((other for other in firsts if contained(mine, runs[other]) >= COPY), None))
    return found


def contained(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> float:
    """Return the share of the smaller set of runs that stands in the larger."""
    return len(left & right) / max(min(len(left), len(right)), 1)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(fold(text[:_READ]))
    if len(words) < _RUN:
        return frozenset([tuple(words)]) if words else frozenset()
    return frozenset(zip(*(words[first:] for first in range(_RUN)), strict=False))
