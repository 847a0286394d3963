"""Lines of answers, schema 1, to the citations that can be checked; what is no answer is told with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from index.errors import InputError
from qa.cited_text import excerpt
from qa.textfile import encoding_error, json_object
from qa.types import SCHEMA

_REMEDY = "give the lines that `sourcier batch -o OUT.jsonl` or `sourcier ask --json` writes"
_CITATION = {"number": int, "source": str, "line": int, "start": int, "end": int, "quote": str, "sha256": str}
_SENTENCE = {"start": int, "end": int, "text": str}
_WANTED: dict[type, str] = {int: "a whole number", str: "a text", list: "a list", dict: "an object"}

Outcome = Literal["answered", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class CitedAnswer:
    """A line of answers: what became of its question, and the citations, as schema 1 tells them.

    `problem` says what is wrong with the answer itself, whatever its citations say.
    """

    id: str | None
    question: str | None
    outcome: Outcome
    citations: tuple[Mapping[str, Any], ...] = ()
    problem: str | None = None


def read_answer(line: str, here: str) -> CitedAnswer:
    """Read a line of answers: every citation has the fields that checking needs.

    :param here: the file and the line, as an error names them.
    :raises InputError: if the line is no answer.
    """
    told = json_object(line, here, _REMEDY)
    if told.get("schema") != SCHEMA:
        raise InputError(f"{here}: schema {excerpt(told.get('schema'))}, this Sourcier reads {SCHEMA}: {_REMEDY}")
    named, question = (value if isinstance(value := told.get(key), str) else None for key in ("id", "question"))
    if "error" in told:
        return CitedAnswer(named, question, "failed")
    if "answer" not in told:
        raise InputError(f"{here}: the field 'answer' is missing: {_REMEDY}")
    _check(told, {"citations": list}, here)
    for citation in told["citations"]:
        _check(citation, {**_CITATION, "sentence": dict}, f"{here}: a citation")
        if citation.get("page") is not None:  # answers of before PDF was read have none
            _check(citation, {"page": int}, f"{here}: a citation")
        _check(citation["sentence"], _SENTENCE, f"{here}: the sentence of citation {citation['number']}")
    answer, citations = told["answer"], tuple(told["citations"])
    problem = None
    if answer is not None and answer not in [citation["quote"] for citation in citations]:
        problem = f"the answer {excerpt(answer)} is the quote of no citation"
    return CitedAnswer(named, question, "refused" if answer is None else "answered", citations, problem)


def _check(told: object, fields: Mapping[str, type], here: str) -> None:
    if not isinstance(told, dict):
        raise InputError(f"{here}: not an object: {_REMEDY}")
    for name, kind in fields.items():
        value = told.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"{here}: the field '{name}' is missing or is not {_WANTED[kind]}: {_REMEDY}")
        if isinstance(value, str) and (wrong := encoding_error(value)):
            raise InputError(f"{here}: the field '{name}' holds {wrong}")
