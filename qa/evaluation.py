"""The figures of an evaluation: by question, by direction, as JSON, as a table, as a TREC run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from qa.metrics import RETRIEVAL, mean, percentile
from qa.reliability import Reliability, reliability

ALL = "all"
QUALITY = (*RETRIEVAL, "em", "f1", "sentence", "answered", "refused", "citations_valid")
BOUNDED = (*QUALITY, "auroc")
"""The figures that a least value may be asked of."""
FIGURES = (*QUALITY, "median_ms", "p95_ms")
"""The names of the figures. Milliseconds aside, they lie between 0 and 1, and higher is better."""
_ORDER = (ALL, "fr->fr", "en->fr", "fr->en", "en->en")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question. `relevant` counts the passages that hold an answer.

    `right` says whether its best sentence, given as the answer or not, holds an accepted
    one; `pair` is the direction that its confidence is measured by.
    Figures that do not apply are None: all but `refused` and `ms` where there is no answer.
    """

    id: str
    direction: str
    answerable: bool
    answer: str | None
    confidence: float
    right: bool
    pair: str
    ms: float
    citations: int
    citations_valid: int
    relevant: int
    passages: tuple[str, ...]
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of the questions of one direction; None where no question counts."""

    direction: str
    questions: int
    answerable: int
    figures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows, `all` first, and what they were made of.

    `seen` counts the questions that a calibration in force was fitted on.
    """

    rows: tuple[Row, ...]
    confidence: tuple[Reliability, ...]
    per_question: tuple[Result, ...]
    index_version: str
    encoder: str
    seen: int = 0

    def overall(self) -> dict[str, float]:
        """Return the figures of all questions, without those that none of them counts for."""
        auroc = self.confidence[0].auroc
        figures = {**self.rows[0].figures, "auroc": auroc.value if auroc else None}
        return {name: value for name, value in figures.items() if value is not None}

    @property
    def gap(self) -> dict[str, float]:
        """By how much the best direction exceeds the worst, where there are two or more."""
        told = {name: [v for row in self._directions if (v := row.figures[name]) is not None] for name in QUALITY}
        return {name: max(values) - min(values) for name, values in told.items() if len(values) > 1}

    @property
    def unreachable(self) -> int:
        """The number of questions whose answer no passage of an accepted file holds."""
        return sum(result.answerable and not result.relevant for result in self.per_question)

    def to_json(self) -> dict[str, Any]:
        """Return everything, the questions' texts aside."""
        return {
            "index": {"version": self.index_version, "encoder": self.encoder},
            "rows": [asdict(row) for row in self.rows],
            "gap": self.gap,
            "confidence": [asdict(row) for row in self.confidence],
            "calibrated_on": self.seen,
            "unreachable": self.unreachable,
            "per_question": [asdict(result) for result in self.per_question],
        }

    def table(self) -> str:
        """Return the rows and the gap as a table to print."""
        body = [[row.direction, str(row.questions), *map(_shown, _values(row.figures))] for row in self.rows]
        if self.gap:
            body.append(["gap", "", *map(_shown, _values(self.gap))])
        lines = [["", "n", *FIGURES], *body]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        told = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        if self.unreachable:
            told.append(f"questions whose answer no passage holds, which count as 0: {self.unreachable}")
        return "\n".join(told)

    def trec_run(self) -> Iterator[str]:
        """Yield the passages found, as lines of a TREC run; spaces in ids are written as in URLs."""
        for result in self.per_question:
            for rank, passage in enumerate(result.passages, start=1):
                yield f"{quote(result.id)} Q0 {quote(passage)} {rank} {1 / rank:.6f} sourcier"

    @property
    def _directions(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.direction != ALL and row.answerable)


def rows_of(results: Sequence[Result]) -> tuple[Row, ...]:
    """Return a row for all questions, then one for each direction."""
    ordered = _ordered({result.direction for result in results})
    groups = {name: [result for result in results if name in (ALL, result.direction)] for name in ordered}
    return tuple(_row(name, group) for name, group in groups.items() if group)


def confidence_rows(results: Sequence[Result]) -> tuple[Reliability, ...]:
    """Return how well confidence tells right from wrong, over all questions and by direction."""
    rows = []
    for name in _ordered({result.pair for result in results}):
        group = [result for result in results if name in (ALL, result.pair)]
        if group:
            given = [result.answer is not None for result in group]
            rows.append(reliability(name, [each.confidence for each in group], [each.right for each in group], given))
    return tuple(rows)


def _ordered(directions: set[str]) -> list[str]:
    return [*_ORDER, *sorted(directions - set(_ORDER))]


def _row(direction: str, results: Sequence[Result]) -> Row:
    figures: dict[str, float | None] = {
        name: mean(result.figures[name] for result in results if name in result.figures) for name in QUALITY
    }
    cited = sum(result.citations for result in results)
    figures["citations_valid"] = sum(result.citations_valid for result in results) / cited if cited else None
    milliseconds = [result.ms for result in results]
    figures["median_ms"], figures["p95_ms"] = percentile(milliseconds, 50), percentile(milliseconds, 95)
    return Row(direction, len(results), sum(result.answerable for result in results), figures)


def _values(figures: Mapping[str, float | None]) -> list[tuple[str, float | None]]:
    return [(name, figures.get(name)) for name in FIGURES]


def _shown(figure: tuple[str, float | None]) -> str:
    name, value = figure
    if value is None:
        return ""
    return f"{value:.1f}" if name.endswith("_ms") else f"{value:.3f}"
