"""Gold in our JSONL: one question a line, every field required.

    {"id": "d1", "question": "...", "answers": ["27 %"], "sources": ["001.txt"], "language": "fr", "split": "dev"}

No answers and no sources mean that the folder does not answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from index.errors import InputError
from index.types import LANGUAGES
from qa.textfile import encoding_error, json_object, open_text
from qa.types import Example

_REMEDY = "see the README for the form of gold"


def read_lines(path: Path) -> tuple[Example, ...]:
    """Read gold in our JSONL.

    :raises InputError: if anything is wrong with it, naming the line and the remedy.
    """
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
