"""The records that travel between the parts of Sourcier's answering side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from index.types import Hit, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
class TokenScores:
    """What a reader says of each token of a passage, as logits that its passages share.

    `offsets` (n, 2) are half-open in the passage's text; `starts` and `ends` (n,) say how
    well an answer starts, or ends, at each; `none` how well the passage holds no answer:
    the sum of its start and its end. A span scores the sum of its start and its end.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    none: float


class Reader(Protocol):
    """Finds the exact words that answer. The narrow seam to every extractive reading model."""

    @property
    def name(self) -> str:
        """What `--reader` was given, or `embedded`."""

    @property
    def identity(self) -> str:
        """A digest of what decides the scores: equal identities, equal scores."""

    def scores(self, question: str, passages: Sequence[Passage]) -> list[TokenScores]:
        """Return what the reader says of each passage, in their order."""


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
    """Where the answer stands, word for word. `quote` is the file's text from start to end.

    `copy_of` numbers the citation whose article this one's is a copy of; `beside` are the
    other values of the kind asked for that its sentence holds. `page` is the page's number, from 1,
    where the file has pages.
    """

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
    copy_of: int | None = None
    beside: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Citations that give the same value, the newest first, and the newest's date."""

    value: str
    citations: tuple[int, ...]
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the sources cited say the same, and the values they give, newest first.

    `differ` never means that one of them errs; with `single` further groups are other
    sources, of which nothing is claimed.
    """

    verdict: Literal["single", "agree", "differ"]
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What Sourcier says. `text` is None where it abstains, and then `reason` says why.

    `read_as` is the question that a follow-up was read as, and None where the question
    was read as it was asked; the question's language and kind are those it was read with.

    `confidence` estimates the probability that the text is right, from 0 to 1;
    `timings_ms` are wall-clock milliseconds; `best` is the reading that the text comes
    from, or would come from if it did not abstain.
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
    best: Reading | None = None
    read_as: str | None = None

    @property
    def abstained(self) -> bool:
        """Whether there is no answer."""
        return self.text is None


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Where an accepted answer stands: the file, and half-open offsets in its text."""

    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its accepted answers, verbatim, and the files that hold them.

    No sources and no grades mean that the folder does not hold an answer. `split` tells sets apart
    that are kept for choosing (`dev`) and for reporting (`test`). `spans` say where exactly
    answers stand, if gold does. Where it tells no answers but judges whole files, as BEIR
    does, `answers` is empty and `grades` says how relevant each is, from 1; one that cannot be
    read has a grade and is no source.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    sources: tuple[str, ...]
    language: str
    split: str
    spans: tuple[GoldSpan, ...] = ()
    grades: Mapping[str, int] = field(default_factory=dict)

    @property
    def answerable(self) -> bool:
        """Whether the folder holds an answer."""
        return bool(self.sources or self.grades)
