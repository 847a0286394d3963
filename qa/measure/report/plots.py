"""The plots of a report, each a figure of HTML with its caption."""

from __future__ import annotations

from qa.measure.evaluation import ALL, Evaluation, Row
from qa.measure.intervals import Figure
from qa.measure.metrics import percentile
from qa.measure.reliability import Reliability
from qa.measure.report.escaping import in_html
from qa.measure.report.svg import UNIT, Panel, mark, nice_ticks
from qa.measure.report.wording import by_kind, direction, figure_of, label, milliseconds, percent, share, span

SHOWN = (
    *("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"),
    *("em", "f1", "sentence", "answered", "refused", "citations_valid"),
)
"""The figures that are drawn."""
_STEP, _AIR = 11, 12  # pixels from a direction to the next, and more from a figure to the next
_LABELS = 138  # pixels
_TIMES = 260  # pixels that the plots of times are high
_BINS = 40  # of the histogram, about
_FAR = 3  # times the 95th percentile: what took longer is drawn together


def figures_plot(evaluation: Evaluation) -> str:
    """Return the main figures by direction, each with its interval; empty where no question counts for any."""
    rows = [row for row in evaluation.rows if row.direction != ALL]
    names = [name for name in SHOWN if any(row.figures.get(name) is not None for row in rows)]
    panels = [_figures(kind, told, rows) for kind, told in by_kind(names).items()]
    if not panels:
        return ""
    keys = "".join(f"<li>{_key(row.direction)} {in_html(direction(row.direction))}</li>" for row in rows)
    return f'<div class="plots two top">{"".join(panels)}</div><ul class="legend">{keys}</ul>'


def reliability_plot(row: Reliability) -> str:
    """Return how often answers of each confidence are right, against what was told."""
    panel = Panel(340)
    panel.axis_x(UNIT, "confidence told")
    panel.axis_y(UNIT, "share that is right")
    panel.line([panel.at(0, 0), panel.at(1, 1)], "ideal")
    for each in row.bins:
        told = f"{_questions(each.questions)} told {each.confidence:.2f}: {share(each.right)} right"
        ends = [panel.at(each.confidence, end) for end in (each.right.low, each.right.high)]
        panel.point(panel.at(each.confidence, each.right.value), ends, "fr", "circle", told)
    groups = f"{len(row.bins)} groups" if len(row.bins) > 1 else "one group"
    told = f"{_questions(row.questions)}, in {groups} of like confidence. ECE {share(row.ece)}."
    points = "; ".join(f"told {each.confidence:.2f}, right {each.right.value:.2f}" for each in row.bins)
    return _figure(direction(row.direction), told, panel.svg(f"Reliability, {direction(row.direction)}: {points}."))


def risk_plot(row: Reliability) -> str:
    """Return how many are wrong if only the surest are answered, and where answering stands now."""
    panel = Panel(340)
    panel.axis_x(UNIT, "share answered, the surest first")
    panel.axis_y(UNIT, "share of them that is wrong")
    curve = [panel.at(point.coverage, point.risk.value) for point in row.curve]
    high = [panel.at(point.coverage, point.risk.high) for point in row.curve]
    low = [panel.at(point.coverage, point.risk.low) for point in row.curve]
    if len(curve) > 1:
        panel.area([*high, *reversed(low)], "band")
        panel.line(curve, "curve")
    else:
        panel.point(curve[0], [low[0], high[0]], "fr", "circle", f"all answered: {share(row.curve[0].risk)} wrong")
    now = "nothing is answered now"
    if right := row.precision:
        risk = Figure(1 - right.value, 1 - right.high, 1 - right.low)
        now = f"now {percent(row.answered)} are answered, {percent(risk.value)} of them wrong"
        ends = [panel.at(row.answered, end) for end in (risk.low, risk.high)]
        told = f"now: {row.answered:.3f} answered, {share(risk)} of them wrong"
        panel.point(panel.at(row.answered, risk.value), ends, "en", "diamond", told)
    caption = f"AURC {share(row.aurc)}. AUROC {share(row.auroc) or 'not defined'}. {now[0].upper()}{now[1:]}."
    last = row.curve[-1].risk.value
    wrong = f"if all were answered, {percent(last)} would be wrong"
    seen = f"Risk and coverage, {direction(row.direction)}: {wrong}; {now}."
    return _figure(direction(row.direction), caption, panel.svg(seen))


def times_plot(evaluation: Evaluation) -> str:
    """Return how many questions took how long."""
    times = [result.ms for result in evaluation.per_question]
    median, late = percentile(times, 50), percentile(times, 95)
    if median is None or late is None:
        return ""
    ticks = nice_ticks(min(max(times), _FAR * late))
    end = ticks[-1]
    width = next(step for step in nice_ticks(end, _BINS)[1:])
    counts = [0] * max(1, round(end / width))
    for time in times:
        counts[min(int(time / width), len(counts) - 1)] += 1
    panel = Panel(_TIMES, (0.0, end), (0.0, nice_ticks(max(counts), 4)[-1]), right=26, top=44)
    panel.axis_x(ticks, "milliseconds")
    panel.axis_y([tick for tick in nice_ticks(max(counts), 4) if tick == int(tick)], "questions")
    for number, count in enumerate(counts):
        if count:
            ends = number * width, (number + 1) * width
            left, right = panel.at(ends[0], 0), panel.at(ends[1], count)
            told = f"{_questions(count)} from {ends[0]:,g} ms to {ends[1]:,g} ms"
            panel.bar((left[0] + 0.5, left[1]), (right[0] - 0.5, right[1]), "bin", told)
    for name, value, down in (("p50", median, 16), ("p95", late, 34)):
        across, _ = panel.at(min(value, end), 0)
        panel.line([(across, down + 4), (across, panel.bottom)], "marker")
        after = across < (panel.left + panel.right) / 2
        panel.text(across + (0 if after else 3), down, f"{name} {milliseconds(value)}", "start" if after else "end")
    beyond = sum(time > end for time in times)
    slowest = milliseconds(max(times))
    told = f"Half took at most {milliseconds(median)}, 95 % at most {milliseconds(late)}; the slowest took {slowest}."
    more = f" The last bar holds what took longer too ({beyond:,})." if beyond else ""
    return _figure("Time a question", f"{told}{more}", panel.svg(f"Histogram of milliseconds. {told}"))


def times_by_direction(evaluation: Evaluation) -> str:
    """Return from which time to which the slower half of a direction's questions lies, the slowest of 20 left out."""
    rows = [row for row in evaluation.rows if row.direction != ALL]
    times = {row.direction: (row.figures.get("median_ms"), row.figures.get("p95_ms")) for row in rows}
    told = {name: (median, late) for name, (median, late) in times.items() if median is not None and late is not None}
    if not told:
        return ""
    ticks = nice_ticks(max(late for _, late in told.values()))
    step = max(2 * _STEP, (_TIMES - 48) / len(told))
    panel = Panel(len(told) * step + 48, (0.0, ticks[-1]), left=_LABELS / 2 + 10, right=26, top=4)
    panel.axis_x(ticks, "milliseconds")
    down = panel.top + step / 2
    for name, (median, late) in told.items():
        ends = [(panel.at(time, 0)[0], down) for time in (median, late)]
        said = f"{direction(name)}: p50 {milliseconds(median)}, p95 {milliseconds(late)}"
        panel.point(ends[0], ends, *_look(name), said)
        panel.text(panel.left - 10, down + 4, direction(name), "end")
        down += step
    seen = "; ".join(f"{direction(name)} {milliseconds(m)} to {milliseconds(late)}" for name, (m, late) in told.items())
    return _figure("By direction", "From p50, the mark, to p95.", panel.svg(f"Times from p50 to p95: {seen}."))


def _figures(kind: str, names: list[str], rows: list[Row]) -> str:
    told = [(name, [row for row in rows if figure_of(row, name)]) for name in names]
    tall = sum(len(some) * _STEP + _AIR for _, some in told)
    panel = Panel(tall + 28, left=_LABELS, top=4, bottom=24)
    panel.axis_x(UNIT, "")
    down = panel.top + _AIR / 2
    for name, some in told:
        panel.text(panel.left - 10, down + len(some) * _STEP / 2 + 4, label(name), "end")
        for row in some:
            height = down + _STEP / 2
            if figure := figure_of(row, name):
                ends = [(panel.at(end, 0)[0], height) for end in (figure.low, figure.high)]
                said = f"{label(name)}, {direction(row.direction)}: {share(figure)}"
                colour, shape = _look(row.direction)
                panel.point((panel.at(figure.value, 0)[0], height), ends, colour, shape, said)
            down += _STEP
        down += _AIR
        if name != names[-1]:
            panel.line([(0, down - _AIR / 2), (panel.right, down - _AIR / 2)], "rule")
    seen = "; ".join(
        f"{label(name)}: "
        + ", ".join(
            f"{direction(row.direction)} {f.value:.2f}, {span(f)}" for row in some if (f := figure_of(row, name))
        )
        for name, some in told
    )
    return _figure(kind, "", panel.svg(f"{kind}, by direction, with 95 % intervals. {seen}."))


def _figure(title: str, told: str, plot: str) -> str:
    caption = f"<strong>{in_html(title)}</strong>" + (f"<span>{in_html(told)}</span>" if told else "")
    return f"<figure><figcaption>{caption}</figcaption>{plot}</figure>"


def _look(name: str) -> tuple[str, str]:
    """Return the colour of a direction, by the language of the question, and its shape, by that of the articles."""
    asked, _, held = name.partition("->")
    shapes = {"fr": "circle", "en": "square", "none": "diamond"}
    return asked if asked in ("fr", "en") else "other", shapes.get(held, "triangle")


def _key(name: str) -> str:
    colour, shape = _look(name)
    bar = '<polyline points="0,7 22,7"/>'
    drawn = f'<g class="point {colour}">{bar}{mark(11, 7, shape)}</g>'
    return f'<svg aria-hidden="true" width="22" height="14" viewBox="0 0 22 14">{drawn}</svg>'


def _questions(count: int) -> str:
    return f"{count:,} question{'' if count == 1 else 's'}"
