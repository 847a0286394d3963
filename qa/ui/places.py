"""Where a citation leads: a few words of an article, as a short text that a button can carry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.types import Hit
from qa.types import Citation

_PLACE = re.compile(r"([0-9a-f]{1,64}):(\d{1,12}):(\d{1,12}):(\d{1,12}):(\d{1,12})")
MOST = 20
"""How many places the reader steps through at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Words to mark, [start, end), and the sentence or passage around them. Nothing is marked if they are empty."""

    doc_id: str
    start: int
    end: int
    around_start: int
    around_end: int

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        return f"{self.doc_id}:{self.start}:{self.end}:{self.around_start}:{self.around_end}"

    @classmethod
    def parse(cls, text: object) -> Place:
        """Return the place that a text names.

        :raises ValueError: if it names none. Buttons come back from the browser: anyone can write one.
        """
        match = _PLACE.fullmatch(text) if isinstance(text, str) else None
        if not match:
            raise ValueError("not a place")
        return cls(match[1], *(int(number) for number in match.groups()[1:]))

    @classmethod
    def of_citation(cls, citation: Citation, doc_id: str) -> Place:
        """Return the place of a citation."""
        return cls(doc_id, citation.start, citation.end, citation.sentence[0], citation.sentence[1])

    @classmethod
    def of_hit(cls, hit: Hit) -> Place:
        """Return the place of a passage that is near, and marks nothing."""
        return cls(hit.passage.doc_id, hit.passage.start, hit.passage.start, hit.passage.start, hit.passage.end)


def parse_places(places: object, at: object) -> tuple[tuple[Place, ...], int]:
    """Return the places that the browser sent, and which of them to show.

    :raises ValueError: if they are not places, or too many, or `at` is not one of them.
    """
    if not isinstance(places, list) or not 1 <= len(places) <= MOST:
        raise ValueError(f"want 1 to {MOST} places")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < len(places):
        raise ValueError("no such place")
    return tuple(Place.parse(place) for place in places), at
