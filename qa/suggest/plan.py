"""Which questions to try, and which to offer: of different articles, and of different kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from index.protocols import Passages
from index.types import DocumentInfo
from qa.suggest.about import OPEN
from qa.suggest.candidates import of_document
from qa.suggest.seeds import BY_HAND
from qa.suggest.types import Candidate, Suggestion

TRIED = 60
"""The most questions asked of one state of a folder."""
_OTHER = 18  # of them in the other language than their article's
_READ = 40  # articles


def sample(count: int) -> range:
    """Return the places of the articles to read among as many as there are, evenly spread."""
    return range(0, count, max(1, -(-count // _READ)))


def plan(store: Passages, documents: Sequence[DocumentInfo]) -> Iterator[Candidate]:
    """Yield the candidates to try, in order: articles by turns, those of rare kinds first, the other language last."""
    made = [candidate for document in documents for candidate in of_document(store, document)]
    own: list[Candidate] = []
    other: list[Candidate] = []
    for candidate in made:
        (own if candidate.draft.language == candidate.document.language else other).append(candidate)
    others = list(islice(_by_turns(other), _OTHER))
    yield from islice(_by_turns(own), TRIED - len(others))
    yield from others


def choose(suggestions: Iterable[Suggestion], language: str, n: int) -> list[Suggestion]:
    """Return n suggestions, those in a language first, as different as they can be."""
    left = sorted(suggestions, key=lambda each: (each.language != language, -each.confidence))
    chosen: list[Suggestion] = []
    while left and len(chosen) < n:
        rules, sources = Counter(each.rule for each in chosen), Counter(each.source for each in chosen)
        best = min(
            left,
            key=lambda each: (
                *(each.language != language, each.rule != BY_HAND, each.rule in OPEN),
                rules[each.rule] + sources[each.source],
            ),
        )
        left.remove(best)
        chosen.append(best)
    return chosen


def _by_turns(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield candidates so that articles take turns, each with the kind that was tried least; no question twice."""
    left: dict[str, list[Candidate]] = {}
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.draft.question not in seen:
            seen.add(candidate.draft.question)
            left.setdefault(candidate.document.doc_id, []).append(candidate)
    tried: Counter[str] = Counter()
    while left:
        for doc_id in list(left):
            mine = left[doc_id]
            best = min(mine, key=lambda each: (each.draft.rule in OPEN, tried[each.draft.rule]))
            tried[best.draft.rule] += 1
            mine.remove(best)
            if not mine:
                del left[doc_id]
            yield best
