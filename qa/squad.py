"""SQuAD files, version 1.1 or 2: paragraphs with the questions asked about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import InputError
from qa.textfile import encoding_error, open_text

_REMEDY = "give a SQuAD file, version 1.1 or 2"
_NAMES: dict[type, str] = {str: "a text", list: "a list", dict: "an object", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question about a paragraph. `answers` is None where the file does not tell them."""

    id: str
    text: str
    answers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SquadParagraph:
    """A paragraph, the numbers from 1 of its article and of itself, and its questions."""

    article: int
    number: int
    context: str
    questions: tuple[SquadQuestion, ...]

    @property
    def source(self) -> str:
        """The name of the file that holds the paragraph alone: no date can be read in it."""
        return f"article-{self.article:04d}-paragraph-{self.number:04d}.txt"


def squad_paragraphs(path: Path) -> list[SquadParagraph]:
    """Read a SQuAD file. It is one JSON value: what is wrong in it spoils it all.

    :raises InputError: if it cannot be read or has not the form of SQuAD; says where.
    """
    with open_text(path) as file:
        return parse_squad(file.read(), str(path))


def parse_squad(text: str, where: str) -> list[SquadParagraph]:
    """Read the text of a SQuAD file.

    :param where: the file, as an error names it.
    :raises InputError: as `squad_paragraphs` does.
    """
    if wrong := encoding_error(text):
        raise InputError(f"{where}: {wrong}")
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{where} line {error.lineno}: invalid JSON ({error.msg}): {_REMEDY}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: JSON that cannot be read ({error}): {_REMEDY}") from error
    paragraphs = list(_paragraphs(told, where))
    places: dict[str, str] = {}
    for paragraph in paragraphs:
        for number, question in enumerate(paragraph.questions, start=1):
            place = f"article {paragraph.article}, paragraph {paragraph.number}, question {number}"
            before = places.setdefault(question.id, place)
            if before != place:
                wrong = f"the id {question.id!r} is given twice, first to {before}"
                raise InputError(f"{where}: {place}: {wrong}: give every question its own")
    return paragraphs


def _paragraphs(told: object, where: str) -> Iterator[SquadParagraph]:
    if not isinstance(told, dict):
        raise InputError(f"{where}: want an object with the field 'data': {_REMEDY}")
    for a, article in enumerate(_field(told, "data", list, where), start=1):
        in_article = f"{where}: article {a}"
        for p, paragraph in enumerate(_field(article, "paragraphs", list, in_article), start=1):
            here = f"{in_article}, paragraph {p}"
            context = _field(paragraph, "context", str, here)
            questions = _field(paragraph, "qas", list, here)
            read = (_question(entry, f"{here}, question {q}") for q, entry in enumerate(questions, start=1))
            yield SquadParagraph(a, p, context, tuple(read))


def _question(entry: dict[str, Any], here: str) -> SquadQuestion:
    question_id = _field(entry, "id", str, here)
    text = _field(entry, "question", str, here)
    if "is_impossible" in entry and _field(entry, "is_impossible", bool, here):
        return SquadQuestion(question_id, text, ())
    if "answers" not in entry:
        return SquadQuestion(question_id, text, None)
    answers = [_field(answer, "text", str, here) for answer in _field(entry, "answers", list, here)]
    if not answers or not all(answer.strip() for answer in answers):
        raise InputError(f"{here}: no answer, or an empty one: give its text, or set is_impossible")
    return SquadQuestion(question_id, text, tuple(dict.fromkeys(answers)))


def _field(entry: object, name: str, kind: type, where: str) -> Any:  # noqa: ANN401 - the kind is an argument
    if not isinstance(entry, dict) or not isinstance(entry.get(name), kind):
        raise InputError(f"{where}: the field '{name}' is missing or is not {_NAMES[kind]}: {_REMEDY}")
    if kind is str and (wrong := encoding_error(entry[name])):
        raise InputError(f"{where}: the field '{name}' holds {wrong}")
    return entry[name]
