"""The passages nearest to a question, without an answer read out of them."""

from __future__ import annotations

from index.tokens import terms
from index.types import Hit
from qa.retrieve import question_words, retrieve
from qa.scope import Scope
from qa.session import Session
from qa.types import Question


def nearest(session: Session, question: Question, k: int, scope: Scope | None = None) -> list[Hit]:
    """Return up to k passages, best first; none for what holds no word, as it is no question to `Session.ask` either.

    :raises UsageError: if no article is within the scope.
    """
    if not any(len(term) > 1 or term.isdigit() for term in terms(question.text, question.language)):
        return []
    words = question_words(question)
    return retrieve(session.index, question, words, session.weights.retrieval, k, session.within(scope))
