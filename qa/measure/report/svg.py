"""A plot as inline SVG: a panel with two axes, and what can be drawn on it. Colours are those of style.css."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.measure.report.escaping import in_html

UNIT = (0.0, 0.25, 0.5, 0.75, 1.0)
WIDTH = 400  # of a plot, in pixels when set at its own size: as much as a phone shows
_SIZE = 4.5  # of a mark, from its middle
_NOTHING = 1e-6
_DIAMOND, _TRIANGLE = 1.35, 1.25  # by how much larger these must be to look as large


class Panel:
    """A plot in the making. `x` and `y` are the values at the ends of its axes."""

    def __init__(
        self,
        height: float,
        x: tuple[float, float] = (0.0, 1.0),
        y: tuple[float, float] = (0.0, 1.0),
        left: float = 54,
        right: float = 14,
        top: float = 12,
        bottom: float = 44,
        width: float = WIDTH,
    ) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height
        self.left, self.right, self.top, self.bottom = left, width - right, top, height - bottom
        self._drawn: list[str] = []

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a point."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)

    def axis_x(self, ticks: Sequence[float], title: str, unit: str = "") -> None:
        """Draw the lower axis with its grid."""
        for tick in ticks:
            across, _ = self.at(tick, self.y[0])
            self.line([(across, self.top), (across, self.bottom)], "grid")
            self.text(across, self.bottom + 16, f"{tick:,g}{unit}" if unit else _number(tick))
        self.text((self.left + self.right) / 2, self.height - 6, title, "axis")

    def axis_y(self, ticks: Sequence[float], title: str) -> None:
        """Draw the axis at the left with its grid."""
        for tick in ticks:
            _, down = self.at(self.x[0], tick)
            self.line([(self.left, down), (self.right, down)], "grid")
            self.text(self.left - 7, down + 4, _number(tick), "end")
        middle = (self.top + self.bottom) / 2
        self._drawn.append(
            f'<text class="mid axis" transform="rotate(-90) translate({-middle:.1f} 11)">{in_html(title)}</text>'
        )

    def text(self, x: float, y: float, told: str, kind: str = "mid") -> None:
        """Write at a pixel."""
        kinds = kind if kind in ("mid", "end", "start") else f"mid {kind}"
        self._drawn.append(f'<text class="{kinds}" x="{x:.1f}" y="{y:.1f}">{in_html(told)}</text>')

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Draw a line through pixels."""
        self._drawn.append(f'<polyline class="{kind}" points="{_points(points)}"/>')

    def area(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Fill what pixels enclose."""
        self._drawn.append(f'<polygon class="{kind}" points="{_points(points)}"/>')

    def bar(self, low: tuple[float, float], high: tuple[float, float], kind: str, told: str) -> None:
        """Fill a rectangle between two pixels, the lower left and the upper right."""
        size = f'width="{max(0.0, high[0] - low[0]):.1f}" height="{max(0.0, low[1] - high[1]):.1f}"'
        rectangle = f'<rect x="{low[0]:.1f}" y="{high[1]:.1f}" {size}/>'
        self._drawn.append(f'<g class="{kind}"><title>{in_html(told)}</title>{rectangle}</g>')

    def point(
        self, at: tuple[float, float], ends: Sequence[tuple[float, float]], kind: str, shape: str, told: str
    ) -> None:
        """Draw a mark with the bar of its interval, and what it says when pointed at."""
        drawn = f'<title>{in_html(told)}</title><polyline points="{_points(ends)}"/>{mark(*at, shape)}'
        self._drawn.append(f'<g class="point {kind}">{drawn}</g>')

    def svg(self, told: str) -> str:
        """Return the plot.

        :param told: what it shows, for those who do not see it.
        """
        size = f'viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}" height="{self.height:g}"'
        return f'<svg class="plot" role="img" aria-label="{in_html(told)}" {size}>{"".join(self._drawn)}</svg>'


def mark(x: float, y: float, shape: str) -> str:
    """Return a mark about a pixel: a circle, a square, a diamond or a triangle."""
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_SIZE}"/>'
    if shape == "square":
        side = 2 * _SIZE - 1
        return f'<rect x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side}" height="{side}"/>'
    r = _SIZE * (_DIAMOND if shape == "diamond" else _TRIANGLE)
    corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    if shape == "triangle":
        corners = [(x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)]
    return f'<polygon points="{_points(corners)}"/>'


def nice_ticks(most: float, about: int = 5) -> list[float]:
    """Return about so many round numbers from 0 to at least `most`, or to 1 if that is nothing."""
    if most < _NOTHING:
        return [0.0, 1.0]
    rough = most / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [step * each for each in range(math.ceil(most / step - 1e-9) + 1)]


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:,.10g}"
