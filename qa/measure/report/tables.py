"""The tables of a report as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from qa.measure.evaluation import Evaluation, Result
from qa.measure.report.escaping import in_html, isolated
from qa.measure.report.verdicts import MEANING, Verdict, failures_first, rank_of, verdict_of
from qa.measure.report.wording import (
    CONFIDENCE,
    by_kind,
    cell,
    confidence_cells,
    direction,
    figures_told,
    label,
    milliseconds,
    span,
)

MOST = 2_000  # questions shown
_LONG, _SHORT, _ANSWERS = 300, 100, 3  # characters of a text and of a name, and accepted answers of a question
_COLUMNS = ("Verdict", "Question", "Expected", "Answer", "Rank", "F1", "Confidence", "Time")
_NONE = '<span class="none">–</span>'


def figures_table(evaluation: Evaluation) -> str:
    """Return every figure by direction, with the gap between the best and the worst of them."""
    rows, gap = evaluation.rows, evaluation.gap
    head = "".join(f'<th scope="col">{in_html(direction(row.direction))}</th>' for row in rows)
    counts = "".join(f"<td><b>{row.questions:,}</b></td>" for row in rows)
    if gap:
        head, counts = f'{head}<th scope="col">gap</th>', f"{counts}<td></td>"
    columns = 1 + len(rows) + bool(gap)
    body = [f'<tbody><tr><th scope="row">questions</th>{counts}</tr></tbody>']
    for kind, names in by_kind(figures_told(evaluation)).items():
        lines = [f'<tr class="kind"><th scope="rowgroup" colspan="{columns}">{kind}</th></tr>']
        for name in names:
            cells = "".join(_figure(*cell(row, name)) for row in rows)
            if gap:
                apart = gap.get(name)
                cells += _figure(f"{apart.value:.3f}", span(apart)) if apart else "<td></td>"
            lines.append(f'<tr><th scope="row">{in_html(label(name))}</th>{cells}</tr>')
        body.append(f"<tbody>{''.join(lines)}</tbody>")
    table = f'<table class="figures"><thead><tr><td></td>{head}</tr></thead>{"".join(body)}</table>'
    return _scrolling("All figures by direction", table)


def confidence_table(evaluation: Evaluation) -> str:
    """Return the measures of confidence by direction."""
    head = "".join(f'<th scope="col">{name}</th>' for name in CONFIDENCE)
    lines = []
    for row in evaluation.confidence:
        first, *others = map(in_html, confidence_cells(row))
        cells = "".join(f"<td>{_small(each)}</td>" for each in others)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    table = f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    return _scrolling("Measures of confidence by direction", table)


def questions_table(results: Sequence[Result]) -> str:
    """Return what became of every question, those that failed first, at most `MOST` of them."""
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    lines = "\n".join(map(_question, failures_first(results)[:MOST]))
    table = f'<table id="questions" class="questions"><thead><tr>{head}</tr></thead><tbody>\n{lines}\n</tbody></table>'
    return _scrolling("Every question", table, "scroll tall")


def left_out(results: Sequence[Result]) -> str:
    """Return what the table of questions leaves out; empty if nothing."""
    if len(results) <= MOST:
        return ""
    failed = sum(verdict_of(result).failed for result in results)
    told = f"all {failed:,} that failed" if failed <= MOST else f"the first {MOST:,} of {failed:,} that failed"
    more = ", then the others in their order" if failed < MOST else ""
    rest = len(results) - MOST
    return f"{MOST:,} of {len(results):,} are shown: {told}{more}. {rest:,} are left out; a .json report holds all."


def filters(results: Sequence[Result]) -> str:
    """Return the form that filters the table of questions. Hidden: it needs the script, which shows it."""
    shown = failures_first(results)[:MOST]
    verdicts = [each for each in Verdict if any(verdict_of(result) is each for result in shown)]
    directions = list(dict.fromkeys(result.direction for result in shown))
    first = '<option value="">All questions</option><option value="failed">Those that failed</option>'
    kinds = first + "".join(f'<option value="{each}">{each.capitalize()}</option>' for each in verdicts)
    ways = '<option value="">All directions</option>' + "".join(
        f'<option value="{in_html(each)}">{in_html(direction(each))}</option>' for each in directions
    )
    return (
        '<form id="filters" hidden>'
        f'<label>Verdict <select id="verdict">{kinds}</select></label>'
        f'<label>Direction <select id="direction">{ways}</select></label>'
        '<label class="grow">Search <input id="search" type="search" autocomplete="off" spellcheck="false"></label>'
        '<output id="count" for="verdict direction search"></output></form>'
    )


def _question(result: Result) -> str:
    verdict, asked = verdict_of(result), result.direction.partition("->")[0]
    held = result.pair.partition("->")[2]
    answer, rank, f1 = result.answer, rank_of(result), result.figures.get("f1")
    name = f'<span class="meta">{isolated(result.id, _SHORT)} · {in_html(direction(result.direction), _SHORT)}</span>'
    source = f'<span class="meta">{isolated(result.source, _SHORT)}</span>' if result.source is not None else ""
    cells = (
        f'<td><span class="verdict {verdict.name.lower()}" title="{MEANING[verdict]}">{verdict}</span></td>'
        f'<th scope="row">{isolated(result.question, _LONG, asked)}{name}</th>'
        f"<td>{_expected(result)}</td>"
        f"<td>{isolated(answer, _LONG, held) if answer is not None else _NONE}{source}</td>"
        f"{_number(rank, str(rank))}"
        f"{_number(f1, f'{f1:.2f}' if f1 is not None else '')}"
        f"{_number(result.confidence, f'{result.confidence:.2f}')}"
        f"{_number(result.ms, milliseconds(result.ms))}"
    )
    failed = " data-failed" if verdict.failed else ""
    return f'<tr data-verdict="{verdict}" data-direction="{in_html(result.direction)}"{failed}>{cells}</tr>'


def _expected(result: Result) -> str:
    if not result.answerable:
        return '<span class="none">no answer</span>'
    if not result.expected:
        return _NONE
    told = [isolated(each, _LONG) for each in result.expected[:_ANSWERS]]
    if (more := len(result.expected) - _ANSWERS) > 0:
        told.append(f'<span class="meta">and {more:,} more</span>')
    return "<br>".join(told)


def _number(value: float | None, told: str) -> str:
    if value is None:
        return f'<td class="number" data-value="">{_NONE}</td>'
    return f'<td class="number" data-value="{value:g}">{told}</td>'


def _figure(value: str, interval: str) -> str:
    return f"<td><b>{value}</b>{f'<small>{interval}</small>' if interval else ''}</td>" if value else "<td></td>"


def _small(told: str) -> str:
    value, _, interval = told.partition(" (")
    return f"<b>{value}</b>" + (f"<small>{interval.removesuffix(')')}</small>" if interval else "")


def _scrolling(name: str, table: str, kind: str = "scroll") -> str:
    return f'<div class="{kind}" role="region" aria-label="{name}" tabindex="0">{table}</div>'
