"""An evaluation as tables of text: a line a figure, a column a direction."""

from __future__ import annotations

from collections.abc import Sequence

from qa.measure.evaluation import FIGURES, Evaluation, Row

LABELS = {
    "em": "exact match",
    "f1": "F1",
    "em_all": "exact match, unanswerable too",
    "f1_all": "F1, unanswerable too",
    "sentence": "right sentence cited",
    "refused": "unanswerable refused",
    "mrr": "MRR",
    "map": "MAP",
    "ndcg@10": "nDCG@10",
    "citations_valid": "citations that verify",
    "median_ms": "p50, ms",
    "p95_ms": "p95, ms",
}
"""What a figure is called where its name alone would not do."""


def rows_of_table(evaluation: Evaluation) -> list[list[str]]:
    """Return the cells: a header, then a figure a line, for every figure that some question counts for."""
    gap = evaluation.gap
    header = ["", *(row.direction for row in evaluation.rows), *(["gap"] if gap else [])]
    counts = ["questions", *(str(row.questions) for row in evaluation.rows), *([""] if gap else [])]
    lines = [header, counts]
    for name in FIGURES:
        cells = [_cell(row, name) for row in evaluation.rows]
        if any(cells):
            apart = [str(gap[name]) if name in gap else ""] if gap else []
            lines.append([LABELS.get(name, name), *cells, *apart])
    return lines


def table(evaluation: Evaluation) -> str:
    """Return the figures with their 95 % intervals, and what should be known beside them."""
    return "\n".join([aligned(rows_of_table(evaluation)), *remarks(evaluation)])


def remarks(evaluation: Evaluation) -> list[str]:
    """Return what a reader of the figures should know, a line each."""
    if not evaluation.unreachable:
        return []
    return [f"questions whose answer no passage holds, which count as 0: {evaluation.unreachable}"]


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return cells as text, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines
    )


def _cell(row: Row, name: str) -> str:
    if figure := row.figure(name):
        return str(figure)
    value = row.figures[name]
    return "" if value is None else f"{value:.1f}"
