"""The fields of a line of gold: each goes by several names, and none is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from index.errors import InputError, QuestionError
from index.language import question_language
from index.types import LANGUAGES
from qa.formats import ID_NAMES, QUESTION_NAMES
from qa.question import check_text
from qa.textfile import encoding_error

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (*ID_NAMES, "_id"),
    "question": QUESTION_NAMES,
    "answers": ("answers", "answer"),
    "sources": ("sources", "source", "files", "file", "documents", "document"),
    "spans": ("spans",),
    "language": ("language", "lang"),
    "split": ("split",),
}
"""The fields of a line, and what each of them may be called."""
_REMARKS = ("comment", "comments", "note", "notes")  # which say nothing to us, as all that begins with `_`


def fields_of(told: Mapping[str, Any], names: Mapping[str, tuple[str, ...]], here: str) -> dict[str, Any]:
    """Return what an object says of each field, by the field's first name; remarks are left out.

    :param names: the names of each field.
    :raises InputError: if it names a field twice, or one that is unknown.
    """
    known = {alias: name for name, aliases in names.items() for alias in aliases}
    found: dict[str, str] = {}
    for given in told:
        if given in known:
            before = found.setdefault(known[given], given)
            if before != given:
                raise InputError(f"{here}: '{before}' and '{given}' are one field: leave one of them out")
        elif given not in _REMARKS and not given.startswith("_"):
            raise InputError(f"{here}: the field '{given}' is unknown: want {', '.join(names)}")
    return {name: told[given] for name, given in found.items()}


def is_text(value: object) -> bool:
    """Say whether a value is a text that is not blank, in whole characters."""
    return isinstance(value, str) and bool(value.strip()) and not encoding_error(value)


def text_of_field(fields: Mapping[str, Any], name: str, here: str) -> str:
    """Return the text of a field.

    :raises InputError: if the field is missing, null, blank or no text.
    """
    if fields.get(name) is None:
        raise InputError(f"{here}: the field '{name}' is missing: add it")
    if not is_text(fields[name]):
        raise unfit(name, fields[name], "a text", here)
    return str(fields[name])


def id_of(fields: Mapping[str, Any], here: str) -> str | None:
    """Return the id, which may be a whole number, or None where there is none.

    :raises InputError: if it is anything else.
    """
    given = fields.get("id")
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    return None if given is None else text_of_field(fields, "id", here)


def question_of(fields: Mapping[str, Any], here: str) -> str:
    """Return the question.

    :raises InputError: if there is none, or it is too long to be asked.
    """
    question = text_of_field(fields, "question", here)
    try:
        check_text(question)
    except QuestionError as error:
        raise InputError(f"{here}: {error}") from error
    return question


def texts_of_field(fields: Mapping[str, Any], name: str, wanted: str, here: str) -> tuple[str, ...]:
    """Return the texts of a field, in their order and each once: of a list, of a text alone; of nothing, none.

    :param wanted: what an error asks for.
    :raises InputError: if it holds anything else.
    """
    value = fields.get(name)
    listed = [] if value is None else value if isinstance(value, list) else [value]
    if not all(map(is_text, listed)):
        raise unfit(name, value, wanted, here)
    return tuple(dict.fromkeys(listed))


def language_told(value: object, here: str) -> str | None:
    """Return the language that a field tells (`fr`, `FR`, `fr-CA`), or None where it tells none.

    :raises InputError: if it tells another than ours.
    """
    if value is None:
        return None
    code = value.strip().lower().replace("_", "-").partition("-")[0] if isinstance(value, str) else value
    if code in ("", "und"):
        return None
    if code not in LANGUAGES:
        raise unfit("language", value, " or ".join(LANGUAGES), here)
    return str(code)


def language_of_question(fields: Mapping[str, Any], question: str, here: str) -> str:
    """Return a question's language: as its field tells it, or else as a question that is asked is read.

    :raises InputError: if it is neither told nor to be seen.
    """
    language = language_told(fields.get("language"), here) or question_language(question)
    if language not in LANGUAGES:
        raise InputError(f'{here}: the question is neither plain French nor English: add "language", fr or en')
    return language


def unfit(name: str, value: object, wanted: str, here: str) -> InputError:
    """Return the error that says that a field holds what it should not."""
    return InputError(f"{here}: the field '{name}' is {json.dumps(value)[:60]}: want {wanted}")


def numbered(ids: Iterable[str | None]) -> list[str]:
    """Return ids with `q1`, `q2`... for those that are missing, by their place among all.

    Where one is given to another, `_` is put after it.
    """
    listed = list(ids)
    taken = {each for each in listed if each is not None}
    full = []
    for place, given in enumerate(listed, start=1):
        each = f"q{place}" if given is None else given
        while given is None and each in taken:
            each += "_"
        taken.add(each)
        full.append(each)
    return full
