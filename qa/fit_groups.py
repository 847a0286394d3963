"""Fit what tells whether another source answers the same question: `python -m qa.fit_groups GROUPS [--out FILE]`.

With `--measure` nothing is fitted: it prints how well agreement and difference are told, by split.

A logistic regression with an L2 penalty, on the readings that may be set beside the best
one: right where both give a value that the group may be cited for. Of the groups only the
split `dev` is used. The two thresholds are chosen by what each scene would be told by
weights fitted on the other scenes: that of listing a source by F1, that of `differ` by the
most groups told rightly while at least 0.9 of the `differ` are right. Where none reaches
that, `differ` is never said.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.errors import SourcierError, UsageError
from qa.answer import abstain, confidence_of
from qa.compare import compare
from qa.groups import GroupFigures, QuestionGroup, Told, figures, read_groups, sessions_of, tell
from qa.question import read_question
from qa.read import read
from qa.retrieve import RERANKED, question_words, retrieve
from qa.same_point import Point, point
from qa.session import Session
from qa.sources import candidates, choose, given_of
from qa.types import AnswerKind, Question
from qa.weights import WEIGHTS_FILE, Linear, SamePoint, load_weights

PRECISION = 0.9  # of the `differ` said, the least share that is to be right
_PENALTY = 10.0  # there are few right pairs: of 3, 10 and 30 this told the scenes left out best
_LISTED = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
_SURE = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_PUBLISHED = 3.0  # a pair of articles that were published counts as much as so many of invented ones
_WRONG_ANSWER = 0.3  # a reading beside a wrong answer counts so much: it is the answer that errs there


@dataclass(frozen=True, slots=True)
class _Pair:
    """A reading beside the best one: whether both may be cited, whether itself may, and how much it counts."""

    other: Point
    features: dict[str, float]
    right: bool
    fits: bool
    weight: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A group as it is read: the best reading, None where the question is refused, whether it fits, and the others."""

    group: QuestionGroup
    question: Question
    kind: AnswerKind
    best: Point | None
    fits: bool
    pairs: tuple[_Pair, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write the weights; return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m qa.fit_groups", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("groups", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    parser.add_argument("--measure", action="store_true", help="fit nothing: print how well agreement is told")
    parser.add_argument("--split", help="with --measure: only the groups of one split, dev or test")
    options = parser.parse_args(arguments)
    try:
        if options.measure:
            measure(options.groups, options.split)
        else:
            fit_groups(options.groups, options.out)
    except SourcierError as error:
        print(f"sourcier: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def measure(path: Path, split: str | None) -> None:
    """Print how well agreement and difference are told, by split.

    :raises SourcierError: if the groups do not fit, or their folders cannot be read.
    """
    groups = [group for group in read_groups(path) if split in (None, group.split)]
    if not groups:
        raise UsageError(f"{path} holds no group of the split {split!r}: leave --split out")
    told = list(zip(groups, tell(groups), strict=True))
    for name in dict.fromkeys(group.split for group in groups):
        print(f"{name}\n{figures([each for each in told if each[0].split == name])}")


def fit_groups(path: Path, out: Path) -> None:
    """Fit on the dev groups of a file, and write the weights beside the others.

    :raises SourcierError: if the groups do not fit, or their folders cannot be read.
    """
    groups = [group for group in read_groups(path) if group.split == "dev"]
    with sessions_of(groups) as sessions:
        asked = [_asked(group, sessions[group.folder]) for group in groups]
    listed, sure, told = _choose(asked)
    stored = json.loads(out.read_text("utf-8")) if out.exists() else json.loads(WEIGHTS_FILE.read_text("utf-8"))
    linear = _fit([pair for each in asked for pair in each.pairs])
    weights = {name: round(float(weight), 4) for name, weight in zip(linear.names, linear.weights, strict=True)}
    stored["same_point"] = {"bias": round(linear.bias, 4), "weights": weights, "listed": listed, "sure": sure}
    out.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    load_weights.cache_clear()
    pairs = [pair.right for each in asked for pair in each.pairs]
    print(f"pairs: {len(pairs)}, {sum(pairs)} of them right; listed from {listed}, `differ` from {sure}")
    print(f"each scene by the others'\n{told}", flush=True)


def _asked(group: QuestionGroup, session: Session) -> _Asked:
    question = read_question(group.question)
    words = question_words(question)
    hits = retrieve(session.index, question, words, session.weights.retrieval, RERANKED)
    readings = read(session.index, question, words, hits, session.weights, session.reader)
    confidence = confidence_of(question, readings, session.weights) if readings else 0.0
    if abstain(question, readings, confidence, session.weights) is not None:
        return _Asked(group, question, question.kind, None, False, ())
    best = point(session.index, question, readings[0])
    if not readings[0].typed:
        return _Asked(group, question, AnswerKind.OTHER, best, _fits(group, AnswerKind.OTHER, best), ())
    fits = _fits(group, question.kind, best)
    counts = (1.0 if group.invented else _PUBLISHED) * (1.0 if fits else _WRONG_ANSWER)
    found = candidates(session.index, question, best, readings[1:])
    others = [_fits(group, question.kind, other) for other, _ in found]
    pairs = [_Pair(*each, fits and right, right, counts) for each, right in zip(found, others, strict=True)]
    return _Asked(group, question, question.kind, best, fits, tuple(pairs))


def _fits(group: QuestionGroup, kind: AnswerKind, each: Point) -> bool:
    span, sentence = each.reading.span, each.reading.sentence
    start, end = span.start - sentence.start, span.end - sentence.start
    return group.expects(kind, each.sentence, start, end, each.reading.hit.document.source)


def _fit(pairs: Sequence[_Pair]) -> Linear:
    from sklearn.linear_model import LogisticRegression

    names = sorted(set.intersection(*(set(pair.features) for pair in pairs)))
    values = np.asarray([[pair.features[name] for name in names] for pair in pairs])
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    model = LogisticRegression(C=1.0 / (2.0 * _PENALTY), max_iter=2_000)
    model.fit((values - mean) / spread, [pair.right for pair in pairs], sample_weight=[pair.weight for pair in pairs])
    slopes = model.coef_[0] / spread
    return Linear(tuple(names), slopes, float(model.intercept_[0] - slopes @ mean))


def _choose(asked: Sequence[_Asked]) -> tuple[float, float | None, GroupFigures]:
    """Return both thresholds, and what is told by them, each scene by weights fitted on the others."""
    linear = {
        scene: _fit([pair for each in asked if each.group.scene != scene for pair in each.pairs])
        for scene in dict.fromkeys(each.group.scene for each in asked)
    }
    listed = max(_LISTED, key=lambda least: _f1(asked, linear, least))
    trials = []
    for sure in (*(sure for sure in _SURE if sure >= listed), None):
        told = figures([(each.group, _told(each, SamePoint(linear[each.group.scene], listed, sure))) for each in asked])
        precise = told.said == 0 or told.right >= PRECISION * told.said
        trials.append(((precise, told.verdicts + told.right), (listed, sure, told)))
    return max(trials, key=lambda trial: trial[0])[1]


def _f1(asked: Sequence[_Asked], linear: Mapping[str, Linear], listed: float) -> float:
    """Return F1 of the documents that are listed beside right answers: those that may be cited, and no others."""
    right = wrong = missed = 0
    for each in asked:
        if each.best is None or not each.fits:
            continue
        model = SamePoint(linear[each.group.scene], listed, None)
        fitting = {id(pair.other): pair.fits for pair in each.pairs}
        chosen = [other for other, _ in choose(each.best, [(pair.other, pair.features) for pair in each.pairs], model)]
        found = {other.document for other in chosen if fitting[id(other)]}
        wanted = {pair.other.document for pair in each.pairs if pair.fits} - {each.best.document}
        right, wrong, missed = right + len(found), wrong + len(chosen) - len(found), missed + len(wanted - found)
    return 2.0 * right / max(2 * right + wrong + missed, 1)


def _told(each: _Asked, model: SamePoint) -> Told:
    """Return what would be told by a model of the same point; copies are those that the group names."""
    if each.best is None:
        return Told(None, answer_fits=False, all_fit=False)
    fitting = {id(pair.other): pair.fits for pair in each.pairs}
    chosen = [(each.best, 1.0), *choose(each.best, [(pair.other, pair.features) for pair in each.pairs], model)]
    sources = [one.reading.hit.document.source for one, _ in chosen]
    copied = [
        any({source, other} <= names for names in each.group.copies for other in sources[:number])
        for number, source in enumerate(sources)
    ]
    agreement = compare(each.kind, given_of(each.question, chosen, copied, model))
    all_fit = each.fits and all(fitting[id(one)] for one, _ in chosen[1:])
    return Told(agreement.verdict, each.fits, all_fit)


if __name__ == "__main__":
    sys.exit(main())
