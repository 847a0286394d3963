"""Quality against the cost of indexing, as a picture: one panel within a language, one across."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import BenchError
from plan import OURS, PEERS, index_cell
from quality import quality_line

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

PANELS = {"within a language": ("fr->fr", "en->en"), "across languages": ("en->fr", "fr->en")}
MEASURE = "recall@1"
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _GAP = 560, 460, 90, 110, 100, 40
_TEXT, _TITLE = 20, 24
_INK, _FAINT, _GRID = "#1f2430", "#6b7280", "#e3e6eb"
_OURS, _OTHERS = "#1f5fbf", "#8a919e"
_DOT = 7
Point = tuple[str, float, float]
"""A peer, its CPU seconds and its mean measure."""


def draw(path: Path, told: Mapping[str, Any]) -> None:
    """Draw a results file into a PNG file: every peer's best mode, by the largest size on the fewest threads.

    :raises BenchError: if there is nothing to draw, or the picture cannot be written.
    """
    from PIL import Image, ImageDraw, ImageFont

    if path.suffix.lower() != ".png":
        raise BenchError(f"cannot draw into {path}: name a .png file")
    pairs = [tuple(map(int, name.split("/")[2:4])) for name in told["cells"] if "/index/" in name]
    if not pairs or not told.get("quality"):
        raise BenchError("nothing to draw: measure speed and quality first")
    size = max(size for size, _ in pairs)
    threads = min(threads for each, threads in pairs if each == size)
    panels = {title: points(told, size, threads, directions) for title, directions in PANELS.items()}
    if not all(panels.values()):
        raise BenchError("nothing to draw: no peer has both speed and quality in every direction")
    low, high = _decades([cpu for some in panels.values() for _, cpu, _ in some])
    width = 2 * (_LEFT + _WIDTH) + _GAP
    picture = Image.new("RGB", (width, _TOP + _HEIGHT + _BOTTOM), "white")
    pen, text = ImageDraw.Draw(picture), ImageFont.load_default(_TEXT)
    pen.text((_LEFT, 20), f"{MEASURE} against the CPU time of indexing", _INK, ImageFont.load_default(_TITLE))
    for number, (title, some) in enumerate(panels.items()):
        left = _LEFT + number * (_LEFT + _WIDTH)
        pen.text((left, 66), f"{title}: {' and '.join(PANELS[title]).replace('->', ' to ')}", _FAINT, text)
        _panel(pen, text, left, some, low, high)
    under = f"CPU seconds to index {size:,} paragraphs, {threads} thread{'s' if threads > 1 else ''}; logarithmic"
    pen.text((width / 2, _TOP + _HEIGHT + 64), under, _INK, text, "mm")
    try:
        picture.save(path, "PNG", optimize=True)
    except OSError as error:
        raise BenchError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error


def points(told: Mapping[str, Any], size: int, threads: int, directions: Sequence[str]) -> list[Point]:
    """Return the peers that have both figures."""
    found = []
    for peer in PEERS.values():
        quality = told["quality"].get(quality_line(peer.name, peer.ranked[0]), {})
        cell = told["cells"].get(index_cell(peer.name, size, threads), {})
        if "runs" in cell and all(direction in quality for direction in directions):
            cpu = statistics.median(run["cpu"] for run in cell["runs"])
            found.append((peer.name, cpu, statistics.mean(quality[each][MEASURE][0] for each in directions)))
    return found


def _decades(seconds: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around some values."""
    low, high = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    return low, max(high, low + 1)


def _panel(pen: ImageDraw, text: Any, left: int, some: Sequence[Point], low: int, high: int) -> None:
    def at(cpu: float, y: float) -> tuple[float, float]:
        share = (math.log10(cpu) - low) / (high - low)
        return left + share * _WIDTH, _TOP + (1.0 - y) * _HEIGHT

    for fifth in range(6):
        pen.line([at(10.0**low, fifth / 5), at(10.0**high, fifth / 5)], _GRID, 2)
        x, y = at(10.0**low, fifth / 5)
        pen.text((x - 12, y), f"{fifth / 5:g}", _FAINT, text, "rm")
    for power in range(low, high + 1):
        pen.line([at(10.0**power, 0), at(10.0**power, 1)], _GRID, 2)
        x, y = at(10.0**power, 0)
        pen.text((x, y + 12), f"{10.0**power:,g}", _FAINT, text, "mt")
    taken: list[tuple[float, float, float, float]] = []
    for name, cpu, y in some:
        x, height = at(cpu, y)
        taken.append((x - _DOT, height - _DOT, x + _DOT, height + _DOT))
        colour = _OURS if name == OURS else _OTHERS
        pen.ellipse(taken[-1], colour)
    for name, cpu, y in sorted(some, key=lambda point: -point[2]):
        _label(pen, text, name, at(cpu, y), left, taken)


def _label(
    pen: ImageDraw,
    text: Any,
    name: str,
    dot: tuple[float, float],
    left: int,
    taken: list[tuple[float, float, float, float]],
) -> None:
    """Write a name beside its dot, at the nearest place where it covers nothing; a line leads to one far away."""
    long, high = text.getlength(name), _TEXT
    steps = sorted(range(-12, 13), key=abs)
    for step in steps:
        for x in (dot[0] + _DOT + 8, dot[0] - _DOT - 8 - long):
            y = dot[1] + step * 0.6 * high
            box = (x - 2, y - high / 2, x + long + 2, y + high / 2)
            inside = left <= x and x + long <= left + _WIDTH + _DOT and _TOP - 10 <= y <= _TOP + _HEIGHT
            if inside and not any(_meet(box, other) for other in taken):
                if abs(step) > 1:
                    end = x - 3 if x > dot[0] else x + long + 3
                    pen.line([dot, (end, y)], _OTHERS, 1)
                taken.append(box)
                pen.text((x, y), name, _OURS if name == OURS else _INK, text, "lm")
                return


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
