"""The measures of confidence, as a table and as pictures made of letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.measure.intervals import Figure
from qa.measure.reliability import Reliability, reliability

if TYPE_CHECKING:
    from qa.calibrate import Fitted, Judged

_HEADER = ("confidence", "n", "right", "answered", "of them right", "AUROC", "ECE", "AURC")
_WIDTH = 51  # characters from 0 to 1
_SCALE = "0" + "0.5".center(_WIDTH - 2) + "1"
_STEPS = 10  # shares of the questions that a risk-coverage picture shows


def confidence_table(rows: Sequence[Reliability], seen: int = 0) -> str:
    """Return the measures as a table to print, each with its 95 % interval.

    :param seen: how many of the questions confidence was calibrated on.
    """
    lines = [_HEADER, *map(_row, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines]
    if seen:
        told.append(f"confidence was calibrated on {seen} of these very questions, which flatters it")
    return "\n".join(told)


def reliability_chart(row: Reliability) -> str:
    """Return the reliability diagram of one direction, and its risk against coverage."""
    told = [
        f"reliability, {row.direction}: {row.questions} questions; o the share right, - its 95 %, | what was told",
        f"{'confidence':>10} {'n':>5} {'right':>6}  {_SCALE}",
    ]
    for each in row.bins:
        picture = _picture(each.right, each.confidence)
        told.append(f"{each.confidence:10.2f} {each.questions:5} {each.right.value:6.2f}  {picture}".rstrip())
    told += [
        "",
        f"risk and coverage, {row.direction}: the share wrong of the surest; o the share, - its 95 %",
        f"{'coverage':>10} {'from':>5} {'wrong':>6}  {_SCALE}",
    ]
    last = len(row.curve)
    for place in dict.fromkeys(-(-last * step // _STEPS) for step in range(1, _STEPS + 1)):
        point = row.curve[place - 1]
        picture = _picture(point.risk)
        told.append(f"{point.coverage:10.0%} {point.confidence:5.2f} {point.risk.value:6.2f}  {picture}".rstrip())
    return "\n".join(told)


def calibration_table(fitted: Fitted) -> str:
    """Return what a calibration was fitted on, what it is, and how it does on questions that it was not fitted on."""
    from qa.calibrate import log_loss

    def judged(judged: Judged) -> list[str]:
        right = [case.right for case in fitted.cases]
        row = reliability("", judged.confidence, right, judged.answered)
        losses = [log_loss(confidence, was) for confidence, was in zip(judged.confidence, right, strict=True)]
        figures = [f"{sum(losses) / len(losses):.3f}", *map(_shown, (row.ece, row.auroc, row.aurc))]
        return [*figures, f"{row.answered:.3f}", _shown(row.precision)]

    names = ("log loss", "ECE", "AUROC", "AURC", "answered", "of them right")
    columns = [["", *names], ["as it came", *judged(fitted.before)], ["cross-validated", *judged(fitted.after)]]
    widths = [max(map(len, column)) for column in columns]
    lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in zip(*columns, strict=True)]
    right = sum(case.right for case in fitted.cases)
    told = f"{len(fitted.cases)} questions asked; the best sentence answers {right} ({right / len(fitted.cases):.0%})"
    said = [told, "", *lines, "", fitted.calibration.told()]
    wanted, reached = fitted.calibration.precision, columns[-1][-1]
    if wanted is not None and (not reached or float(reached.split()[0]) < wanted):
        said.append(
            f"cross-validated, fewer than {wanted:.0%} of the answers are right: more questions would choose better"
        )
    return "\n".join(said)


def _row(row: Reliability) -> tuple[str, ...]:
    figures = map(_shown, (row.precision, row.auroc, row.ece, row.aurc))
    return (row.direction, str(row.questions), f"{row.right.value:.3f}", f"{row.answered:.3f}", *figures)


def _shown(figure: Figure | None) -> str:
    return str(figure) if figure else ""


def _picture(figure: Figure, told: float | None = None) -> str:
    """Return a line from 0 to 1 with a share, its interval, and what was told."""
    low, high, at = (_place(value) for value in (figure.low, figure.high, figure.value))
    cells = ["-" if low <= place <= high else " " for place in range(_WIDTH)]
    cells[at] = "o"
    if told is not None:
        cells[_place(told)] = "@" if _place(told) == at else "|"
    return "".join(cells)


def _place(value: float) -> int:
    return round(value * (_WIDTH - 1))
