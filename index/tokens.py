"""The one lexical analyser: the same words for the index, the question and the reader.

Order: cut into words and numbers (elisions fall apart at the apostrophe, decimals
stay whole), lower case, stop words, stem, fold accents. It is tantivy's, so that
what the index counts and what the reader compares can never differ.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

_WORD = r"\d+(?:[.,]\d+)*|[\p{L}\p{M}]+"
_NAMES = {"fr": "French", "en": "English"}
ANALYSED = ("fr", "en", "und")


def _words(text: str) -> list[str]:
    return text.split()


# Elided forms that the cut at the apostrophe leaves, and question words: they say nothing of the subject.
_EXTRA_STOPS = {
    "fr": _words(
        "l d c s n j m t qu jusqu lorsqu puisqu quoiqu combien comment pourquoi quand quel quelle quels quelles où"
        " lequel laquelle"
    ),
    "en": _words("s t what who whom whose which when where why how much many do does did"),
}


def _content_words(language: str) -> TextAnalyzerBuilder:
    builder = TextAnalyzerBuilder(Tokenizer.regex(_WORD)).filter(Filter.lowercase())
    if language in _NAMES:
        builder = builder.filter(Filter.stopword(_NAMES[language]))
        builder = builder.filter(Filter.custom_stopword(_EXTRA_STOPS[language]))
    return builder


@cache
def _stopper(language: str) -> TextAnalyzer:
    return _content_words(language).build()


@cache
def _analyser(language: str) -> TextAnalyzer:
    """Return the analyser of a language; `und` neither stops words nor stems."""
    builder = _content_words(language)
    if language in _NAMES:
        builder = builder.filter(Filter.stemmer(_NAMES[language]))
    return builder.filter(Filter.ascii_fold()).build()


def _composed(text: str) -> str:
    """Return a text with its accents in their letters (NFC): the only form that the analysers know."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def terms(text: str, language: str) -> list[str]:
    """Return the terms of a text in the order they stand, as the index counts them."""
    return list(_analyser(language).analyze(_composed(text)))


def question_terms(question: str, question_language: str, language: str) -> list[str]:
    """Return the distinct terms of a question for passages in `language`.

    Words that say nothing in the question's own language are dropped first: the
    English `on` must not find the French pronoun.
    """
    if question_language == language:
        found = terms(question, language)
    else:
        found = terms(" ".join(_stopper(question_language).analyze(_composed(question))), language)
    return list(dict.fromkeys(found))
