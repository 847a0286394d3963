"""The files of a BEIR folder to records, one by one: documents, queries, judgements.

The form is that of the BEIR benchmark (Thakur et al., 2021): `corpus.jsonl`, `queries.jsonl`
and `qrels/SPLIT.tsv`. Fields that are not named here are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import InputError
from qa.gold.fields import id_of, is_text, language_told, unfit
from qa.textfile import encoding_error, json_object, open_text

HEADER = ("query-id", "corpus-id", "score")
_REMEDY = "see the README for the form of a BEIR folder"
_SCORE = re.compile(r"-?[0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # by which a file is taken for no text


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of a corpus, and the line that it stands on."""

    line: int
    id: str
    title: str
    text: str

    @property
    def source(self) -> str:
        """The path of its article: by its line, as ids may hold anything; so long a number is no date."""
        return f"{self.line // 1000:06d}/{self.line:09d}.txt"

    @property
    def article(self) -> str:
        """Its title and its text, with spaces for control characters; empty if it has neither."""
        title, text = " ".join(self.title.split()), self.text if self.text.strip() else ""
        return _CONTROL.sub(" ", "\n\n".join(filter(None, (title, text)))) if title or text else ""


@dataclass(frozen=True, slots=True)
class Query:
    """A query, and its language where the line tells it."""

    line: int
    id: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """How relevant a document is to a query: above 0, or not."""

    line: int
    query: str
    document: str
    score: int


def entries(path: Path) -> Iterator[Entry]:
    """Yield the documents of a corpus, in order.

    :raises InputError: if a line is no document, or gives the id of another.
    """
    for line, given, told, here in _objects(path):
        title = told.get("title")
        yield Entry(line, given, "" if title is None else _text(title, "title", here), _text_of(told, here))


def queries(path: Path) -> Iterator[Query]:
    """Yield the queries, in order.

    :raises InputError: if a line is no query, or gives the id of another.
    """
    for line, given, told, here in _objects(path):
        text = _text_of(told, here)
        if not text.strip():
            raise unfit("text", text, "a query", here)
        yield Query(line, given, text, language_told(told.get("language", told.get("lang")), here))


def judgements(path: Path) -> Iterator[Judgement]:
    """Yield the judgements of a split, in order.

    :raises InputError: if the header or a line is not as BEIR has it, or a pair is judged twice.
    """
    lines: dict[tuple[str, str], int] = {}
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            here = f"{path} line {number}"
            cells = tuple(line.rstrip("\n").split("\t"))
            if number == 1:
                if tuple(cell.strip().lower() for cell in cells) != HEADER:
                    raise InputError(f"{here}: no header: begin with {', '.join(HEADER)}, a tab between each")
            elif line.strip():
                each = _judgement(cells, number, here)
                before = lines.setdefault((each.query, each.document), number)
                if before != number:
                    raise InputError(f"{here}: this pair is judged on line {before}: leave one of them out")
                yield each


def _judgement(cells: tuple[str, ...], number: int, here: str) -> Judgement:
    if len(cells) != len(HEADER):
        raise InputError(f"{here}: {len(cells)} cells: want {', '.join(HEADER)}, a tab between each")
    query, document, score = cells
    if wrong := encoding_error(query + document):
        raise InputError(f"{here}: {wrong}")
    if not _SCORE.fullmatch(score.strip()):
        raise InputError(f"{here}: the score is {score[:40]!r}: want a whole number, above 0 where it is relevant")
    return Judgement(number, query, document, int(score))


def _objects(path: Path) -> Iterator[tuple[int, str, dict[str, Any], str]]:
    """Yield the number, the id, the fields and the name of each line."""
    lines: dict[str, int] = {}
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            here = f"{path} line {number}"
            told = json_object(line, here, _REMEDY)
            given = id_of({"id": told.get("_id")}, here)
            if given is None:
                raise InputError(f"{here}: the field '_id' is missing: add it")
            if lines.setdefault(given, number) != number:
                raise InputError(f"{here}: the id {given!r} is that of line {lines[given]}: give another")
            yield number, given, told, here


def _text_of(told: dict[str, Any], here: str) -> str:
    if "text" not in told:
        raise InputError(f"{here}: the field 'text' is missing: add it")
    return _text(told["text"], "text", here)


def _text(value: object, name: str, here: str) -> str:
    if not isinstance(value, str) or (value.strip() and not is_text(value)):
        raise unfit(name, value, "a text", here)
    return value
