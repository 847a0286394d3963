"""The records that travel between the parts of Sourcier's answering side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from index.types import Hit

SCHEMA = 1
"""The version of the JSON that answers are written in."""


class AnswerKind(StrEnum):
    """What a question asks for. All but `OTHER` are answered by a span, if one is found."""

    AMOUNT = "amount"
    SHARE = "share"
    NUMBER = "number"
    YEAR = "year"
    DATE = "date"
    NAME = "name"
    OTHER = "other"


class Reason(StrEnum):
    """Why there is no answer."""

    NO_MATCH = "no_match"
    LOW_CONFIDENCE = "low_confidence"
    EMPTY_QUESTION = "empty_question"
    NOT_A_QUESTION = "not_a_question"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was asked, and how it was read."""

    id: str | None
    text: str
    language: str
    kind: AnswerKind


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets in a document's text, half-open, and how well they fit. Higher is better."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence that may answer, the span inside it, and the evidence for it.

    `score` ranks the readings of one question; `typed` says that the span is of the
    kind asked for, and not the sentence itself; `evidence` holds named features.
    """

    hit: Hit
    sentence: Span
    span: Span
    score: float
    typed: bool
    evidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where the answer stands, word for word. `quote` is the file's text from start to end."""

    number: int
    source: str
    title: str
    date: str | None
    line: int
    start: int
    end: int
    quote: str
    sentence: tuple[int, int, str]
    sha256: str
    extraction: str


@dataclass(frozen=True, slots=True)
class Group:
    """Citations that give the same value."""

    value: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the sources cited say the same. `differ` never means that one of them errs."""

    verdict: Literal["single", "agree", "differ"]
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What Sourcier says. `text` is None where it abstains, and then `reason` says why.

    `confidence` estimates the probability that the text is right, from 0 to 1;
    `timings_ms` are wall-clock milliseconds.
    """

    question: Question
    text: str | None
    reason: Reason | None
    confidence: float
    citations: tuple[Citation, ...] = ()
    agreement: Agreement | None = None
    passages: tuple[Hit, ...] = ()
    index_version: str = ""
    encoder: str = ""
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def abstained(self) -> bool:
        """Whether there is no answer."""
        return self.text is None


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its accepted answers, verbatim, and the files that hold them.

    No answers means that the folder does not hold one. `split` tells sets apart
    that are kept for choosing (`dev`) and for reporting (`test`).
    """

    id: str
    question: str
    answers: tuple[str, ...]
    sources: tuple[str, ...]
    language: str
    split: str
