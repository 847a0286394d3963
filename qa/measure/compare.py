"""Two evaluations over the same questions: whether what was changed between them made it better.

Figures are compared question by question. Where several are looked at, one may differ by
chance: p-values are adjusted over the figures of a direction (Holm 1979). Those in which no
question moved are not counted, as they could never be told to differ (Tarone 1990), nor is
a figure that repeats another over the same questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from index.errors import InputError
from qa.measure.baseline import Baseline, Outcome, outcome_of
from qa.measure.evaluate import LEFT_OUT
from qa.measure.evaluation import ALL, QUALITY, Evaluation
from qa.measure.intervals import Figure, holm, paired_difference

SCHEMA = 1
"""The version of the JSON that a comparison is written in."""
BETTER, WORSE, UNCLEAR = "better", "worse", "no difference that chance could not make"
_LEVEL = 0.05  # of significance
_REPEATS = {"em_all": ("em", "refused"), "f1_all": ("f1", "refused")}  # where they count the same questions
_EQUAL = 1e-9  # figures nearer than this differ by rounding alone

NOW_WRONG, NOW_RIGHT = "now wrong", "now right"
NOW_ANSWERED, NOW_REFUSED = "now answered", "now refused"
LOWER, HIGHER, REWORDED = "found lower", "found higher", "answered in other words"
KINDS = (NOW_WRONG, NOW_RIGHT, NOW_ANSWERED, NOW_REFUSED, LOWER, HIGHER, REWORDED)
"""What can change in a question, in the order in which the questions are told."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure before and now, over the questions that it counts for in both.

    `difference` is the mean of theirs, `p` of the randomisation test, `adjusted` raised for
    the other figures of the direction; `up` and `down` count the questions that moved.
    """

    questions: int
    before: float
    now: float
    difference: Figure
    p: float
    adjusted: float
    up: int
    down: int

    @property
    def verdict(self) -> str:
        """Whether it is better or worse, at 5 %, as far as can be told."""
        if self.adjusted > _LEVEL:
            return UNCLEAR
        return BETTER if self.difference.value > 0 else WORSE


@dataclass(frozen=True, slots=True)
class Direction:
    """The figures of the questions of one direction; median milliseconds are told, not judged."""

    direction: str
    questions: int
    figures: Mapping[str, Compared]
    ms_before: float
    ms_now: float


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that is answered or found otherwise, and how: one or more of `KINDS`."""

    id: str
    question: str
    direction: str
    kinds: tuple[str, ...]
    before: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows, `all` first; what differs in what the two were made of; and which questions were not compared."""

    baseline: Path
    rows: tuple[Direction, ...]
    changed: tuple[Changed, ...]
    made_of: Mapping[str, tuple[str | None, str | None]]
    only_before: tuple[str, ...]
    only_now: tuple[str, ...]
    other_gold: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything: `made_of` holds pairs, before and now; a name is null where one has none."""
        rows = [
            {**asdict(row), "figures": {n: {**asdict(f), "verdict": f.verdict} for n, f in row.figures.items()}}
            for row in self.rows
        ]
        return {"schema": SCHEMA, **asdict(self), "baseline": str(self.baseline), "rows": rows}


@dataclass(frozen=True, slots=True)
class _Pair:
    before: Outcome
    now: Outcome
    direction: str


def compare(evaluation: Evaluation, baseline: Baseline) -> Comparison:
    """Compare an evaluation with an earlier one, over the questions that both asked of the same gold.

    `citations_valid` is here the mean, over the questions answered both times, of the share
    of an answer's citations that verify.

    :raises InputError: if they have no question in common.
    """
    known = baseline.questions
    shared = {result.id: result for result in evaluation.per_question if result.id in known}
    moved = {name for name, result in shared.items() if result.gold != known[name].gold}
    # one asked with its answers left out tells not which: those of the question itself must be the same
    moved |= {name for name in shared if name.endswith(LEFT_OUT) and name.removesuffix(LEFT_OUT) in moved}
    pairs = [
        _Pair(known[name], outcome_of(result), result.direction) for name, result in shared.items() if name not in moved
    ]
    if not pairs:
        why = "its questions have changed since" if shared else "it was made of other questions"
        raise InputError(f"{baseline.path} has no question in common with this gold, {why}: make it again")
    changed = (
        Changed(pair.now.id, pair.now.question, pair.direction, kinds, pair.before.answer, pair.now.answer)
        for pair in pairs
        if (kinds := tuple(_kinds(pair.before, pair.now)))
    )
    names = dict.fromkeys([*baseline.made_of, *evaluation.made_of])
    made_of = {name: (baseline.made_of.get(name), evaluation.made_of.get(name)) for name in names}
    groups = {
        row.direction: [pair for pair in pairs if row.direction in (ALL, pair.direction)] for row in evaluation.rows
    }
    return Comparison(
        baseline=baseline.path,
        rows=tuple(_direction(name, group) for name, group in groups.items() if group),
        changed=tuple(sorted(changed, key=lambda each: KINDS.index(each.kinds[0]))),
        made_of={name: (before, now) for name, (before, now) in made_of.items() if before != now},
        only_before=tuple(name for name in known if name not in shared),
        only_now=tuple(result.id for result in evaluation.per_question if result.id not in known),
        other_gold=tuple(name for name in shared if name in moved),
    )


def _direction(direction: str, pairs: Sequence[_Pair]) -> Direction:
    told = {}
    for name in QUALITY:
        counting = _counting(pairs, name)
        if counting and not any(counting == _counting(pairs, other) for other in _REPEATS.get(name, ())):
            told[name] = _compared(name, counting)
    moved = [name for name, figure in told.items() if figure.up or figure.down]
    raised = dict(zip(moved, holm([told[name].p for name in moved]), strict=True))
    return Direction(
        direction=direction,
        questions=len(pairs),
        figures={name: replace(figure, adjusted=raised.get(name, 1.0)) for name, figure in told.items()},
        ms_before=median(pair.before.ms for pair in pairs),
        ms_now=median(pair.now.ms for pair in pairs),
    )


def _counting(pairs: Sequence[_Pair], name: str) -> list[_Pair]:
    """Return the pairs that a figure counts for both times."""
    return [pair for pair in pairs if name in pair.before.figures and name in pair.now.figures]


def _compared(name: str, pairs: Sequence[_Pair]) -> Compared:
    before = [pair.before.figures[name] for pair in pairs]
    now = [pair.now.figures[name] for pair in pairs]
    apart = [after - first for after, first in zip(now, before, strict=True)]
    difference, p = paired_difference(now, before)
    return Compared(
        questions=len(pairs),
        before=sum(before) / len(pairs),
        now=sum(now) / len(pairs),
        difference=difference,
        p=p,
        adjusted=p,
        up=sum(each > _EQUAL for each in apart),
        down=sum(each < -_EQUAL for each in apart),
    )


def _kinds(before: Outcome, now: Outcome) -> Iterator[str]:
    was, is_now = _right(before), _right(now)
    if was is not None and is_now is not None and was != is_now:
        yield NOW_RIGHT if is_now else NOW_WRONG
    if (before.answer is None) != (now.answer is None):
        yield NOW_REFUSED if now.answer is None else NOW_ANSWERED
    apart = now.figures.get("mrr", 0.0) - before.figures.get("mrr", 0.0)
    if abs(apart) > _EQUAL:
        yield HIGHER if apart > 0 else LOWER
    if before.answer is not None and now.answer is not None and before.answer != now.answer:
        yield REWORDED


def _right(outcome: Outcome) -> bool | None:
    """Say whether the sentence cited was right, or, where gold judges files, the first file; None of neither."""
    if "sentence" in outcome.figures:
        return outcome.figures["sentence"] == 1.0
    return outcome.figures["mrr"] == 1.0 if "mrr" in outcome.figures else None
