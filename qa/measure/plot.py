"""The measures of confidence as a picture: reliability above, risk against coverage below, a column a direction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UsageError
from qa.measure.intervals import Figure
from qa.measure.outputs import check_output
from qa.measure.reliability import Reliability

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_SIDE, _LEFT, _RIGHT, _TOP, _BOTTOM = 520, 110, 40, 110, 110  # of a panel's square, and around it, in pixels
_TEXT, _TITLE = 24, 28
_INK, _FAINT, _GRID = "#1f2430", "#6b7280", "#e3e6eb"
_LINE, _BAND, _NOW = "#1f5fbf", "#cfe0f7", "#c2410c"
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_DOT = 7


def check_plot(path: Path) -> None:
    """Check that a picture can be written there, before anything is measured for it.

    :raises UsageError: if it cannot.
    """
    if path.suffix.lower() != ".png":
        raise UsageError(f"cannot draw into {path}: name a .png file")
    check_output(path)


def write_plot(path: Path, rows: Sequence[Reliability]) -> None:
    """Draw the measures of some directions into a PNG file.

    :raises UsageError: if it cannot be written.
    """
    from PIL import Image, ImageDraw

    width, height = _LEFT + _SIDE + _RIGHT, _TOP + _SIDE + _BOTTOM
    picture = Image.new("RGB", (width * len(rows), 2 * height), "white")
    draw = ImageDraw.Draw(picture)
    for column, row in enumerate(rows):
        _reliability(_Panel(draw, column * width + _LEFT, _TOP), row)
        _risk(_Panel(draw, column * width + _LEFT, height + _TOP), row)
    try:
        picture.save(path, "PNG")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error


class _Panel:
    """A square from 0 to 1 both ways, with its ticks. `left` and `top` are its corner in pixels."""

    def __init__(self, draw: ImageDraw, left: int, top: int) -> None:
        from PIL import ImageFont

        self.draw, self.left, self.top = draw, left, top
        self.text, self.title = ImageFont.load_default(_TEXT), ImageFont.load_default(_TITLE)
        for tick in _TICKS:
            draw.line([self.at(0, tick), self.at(1, tick)], fill=_GRID, width=2)
            draw.line([self.at(tick, 0), self.at(tick, 1)], fill=_GRID, width=2)
            self._write(self.at(0, tick), f"{tick:g}", "rm", (-12, 0))
            self._write(self.at(tick, 0), f"{tick:g}", "mt", (0, 12))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a point."""
        return self.left + x * _SIDE, self.top + (1.0 - y) * _SIDE

    def frame(self, title: str, told: str, below: str, beside: str) -> None:
        """Write what the panel is about: above it, below it, and along its upright side."""
        from PIL import Image, ImageDraw

        self.draw.text((self.left, self.top - 88), title, fill=_INK, font=self.title, anchor="lt")
        self.draw.text((self.left, self.top - 44), told, fill=_FAINT, font=self.text, anchor="lt")
        self._write(self.at(0.5, 0), below, "mt", (0, 52), _INK)
        upright = Image.new("L", (_SIDE, 40), 0)
        ImageDraw.Draw(upright).text((_SIDE / 2, 20), beside, fill=255, font=self.text, anchor="mm")
        upright = upright.rotate(90, expand=True)
        self.draw.bitmap((self.left - _LEFT + 2, self.top), upright, fill=_INK)

    def curve(self, points: Sequence[tuple[float, Figure]]) -> None:
        """Draw a line through the values of some points, in the band of their intervals."""
        band = [self.at(x, each.high) for x, each in points] + [self.at(x, each.low) for x, each in reversed(points)]
        if len(points) > 1:
            self.draw.polygon(band, fill=_BAND)
            self.draw.line([self.at(x, each.value) for x, each in points], fill=_LINE, width=5, joint="curve")

    def dot(self, x: float, figure: Figure, colour: str) -> None:
        """Draw a point with its interval."""
        self.draw.line([self.at(x, figure.low), self.at(x, figure.high)], fill=colour, width=3)
        across, down = self.at(x, figure.value)
        self.draw.ellipse([across - _DOT, down - _DOT, across + _DOT, down + _DOT], fill=colour)

    def legend(self, told: str, colour: str) -> None:
        """Say what a colour stands for, in the upper right corner."""
        self._write(self.at(1, 1), told, "rt", (-12, 14), colour)

    def _write(
        self, at: tuple[float, float], text: str, anchor: str, by: tuple[int, int], colour: str = _FAINT
    ) -> None:
        self.draw.text((at[0] + by[0], at[1] + by[1]), text, fill=colour, font=self.text, anchor=anchor)


def _reliability(panel: _Panel, row: Reliability) -> None:
    panel.draw.line([panel.at(0, 0), panel.at(1, 1)], fill=_FAINT, width=2)
    for each in row.bins:
        panel.dot(each.confidence, each.right, _LINE)
    panel.frame(f"{row.direction}: {row.questions} questions", f"ECE {row.ece}", "confidence", "share that is right")


def _risk(panel: _Panel, row: Reliability) -> None:
    panel.curve([(point.coverage, point.risk) for point in row.curve])
    if row.precision is not None:
        right = row.precision
        panel.dot(row.answered, Figure(1 - right.value, 1 - right.high, 1 - right.low), _NOW)
        panel.legend("what is answered now", _NOW)
    told = f"AURC {row.aurc}"
    panel.frame(f"AUROC {row.auroc or 'not defined'}", told, "share answered, the surest first", "share that is wrong")
