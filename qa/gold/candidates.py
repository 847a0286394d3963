"""Reactions of the page as candidates for gold: those to one answer together, what was decided before left out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import InputError
from index.side_file import read_side, write_side
from qa.feedback import Cited, Feedback
from qa.gold.clashes import same_question

REVIEWED_FILE = "feedback_reviewed.json"
_FORMAT = 1
_KEY = 16  # characters of a digest


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that people reacted to; `answer` is None where it was a refusal.

    `question` stands by itself: a follow-up is told as it was read. `reactions` are how often
    each came; the rest is as the last of them had it.
    """

    key: str
    question: str
    language: str
    previous: tuple[str, ...]
    answer: str | None
    citations: tuple[Cited, ...]
    confidence: float
    reactions: Mapping[str, int]
    comments: tuple[str, ...]

    @property
    def told_right(self) -> bool:
        """Whether anyone said that the answer, or the refusal, is right."""
        return "right" in self.reactions

    @property
    def may_be_unanswerable(self) -> bool:
        """Whether it was a refusal, or anyone said that the answer is wrong."""
        return self.answer is None or "wrong" in self.reactions


def candidates(feedback: Sequence[Feedback]) -> list[Candidate]:
    """Return reactions as candidates, in the order in which they first came."""
    groups: dict[str, list[Feedback]] = {}
    for each in feedback:
        groups.setdefault(_key(each), []).append(each)
    return [_candidate(key, group) for key, group in groups.items()]


def _candidate(key: str, group: Sequence[Feedback]) -> Candidate:
    last = group[-1]
    return Candidate(
        key=key,
        question=last.read_as or last.question,
        language=last.language,
        previous=last.previous if last.read_as else (),
        answer=last.answer,
        citations=last.citations,
        confidence=last.confidence,
        reactions=dict(Counter(each.reaction for each in group)),
        comments=tuple(dict.fromkeys(each.comment for each in group if each.comment)),
    )


def _key(feedback: Feedback) -> str:
    source = feedback.citations[0].source if feedback.citations else ""
    asked = same_question(feedback.read_as or feedback.question)
    parts = (feedback.language, asked, feedback.answer or "", source)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:_KEY]


class Decisions:
    """What was decided of candidates before, kept in the index folder.

    :raises InputError: if the file is damaged.
    """

    def __init__(self, index: Path) -> None:
        self.index = index
        try:
            told = read_side(index, REVIEWED_FILE)
        except ValueError as error:
            raise _unread(index, str(error)) from error
        if told is None:
            told = {"format": _FORMAT, "decided": {}}
        if not isinstance(told, dict) or told.get("format") != _FORMAT or not isinstance(told.get("decided"), dict):
            raise _unread(index, "it is not as it was written")
        self.decided: dict[str, str] = told["decided"]

    def __contains__(self, candidate: Candidate) -> bool:
        return candidate.key in self.decided

    def add(self, candidate: Candidate, decision: str) -> None:
        """Remember a decision, at once.

        :raises IndexFolderError: if the index folder cannot be written.
        """
        self.decided[candidate.key] = decision
        write_side(self.index, REVIEWED_FILE, {"format": _FORMAT, "decided": self.decided})


def _unread(index: Path, why: str) -> InputError:
    return InputError(f"{index / REVIEWED_FILE} cannot be read ({why}): remove it to be asked of everything again")
