"""What people say of answers: right, wrong, wrong source. Kept beside the index, on this machine alone.

A line of `feedback.jsonl` is one reaction with the answer as it was given. A reaction that is
changed, or gets a comment, is written once more under its id: the last line counts. Builds
leave the file as it is.
"""

from __future__ import annotations

import errno
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError, InputError
from qa.append import append_line, json_line
from qa.textfile import json_object, open_text
from qa.types import Answer

FEEDBACK_FILE = "feedback.jsonl"
SCHEMA = 1
REACTIONS = ("right", "wrong", "wrong_source")
MAX_COMMENT = 500  # characters
MAX_LINE = 64_000  # bytes: what one write puts whole at the end of a file
MAX_FILE = 16_000_000  # bytes
_ID = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation as it was when the reaction came."""

    source: str
    quote: str
    sentence: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A reaction to an answer; `answer` is None where it was a refusal.

    `time` is UTC, to the second; `previous` are the questions before it, newest last, and
    `read_as` is what a follow-up of theirs was read as.
    """

    id: str
    time: str
    question: str
    read_as: str | None
    language: str
    previous: tuple[str, ...]
    answer: str | None
    citations: tuple[Cited, ...]
    confidence: float
    reaction: str
    comment: str
    index_version: str

    @classmethod
    def of_answer(
        cls, answer: Answer, reaction: str, comment: str = "", previous: Sequence[str] = (), *, feedback_id: str
    ) -> Feedback:
        """Return a reaction that comes now.

        :param comment: cut to one line of `MAX_COMMENT` characters.
        :param feedback_id: the id of the reaction that this one stands for, if there is one.
        :raises ValueError: if there is no such reaction, or the id is none.
        """
        if reaction not in REACTIONS or not _ID.fullmatch(feedback_id):
            raise ValueError(f"{reaction!r} by {feedback_id!r}: want one of {', '.join(REACTIONS)} and an id")
        return cls(
            id=feedback_id,
            time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            question=answer.question.text,
            read_as=answer.read_as,
            language=answer.question.language,
            previous=tuple(previous),
            answer=answer.text,
            citations=tuple(
                Cited(each.source, each.quote, each.sentence[2], each.start, each.end, each.sha256)
                for each in answer.citations
            ),
            confidence=round(answer.confidence, 4),
            reaction=reaction,
            comment=one_line_comment(comment),
            index_version=answer.index_version,
        )

    def to_json(self) -> dict[str, Any]:
        """Return everything, to be kept."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Feedback:
        """Return what `to_json` told.

        :raises ValueError: if it is not that, or of another schema.
        """
        if told.get("schema") != SCHEMA:
            raise ValueError(f"schema {told.get('schema')!r}, this Sourcier reads {SCHEMA}")
        fields = {name: value for name, value in told.items() if name != "schema"}
        try:
            cited = tuple(Cited(**each) for each in fields["citations"])
            found = cls(**{**fields, "previous": tuple(fields["previous"]), "citations": cited})
        except (KeyError, TypeError) as error:
            raise ValueError("not as it was written") from error
        if wrong := _misfit(found):
            raise ValueError(f"{wrong} is not as it was written")
        return found


@dataclass(frozen=True, slots=True)
class Stored:
    """The reactions kept with an index, each as it was said last, and the lines that cannot be read, each with why."""

    feedback: tuple[Feedback, ...]
    damaged: tuple[tuple[int, str], ...]


def store_feedback(index: Path, feedback: Feedback) -> Path:
    """Add a reaction to those kept with an index.

    Where it is too long for one line, the last citations and the oldest questions before it are left out.

    :return: the file it is in.
    :raises IndexFolderError: if the index folder cannot be written, or holds as many reactions as it may.
    :raises InputError: if the answer itself is too long to be kept.
    """
    path = index / FEEDBACK_FILE
    while len(line := json_line(feedback.to_json())) > MAX_LINE:
        if len(feedback.citations) > 1:
            feedback = replace(feedback, citations=feedback.citations[:-1])
        elif feedback.previous:
            feedback = replace(feedback, previous=feedback.previous[1:])
        else:
            raise InputError(f"an answer of {len(line):,} bytes is too long to be kept with its reaction")
    try:
        append_line(path, line, MAX_FILE, private=True)
    except OSError as error:
        if error.errno == errno.EFBIG:
            told = f"{path} has reached {MAX_FILE // 1_000_000} MB: review it by `sourcier gold from-feedback`, then"
            raise IndexFolderError(f"{told} move it elsewhere") from error
        told = f"cannot write {path} ({error.strerror or error})"
        raise IndexFolderError(f"{told}: keep the index in a folder of yours, by -i") from error
    return path


def read_feedback(index: Path) -> Stored:
    """Return the reactions kept with an index; none if there is no file.

    A last line that was never finished is passed over.

    :raises InputError: if the file cannot be read.
    """
    path = index / FEEDBACK_FILE
    found: dict[str, Feedback] = {}
    damaged: list[tuple[int, str]] = []
    if not path.exists():
        return Stored((), ())
    with open_text(path, newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                feedback = Feedback.from_json(json_object(line, "", ""))
            except InputError:
                if line.endswith("\n"):
                    damaged.append((number, "no whole line of JSON"))
            except ValueError as error:
                damaged.append((number, str(error)))
            else:
                found[feedback.id] = feedback
    return Stored(tuple(found.values()), tuple(damaged))


def one_line_comment(text: str) -> str:
    """Return a comment on one line, without control characters, cut to what is kept."""
    kept = "".join(
        " " if unicodedata.category(ch) in ("Cc", "Cs", "Zl", "Zp") else ch for ch in text[: 4 * MAX_COMMENT]
    )
    return " ".join(kept.split())[:MAX_COMMENT]


def _misfit(feedback: Feedback) -> str | None:
    """Return the name of a field that holds what it should not, or None."""
    texts = ("id", "time", "question", "language", "reaction", "comment", "index_version")
    wrong = [name for name in texts if not isinstance(getattr(feedback, name), str)]
    wrong += [name for name in ("read_as", "answer") if not isinstance(getattr(feedback, name), str | None)]
    if not isinstance(feedback.confidence, int | float):
        wrong.append("confidence")
    if feedback.reaction not in REACTIONS:
        wrong.append("reaction")
    if not all(isinstance(each, str) for each in feedback.previous):
        wrong.append("previous")
    for cited in feedback.citations:
        named = (cited.source, cited.quote, cited.sentence, cited.sha256)
        if not all(isinstance(each, str) for each in named) or not _are_offsets(cited.start, cited.end):
            wrong.append("citations")
    return wrong[0] if wrong else None


def _are_offsets(*values: object) -> bool:
    return all(isinstance(value, int) and value >= 0 for value in values)
