"""Real sentences and questions, read from files: lines, translated pairs, SQuAD."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scaling.errors import ScaleError

MOST = 100_000  # lines of a file: of large ones, the rest would be more of the same
SHORTEST, LONGEST = 30, 400  # characters of a sentence
_WHOLE = re.compile(r"""[«“"']?\s?[A-ZÀ-Þ][^\t\n{}|<>\\_]*[.!?…](?:\s?»|[”"'])?""")
_LANGUAGE = re.compile(r"\.(fr|en)\.")
_PAIR = ("en", "fr")  # the columns


@dataclass(frozen=True, slots=True)
class Source:
    """The sentences of one file in one language. `ordered` ones follow one another as in the text they are from."""

    name: str
    language: str
    sentences: Sequence[str]
    ordered: bool


@dataclass(frozen=True, slots=True)
class Material:
    """What articles are made of, and (language, question) that people asked of such texts."""

    sources: Sequence[Source]
    questions: Sequence[tuple[str, str]]


def read_material(paths: Sequence[Path], most: int = MOST) -> Material:
    """Read files, and those of folders: `.txt`, `.tsv` (English TAB French), SQuAD `.json`, each perhaps with `.xz`.

    :raises ScaleError: if there is no sentence in one of the two languages, or no question.
    """
    sources, questions = [], []
    for path in _files(paths):
        kind = path.name.removesuffix(".xz").rpartition(".")[2]
        if kind == "json":
            told = _squad(path, most)
            sources.append(told[0])
            questions += told[1]
        elif kind == "tsv":
            sources += _pairs(path, most)
        else:
            sources.append(_lines(path, most))
    sources = [source for source in sources if source.sentences]
    if missing := {"fr", "en"} - {source.language for source in sources}:
        raise ScaleError(f"no sentence in {' or '.join(sorted(missing))}: give --sentences with both languages")
    if not questions:
        raise ScaleError("no question: give --sentences a SQuAD file (.json) as well")
    return Material(sources, list(dict.fromkeys(questions)))


def is_whole(sentence: str) -> bool:
    """Say whether a line is a sentence that could stand in an article."""
    return SHORTEST <= len(sentence) <= LONGEST and bool(_WHOLE.fullmatch(sentence))


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise ScaleError(f"no file or folder at {path}: check --sentences")
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [path for path in found if re.search(r"\.(txt|tsv|json)(\.xz)?$", path.name)]


def _open(path: Path) -> IO[str]:
    return lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")


def _capped(path: Path, most: int) -> Iterator[str]:
    with _open(path) as lines:
        for _, line in zip(range(most), lines, strict=False):
            yield line.rstrip("\n")


def _lines(path: Path, most: int) -> Source:
    found = [line.strip() for line in _capped(path, most) if is_whole(line.strip())]
    return Source(path.name, _language(path, found), found, ordered=False)


def _pairs(path: Path, most: int) -> list[Source]:
    columns: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for line in _capped(path, most):
        cells = line.split("\t")
        if len(cells) == len(_PAIR):
            for column, cell in zip(columns, cells, strict=True):
                if is_whole(cell.strip()):
                    column[cell.strip()] = None
    return [
        Source(f"{path.name} {language}", language, list(column), ordered=False)
        for language, column in zip(_PAIR, columns, strict=True)
    ]


def _squad(path: Path, most: int) -> tuple[Source, list[tuple[str, str]]]:
    from index.sentences import sentence_bounds

    with _open(path) as file:
        paragraphs = [each for article in json.load(file)["data"] for each in article["paragraphs"]][:most]
    found = []
    for text in dict.fromkeys(each["context"] for each in paragraphs):
        some = (" ".join(text[start:end].split()) for start, end in sentence_bounds(text))
        found += [each for each in some if is_whole(each)]
    language = _language(path, found)
    asked = [(language, qa["question"].strip()) for each in paragraphs for qa in each["qas"]]
    return Source(path.name, language, found, ordered=True), [each for each in asked if each[1]]


def _language(path: Path, sentences: Sequence[str]) -> str:
    """Return the language that a file's name states (`.fr.`), or that its sentences show."""
    from index.language import language_of

    named = _LANGUAGE.search(path.name)
    return named[1] if named else language_of(" ".join(sentences[:20]))
