"""The figures of an evaluation: by question and by direction, with their intervals, and as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.measure.intervals import Figure, difference, interval_of_mean, wilson
from qa.measure.metrics import RETRIEVAL, percentile
from qa.measure.reliability import Reliability, reliability
from qa.types import Example

SCHEMA = 1
"""The version of the JSON that an evaluation is written in."""
ALL = "all"
READING = ("em", "f1", "em_all", "f1_all", "sentence", "answered", "refused")
QUALITY = (*RETRIEVAL, *READING, "citations_valid")
BOUNDED = (*QUALITY, "auroc")
"""The figures that a least value may be asked of."""
FIGURES = (*QUALITY, "median_ms", "p95_ms")
"""The names of the figures. Milliseconds aside, they lie between 0 and 1, and higher is better."""
_ORDER = (ALL, "fr->fr", "en->fr", "fr->en", "en->en")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question.

    `gold` digests the question and what it accepts; `expected` are the accepted answers;
    `relevant` and `found` name passages, as `source:start`, or whole files where gold judges
    these. `right` says whether its best sentence, given as the answer or not, holds an
    accepted one; `pair` is the direction that its confidence is measured by. `figures` holds
    those that count for it: `refused` where there is no answer, else those of retrieval and,
    where gold tells the answer, of reading.
    """

    id: str
    question: str
    gold: str
    direction: str
    answerable: bool
    expected: tuple[str, ...]
    answer: str | None
    source: str | None
    sentence: str | None
    confidence: float
    right: bool
    pair: str
    ms: float
    citations: int
    citations_valid: int
    relevant: Mapping[str, int]
    found: tuple[str, ...]
    figures: Mapping[str, float]

    @property
    def judged(self) -> bool:
        """Whether gold says what a right answer is: where it judges files only, it does not."""
        return bool(self.expected) or not self.answerable


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of the questions of one direction; None where no question counts. Times have no interval."""

    direction: str
    questions: int
    answerable: int
    figures: Mapping[str, float | None]
    intervals: Mapping[str, tuple[float, float]]

    def figure(self, name: str) -> Figure | None:
        """Return a figure with its interval."""
        value = self.figures[name]
        return None if value is None or name not in self.intervals else Figure(value, *self.intervals[name])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows, `all` first, and what they were made of.

    `made_of` names the versions and settings that the figures depend on; `seen` counts the
    questions that a calibration in force was fitted on.
    """

    rows: tuple[Row, ...]
    confidence: tuple[Reliability, ...]
    per_question: tuple[Result, ...]
    made_of: Mapping[str, str]
    seen: int = 0

    def overall(self) -> dict[str, float]:
        """Return the figures of all questions, without those that none of them counts for."""
        auroc = self.confidence[0].auroc if self.confidence else None
        figures = {**self.rows[0].figures, "auroc": auroc.value if auroc else None}
        return {name: value for name, value in figures.items() if value is not None}

    @property
    def gap(self) -> dict[str, Figure]:
        """By how much the best direction exceeds the worst, where two or more have a figure.

        The interval is that of these two; as they were picked for lying apart, the gap is told
        rather too large than too small.
        """
        rows = [row for row in self.rows if row.direction != ALL and row.answerable]
        told = {name: [figure for row in rows if (figure := row.figure(name))] for name in QUALITY}
        return {
            name: difference(max(figures, key=lambda each: each.value), min(figures, key=lambda each: each.value))
            for name, figures in told.items()
            if len(figures) > 1
        }

    @property
    def unreachable(self) -> int:
        """The number of questions whose answer no passage of an accepted file holds."""
        return sum(result.answerable and not result.relevant for result in self.per_question)

    def to_json(self) -> dict[str, Any]:
        """Return everything: what `--compare` reads."""
        return {
            "schema": SCHEMA,
            "made_of": dict(self.made_of),
            "rows": [asdict(row) for row in self.rows],
            "gap": {name: asdict(figure) for name, figure in self.gap.items()},
            "confidence": [asdict(row) for row in self.confidence],
            "calibrated_on": self.seen,
            "unreachable": self.unreachable,
            "per_question": [asdict(result) for result in self.per_question],
        }


def digest_of(example: Example) -> str:
    """Return what tells a question of gold, and what it accepts, from others."""
    told = [example.question, example.answers, example.sources, [[s.source, s.start, s.end] for s in example.spans]]
    return hashlib.sha256(json.dumps([*told, dict(example.grades)]).encode()).hexdigest()[:16]


def rows_of(results: Sequence[Result]) -> tuple[Row, ...]:
    """Return a row for all questions, then one for each direction."""
    names = ordered({result.direction for result in results})
    groups = {name: [result for result in results if name in (ALL, result.direction)] for name in names}
    return tuple(_row(name, group) for name, group in groups.items() if group)


def confidence_rows(results: Sequence[Result]) -> tuple[Reliability, ...]:
    """Return how well confidence tells right from wrong, over all questions and by direction."""
    rows = []
    for name in ordered({result.pair for result in results}):
        group = [result for result in results if name in (ALL, result.pair)]
        if group:
            given = [result.answer is not None for result in group]
            rows.append(reliability(name, [each.confidence for each in group], [each.right for each in group], given))
    return tuple(rows)


def ordered(directions: set[str]) -> list[str]:
    """Return directions in the order in which they are told: all together, the four between the languages, others."""
    return [*_ORDER, *sorted(directions - set(_ORDER))]


def _row(direction: str, results: Sequence[Result]) -> Row:
    told: dict[str, Figure | None] = {}
    for name in (*RETRIEVAL, *READING):
        values = [result.figures[name] for result in results if name in result.figures]
        told[name] = interval_of_mean(values) if values else None
    cited = sum(result.citations for result in results)
    told["citations_valid"] = wilson(sum(result.citations_valid for result in results), cited) if cited else None
    figures = {name: figure.value if figure else None for name, figure in told.items()}
    milliseconds = [result.ms for result in results]
    figures["median_ms"], figures["p95_ms"] = percentile(milliseconds, 50), percentile(milliseconds, 95)
    intervals = {name: (figure.low, figure.high) for name, figure in told.items() if figure}
    return Row(direction, len(results), sum(result.answerable for result in results), figures, intervals)
