"""French or English? Of a document by py3langid, of a question by its small words first.

py3langid takes most of a second to load: a question hardly ever needs it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from index.types import LANGUAGES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 4000
_WORD = re.compile(r"[^\W\d_]+")
# Function words that one of the two languages has and the other has not.
_SMALL_WORDS = {
    "fr": frozenset(
        "au aux avec ce ces cet cette combien comment dans de des du elle elles en est et eu quel quelle quelles quels"
        " qui quoi où le la les leur leurs lui mais ne nous ont ou par pas pour pourquoi quand que qu sa se ses son sont"
        " sur un une va vers vous y était être ils il je tu mes ma mon fait faut peut depuis selon entre dont donc combien"
        " d l c s n j a t-il lequel laquelle lesquels jusqu jusque".split()
    ),
    "en": frozenset(
        "the of and to in is are was were what who whom whose which when where why how much many does did do has have had"
        " with for from by at an be been will would could should can may might this that these those it its his her their"
        " they he she you we not or but about into between than then there if any some all over under after before"
        " until since long far often according tell me".split()
    ),
}
_CANDIDATES = (*LANGUAGES, "es", "it", "de", "pt", "nl", "pl", "ro", "sv", "tr", "vi", "id")
_SURE_LENGTH = 4  # of fewer words than this, py3langid's word for a third language is not taken


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


_one_at_a_time = Lock()  # the identifier is restricted to a set of languages in place


def _classify(text: str, languages: tuple[str, ...]) -> str:
    with _one_at_a_time:
        identifier = _identifier()
        identifier.set_languages(languages)
        return str(identifier.classify(text)[0])


def language_of(text: str) -> str:
    """Return the language of a document's text: `fr`, `en`, or `und` if it has no letters."""
    sample = text[:_SAMPLE]
    if not _WORD.search(sample):
        return "und"
    return _classify(sample, LANGUAGES)


def question_language(question: str) -> str:
    """Return the language of a question: `fr`, `en`, or `und` where it is neither.

    Small words decide where they can; a few words without any (`valorisation OpenAI`)
    go to py3langid; letters outside the Latin script are never ours.
    """
    words = [word.lower() for word in _WORD.findall(question)]
    letters = [ch for word in words for ch in word]
    if not letters:
        return "und"
    if sum(unicodedata.name(ch, "").startswith("LATIN") for ch in letters) * 2 < len(letters):
        return "und"
    votes = {code: sum(word in small for word in words) for code, small in _SMALL_WORDS.items()}
    most = max(votes, key=lambda code: votes[code])
    if votes["fr"] != votes["en"] and votes[most] * 4 >= len(words):
        return most
    guess = _classify(question, _CANDIDATES)
    if guess in LANGUAGES:
        return guess
    return "und" if len(words) >= _SURE_LENGTH else _classify(question, LANGUAGES)
