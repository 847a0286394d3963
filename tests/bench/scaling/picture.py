"""How cost grows, as a picture: a panel a measure, the number of passages on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaling.errors import ScaleError
from scaling.results import Results

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 460, 300  # of a panel's frame, in pixels
LEFT, RIGHT, TOP, BOTTOM = 96, 52, 128, 64  # around it
COLUMNS = 3
_TEXT, _TITLE, _DOT = 19, 23, 5
_FEW = 3  # powers of ten along an axis
_INK, _FAINT, _GRID = "#1f2430", "#6b7280", "#e3e6eb"
COLOURS = ("#1f5fbf", "#c2410c", "#2f855a", "#7c3aed", "#8a919e")
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel shows: curves by name, a target if there is one, and whether its upright axis is from 0 to 1."""

    title: str
    curves: Sequence[tuple[str, Points]]
    target: float | None = None
    share: bool = False


def panels(results: Results) -> list[Panel]:
    """Return what is drawn of the results; panels without any curve are left out."""
    curve = results.curve

    def percentiles(what: str) -> list[tuple[str, Points]]:
        one = [(share, curve("warm1", "ms", what, share)) for share in ("p50", "p95", "p99")]
        two = ("p50 on two threads", curve("warm2", "ms", what, "p50"))
        return [*one, two, ("CPU", curve("warm1", "ms", what, "cpu"))]

    told = [
        Panel(
            "indexing, ms a passage",
            [
                ("CPU", curve("index", "cpu_ms_a_passage")),
                ("clock", [(x, 1e3 * y / x) for x, y in curve("index", "wall_s")]),
            ],
        ),
        Panel(
            "memory, MB",
            [
                ("building, at its peak", curve("index", "peak_bytes", scale=1e-6)),
                ("10 files changed", curve("update", "peak_bytes", scale=1e-6)),
                ("asking: own", curve("warm1", "own_bytes", scale=1e-6)),
                ("mapped", curve("warm1", "mapped_bytes", scale=1e-6)),
            ],
            1_500,
        ),
        Panel(
            "disk, bytes a passage",
            [
                ("in all", curve("disk", "a_passage", "total")),
                ("the text", curve("disk", "a_passage", "text")),
                ("beyond the text", curve("disk", "a_passage", "beyond_the_text")),
                ("vectors", curve("disk", "a_passage", "dense.faiss")),
            ],
            700,
        ),
        Panel(
            "opening, ms",
            [
                ("in a fresh process", curve("open", "first_ms")),
                ("again", curve("open", "again_ms")),
                ("from disk", curve("open", "from_disk_ms")),
            ],
            300,
        ),
        Panel(
            "cold answer, s",
            [
                ("of the index", curve("cold", "process_wall_s")),
                ("from disk", curve("cold", "from_disk_s")),
                ("by sourcier ask", curve("cold", "command_s")),
            ],
        ),
        Panel("warm retrieval, ms", percentiles("retrieval"), 30),
        Panel("warm question, ms", percentiles("whole")),
        Panel(
            "the two searches alone, p50, ms",
            [(name, curve("warm1", "ms", name, "p50")) for name in ("dense", "lexical")],
        ),
        Panel(
            "the 10 nearest of an exact search",
            [
                ("in the best 10", curve("recall", "within_10")),
                ("best 400", curve("recall", "within_400")),
                ("retrieval's candidates", curve("recall", "candidates")),
            ],
            0.95,
            share=True,
        ),
        Panel(
            "planted facts, shares",
            [
                ("found @1", curve("planted", "planted", "found@1")),
                ("@5", curve("planted", "planted", "found@5")),
                ("right", curve("planted", "planted", "right")),
                ("wrong", curve("planted", "planted", "wrong")),
            ],
            share=True,
        ),
        Panel(
            "bringing up to date, s",
            [("10 files changed", curve("update", "wall_s")), ("nothing changed", curve("unchanged", "wall_s"))],
        ),
        Panel(
            "a build killed half-way, s",
            [
                ("left alone", curve("resume", "alone_s")),
                ("killed, and resumed", [(x, max(y, 0)) for x, y in _sum(results)]),
            ],
        ),
    ]
    return [panel for panel in told if any(points for _, points in panel.curves)]


def draw(path: Path, results: Results) -> None:
    """Draw the results into a PNG file.

    :raises ScaleError: if there is nothing to draw, or it cannot be written.
    """
    from PIL import Image, ImageDraw

    if path.suffix.lower() != ".png":
        raise ScaleError(f"cannot draw into {path}: name a .png file")
    shown = panels(results)
    if not shown:
        raise ScaleError("nothing to draw: measure some steps first")
    rows = -(-len(shown) // COLUMNS)
    width, height = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM
    picture = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    pen = ImageDraw.Draw(picture)
    across = decades([x for panel in shown for _, points in panel.curves for x, _ in points])
    for number, panel in enumerate(shown):
        left, top = number % COLUMNS * width + LEFT, number // COLUMNS * height + TOP
        _Frame(pen, left, top, across, panel).draw()
    try:
        picture.save(path, "PNG", optimize=True)
    except OSError as error:
        raise ScaleError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error


def decades(values: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around some values; those that are not above 0 do not count."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    return low, max(high, low + 1)


class _Frame:
    """A panel on the picture. `left` and `top` are its frame's corner in pixels."""

    def __init__(self, pen: ImageDraw, left: int, top: int, across: tuple[int, int], panel: Panel) -> None:
        from PIL import ImageFont

        self.pen, self.left, self.top, self.across, self.panel = pen, left, top, across, panel
        values = [y for _, points in panel.curves for _, y in points]
        self.up = decades([*values, *([panel.target] if panel.target else [])])
        self.text: Any = ImageFont.load_default(_TEXT)
        self.title: Any = ImageFont.load_default(_TITLE)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a point; what a logarithm does not tell lies on the lower edge."""
        share = y
        if not self.panel.share:
            share = (math.log10(y) - self.up[0]) / (self.up[1] - self.up[0]) if y > 0 else 0.0
        along = (math.log10(x) - self.across[0]) / (self.across[1] - self.across[0])
        return self.left + along * WIDTH, self.top + (1.0 - share) * HEIGHT

    def draw(self) -> None:
        """Draw the axes, the target, the curves and their names."""
        self._axes()
        panel, low, high = self.panel, 10.0 ** self.across[0], 10.0 ** self.across[1]
        self.pen.text((self.left, self.top - 112), panel.title, _INK, self.title, "lt")
        if panel.target is not None:
            start, end = self.at(low, panel.target), self.at(high, panel.target)
            for dash in range(int(start[0]), int(end[0]), 12):
                self.pen.line([(dash, start[1]), (dash + 6, start[1])], _FAINT, 2)
            beside, anchor = (6, "rt") if panel.share else (-4, "rb")  # above, there is no room near 1
            self.pen.text((end[0] - 4, end[1] + beside), f"target {panel.target:,g}", _FAINT, self.text, anchor)
        place, line = float(self.left), 0
        for colour, (name, points) in zip(COLOURS, panel.curves, strict=False):
            if not points:
                continue
            pixels = [self.at(x, y) for x, y in points]
            self.pen.line(pixels, colour, 4, "curve")
            for x, y in pixels:
                self.pen.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), colour)
            if place + self.text.getlength(name) > self.left + WIDTH:
                place, line = float(self.left), line + 1
            self.pen.text((place, self.top - 54 + line * 26), name, colour, self.text, "ls")
            place += self.text.getlength(name) + 22

    def _axes(self) -> None:
        low, high = 10.0 ** self.across[0], 10.0 ** self.across[1]
        ticks = [fifth / 5 for fifth in range(6)] if self.panel.share else _ticks(self.up)
        for tick in ticks:
            start, end = self.at(low, tick), self.at(high, tick)
            self.pen.line([start, end], _GRID, 2)
            self.pen.text((start[0] - 10, start[1]), f"{tick:,g}", _FAINT, self.text, "rm")
        for power in _powers(self.across):
            x, _ = self.at(power, 1.0)
            self.pen.line([(x, self.top), (x, self.top + HEIGHT)], _GRID, 2)
            self.pen.text((x, self.top + HEIGHT + 10), f"{power:,.0f}", _FAINT, self.text, "mt")


def _ticks(bounds: tuple[int, int]) -> list[float]:
    """Return the powers of ten, with steps between them where there are few."""
    powers = _powers(bounds)
    if len(powers) > _FEW:
        return powers
    return sorted(step * power for power in powers for step in (1, 2, 5) if step * power <= powers[-1])


def _powers(bounds: tuple[int, int]) -> list[float]:
    return [10.0**power for power in range(bounds[0], bounds[1] + 1)]


def _sum(results: Results) -> list[tuple[float, float]]:
    """Return what the two parts of a killed build took together."""
    parts = (results.curve("resume", "killed_s"), results.curve("resume", "resumed_s"))
    return [(x, y + z) for (x, y), (_, z) in zip(*parts, strict=True)]
