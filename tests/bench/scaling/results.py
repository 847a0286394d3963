"""Results as JSON lines: each step of each size, with what it was measured on; the last of each counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scaling.errors import ScaleError

Row = Mapping[str, Any]


def write_result(path: Path, step: str, size: int, told: Row, stamp: Row) -> None:
    """Add a line to a file."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"step": step, "size": size, **told, "at": at, **stamp}
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(line, ensure_ascii=False)}\n")


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured, by the size asked for and the step; that of `warm` by its threads, too."""

    rows: Mapping[tuple[int, str], Row]

    @property
    def sizes(self) -> list[int]:
        """The sizes, the smallest first."""
        return sorted({size for size, _ in self.rows})

    def passages(self, size: int) -> int:
        """Return how many passages an index of that size really has."""
        return int(self.rows.get((size, "index"), {}).get("passages", size))

    def value(self, size: int, step: str, *keys: str) -> float | None:
        """Return a number that a step told, or None if there is none."""
        found: Any = self.rows.get((size, step))
        for key in keys:
            found = found.get(key) if found else None
        return None if found is None else float(found)

    def curve(self, step: str, *keys: str, scale: float = 1.0) -> list[tuple[float, float]]:
        """Return (passages, number) of every size that tells the number."""
        told = ((self.passages(size), self.value(size, step, *keys)) for size in self.sizes)
        return [(passages, value * scale) for passages, value in told if value is not None]


def read_results(path: Path) -> Results:
    """Read the results in a file.

    :raises ScaleError: if it cannot be read, or holds none.
    """
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        rows = {(row["size"], _name(row)): row for row in lines}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScaleError(f"cannot read results in {path} ({error}): give a file that `scale.py run` wrote") from error
    if not rows:
        raise ScaleError(f"no result in {path}: give a file that `scale.py run` wrote")
    return Results(rows)


def _name(row: Row) -> str:
    return f"{row['step']}{row['threads']}" if "threads" in row else str(row["step"])


def markdown_table(results: Results) -> str:
    """Return what a reader wants first, a column a size, as a Markdown table."""
    lines = [["passages", *(f"{results.passages(size):,}" for size in results.sizes)]]
    lines.append(["---", *("---:" for _ in results.sizes)])
    for name, form, scale, paths in _LINES:
        cells = []
        for size in results.sizes:
            values = [results.value(size, *path) for path in paths]
            known = [form.format(value * scale) for value in values if value is not None]
            cells.append(", ".join(known) if len(known) == len(paths) else "")
        lines.append([name, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_Line = tuple[str, str, float, Sequence[tuple[str, ...]]]
_SHARES = ("fr->fr", "en->fr", "fr->en", "en->en")
_LINES: Sequence[_Line] = (
    ("articles", "{:,.0f}", 1, [("index", "articles")]),
    ("index, s", "{:,.1f}", 1, [("index", "wall_s")]),
    ("CPU a passage, ms", "{:.3f}", 1, [("index", "cpu_ms_a_passage")]),
    ("memory at its peak while building, MB", "{:,.0f}", 1e-6, [("index", "peak_bytes")]),
    (
        "disk a passage, bytes: in all, beyond its text",
        "{:,.0f}",
        1,
        [("disk", "a_passage", "total"), ("disk", "a_passage", "beyond_the_text")],
    ),
    ("open in a fresh process, again in the same, ms", "{:,.1f}", 1, [("open", "first_ms"), ("open", "again_ms")]),
    (
        "cold answer, s: of the index, by `sourcier ask FOLDER`",
        "{:.2f}",
        1,
        [("cold", "process_wall_s"), ("cold", "command_s")],
    ),
    *(
        (
            f"{what}, {threads} thread{'s' if threads > 1 else ''}, p50, p95, p99, ms",
            "{:,.1f}",
            1.0,
            [(f"warm{threads}", "ms", key, share) for share in ("p50", "p95", "p99")],
        )
        for key, what in (("retrieval", "warm retrieval"), ("whole", "warm question"))
        for threads in (1, 2)
    ),
    ("memory to ask, MB: own, mapped", "{:,.0f}", 1e-6, [("warm1", "own_bytes"), ("warm1", "mapped_bytes")]),
    (
        "exact 10 nearest: in the search's best 10, best 400, retrieval's candidates",
        "{:.3f}",
        1,
        [("recall", "within_10"), ("recall", "within_400"), ("recall", "candidates")],
    ),
    ("planted passage found @1, @5", "{:.3f}", 1, [("planted", "planted", f"found@{n}") for n in (1, 5)]),
    (
        "planted question: right, wrong, refused",
        "{:.3f}",
        1,
        [("planted", "planted", each) for each in ("right", "wrong", "refused")],
    ),
    (
        "right, by direction (fr→fr, en→fr, fr→en, en→en)",
        "{:.3f}",
        1,
        [("planted", "cells", direction, "right") for direction in _SHARES],
    ),
    ("question that no article answers: refused", "{:.3f}", 1, [("planted", "absent", "refused")]),
    (
        "lost by a kill half-way: seconds, seconds of CPU, files read again",
        "{:,.1f}",
        1,
        [("resume", each) for each in ("lost_s", "lost_cpu_s", "read_again")],
    ),
    ("nothing changed, s", "{:,.2f}", 1, [("unchanged", "wall_s")]),
    ("10 files changed, s", "{:,.2f}", 1, [("update", "wall_s")]),
    ("memory at its peak while 10 files changed, MB", "{:,.0f}", 1e-6, [("update", "peak_bytes")]),
)
