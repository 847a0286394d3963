"""Gold: questions with their accepted answers and the files that hold them.

Ours is JSONL, one question a line, every field required:

    {"id": "d1", "question": "...", "answers": ["27 %"], "sources": ["001.txt"], "language": "fr", "split": "dev"}

No answers and no sources mean that the folder does not answer. SQuAD files (.json) are
read too; they carry their own paragraphs, which `squad_folder` writes as articles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from index.documents import extract, read_bytes, scan
from index.errors import DocumentError, InputError
from index.language import language_of
from index.types import LANGUAGES
from qa.squad import SquadParagraph, squad_paragraphs
from qa.textfile import encoding_error, json_object, open_text
from qa.types import Example

_SAMPLE = 50  # questions that the language of a SQuAD file is told by
_REMEDY = "see the README for the form of gold"


def read_gold(path: Path, folder: Path | None = None) -> tuple[Example, ...]:
    """Read gold: JSONL of ours, or SQuAD .json.

    :param folder: for SQuAD, the folder of articles that hold its paragraphs, white space
        aside; without it, sources are the files that `squad_folder` writes.
    :raises InputError: if anything is wrong with it, naming the line and the remedy.
    """
    if path.suffix.lower() == ".json":
        return _squad_examples(path, folder)
    if path.suffix.lower() != ".jsonl":
        raise InputError(f"{path} has format {path.suffix or '(none)'}: gold is .jsonl of ours, or SQuAD .json")
    examples: list[Example] = []
    lines: dict[str, int] = {}
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            here = f"{path} line {number}"
            example = _example(line, here)
            if example.id in lines:
                raise InputError(f"{here}: the id {example.id!r} is that of line {lines[example.id]}: give another")
            lines[example.id] = number
            examples.append(example)
    if not examples:
        raise InputError(f"{path} holds no question: {_REMEDY}")
    return tuple(examples)


def squad_folder(path: Path, folder: Path) -> int:
    """Write each paragraph of a SQuAD file as an article into an empty folder.

    :return: the number of articles.
    :raises InputError: if the file is no SQuAD, or the folder is not empty.
    """
    paragraphs = squad_paragraphs(path)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: give an empty folder to write the paragraphs of {path} into")
    for paragraph in paragraphs:
        (folder / paragraph.source).write_text(paragraph.context, "utf-8", newline="")
    return len(paragraphs)


def _example(line: str, here: str) -> Example:
    told = json_object(line, here, _REMEDY)
    for name in [*_CHECKS, *told]:
        if name not in told:
            raise InputError(f"{here}: the field '{name}' is missing: add it")
        if name not in _CHECKS:
            raise InputError(f"{here}: the field '{name}' is unknown: want {', '.join(_CHECKS)}")
        fits, wanted = _CHECKS[name]
        if not fits(told[name]):
            raise InputError(f"{here}: the field '{name}' is {json.dumps(told[name])[:60]}: want {wanted}")
    if bool(told["answers"]) != bool(told["sources"]):
        raise InputError(f"{here}: answers without sources, or sources without answers: give both or leave both empty")
    return Example(**{**told, "answers": tuple(told["answers"]), "sources": tuple(told["sources"])})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not encoding_error(value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "id": (_is_text, "a text"),
    "question": (_is_text, "a text"),
    "answers": (_are_texts, "a list of texts"),
    "sources": (_are_texts, "a list of file names"),
    "language": (lambda value: value in LANGUAGES, " or ".join(LANGUAGES)),
    "split": (_is_text, "a text, such as dev or test"),
}


def _squad_examples(path: Path, folder: Path | None) -> tuple[Example, ...]:
    paragraphs = squad_paragraphs(path)
    asked = [question for paragraph in paragraphs for question in paragraph.questions]
    if not asked:
        raise InputError(f"{path} holds no question: give a SQuAD file with questions")
    language = language_of("\n".join(question.text for question in asked[:_SAMPLE]))
    sources = _Sources(folder) if folder else None
    examples = []
    for paragraph in paragraphs:
        answered = [question.id for question in paragraph.questions if question.answers]
        holding = sources.of(paragraph, path) if sources and answered else (paragraph.source,)
        for question in paragraph.questions:
            if question.answers is None:
                raise InputError(f"{path}: question {question.id!r} tells no answers: add them, or is_impossible")
            where = holding if question.answers else ()
            examples.append(Example(question.id, question.text, question.answers, where, language, "squad"))
    return tuple(examples)


class _Sources:
    """Finds the articles of a folder that hold a paragraph, white space aside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        for state in scan(folder)[0]:
            try:
                text = extract(read_bytes(folder, state.source), state.source)
            except DocumentError:
                continue  # the index has passed over it, and said so
            self.texts[state.source] = _spaced(text)

    def of(self, paragraph: SquadParagraph, path: Path) -> tuple[str, ...]:
        """Return the sources that hold a paragraph.

        :raises InputError: if none does.
        """
        wanted = _spaced(paragraph.context)
        found = tuple(source for source, text in self.texts.items() if wanted in text)
        if not found:
            raise InputError(
                f"{path}: article {paragraph.article}, paragraph {paragraph.number} stands in no article of"
                f" {self.folder}: give the folder that holds it, or leave FOLDER out"
            )
        return found


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
