"""A comparison with an earlier run as text: the figures, a verdict for each direction, the questions that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from qa.measure.compare import BETTER, KINDS, UNCLEAR, WORSE, Compared, Comparison, Direction
from qa.measure.table import LABELS, aligned

SHOWN = 20  # changed questions
_IN_SHORT = ("recall@5", "mrr", "f1", "sentence", "refused")  # of each direction
_NAMED = 3  # of the questions that were not compared
_WIDE = 60  # characters of a question or an answer


def comparison_table(comparison: Comparison) -> str:
    """Return what was compared, the figures, a verdict for each direction, and the questions that changed."""
    everything = comparison.rows[0]
    lines = [["", "questions", "before", "now", "difference", "p", "p, Holm"]]
    lines += [_cells(name, figure) for name, figure in everything.figures.items()]
    for row in comparison.rows[1:]:
        told = [_cells(name, row.figures[name]) for name in _IN_SHORT if name in row.figures]
        lines += [["", *[""] * 6], [row.direction, str(row.questions), *[""] * 5], *told]
    widest = max(len(row.direction) for row in comparison.rows)
    verdicts = [f"{row.direction.ljust(widest)}  {_verdict(row)}" for row in comparison.rows]
    times = f"p50: {everything.ms_before:.1f} ms before, {everything.ms_now:.1f} ms now"
    blocks = [
        "\n".join(_header(comparison)),
        aligned(lines),
        times,
        "\n".join(verdicts),
        "\n".join(_changes(comparison)),
    ]
    return "\n\n".join(blocks)


def _header(comparison: Comparison) -> Iterator[str]:
    yield f"{comparison.rows[0].questions} questions, compared with {comparison.baseline}"
    for why, names in (
        ("only in the baseline", comparison.only_before),
        ("only in this run", comparison.only_now),
        ("whose gold changed", comparison.other_gold),
    ):
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"not compared, {why}: {len(names)} ({', '.join(map(_line, names[:_NAMED]))}{more})"
    for name, (before, now) in comparison.made_of.items():
        yield f"{name}: {before or 'not told'} before, {now or 'not told'} now"
    if not comparison.made_of:
        yield "both are made of the same, as far as they tell"


def _cells(name: str, figure: Compared) -> list[str]:
    label = f"  {LABELS.get(name, name)}"
    cells = [label, str(figure.questions), f"{figure.before:.3f}", f"{figure.now:.3f}"]
    if not figure.up + figure.down:
        return [*cells, "unchanged", "", ""]
    each = figure.difference
    apart = f"{each.value:+.3f} [{each.low:+.3f}, {each.high:+.3f}]"
    return [*cells, apart, f"{figure.p:.4f}", f"{figure.adjusted:.4f}"]


def _verdict(row: Direction) -> str:
    if not any(figure.up or figure.down for figure in row.figures.values()):
        return "nothing changed"
    told = []
    for verdict in (BETTER, WORSE):
        names = [LABELS.get(name, name) for name, figure in row.figures.items() if figure.verdict == verdict]
        told += [f"{verdict}: {', '.join(names)}"] if names else []
    return "; ".join([*told, f"in the others {UNCLEAR}" if told else UNCLEAR])


def _changes(comparison: Comparison) -> Iterator[str]:
    counted = Counter(kind for each in comparison.changed for kind in each.kinds)
    told = ", ".join(f"{counted[kind]} {kind}" for kind in KINDS if kind in counted)
    yield f"questions changed: {len(comparison.changed)}{f' ({told})' if told else ''}"
    for each in comparison.changed[:SHOWN]:
        yield f"  {_line(each.id)}, {each.direction}: {', '.join(each.kinds)}: {_line(each.question)}"
        if each.before != each.now:
            yield f"    before: {_line(each.before)}; now: {_line(each.now)}"
    if len(comparison.changed) > SHOWN:
        yield f"  and {len(comparison.changed) - SHOWN} more: --json tells them all"


def _line(text: str | None) -> str:
    """Return a text as a line that fits, whatever it holds."""
    if text is None:
        return "no answer"
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _WIDE else f"{line[: _WIDE - 1]}…"
