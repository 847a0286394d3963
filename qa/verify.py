"""Re-read the files on disk, and check that every cited quote stands where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from index.documents import extract, read_bytes
from index.errors import DocumentError, InputError, VerificationError
from qa.textfile import encoding_error, json_object, open_text
from qa.types import SCHEMA

_SHOWN = 80  # characters of a text that an error shows
_CACHED = 64  # files kept in memory
_REMEDY = "give the lines that `sourcier batch` or `sourcier ask --json` writes"
_CITATION = {"number": int, "source": str, "line": int, "start": int, "end": int, "quote": str, "sha256": str}
_SENTENCE = {"start": int, "end": int, "text": str}
_WANTED: dict[type, str] = {int: "a whole number", str: "a text", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A citation that stands. `changed` says that the file did change, but not there."""

    line: int
    id: str | None
    number: int
    source: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked: the counts, and the files that changed although their quotes stand."""

    answers: int
    citations: int
    changed: tuple[str, ...]


class Files:
    """The articles of a folder as they are on disk now, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = lru_cache(maxsize=_CACHED)(self._read_now)

    def problem(self, citation: Mapping[str, Any]) -> str | None:
        """Return why a citation of schema 1 does not stand, or None if it does."""
        source = citation["source"]
        if _leads_out(source):
            return f"{_shown(source)} is no file of the folder: a source never leads out of it"
        try:
            text, sha256 = self._read(source)
        except DocumentError as error:
            if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
                return f"{source} is gone from {self._folder}"
            return f"{source} {error}"
        return _problem_in(text, sha256, citation)

    def changed(self, citation: Mapping[str, Any]) -> bool:
        """Say whether the file of a citation that stands is another than the one cited."""
        return self._read(citation["source"])[1] != str(citation["sha256"])

    def _read_now(self, source: str) -> tuple[str, str]:
        data = read_bytes(self._folder, source)
        return extract(data, source), hashlib.sha256(data).hexdigest()


def verify_answers(lines: Iterable[str], folder: Path, name: str = "answers") -> Iterator[Verdict]:
    """Check every citation of answers, one JSON object of schema 1 a line.

    Abstentions and failed questions cite nothing and are passed over.

    :param folder: the folder of articles, as it is now.
    :param name: what errors call the lines.
    :return: a verdict for each citation, in order; `tally` counts them.
    :raises VerificationError: at the first citation that does not stand.
    :raises InputError: at a line that is no answer.
    """
    if not folder.is_dir():
        raise InputError(f"no folder at {folder}: give the folder of articles that was asked")
    files = Files(folder)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        here = f"{name} line {number}"
        answer = _answer(line, here)
        for citation in answer.get("citations") or ():
            if problem := files.problem(citation):
                raise VerificationError(f"{here}: citation {citation['number']}: {problem}; ask the question again")
            verdict = Verdict(number, answer.get("id"), citation["number"], citation["source"], files.changed(citation))
            yield verdict


def verify_file(path: Path, folder: Path) -> Verification:
    """Check a file of answers, as `verify_answers` does, and count.

    :raises VerificationError: at the first citation that does not stand.
    :raises InputError: if the file cannot be read, or at a line that is no answer.
    """
    with open_text(path) as lines:
        return tally(verify_answers(lines, folder, str(path)))


def tally(verdicts: Iterable[Verdict]) -> Verification:
    """Count verdicts."""
    answers: set[int] = set()
    changed: dict[str, None] = {}
    citations = 0
    for verdict in verdicts:
        citations += 1
        answers.add(verdict.line)
        if verdict.changed:
            changed[verdict.source] = None
    return Verification(len(answers), citations, tuple(changed))


def _answer(line: str, here: str) -> dict[str, Any]:
    """Return an answer whose citations have every field that checking needs."""
    told = json_object(line, here, _REMEDY)
    if told.get("schema") != SCHEMA:
        raise InputError(f"{here}: schema {_shown(told.get('schema'))}, this Sourcier reads {SCHEMA}: {_REMEDY}")
    if "error" in told:
        return {}
    if "answer" not in told:
        raise InputError(f"{here}: the field 'answer' is missing: {_REMEDY}")
    _check(told, {"citations": list}, here)
    for citation in told["citations"]:
        _check(citation, {**_CITATION, "sentence": dict}, f"{here}: a citation")
        _check(citation["sentence"], _SENTENCE, f"{here}: the sentence of citation {citation['number']}")
    if told["answer"] is not None and told["answer"] not in [citation["quote"] for citation in told["citations"]]:
        raise VerificationError(f"{here}: the answer {_shown(told['answer'])} is the quote of no citation; ask again")
    return told


def _check(told: object, fields: Mapping[str, type], here: str) -> None:
    if not isinstance(told, dict):
        raise InputError(f"{here}: not an object: {_REMEDY}")
    for name, kind in fields.items():
        value = told.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"{here}: the field '{name}' is missing or is not {_WANTED[kind]}: {_REMEDY}")
        if isinstance(value, str) and (wrong := encoding_error(value)):
            raise InputError(f"{here}: the field '{name}' holds {wrong}")


def _problem_in(text: str, sha256: str, citation: Mapping[str, Any]) -> str | None:
    """Return why a citation does not stand in its file's text, or None if it does."""
    source, sentence = citation["source"], citation["sentence"]
    same = "is the file that was cited" if sha256 == citation["sha256"] else "has changed"
    for told, wanted in ((citation, citation["quote"]), (sentence, sentence["text"])):
        start, end = told["start"], told["end"]
        now = text[start:end] if 0 <= start <= end else ""
        if now != wanted or not wanted:
            return f"{source} {same}, and reads {_shown(now)} at {start}-{end}, not {_shown(wanted)}"
    if not sentence["start"] <= citation["start"] <= citation["end"] <= sentence["end"]:
        return f"the quote {_shown(citation['quote'])} is not in the sentence {_shown(sentence['text'])}"
    line = _line(text, citation["start"])
    if sha256 == citation["sha256"] and line != citation["line"]:
        return f"{source} has the quote {_shown(citation['quote'])} on line {line}, not {citation['line']}"
    return None


def _leads_out(source: str) -> bool:
    """Say whether a source is anything but a relative path to a visible file below the folder."""
    path = PurePath(source)
    hidden = any(part.startswith(".") for part in path.parts)  # `..` too
    return hidden or not path.parts or bool(path.anchor) or any(ch < " " for ch in source)


def _line(text: str, offset: int) -> int:
    return 1 + text[:offset].replace("\r\n", "\n").replace("\r", "\n").count("\n")


def _shown(value: object) -> str:
    """Return a value on one line, cut short."""
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 2] + '…"'
