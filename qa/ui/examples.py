"""The questions that the page offers, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index.errors import SourcierError
from index.types import LANGUAGES, DocumentInfo
from qa.session import Session
from qa.ui.words import WORDS

_SEEDS = re.compile(
    r"00[0-4]_(?:6bf0d6dca34366c9|eb3ee6aa52e1339d|3c8ab9c25b59d747|64a73554108f83a5|e31fba9e33d7d810)\.txt"
)
_OF_SEEDS = {
    "fr": (
        "Quelle part d’OpenAI revient à Microsoft ?",
        "Jusqu’à quand Microsoft a-t-il accès aux technologies d’OpenAI ?",
        "Combien coûte le projet Stargate ?",
        "Pour combien OpenAI veut-il acquérir Windsurf ?",
    ),
    "en": (
        "How much does Stargate cost?",
        "What share of OpenAI will Microsoft hold?",
        "How much would OpenAI pay for Windsurf?",
    ),
}
_EACH = {"fr": 3, "en": 2}
_TRIED = 6  # titles, for one language
_TITLE = 60  # characters


def examples(session: Session, documents: Sequence[DocumentInfo]) -> dict[str, tuple[str, ...]]:
    """Return questions by language: those written for the seeds, or some made from the titles of the folder.

    Each was asked first: one without an answer is offered only where all are.
    """
    seeds = bool(documents) and all(_SEEDS.fullmatch(document.source) for document in documents)
    found = {}
    for language in LANGUAGES:
        offered = _OF_SEEDS[language] if seeds else tuple(_about(documents, language))
        answered = tuple(question for question in offered if _answered(session, question, language))
        found[language] = (answered or offered)[: _EACH[language]]
    return found


def _answered(session: Session, question: str, language: str) -> bool:
    try:
        return not session.ask(question, language=language).abstained
    except SourcierError:
        return False


def _about(documents: Sequence[DocumentInfo], language: str) -> Iterable[str]:
    """Yield questions on what articles are about, those of the same language first."""
    for document in sorted(documents, key=lambda document: document.language != language)[:_TRIED]:
        title = " ".join(document.title.split()).rstrip(" .…!?")
        if len(title) > _TITLE:
            title = title[:_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:.")
        if title:
            yield WORDS[language].about.format(title=title)
