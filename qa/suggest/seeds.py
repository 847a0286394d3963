"""The questions written by hand for the five articles that come with Sourcier."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import DocumentInfo

_SEEDS = re.compile(
    r"00[0-4]_(?:6bf0d6dca34366c9|eb3ee6aa52e1339d|3c8ab9c25b59d747|64a73554108f83a5|e31fba9e33d7d810)\.txt"
)
BY_HAND = "by hand"
"""The rule that these questions are said to come from."""
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


def written_by_hand(documents: Sequence[DocumentInfo]) -> tuple[tuple[str, str], ...]:
    """Return (language, question) of those that fit a folder: all if it holds the seeds alone, else none.

    :param documents: the folder's, or some of them if they are many.
    """
    if not documents or not all(_SEEDS.fullmatch(document.source) for document in documents):
        return ()
    return tuple((language, question) for language, questions in _OF_SEEDS.items() for question in questions)
