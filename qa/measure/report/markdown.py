"""An evaluation as a text of Markdown, for a ticket or a merge request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qa.measure.evaluation import Evaluation, Result
from qa.measure.report.escaping import code, code_block, in_markdown
from qa.measure.report.verdicts import MEANING, Verdict, failures, verdict_of
from qa.measure.report.wording import (
    CONFIDENCE,
    cell,
    confidence_cells,
    direction,
    explained,
    figures_told,
    label,
    made_of,
    notes,
    share,
)

MOST = 50  # failed questions told
_LONG, _SHORT, _ANSWERS = 300, 100, 3  # characters of a text and of a name, and accepted answers of a question


def markdown_report(
    evaluation: Evaluation, title: str, comparison_text: str | None = None, ablation_text: str | None = None
) -> str:
    """Return the text."""
    results = evaluation.per_question
    parts = [
        f"# {in_markdown(title, _LONG)}",
        "## Figures by direction",
        "Each with its 95 % interval. A direction is the question's language → that of the articles that answer it.",
        _pipes(_figures(evaluation)),
        *notes(evaluation),
        "## What became of the questions",
        _bullets(f"**{each}** {count:,}: {MEANING[each]}" for each in Verdict if (count := _count(results, each))),
    ]
    if evaluation.confidence:
        rows = [[in_markdown(told[0], _SHORT), *told[1:]] for told in map(confidence_cells, evaluation.confidence)]
        parts += ["## Whether to trust confidence", _pipes([CONFIDENCE, *rows])]
    parts += ["## Questions that failed", *_failed(results)]
    for name, text in (("Comparison", comparison_text), ("Ablation", ablation_text)):
        if text is not None:
            parts += [f"## {name}", code_block(text)]
    versions = (f"{in_markdown(name, _SHORT)}: {code(value, _LONG)}" for name, value in made_of(evaluation).items())
    meanings = (f"**{name}**: {told}" for name, told in explained(evaluation).items())
    parts += ["## What it was made of", _bullets(versions), "## How to read the figures", _bullets(meanings)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _figures(evaluation: Evaluation) -> list[list[str]]:
    rows, gap = evaluation.rows, evaluation.gap
    lines = [
        ["", *(in_markdown(direction(row.direction), _SHORT) for row in rows)],
        ["questions", *(f"{row.questions:,}" for row in rows)],
    ]
    for name in figures_told(evaluation):
        told = (cell(row, name) for row in rows)
        lines.append([label(name), *(f"{value} ({interval})" if interval else value for value, interval in told)])
    if gap:
        apart = ["gap", "", *(share(gap.get(name)) for name in figures_told(evaluation))]
        lines = [[*line, more] for line, more in zip(lines, apart, strict=True)]
    return lines


def _failed(results: Sequence[Result]) -> list[str]:
    failed = failures(results)
    if not failed:
        return ["None."]
    more = len(failed) - MOST
    return ["\n".join(map(_failure, failed[:MOST])), f"And {more:,} more." if more > 0 else ""]


def _failure(result: Result) -> str:
    asked = f"- {code(result.id, _SHORT)}, {in_markdown(direction(result.direction), _SHORT)}, {verdict_of(result)}"
    expected = [in_markdown(each, _LONG) for each in result.expected[:_ANSWERS]]
    if (others := len(result.expected) - _ANSWERS) > 0:
        expected.append(f"{others:,} more")
    got = "no answer" if result.answer is None else in_markdown(result.answer, _LONG)
    source = "" if result.source is None else f", from {code(result.source, _SHORT)}"
    return "\n".join(
        [
            asked,
            f"  - asked: {in_markdown(result.question, _LONG)}",
            f"  - expected: {' / '.join(expected) or ('an answer' if result.answerable else 'no answer')}",
            f"  - got: {got}{source}",
        ]
    )


def _count(results: Sequence[Result], verdict: Verdict) -> int:
    return sum(verdict_of(result) is verdict for result in results)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _pipes(lines: Sequence[Sequence[str]]) -> str:
    """Return cells as a table, the first column to the left, the others to the right."""
    head, *body = lines
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))
