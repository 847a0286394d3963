"""Round-trip consistency: a question stays if the folder answers it from the sentence that it was made from.

After Alberti et al., Synthetic QA Corpora Generation with Roundtrip Consistency, ACL 2019.
"""

from __future__ import annotations

from index.errors import SourcierError
from qa.question import fold
from qa.session import Session
from qa.suggest.about import ABOUT, OPEN
from qa.suggest.types import Candidate, Suggestion
from qa.types import Answer, Citation

FAIR, FAIR_OPEN = 0.5, 0.6
"""The least confidence of an answer to a question that is offered, and to an open one."""
_SAYING = 4  # words: what is said of something takes as many


def round_trip(session: Session, candidate: Candidate) -> Suggestion | None:
    """Ask a question, and return it with its answer if that comes from where the question does."""
    draft = candidate.draft
    try:
        answer = session.ask(draft.question, language=draft.language)
    except SourcierError:
        return None
    least = FAIR_OPEN if draft.rule in OPEN else FAIR
    if answer.text is None or answer.confidence < least or not _comes_back(answer, candidate):
        return None
    if draft.rule in OPEN and len(answer.text.split()) < _SAYING:
        return None
    return Suggestion(
        draft.question,
        draft.language,
        candidate.document.source,
        answer.text,
        answer.confidence,
        draft.rule,
        candidate.document.sha256,
    )


def _comes_back(answer: Answer, candidate: Candidate) -> bool:
    """Say whether the answer shown first stands in the sentence, and holds the words that should answer."""
    wanted = fold(candidate.draft.answer)
    first = answer.citations[0]
    if first.source != candidate.document.source:
        return False
    if candidate.draft.rule == ABOUT:
        return wanted in fold(first.sentence[2])
    return _holds(first, wanted) if wanted else _within(first, candidate)


def _within(citation: Citation, candidate: Candidate) -> bool:
    start, end = candidate.sentence
    return start <= citation.start < end


def _holds(citation: Citation, wanted: str) -> bool:
    quote = fold(citation.quote)
    return wanted in quote or quote in wanted
