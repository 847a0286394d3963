"""Texts brought to one form before they are compared, in French and English.

`answer_words` follows the evaluation scripts of SQuAD, FQuAD and PIAF: lower case, no
punctuation, no articles, accents kept. Two things differ: `l'`, `d'` and `qu'` are
split off their word, and a point or comma between digits stays, so that `32,5` is not 325.
"""

from __future__ import annotations

import re
import unicodedata

_ARTICLES = frozenset(("a", "an", "the", "le", "la", "les", "l", "du", "des", "au", "aux", "un", "une"))
_ELISION = re.compile(r"\b(l|d|qu)'(?=\w)")
_INSIDE_NUMBER = re.compile(r"(?<=\d)[.,](?=\d)")
_ALIKE = str.maketrans("\u2019\u2018\u02bc\xab\xbb\u201c\u201d\u201e", '\'\'\'"""""', "\xad")  # no soft hyphens
_QUOTE_SPACES = re.compile(r'\s*"\s*')


def plain(text: str) -> str:
    """Return a text in lower case and Unicode's NFKC form, with straight quotes and apostrophes.

    Every run of white space is one space, no-break ones (U+00A0, U+202F) included.
    """
    return " ".join(unicodedata.normalize("NFKC", text).translate(_ALIKE).lower().split())


def answer_words(text: str) -> list[str]:
    """Return the words that exact match and F1 compare.

    Articles count where there is nothing else, so that only an empty text has no words.
    """
    lowered = _ELISION.sub(r"\1 ", plain(text))
    kept = {match.start() for match in _INSIDE_NUMBER.finditer(lowered)}
    bare = "".join(ch for at, ch in enumerate(lowered) if at in kept or not _is_mark(ch))
    words = [word for word in bare.split() if word not in _ARTICLES]
    return words or bare.split() or lowered.split()


def holds(text: str, answer: str) -> bool:
    """Say whether a text holds an answer as whole words, whatever the case, quotes and spaces."""
    wanted = _tight(answer)
    before = r"(?<!\w)(?<!\d[.,])" if wanted[:1].isalnum() else ""  # neither 27 in 127 nor 5 in 32,5
    after = r"(?!\w)(?![.,]\d)" if wanted[-1:].isalnum() else ""
    return bool(wanted) and bool(re.search(before + re.escape(wanted) + after, _tight(text)))


def _tight(text: str) -> str:
    """Return a text in its plain form, without the spaces that French puts inside its quotes."""
    return _QUOTE_SPACES.sub('"', plain(text))


def _is_mark(ch: str) -> bool:
    return unicodedata.category(ch)[0] in "PS"
