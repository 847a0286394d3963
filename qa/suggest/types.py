"""What is made of sentences: questions that may be offered, and those that are."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.types import DocumentInfo, Range


@dataclass(frozen=True, slots=True)
class Draft:
    """A question made from a sentence by a rule.

    `rule` names it, for diversity; `answer` holds the words that should answer, and is empty where the whole
    sentence does.
    """

    question: str
    language: str
    rule: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A draft, and where its sentence stands."""

    draft: Draft
    document: DocumentInfo
    sentence: Range


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that was asked of the folder, and answered from the sentence that it was made from."""

    question: str
    language: str
    source: str
    answer: str
    confidence: float
    rule: str = field(default="", compare=False)
    sha256: str = field(default="", compare=False)
