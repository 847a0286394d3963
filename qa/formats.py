"""Files of questions to records, one by one: JSONL, CSV, TSV, text and SQuAD.

A bad line becomes a `BadLine` in its place and the reading goes on; a file that cannot
be read at all raises at once.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import InputError
from index.types import LANGUAGES
from qa.textfile import encoding_error, open_text, text_of

STDIN = "-"
QUESTION_NAMES = ("question", "q", "query", "text")
ID_NAMES = ("id", "qid", "question_id")
_DELIMITERS = {".csv": ",;\t", ".tsv": "\t"}
_FORMATS = "questions are .jsonl, .csv, .tsv, .txt or SQuAD .json, or - for standard input"
_QUOTES = "close every quote, and double those inside a cell"
_MAX_CELL = 10_000_000  # characters of a CSV cell


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question to ask. `line` counts from 1; in SQuAD, it is the question's place in the file.

    `previous` are the questions that it may be a follow-up of, newest last.
    """

    line: int
    id: str
    question: str
    language: str | None = None
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no question that can be asked. `id` is None if it could not be read."""

    line: int
    id: str | None
    error: InputError


@dataclass(frozen=True, slots=True)
class _Raw:
    """What a line says, not yet checked."""

    line: int
    fields: dict[str, Any]


Item = QuestionLine | BadLine


def read_questions(path: Path | str, stdin: BinaryIO | None = None) -> Iterator[Item]:
    """Read a file of questions line by line, in order.

    A question without an id is `q1`, `q2`... by its place in the file, with `_` after
    it where the file has given that id to another; blank lines do not count.

    :param path: the file, or `-` for standard input: JSON where a line begins as JSON, else text.
    :param stdin: what `-` reads, as bytes; by default the process's own.
    :raises InputError: at once, if the file is missing, of no known format, or has no question column.
    """
    if str(path) == STDIN:
        return _identified(_mixed(stdin or sys.stdin.buffer), "standard input")
    path = Path(path)
    suffix = path.suffix.lower()
    with open_text(path):
        pass  # what cannot be opened is told now, not at the first line
    if suffix in (".jsonl", ".ndjson", ".txt"):
        return _identified(_lines(path, suffix != ".txt"), str(path))
    if suffix in _DELIMITERS:
        header, delimiter = _header(path, _DELIMITERS[suffix])
        return _identified(_rows(path, header, delimiter), str(path))
    if suffix == ".json":
        from qa.squad import squad_paragraphs

        asked = [question for paragraph in squad_paragraphs(path) for question in paragraph.questions]
        raws = (_Raw(n, {"id": question.id, "question": question.text}) for n, question in enumerate(asked, start=1))
        return _identified(raws, str(path))
    raise InputError(f"{path} has format {suffix or '(none)'}, which is not read: {_FORMATS}")


def _mixed(stdin: BinaryIO) -> Iterator[_Raw | BadLine]:
    text = text_of(stdin)
    try:
        for number, line in enumerate(text, start=1):
            begins = line.lstrip()[:1]
            if begins == "{":
                yield _json_line(number, line)
            elif begins:
                read = _json_line(number, line) if begins == '"' else None
                yield read if isinstance(read, _Raw) else _Raw(number, {"question": line.strip()})
    finally:
        text.detach()  # or standard input would be closed with it


def _lines(path: Path, as_json: bool) -> Iterator[_Raw | BadLine]:
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _json_line(number, line) if as_json else _Raw(number, {"question": line.strip()})


def _json_line(number: int, line: str) -> _Raw | BadLine:
    try:
        told = json.loads(line)
    except json.JSONDecodeError as error:
        wrong = f"invalid JSON ({error.msg}, column {error.colno})"
    except (ValueError, RecursionError):
        wrong = "JSON too deep or with too long a number"
    else:
        if isinstance(told, dict):
            return _Raw(number, told)
        if isinstance(told, str):
            return _Raw(number, {"question": told})
        wrong = "neither an object nor a text"
    return _bad(number, None, f'{wrong}: write {{"question": "..."}} on one line')


def _header(path: Path, delimiters: str) -> tuple[tuple[str, ...], str]:
    """Return the names of the columns, and the delimiter that sets the question's apart."""
    csv.field_size_limit(_MAX_CELL)
    invalid = None
    with open_text(path, newline="") as file:
        for delimiter in delimiters:
            file.seek(0)
            try:
                row = next(csv.reader(file, delimiter=delimiter, strict=True), [])
            except csv.Error as error:
                invalid = error
                continue
            names = tuple(cell.strip().lower() for cell in row)
            if set(names) & set(QUESTION_NAMES):
                return names, delimiter
    if invalid:
        raise InputError(f"{path} line 1: invalid CSV ({invalid}): {_QUOTES}")
    wanted = " or ".join(QUESTION_NAMES)
    raise InputError(f"{path} line 1: no question column: name one column {wanted} in the first line")


def _rows(path: Path, header: Sequence[str], delimiter: str) -> Iterator[_Raw | BadLine]:
    with open_text(path, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        next(reader)
        while True:
            number = reader.line_num + 1  # a quoted cell may hold newlines: a row is where it begins
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield _bad(number, None, f"invalid CSV ({error}): {_QUOTES}")
                continue
            if len(row) > len(header):
                wrong = f"{len(row)} cells, the header has {len(header)}"
                yield _bad(number, None, f"{wrong}: put the question in double quotes")
            elif any(cell.strip() for cell in row):
                yield _Raw(number, {name: cell.strip() for name, cell in zip(header, row, strict=False)})


def _identified(raws: Iterator[_Raw | BadLine], name: str) -> Iterator[Item]:
    """Check what the lines say, number those without an id, and refuse ids given twice."""
    lines_of: dict[str, int] = {}
    for place, raw in enumerate(raws, start=1):
        item = _item(raw) if isinstance(raw, _Raw) else raw
        if item.id is None and isinstance(item, BadLine):
            yield _named(item, name)
            continue
        question_id = item.id or f"q{place}"
        while not item.id and question_id in lines_of:
            question_id += "_"
        before = lines_of.setdefault(question_id, item.line)
        if before != item.line:
            wrong = f"the id {question_id!r} is that of line {before}"
            yield _named(_bad(item.line, question_id, f"{wrong}: give another"), name)
        elif isinstance(item, BadLine):
            yield _named(item, name)
        else:
            yield replace(item, id=question_id)


def _item(raw: _Raw) -> Item:
    given = next((raw.fields[name] for name in ID_NAMES if raw.fields.get(name) not in (None, "")), None)
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if given is not None and (not isinstance(given, str) or encoding_error(given)):
        return _bad(raw.line, None, "the id is not a text or a whole number: write it in double quotes")
    column = next((name for name in QUESTION_NAMES if name in raw.fields), None)
    if column is None:
        return _bad(raw.line, given, "no question: name it " + " or ".join(QUESTION_NAMES))
    question, language = raw.fields[column], raw.fields.get("language")
    if not isinstance(question, str):
        told = json.dumps(question)[:40]
        return _bad(raw.line, given, f"the {column} is {told}, not a text: write it in double quotes")
    if isinstance(language, str):
        language = language.lower()
    previous = raw.fields.get("previous")
    previous = [previous] if isinstance(previous, str) and previous else previous  # a cell of CSV holds one text
    if wrong := encoding_error(question) or _wrong_language(language) or _wrong_previous(previous):
        return _bad(raw.line, given, wrong)
    known = language if language in LANGUAGES else None
    return QuestionLine(raw.line, given or "", question, known, tuple(previous or ()))


def _wrong_language(language: object) -> str | None:
    if language in (None, "", "und", *LANGUAGES):
        return None
    return f"the language is {json.dumps(language)[:40]}: write fr or en, or leave it out"


def _wrong_previous(previous: object) -> str | None:
    if previous in (None, "") or (isinstance(previous, list) and all(isinstance(text, str) for text in previous)):
        return None
    return f'previous is {json.dumps(previous)[:40]}, not a list of texts: write ["..."], or leave it out'


def _bad(line: int, question_id: str | None, message: str) -> BadLine:
    return BadLine(line, question_id, InputError(message))


def _named(item: BadLine, name: str) -> BadLine:
    """Return a bad line whose message names the file and the line."""
    return BadLine(item.line, item.id, InputError(f"{name} line {item.line}: {item.error}"))
