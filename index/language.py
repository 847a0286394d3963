"""French or English? By small words first, by py3langid where they leave a doubt.

py3langid takes most of a second to load: hardly any text needs it.
"""

from __future__ import annotations

import re
import unicodedata
from copy import copy
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from index.types import LANGUAGES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 1_500  # characters that tell the language of a document
_WORD = re.compile(r"[^\W\d_]+")
_LOADING = Lock()
_CANDIDATES = (*LANGUAGES, "es", "it", "de", "pt", "nl", "pl", "ro", "sv", "tr", "vi", "id")
_SURE_LENGTH = 4  # of fewer words than this, py3langid's word for a third language is not taken alone


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Small words that one of the two languages has and the other has not; and, under `und`,
# those that neither has.
_FRENCH = _words(
    "au aux avec ce ces cet cette combien comment dans de des du elle elles en est et eu quel quelle quelles quels qui"
    " quoi où le la les leur leurs lui mais ne nous ont ou par pas pour pourquoi quand que qu sa se ses son sont sur un"
    " une va vers vous y était être ils il je tu mes ma mon fait faut peut depuis selon entre dont donc d l c s n j"
    " lequel laquelle lesquels jusqu jusque"
)
_ENGLISH = _words(
    "the of and to in is are was were what who whom whose which when where why how much many does did do has have had"
    " with for from by at an be been will would could should can may might this that these those it its his her their"
    " they he she you we not or but about into between than then there if any some all over under after before until"
    " since long far often according tell me"
)
_FOREIGN = _words(
    "el los las del qué cuál cuáles cuánto cuánta cuántos cuántas quién quiénes cómo dónde cuándo por para con"
    " una es su al más fue hay lo gli di della dello dei delle nel nella che chi cosa quanto quanti quanta quale"
    " quali dove quando perché è ha più anche der das den dem ein eine einen und ist sind wer wie wo wann warum"
    " viel viele welche welcher welches nicht mit von zu für auf wurde o os da dos das em quem qual quantos onde"
    " uma é não foi são het een wat waar hoeveel welke niet voor op zijn heeft werd naar wanneer waarom"
)
_SMALL_WORDS = {"fr": _FRENCH - _ENGLISH, "en": _ENGLISH - _FRENCH, "und": _FOREIGN - _FRENCH - _ENGLISH}

_NOT_PLAIN_LATIN = re.compile(r"[^a-zà-öø-ÿœ]")


def _model() -> LanguageIdentifier:
    with _LOADING:  # or threads that need it at once would each load it
        return _loaded()


@cache
def _loaded() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


@cache
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """Return py3langid restricted to some languages, once for all: it takes longer than telling one."""
    identifier = copy(_model())
    identifier.set_languages(languages)
    return identifier


def _classify(text: str, languages: tuple[str, ...]) -> str:
    return str(_identifier(languages).classify(text)[0])


def language_of(text: str) -> str:
    """Return the language of a document's text: `fr`, `en`, or `und` where it is neither."""
    return _tell(text[:_SAMPLE])


def question_language(question: str) -> str:
    """Return the language of a question: `fr`, `en`, or `und` where it is neither."""
    return _tell(question)


def _tell(text: str) -> str:
    """Tell the language of a text.

    Small words decide where they can; a few words without any (`valorisation OpenAI`)
    go to py3langid; letters outside the Latin script are never ours.
    """
    text = unicodedata.normalize("NFC", text)
    words = [word.lower() for word in _WORD.findall(text)]
    letters = "".join(words)
    foreign = _NOT_PLAIN_LATIN.findall(letters)
    latin = len(letters) - sum(not unicodedata.name(ch, "").startswith("LATIN") for ch in foreign)
    if latin * 2 <= len(letters):
        return "und"
    votes = {code: sum(map(small.__contains__, words)) for code, small in _SMALL_WORDS.items()}
    ours = max(LANGUAGES, key=lambda code: votes[code])
    if votes["und"] > votes[ours]:
        return "und"
    if votes["fr"] != votes["en"] and votes[ours] * 4 >= len(words) and votes["und"] * 4 <= votes[ours]:
        return ours
    guess = _classify(text, _CANDIDATES)
    if guess in LANGUAGES:
        return guess
    return "und" if votes["und"] or len(words) >= _SURE_LENGTH else _classify(text, LANGUAGES)
