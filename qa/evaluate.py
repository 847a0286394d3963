"""How well a folder's answers fit gold: by direction, from the question's language to the article's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.errors import InputError
from index.opened import OpenIndex
from qa.answer import quote
from qa.evaluation import Evaluation, Result, confidence_rows, rows_of
from qa.metrics import exact_match, retrieval_figures, token_f1
from qa.normalise import holds
from qa.schema import answer_json
from qa.session import Session
from qa.types import Answer, Example
from qa.verify import Files

DEPTH = 10  # passages that the figures look at


def evaluate(
    session: Session, examples: Sequence[Example], k: int = DEPTH, progress: Callable[[int, int], None] | None = None
) -> Evaluation:
    """Ask every question of gold, and measure.

    Questions are asked as a user asks them, without their language. Retrieval, exact
    match, F1 and `sentence` are over the questions that have an answer; to abstain is
    to miss. One question is asked beforehand, so that loading is not timed.

    :param k: passages to look at, at least 10.
    :param progress: called with the number of questions done and of all.
    :raises InputError: if there is no question, or gold names a file that is not in the index.
    :raises ValueError: if k is below 10.
    """
    if k < DEPTH:
        raise ValueError(f"k is {k}, want at least {DEPTH}")
    if not examples:
        raise InputError("no question to evaluate: check the file of gold, and its splits")
    check_sources(session.index, examples)
    gold = _Gold(session.index)
    relevant = {example.id: gold.relevant(example) for example in examples}
    session.ask(examples[0].question, k=k)
    answers: list[Answer] = []
    for done, example in enumerate(examples, start=1):
        answers.append(session.ask(example.question, example.id, k))
        if progress:
            progress(done, len(examples))

    found = {example.id: _passages(answer) for example, answer in zip(examples, answers, strict=True)}
    retrieval = retrieval_figures(relevant, found)
    files = Files(session.index.folder)
    results = []
    for example, answer in zip(examples, answers, strict=True):
        figures = {"refused": float(answer.abstained)}
        if example.answers:
            figures = {**retrieval[example.id], **_answer_figures(example, answer)}
        results.append(
            Result(
                id=example.id,
                direction=gold.direction(example),
                answerable=bool(example.answers),
                answer=answer.text,
                confidence=answer.confidence,
                ms=answer.timings_ms["total"],
                right=is_right(example, answer),
                pair=gold.pair(example, answer),
                citations=len(answer.citations),
                citations_valid=sum(not files.problem(citation) for citation in answer_json(answer)["citations"]),
                relevant=len(relevant[example.id]),
                passages=found[example.id],
                figures=figures,
            )
        )
    index, calibration = session.index, session.calibration
    seen = calibration.overlap([example.question for example in examples]) if calibration else 0
    return Evaluation(
        rows_of(results), confidence_rows(results), tuple(results), index.version, index.encoder.name, seen
    )


def check_sources(index: OpenIndex, examples: Sequence[Example]) -> None:
    """Check that an index holds the files that gold names.

    :raises InputError: if it does not.
    """
    known = {info.source for info in index.passages.documents()}
    for example in examples:
        for source in example.sources:
            if source not in known:
                raise InputError(
                    f"gold question {example.id!r}: {source} is not in the index of {index.folder}:"
                    " evaluate the folder that holds it"
                )


def is_right(example: Example, answer: Answer) -> bool:
    """Say whether the sentence cited, or else the one that was not sure enough, holds an accepted answer.

    It must be that of an accepted source. Of a question without an answer, none is right.
    """
    if answer.citations:
        source, sentence = answer.citations[0].source, answer.citations[0].sentence[2]
    elif answer.best:
        source, sentence = answer.best.hit.document.source, quote(answer.best, answer.best.sentence)
    else:
        return False
    return source in example.sources and any(holds(sentence, text) for text in example.answers)


class _Gold:
    """What the index says of gold: which passages are relevant, and in which language."""

    def __init__(self, index: OpenIndex) -> None:
        self._index = index
        self._documents = {info.source: info for info in index.passages.documents()}

    def relevant(self, example: Example) -> frozenset[str]:
        """Return the passages of accepted files that hold an accepted answer, as `source:start`."""
        return frozenset(
            f"{source}:{passage.start}"
            for source in example.sources
            for passage in self._index.passages.passages_of(self._documents[source].doc_id)
            if any(holds(passage.text, answer) for answer in example.answers)
        )

    def direction(self, example: Example) -> str:
        """Return the question's language and that of the files: `en->fr`, `fr->none`, `en->en+fr`."""
        languages = sorted({self._documents[source].language for source in example.sources})
        return f"{example.language}->{'+'.join(languages) or 'none'}"

    def pair(self, example: Example, answer: Answer) -> str:
        """Return the direction that confidence is measured by: without an answer, that to the best sentence."""
        if example.answers or answer.best is None:
            return self.direction(example)
        return f"{example.language}->{answer.best.hit.document.language}"


def _passages(answer: Answer) -> tuple[str, ...]:
    return tuple(f"{hit.document.source}:{hit.passage.start}" for hit in answer.passages)


def _answer_figures(example: Example, answer: Answer) -> dict[str, float]:
    return {
        "em": exact_match(answer.text, example.answers),
        "f1": token_f1(answer.text, example.answers),
        "sentence": float(not answer.abstained and is_right(example, answer)),
        "answered": float(not answer.abstained),
    }
