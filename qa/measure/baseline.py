"""An earlier evaluation, read from what `sourcier eval --json` wrote, to compare a new one with."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import InputError
from qa.measure.evaluation import SCHEMA, Result
from qa.textfile import encoding_error, open_text

_REMEDY = "give a file that `sourcier eval GOLD --json` wrote"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a comparison needs of one question.

    `gold` digests the question and what it accepts; `figures` lie between 0 and 1, and among
    them, where something was cited, `citations_valid` is the share of its citations that verify.
    """

    id: str
    question: str
    gold: str
    answer: str | None
    ms: float
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The questions of an earlier evaluation by their ids, and the versions and settings that it was made of."""

    path: Path
    made_of: Mapping[str, str]
    questions: Mapping[str, Outcome]


def outcome_of(result: Result) -> Outcome:
    """Return what a comparison needs of a question that was just asked."""
    figures = _with_citations(result.figures, result.citations_valid, result.citations)
    return Outcome(result.id, result.question, result.gold, result.answer, result.ms, figures)


def read_baseline(path: Path) -> Baseline:
    """Read an earlier evaluation.

    :raises InputError: if the file is missing, or is not what `sourcier eval --json` writes.
    """
    told = _parsed(path)
    if "per_question" not in told or not isinstance(told.get("schema"), int):
        raise InputError(f"{path} is no evaluation: {_REMEDY}")
    if told["schema"] != SCHEMA:
        raise InputError(
            f"{path} is of schema {told['schema']}, this Sourcier reads {SCHEMA}:"
            " make the file again with this version, or install the one that wrote it"
        )
    made_of, listed = told.get("made_of"), told["per_question"]
    if not isinstance(made_of, dict) or not all(isinstance(value, str) for value in made_of.values()):
        raise InputError(f"{path}, made_of: not a name for each part: {_REMEDY}")
    if not isinstance(listed, list) or not listed:
        raise InputError(f"{path}, per_question: no list of questions: {_REMEDY}")
    questions: dict[str, Outcome] = {}
    for number, each in enumerate(listed, start=1):
        outcome = _outcome(each, f"{path}, question {number}")
        if outcome.id in questions:
            raise InputError(f"{path}, question {number}: {outcome.id!r} is there twice: {_REMEDY}")
        questions[outcome.id] = outcome
    return Baseline(path, made_of, questions)


def _parsed(path: Path) -> dict[str, Any]:
    with open_text(path) as file:
        text = file.read()
    if wrong := encoding_error(text):
        raise InputError(f"{path}: {wrong}")
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: invalid JSON ({error.msg}, line {error.lineno}): {_REMEDY}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: JSON that cannot be read: {_REMEDY}") from error
    if not isinstance(told, dict):
        raise InputError(f"{path} is no evaluation: {_REMEDY}")
    return told


def _outcome(told: object, here: str) -> Outcome:
    if not isinstance(told, dict):
        raise InputError(f"{here}: not an object: {_REMEDY}")
    for name in ("id", "question", "gold"):
        if not isinstance(told.get(name), str) or not told[name]:
            raise InputError(f"{here}: {name} is not a text: {_REMEDY}")
    here = f"{here} ({told['id']!r})"
    if "answer" not in told or not isinstance(told["answer"], str | None):
        raise InputError(f"{here}: answer is neither a text nor null: {_REMEDY}")
    figures = told.get("figures")
    if not isinstance(figures, dict) or not figures:
        raise InputError(f"{here}: no figures: {_REMEDY}")
    for name, value in figures.items():
        _number(value, f"{here}: {name}", most=1.0)
    milliseconds = _number(told.get("ms"), f"{here}: ms")
    cited = _number(told.get("citations"), f"{here}: citations")
    valid = _number(told.get("citations_valid"), f"{here}: citations_valid", most=cited)
    known = _with_citations(figures, valid, cited)
    return Outcome(told["id"], told["question"], told["gold"], told["answer"], milliseconds, known)


def _with_citations(figures: Mapping[str, float], valid: float, cited: float) -> dict[str, float]:
    return {**figures, **({"citations_valid": valid / cited} if cited else {})}


def _number(value: object, here: str, most: float = sys.float_info.max) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{here} is {value!r:.40}, no number: {_REMEDY}")
    if not 0.0 <= value <= most:  # nor are NaN and infinity
        limits = "a finite number from 0" if most == sys.float_info.max else f"0 to {most:g}"
        raise InputError(f"{here} is {value!r:.20}, want {limits}: {_REMEDY}")
    return float(value)
