"""What became of each question, in a word, and which to show first."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from qa.measure.evaluation import Result


class Verdict(StrEnum):
    """What became of a question. `UNJUDGED` has an answer that gold does not tell."""

    RIGHT = "right"
    REFUSED = "refused rightly"
    UNJUDGED = "not judged"
    WRONG = "wrong sentence"
    SHY = "refused wrongly"
    RASH = "answered wrongly"

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return self in (Verdict.WRONG, Verdict.SHY, Verdict.RASH)


MEANING = {
    Verdict.RIGHT: "answered, and the sentence cited holds an accepted answer in an accepted file",
    Verdict.REFUSED: "no answer given, and there is none in the articles",
    Verdict.UNJUDGED: "answered, where gold judges files only",
    Verdict.WRONG: "answered, though not by a sentence that holds an accepted answer in an accepted file",
    Verdict.SHY: "no answer given, though the articles hold one",
    Verdict.RASH: "answered, though the articles hold no answer",
}


def verdict_of(result: Result) -> Verdict:
    """Return what became of a question."""
    if result.answer is None:
        return Verdict.SHY if result.answerable else Verdict.REFUSED
    if not result.answerable:
        return Verdict.RASH
    if not result.judged:
        return Verdict.UNJUDGED
    return Verdict.RIGHT if result.right else Verdict.WRONG


def rank_of(result: Result) -> int | None:
    """Return the rank of the first of what was found that is relevant, from 1; None if nothing is."""
    return next((rank for rank, name in enumerate(result.found, start=1) if name in result.relevant), None)


def failures(results: Sequence[Result]) -> list[Result]:
    """Return the questions that failed, in their order."""
    return [result for result in results if verdict_of(result).failed]


def failures_first(results: Sequence[Result]) -> list[Result]:
    """Return all questions, those that failed first, else in their order."""
    return sorted(results, key=lambda result: not verdict_of(result).failed)
