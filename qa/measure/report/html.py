"""An evaluation as one page that needs nothing else: no request, and no script to be read.

Its policy lets in the page's own style and script, the latter by its digest, and nothing more.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from qa.measure.evaluation import Evaluation, Row
from qa.measure.report.escaping import in_html, isolated
from qa.measure.report.plots import figures_plot, reliability_plot, risk_plot, times_by_direction, times_plot
from qa.measure.report.tables import confidence_table, figures_table, filters, left_out, questions_table
from qa.measure.report.verdicts import MEANING, Verdict, verdict_of
from qa.measure.report.wording import HEADLINE, explained, figure_of, made_of, milliseconds, notes, percent

_HERE = Path(__file__).parent
_UNITS = ("recall@5", "sentence", "refused", "citations_valid")  # told as a percentage
_LONG = 300  # characters of a title or a version


def html_report(
    evaluation: Evaluation, title: str, comparison_text: str | None = None, ablation_text: str | None = None
) -> str:
    """Return the page."""
    script, style = ((_HERE / name).read_text("utf-8") for name in ("filter.js", "style.css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    sections = _sections(evaluation, comparison_text, ablation_text)
    links = "".join(f'<li><a href="#{_anchor(name)}">{name}</a></li>' for name in list(sections)[1:])
    body = "\n".join(
        f'<section aria-labelledby="{_anchor(name)}"><h2 id="{_anchor(name)}">{name}</h2>\n{told}\n</section>'
        for name, told in sections.items()
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{in_html(title, _LONG)}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<header>
<p class="eyebrow">Sourcier · evaluation</p>
<h1>{isolated(title, _LONG)}</h1>
<p class="lead">{in_html(_lead(evaluation))}</p>
<nav aria-label="Sections"><ul>{links}</ul></nav>
</header>
<main>
{body}
</main>
<script>{script}</script>
</body>
</html>
"""


def _sections(evaluation: Evaluation, comparison: str | None, ablation: str | None) -> dict[str, str]:
    """Return what the page tells, by its headings."""
    told = {"Headline": _headline(evaluation)}
    figures = [f'<p class="hint">{_GAP if evaluation.gap else _INTERVALS}</p>', figures_table(evaluation)]
    told["Figures by direction"] = "\n".join([*figures, _notes(notes(evaluation)), figures_plot(evaluation)])
    if evaluation.confidence:
        told["Whether to trust confidence"] = _confidence(evaluation)
    told["Speed"] = f'<div class="plots two">{times_plot(evaluation)}{times_by_direction(evaluation)}</div>'
    told["Every question"] = "\n".join(
        [
            f'<p class="hint">{_QUESTIONS} {left_out(evaluation.per_question)}</p>',
            filters(evaluation.per_question),
            questions_table(evaluation.per_question),
        ]
    )
    for name, text in (("Comparison", comparison), ("Ablation", ablation)):
        if text is not None:
            told[name] = f'<pre class="scroll" tabindex="0" role="region" aria-label="{name}">\n{in_html(text)}</pre>'
    told["What it was made of"] = _pairs(made_of(evaluation))
    verdicts = {verdict_of(result) for result in evaluation.per_question}
    meanings = {each.value: f"{MEANING[each].capitalize()}." for each in Verdict if each in verdicts}
    told["How to read the figures"] = _pairs({**explained(evaluation), **meanings})
    return told


_INTERVALS = (
    "Each figure with its 95 % interval. A direction is the question’s language → that of the articles that answer it."
)
_GAP = f"{_INTERVALS} The gap is by how much the best direction exceeds the worst."
_QUESTIONS = (
    "Those that failed come first. Rank is that of the first relevant passage; confidence that of the best"
    " sentence, given as the answer or not."
)


def _headline(evaluation: Evaluation) -> str:
    overall = evaluation.rows[0]
    cards = [_card(overall, name, told) for name, told in HEADLINE.items()]
    median, late = overall.figures.get("median_ms"), overall.figures.get("p95_ms")
    if median is not None and late is not None:
        cards.append(_figure_card("p50, time a question", milliseconds(median), f"p95 {milliseconds(late)}"))
    return f'<dl class="cards">{"".join(cards)}</dl>\n{_outcomes(evaluation)}'


def _card(row: Row, name: str, told: str) -> str:
    figure = figure_of(row, name)
    if figure is None:
        return _figure_card(told, "–", "not measured")
    if name not in _UNITS:
        return _figure_card(told, f"{figure.value:.2f}", f"95 %: {figure.low:.2f} to {figure.high:.2f}")
    return _figure_card(told, percent(figure.value), f"95 %: {percent(figure.low, '')} to {percent(figure.high)}")


def _figure_card(name: str, value: str, below: str) -> str:
    return f"<div><dt>{in_html(name)}</dt><dd><b>{in_html(value)}</b><small>{in_html(below)}</small></dd></div>"


def _outcomes(evaluation: Evaluation) -> str:
    """Return what became of the questions, as a bar of shares with its legend."""
    results = evaluation.per_question
    counts = {each: sum(verdict_of(result) is each for result in results) for each in Verdict}
    bar = keys = ""
    for verdict, count in counts.items():
        if count:
            kind, told = verdict.name.lower(), percent(count / len(results))
            bar += f'<span class="{kind}" style="flex-grow:{count}" title="{verdict}: {count:,}"></span>'
            keys += f'<li title="{MEANING[verdict]}"><i class="{kind}"></i>{verdict} <b>{count:,}</b> ({told})</li>'
    return f'<div class="outcomes" aria-hidden="true">{bar}</div><ul class="legend">{keys}</ul>'


def _confidence(evaluation: Evaluation) -> str:
    rows = evaluation.confidence
    right = "".join(map(reliability_plot, rows))
    wrong = "".join(map(risk_plot, rows))
    return f"""<p class="hint">{_TRUST}</p>
{confidence_table(evaluation)}
<h3>Reliability</h3>
<p class="hint">On the dashed line, confidence says just how often answers are right; below it, it says too much.</p>
<div class="plots">{right}</div>
<h3>Risk and coverage</h3>
<p class="hint">How many are wrong if only the surest are answered, with the 95 % band; the diamond is what is answered
now.</p>
<div class="plots">{wrong}</div>"""


_TRUST = (
    "Over the best sentence of each question, answered with or not. A question without an answer counts in the"
    " direction from its language to that of the sentence."
)


def _lead(evaluation: Evaluation) -> str:
    overall, results = evaluation.rows[0], evaluation.per_question
    answered = sum(result.answer is not None for result in results)
    asked = f"{overall.questions:,} question{'' if overall.questions == 1 else 's'}"
    return f"{asked}, {overall.answerable:,} with an answer in the articles; {answered:,} answered."


def _pairs(pairs: Mapping[str, str]) -> str:
    told = "".join(
        f"<div><dt>{isolated(name, _LONG)}</dt><dd>{isolated(value, _LONG)}</dd></div>" for name, value in pairs.items()
    )
    return f'<dl class="pairs">{told}</dl>'


def _notes(lines: Sequence[str]) -> str:
    return "".join(f'<p class="note">{in_html(line)}</p>' for line in lines)


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
