"""Sentences and their translations in the reader's pieces, and which pieces translate which."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from index.encoder import embedded
from index.train.corpus import Translations, read_translations, shares
from index.train.translation import translations
from index.words import Words
from qa.reader_inputs import Pieces, pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORTEST, _LONGEST = 8, 60  # pieces of a sentence that clozes are made of
_MOST_COUNTED = 300_000  # pairs that the translations of words are learned from
_COUNTED_CHARS = 160  # longer ones tell little
_AT_ONCE = 4096
_OUTSIDE = ("wikidict-titles", "cldr-names")  # names, not sentences


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one source, those of one number translating each other."""

    name: str
    english: tuple[Pieces, ...]
    french: tuple[Pieces, ...]

    def of(self, language: str) -> tuple[Pieces, ...]:
        """Return those of a language."""
        return self.english if language == "en" else self.french


def read_sentences(data: Path, most: int, work: Path, seed: int) -> tuple[list[Sentences], sparse.csr_matrix]:
    """Return sentences of every source, and how likely an English piece (row) and a French one (column) meet.

    :param most: of sentences in all.
    :param work: keeps the translations of words, once learned.
    :raises TrainingDataError: if the translated pairs are missing or damaged.
    """
    sources = read_translations(data)
    told = work / "translations.npz"
    if not told.exists():
        beside = told.with_suffix(".part.npz")
        sparse.save_npz(beside, translations(_counted(sources, np.random.default_rng(seed)), embedded().tokens))
        os.replace(beside, told)
    chance = np.random.default_rng(seed)  # its own, so that a run that goes on draws as the first did
    whole = [source for source in sources if source.name not in _OUTSIDE] or list(sources)
    found = []
    for source, share in zip(whole, shares([len(source.english) for source in whole]), strict=True):
        rows = chance.permutation(len(source.english))[: int(most * share)]
        english, french = (_pieces([side[row] for row in rows]) for side in (source.english, source.french))
        kept = [
            (left, right)
            for left, right in zip(english, french, strict=True)
            if all(_SHORTEST <= len(side.ids) <= _LONGEST for side in (left, right))
        ]
        if kept:
            found.append(Sentences(source.name, *map(tuple, zip(*kept, strict=True))))
    return found, sparse.load_npz(told).tocsr()


def _counted(
    sources: Sequence[Translations], chance: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    for source, share in zip(sources, shares([len(source.english) for source in sources]), strict=True):
        rows = chance.permutation(len(source.english))[: int(_MOST_COUNTED * share)]
        short = [row for row in rows if len(source.english[row]) + len(source.french[row]) <= 2 * _COUNTED_CHARS]
        yield from zip(*(_ids([side[row] for row in short]) for side in (source.english, source.french)), strict=True)


def _ids(texts: Sequence[str]) -> list[NDArray[np.int64]]:
    return [np.unique(words.ids).astype(np.int64) for words in _words(texts)]


def _pieces(texts: Sequence[str]) -> list[Pieces]:
    return [pieces_of(text, words) for text, words in zip(texts, _words(texts), strict=True)]


def _words(texts: Sequence[str]) -> list[Words]:
    return [
        each
        for first in range(0, len(texts), _AT_ONCE)
        for each in embedded().words_of(texts[first : first + _AT_ONCE])
    ]
