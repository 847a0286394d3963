"""Where a citation leads: a few words of an article, as a short text that a button can carry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.documents import doc_id_of
from index.types import DocumentInfo, Hit
from qa.types import Citation

_PLACE = re.compile(r"([0-9a-f]{1,64}):([0-9a-f]{12}):(\d{1,12}):(\d{1,12}):(\d{1,12}):(\d{1,12})")
_DIGITS = 12  # of a file's SHA-256: enough to see that it changed
MOST = 100
"""How many places the reader steps through at most."""
_FARTHEST = 4  # times that more of an article is asked for: then all of the largest file is shown


@dataclass(frozen=True, slots=True)
class Place:
    """Words to mark, [start, end), and the sentence or passage around them, in a state of a file.

    Nothing is marked if the words are empty. `sha` are the first digits of the file's SHA-256:
    of a file that has changed since, the offsets mean something else.
    """

    doc_id: str
    sha: str
    start: int = 0
    end: int = 0
    around_start: int = 0
    around_end: int = 0

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        return f"{self.doc_id}:{self.sha}:{self.start}:{self.end}:{self.around_start}:{self.around_end}"

    @classmethod
    def parse(cls, text: object) -> Place:
        """Return the place that a text names.

        :raises ValueError: if it names none. Buttons come back from the browser: anyone can write one.
        """
        match = _PLACE.fullmatch(text) if isinstance(text, str) else None
        if not match:
            raise ValueError("not a place")
        return cls(match[1], match[2], *(int(number) for number in match.groups()[2:]))

    @classmethod
    def of_citation(cls, citation: Citation) -> Place:
        """Return the place of a citation."""
        around = citation.sentence[:2]
        return cls(doc_id_of(citation.source), citation.sha256[:_DIGITS], citation.start, citation.end, *around)

    @classmethod
    def of_hit(cls, hit: Hit) -> Place:
        """Return the place of a passage that is near, and marks nothing."""
        passage = hit.passage
        return cls(
            passage.doc_id, hit.document.sha256[:_DIGITS], passage.start, passage.start, passage.start, passage.end
        )

    @classmethod
    def of_document(cls, document: DocumentInfo) -> Place:
        """Return the beginning of an article, and mark nothing."""
        return cls(document.doc_id, document.sha256[:_DIGITS])

    def is_of(self, document: DocumentInfo) -> bool:
        """Return whether an article is still in the state that this place is of."""
        return document.sha256.startswith(self.sha)


def parse_places(places: object, at: object) -> tuple[tuple[Place, ...], int]:
    """Return the places that the browser sent, and which of them to show.

    :raises ValueError: if they are not places, or too many, or `at` is not one of them.
    """
    if not isinstance(places, list) or not 1 <= len(places) <= MOST:
        raise ValueError(f"want 1 to {MOST} places")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < len(places):
        raise ValueError("no such place")
    return tuple(Place.parse(place) for place in places), at


def parse_reach(sent: object) -> tuple[int, int]:
    """Return how often the browser asks for more of an article, before and after; not at all if it is nonsense."""
    match sent:
        case [int(before), int(after)] if 0 <= before <= _FARTHEST and 0 <= after <= _FARTHEST:
            return int(before), int(after)
    return 0, 0
