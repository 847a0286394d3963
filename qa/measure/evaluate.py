"""How well a folder's questions are answered, against gold: every question asked, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from index.errors import InputError
from qa.calibration import weights_identity
from qa.measure.evaluation import Evaluation, Result, confidence_rows, digest_of, rows_of
from qa.measure.metrics import exact_match, retrieval_figures, token_f1
from qa.measure.relevance import Relevance, answering, is_right
from qa.schema import answer_json
from qa.session import MAX_K, Session
from qa.types import Answer, Example
from qa.verify import Files

DEPTH = 10  # passages that the figures look at
LEFT_OUT = "#left-out"
"""What the id of a question ends in that is asked without the passages that answer it."""
Progress = Callable[[int, int], None]


class Checks(Protocol):
    """What citations are checked against."""

    def problem(self, citation: Mapping[str, Any]) -> str | None:
        """Return why a citation does not stand where it says, or None if it does."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, how it was answered, and what was found for it."""

    example: Example
    answer: Answer
    found: tuple[str, ...]


def evaluate(
    session: Session,
    examples: Sequence[Example],
    k: int = DEPTH,
    progress: Progress | None = None,
    names: Mapping[str, str] | None = None,
    leave_out: bool = False,
    files: Checks | None = None,
) -> Evaluation:
    """Ask every question of gold, and measure.

    Questions are asked as a user asks them, without their language. Retrieval, exact
    match, F1 and `sentence` are over the questions that have an answer; to abstain is
    to miss. One question is asked beforehand, so that loading is not timed.

    :param k: passages to look at, at least 10; where gold judges files, as many as there may be.
    :param progress: called with the number of questions done and of all.
    :param names: what a run calls files, where that is not their own name.
    :param leave_out: ask each question that has an answer once more, as if the folder did not
        hold the passages that answer it: then it must be refused.
    :param files: what citations are checked against; by default the files of the index's folder.
    :raises InputError: if there is no question, or gold names a file that is not in the index.
    :raises ValueError: if k is below 10.
    """
    if k < DEPTH:
        raise ValueError(f"k is {k}, want at least {DEPTH}")
    if not examples:
        raise InputError("no question to evaluate: check the file of gold, and its splits")
    relevance = Relevance(session.index, examples, names or {})
    relevant = {example.id: relevance.relevant(example) for example in examples}
    asked = _ask_all(session, examples, k, leave_out, relevance, progress)
    figures = retrieval_figures(relevant, {one.example.id: one.found for one in asked})
    files = files or Files(session.index.folder)
    results = [
        Result(
            id=one.example.id,
            question=one.example.question,
            gold=digest_of(one.example),
            direction=relevance.direction(one.example),
            answerable=one.example.answerable,
            expected=one.example.answers,
            answer=one.answer.text,
            source=one.answer.citations[0].source if one.answer.citations else None,
            sentence=one.answer.citations[0].sentence[2] if one.answer.citations else None,
            confidence=one.answer.confidence,
            ms=one.answer.timings_ms["total"],
            right=is_right(one.example, one.answer),
            pair=relevance.pair(one.example, one.answer),
            citations=len(one.answer.citations),
            citations_valid=sum(not files.problem(citation) for citation in answer_json(one.answer)["citations"]),
            relevant=relevant.get(one.example.id, {}),
            found=one.found,
            figures=_figures(one, figures),
        )
        for one in asked
    ]
    calibration = session.calibration
    seen = calibration.overlap([example.question for example in examples]) if calibration else 0
    return Evaluation(
        rows_of(results),
        confidence_rows([result for result in results if result.judged]),
        tuple(results),
        _made_of(session),
        seen,
    )


def _made_of(session: Session) -> dict[str, str]:
    """Return the names of what the figures depend on."""
    index = session.index
    calibration = session.calibration
    return {
        "index": index.version,
        "encoder": f"{index.encoder.name} {index.encoder.identity}",
        "reader": session.reader_identity,
        "weights": weights_identity(index, session.weights),
        "calibration": calibration.told() if calibration else "none",
    }


def _ask_all(
    session: Session,
    examples: Sequence[Example],
    k: int,
    leave_out: bool,
    relevance: Relevance,
    progress: Progress | None,
) -> list[_Asked]:
    session.ask(examples[0].question, k=k)
    hidden = [example for example in examples if leave_out and example.answers]
    total, asked = len(examples) + len(hidden), []
    for example in examples:
        answer = session.ask(example.question, example.id, MAX_K if example.grades else k)
        asked.append(_Asked(example, answer, relevance.found(example, answer)))
        if progress:
            progress(len(asked), total)
    for example in hidden:
        answer = session.ask(example.question, example.id, k, hide=answering(example))
        bare = replace(example, id=example.id + LEFT_OUT, answers=(), sources=(), spans=())
        asked.append(_Asked(bare, answer, relevance.found(bare, answer)))
        if progress:
            progress(len(asked), total)
    return asked


def _figures(one: _Asked, retrieval: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the figures that count for a question: those of its kind of gold."""
    example, answer = one.example, one.answer
    if not example.answerable:
        refused = float(answer.abstained)
        return {"refused": refused, "em_all": refused, "f1_all": refused}
    figures = {**retrieval[example.id], "answered": float(not answer.abstained)}
    if not example.answers:
        return figures
    em, f1 = exact_match(answer.text, example.answers), token_f1(answer.text, example.answers)
    sentence = float(not answer.abstained and is_right(example, answer))
    return {**figures, "em": em, "f1": f1, "em_all": em, "f1_all": f1, "sentence": sentence}
