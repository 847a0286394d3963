"""Fit confidence to a user's own questions, and choose from which confidence on to answer.

Of few questions little can be learned, so a straight line on the log-odds is drawn towards
what Sourcier came with, a freer curve needs 200 questions, and whichever fits questions
that it was not fitted on best is taken. What is reported is cross-validated: each
question is judged by what all the others gave; questions with the same accepted answers,
such as translations of one another, stay together.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.errors import InputError
from qa.calibration import METHODS, Basis, Calibration, Calibrator, basis_of, digest, log_odds
from qa.curves import fit_calibrator
from qa.measure.relevance import answering, check_sources, is_right
from qa.session import Session
from qa.types import Example

FEWEST = 30  # questions: of fewer, confidence learns no more than chance
FEWEST_FOR_CURVE = 200  # for isotonic regression, which overfits below (Niculescu-Mizil & Caruana 2005)
FEWEST_GROUPS = 10  # of questions with the same answers: one a fold
FEWEST_ANSWERS = 10  # that a precision is told by
_FOLDS = 10
_NOTHING = Basis("", "", "", "", ())
_AS_IT_CAME = Calibration(Calibrator(), 0.0, None, 0, (), _NOTHING)  # answers whatever the least confidence may


@dataclass(frozen=True, slots=True)
class Case:
    """A question asked: how sure the best sentence was as Sourcier came, and whether it is right.

    `needed` is the least confidence that an answer needed then, and None where nothing
    could have been answered, however sure; `group` is shared by questions with like answers.
    """

    confidence: float
    right: bool
    needed: float | None
    group: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The confidence of every case, and whether it was answered."""

    confidence: tuple[float, ...]
    answered: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration, the cases it was fitted on, and how they were judged before and, cross-validated, with it."""

    calibration: Calibration
    cases: tuple[Case, ...]
    before: Judged
    after: Judged


def calibrate(
    session: Session,
    examples: Sequence[Example],
    precision: float | None = None,
    hide_answers: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Fitted:
    """Fit a calibration for a session; neither the session nor its index is changed in the end.

    :param precision: the share of answers that shall be right; by default, what is answered
        stays as it is.
    :param hide_answers: ask each question that has an answer once more, as if the folder did
        not hold it.
    :raises InputError: if the questions are too few or too alike, name files that are not in
        the index, or reach the precision nowhere.
    """
    check_sources(session.index, examples)
    cases = ask_all(session, examples, hide_answers, progress)
    _check(cases)
    calibrator = fit(cases, _methods(cases))
    threshold = None if precision is None else threshold_for(cases, calibrator, precision)
    calibration = Calibration(
        calibrator=calibrator,
        threshold=threshold,
        precision=precision,
        right=sum(case.right for case in cases),
        asked=tuple(digest(example.question) for example in examples),
        basis=basis_of(session.index, session.reader_identity, session.weights),
    )
    before = Judged(
        tuple(case.confidence for case in cases),
        tuple(case.needed is not None and case.confidence >= case.needed for case in cases),
    )
    return Fitted(calibration, tuple(cases), before, cross_validated(cases, precision))


def ask_all(
    session: Session,
    examples: Sequence[Example],
    hide_answers: bool,
    progress: Callable[[int, int], None] | None = None,
) -> list[Case]:
    """Ask every question by the confidence that Sourcier came with, however little that is."""
    asked = [(example, False) for example in examples]
    if hide_answers:
        asked += [(example, True) for example in examples if example.answers]
    in_force = session.calibration
    session.use(_AS_IT_CAME)
    try:
        cases = []
        for done, (example, hidden) in enumerate(asked, start=1):
            cases.append(_case(session, example, hidden))
            if progress:
                progress(done, len(asked))
        return cases
    finally:
        session.use(in_force)


def _case(session: Session, example: Example, hidden: bool) -> Case:
    answer = session.ask(example.question, example.id, hide=answering(example) if hidden else None)
    group = "\n".join(sorted({*example.sources, *example.answers})) or example.id
    needed = None if answer.abstained else session.weights.threshold(answer.question.kind)
    return Case(answer.confidence, is_right(example, answer), needed, group)


def _check(cases: Sequence[Case]) -> None:
    right = sum(case.right for case in cases)
    groups = len({case.group for case in cases})
    if len(cases) < FEWEST:
        raise InputError(f"{len(cases)} questions are too few to calibrate on: give at least {FEWEST}")
    if groups < FEWEST_GROUPS:
        raise InputError(f"the questions have but {groups} different answers: ask for at least {FEWEST_GROUPS}")
    if right in (0, len(cases)):
        told = "none" if right == 0 else "every one"
        remedy = "give some that the folder answers" if right == 0 else "give harder ones, or --hide-answers"
        raise InputError(f"of {len(cases)} questions {told} is answered right, which tells nothing apart: {remedy}")


def _methods(cases: Sequence[Case]) -> list[str]:
    return [method for method in METHODS if method != "isotonic" or len(cases) >= FEWEST_FOR_CURVE]


def fit(cases: Sequence[Case], methods: Sequence[str]) -> Calibrator:
    """Return the calibrator with the least cross-validated log loss; of equals, the simplest.

    :param methods: those to choose from, the simplest first.
    """
    losses = dict.fromkeys(methods, 0.0)
    for inside, outside in _folds(cases):
        for method in methods:
            fitted = fit_calibrator(method, [cases[place] for place in inside])
            for place in outside:
                losses[method] += log_loss(fitted.apply(cases[place].confidence), cases[place].right)
    return fit_calibrator(min(methods, key=lambda method: round(losses[method], 9)), cases)


def log_loss(confidence: float, right: bool) -> float:
    """Return the surprise at an outcome, in nats."""
    odds = log_odds(confidence)
    return math.log1p(math.exp(-odds if right else odds))


def threshold_for(cases: Sequence[Case], calibrator: Calibrator, precision: float) -> float:
    """Return the least confidence at which the answers reach a precision: halfway to the surest case left out.

    :raises InputError: if they never do, with ten answers or more.
    """
    given = sorted(
        ((calibrator.apply(case.confidence), case.right) for case in cases if case.needed is not None), reverse=True
    )
    right, threshold, best = 0, None, 0.0
    for number, (confidence, was_right) in enumerate(given, start=1):
        right += was_right
        after = given[number][0] if number < len(given) else confidence
        if number < FEWEST_ANSWERS or (number < len(given) and after == confidence):
            continue  # too few to tell, or like the next
        best = max(best, right / number)
        if right / number >= precision:
            threshold = (confidence + after) / 2
    if threshold is None:
        raise InputError(
            f"a precision of {precision:.0%} is not reached with {FEWEST_ANSWERS} answers or more, {best:.0%} is:"
            " ask for less by --precision, or leave it out; nothing is stored"
        )
    return threshold


def cross_validated(cases: Sequence[Case], precision: float | None) -> Judged:
    """Judge each case by what the others give, the choice of method and threshold included."""
    confidence, answered = [0.0] * len(cases), [False] * len(cases)
    methods = _methods(cases)
    for inside, outside in _folds(cases):
        learned = [cases[place] for place in inside]
        calibrator = fit(learned, methods)
        try:
            threshold = None if precision is None else threshold_for(learned, calibrator, precision)
        except InputError:
            threshold = math.inf  # nothing could be answered
        for place in outside:
            confidence[place] = calibrator.apply(cases[place].confidence)
            needed = cases[place].needed
            if needed is not None:
                answered[place] = confidence[place] >= (calibrator.apply(needed) if threshold is None else threshold)
    return Judged(tuple(confidence), tuple(answered))


def _folds(cases: Sequence[Case]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the places of the cases to learn from and of those to judge; the same whatever their order."""
    groups = sorted({case.group for case in cases})
    random.Random(0).shuffle(groups)
    fold = {group: number % _FOLDS for number, group in enumerate(groups)}
    for number in range(min(_FOLDS, len(groups))):
        outside = [place for place, case in enumerate(cases) if fold[case.group] == number]
        yield [place for place, case in enumerate(cases) if fold[case.group] != number], outside
