"""Gold in our JSONL: one question a line, with the answers that are accepted or the places where they stand.

    {"question": "...", "answers": ["27 %"], "sources": ["001.txt"]}
    {"question": "...", "document": "001.txt", "spans": [{"start": 5, "end": 9, "text": "27 %"}]}

A line that has `spans` is of the second form; one file may hold both. No answers, or no
spans, mean that the folder does not answer. `id`, `language` and `split` may be added;
each field may go by the names in `qa.gold.fields`. Blank lines, and lines that begin with
`#`, are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.errors import InputError
from qa.gold.fields import (
    NAMES,
    fields_of,
    id_of,
    language_of_question,
    numbered,
    question_of,
    text_of_field,
    texts_of_field,
)
from qa.gold.spans import SpanReader
from qa.textfile import json_object, open_text
from qa.types import Example

SUFFIXES = (".jsonl", ".ndjson")
SPLIT = "gold"
"""The split of a question that tells none."""
_REMEDY = "see the README for the form of gold"


def read_lines(path: Path, folder: Path | None = None) -> tuple[Example, ...]:
    """Read gold in our JSONL.

    :param folder: the articles that spans are checked against; without it they are taken as they are.
    :raises InputError: if anything is wrong with it, naming the line and the remedy.
    """
    spans = SpanReader(folder)
    examples: list[Example] = []
    ids: list[str | None] = []
    lines: dict[str, int] = {}
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            if not holds_question(line):
                continue
            here = f"{path} line {number}"
            fields = fields_of(json_object(line, here, _REMEDY), NAMES, here)
            given = id_of(fields, here)
            if given in lines:
                raise InputError(f"{here}: the id {given!r} is that of line {lines[given]}: give another")
            if given is not None:
                lines[given] = number
            ids.append(given)
            examples.append(_example(fields, spans, here))
    if not examples:
        raise InputError(f"{path} holds no question: {_REMEDY}")
    return tuple(replace(example, id=name) for name, example in zip(numbered(ids), examples, strict=True))


def holds_question(line: str) -> bool:
    """Say whether a line is to be read: whether it is neither blank nor a comment."""
    return line.lstrip()[:1] not in ("", "#")


def _example(fields: Mapping[str, Any], spans: SpanReader, here: str) -> Example:
    """Return a question without its id."""
    question = question_of(fields, here)
    language = language_of_question(fields, question, here)
    split = SPLIT if fields.get("split") is None else text_of_field(fields, "split", here)
    if "spans" in fields:
        if "answers" in fields:
            raise InputError(f"{here}: the spans tell the answers: leave 'answers' out, or 'spans'")
        answers, places = spans.read(fields["spans"], fields.get("sources"), here)
        sources = tuple(dict.fromkeys(place.source for place in places))
        return Example("", question, answers, sources, language, split, places)
    if "answers" not in fields:
        raise InputError(f"{here}: the field 'answers' is missing: add it, as [] where the folder does not answer")
    answers = texts_of_field(fields, "answers", "a text or a list of texts", here)
    sources = texts_of_field(fields, "sources", "a file name or a list of file names", here)
    if bool(answers) != bool(sources):
        raise InputError(f"{here}: answers without sources, or sources without answers: give both or leave both empty")
    return Example("", question, answers, sources, language, split)
