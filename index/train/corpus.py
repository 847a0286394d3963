"""The training data: translated pairs, law headings with their sections, questions with their paragraphs.

Whole articles of two English question sets are held out, so that English has a
development set that no weight has seen.
"""

from __future__ import annotations

import json
import lzma
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import TrainingDataError
from index.sentences import sentence_bounds
from index.types import LANGUAGES

HEADINGS = "canada-laws-headings.4col.tsv.xz"
HELD_OUT = {"squad2_part": 3, "squadshifts_new_wiki": 8}
"""How many of the last articles of a set are kept for development."""

_LONGEST = 1_200  # characters: longer paragraphs are cut to the sentences around the answer


@dataclass(frozen=True, slots=True)
class Translations:
    """Sentences of one source in English, and the same ones in French."""

    name: str
    english: tuple[str, ...]
    french: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedParagraphs:
    """Questions of one set: `asked` holds (question, number of its paragraph, the sentence that answers)."""

    name: str
    language: str
    paragraphs: tuple[str, ...]
    asked: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that a model is trained on. `headings` holds (heading en, fr, section en, fr)."""

    translations: tuple[Translations, ...]
    headings: tuple[tuple[str, str, str, str], ...]
    questions: tuple[AskedParagraphs, ...]


def read_corpus(data: Path) -> Corpus:
    """Read `data/parallel/*.tsv.xz` and `data/qa/*.LANGUAGE.json.xz`.

    :raises TrainingDataError: if there is nothing to train on, or a file is not what its name says.
    """
    parallel, questions = sorted((data / "parallel").glob("*.tsv.xz")), sorted((data / "qa").glob("*.json.xz"))
    if not parallel or not questions:
        missing = data / ("qa" if parallel else "parallel")
        wanted = "questions, in *.fr.json.xz and *.en.json.xz" if parallel else "translated pairs, in *.tsv.xz"
        raise TrainingDataError(f"no training data in {missing}: --data names the folder that holds {wanted}")
    headings = [
        (row[0], row[1], row[2], row[3]) for path in parallel if path.name == HEADINGS for row in _rows(path, 4)
    ]
    return Corpus(
        translations=read_translations(data),
        headings=tuple(headings),
        questions=tuple(read_questions(path)[0] for path in questions),
    )


def read_translations(data: Path) -> tuple[Translations, ...]:
    """Read the sentences of `data/parallel/*.tsv.xz`, headings left out.

    :raises TrainingDataError: if there are none, or a file is not what its name says.
    """
    paths = [path for path in sorted((data / "parallel").glob("*.tsv.xz")) if path.name != HEADINGS]
    if not paths:
        raise TrainingDataError(f"no translated pairs in {data / 'parallel'}: --data names the folder that holds it")
    return tuple(_translations(path) for path in paths)


def read_questions(path: Path) -> tuple[AskedParagraphs, AskedParagraphs]:
    """Read a SQuAD file: what to train on, and the articles held out (none, in most sets).

    :raises TrainingDataError: if it is no SQuAD file.
    """
    name, language, kept, held_out = read_articles(path)
    try:
        return _asked(name, language, kept), _asked(name, language, held_out)
    except (ValueError, KeyError, TypeError) as error:
        raise _no_squad(path, error) from error


def read_articles(path: Path) -> tuple[str, str, list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the name of a SQuAD file's set, its language, its articles to train on, and those held out.

    :raises TrainingDataError: if it is no SQuAD file.
    """
    name, _, language = path.name.removesuffix(".json.xz").rpartition(".")
    if language not in LANGUAGES:
        raise TrainingDataError(f"{path}: its name must tell its language, as NAME.fr.json.xz or NAME.en.json.xz does")
    try:
        articles = list(json.loads(_text(path))["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise _no_squad(path, error) from error
    kept = len(articles) - HELD_OUT.get(name, 0)
    return name, language, articles[:kept], articles[kept:]


def _no_squad(path: Path, error: Exception) -> TrainingDataError:
    return TrainingDataError(f"{path} is not a SQuAD file ({error!r}): fetch it again")


def _asked(name: str, language: str, articles: Sequence[dict[str, Any]]) -> AskedParagraphs:
    paragraphs: dict[str, int] = {}
    asked = []
    for article in articles:
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            if len(context) <= _LONGEST:
                paragraphs.setdefault(context, len(paragraphs))
            bounds = sentence_bounds(context)
            for question in paragraph["qas"]:
                if question.get("is_impossible") or not question["answers"]:
                    continue
                answer = question["answers"][0]
                start, end = int(answer["answer_start"]), int(answer["answer_start"]) + len(answer["text"])
                around = _window(bounds, start, end, _LONGEST)
                number = paragraphs.setdefault(context[slice(*around)], len(paragraphs))
                sentence = context[slice(*_window(bounds, start, end, 0))]
                asked.append((question["question"].strip(), number, sentence))
    return AskedParagraphs(name, language, tuple(paragraphs), tuple(asked))


def _window(bounds: Sequence[tuple[int, int]], start: int, end: int, longest: int) -> tuple[int, int]:
    """Return the bounds of the sentences that hold an answer, widened on both sides while they fit."""
    if bounds[-1][1] - bounds[0][0] <= longest:
        return bounds[0][0], bounds[-1][1]
    first = max((n for n, (at, _) in enumerate(bounds) if at <= start), default=0)
    last = min((n for n, (_, to) in enumerate(bounds) if to >= end), default=len(bounds) - 1)
    while True:
        wider = [(max(first - 1, 0), last), (first, min(last + 1, len(bounds) - 1))]
        for low, high in wider:
            if (low, high) != (first, last) and bounds[high][1] - bounds[low][0] <= longest:
                first, last = low, high
                break
        else:
            return bounds[first][0], max(end, bounds[last][1])


def _translations(path: Path) -> Translations:
    rows = list(_rows(path, 2))
    return Translations(path.name.partition(".")[0], tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(_text(path).removesuffix("\n").split("\n"), 1):
        row = line.rstrip("\r").split("\t")
        if len(row) < columns:
            raise TrainingDataError(f"{path}, line {number}: {len(row)} columns, want {columns}: fetch it again")
        if all(cell.strip() for cell in row[:columns]):
            yield row[:columns]


def _text(path: Path) -> str:
    try:
        return lzma.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise TrainingDataError(f"cannot read {path} ({error}): fetch it again") from error


def shares(sizes: Sequence[int], power: float = 0.6) -> list[float]:
    """Return how often each of some sources is drawn: in proportion to its size to a power."""
    weights = [math.pow(size, power) for size in sizes]
    return [weight / max(sum(weights), 1e-9) for weight in weights]
