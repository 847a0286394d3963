"""Tables, and a picture, of a results file: `python tests/bench/peers/table.py results.json [--plot OUT.png]`.

The tables are Markdown. Quality has the 95 % interval of each figure by resampling the
questions; speed the median of the runs, and the least and the greatest where there were
several. What a peer cannot do is a dash with a footnote that tells why.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from errors import BenchError
from plan import DIRECTIONS, OURS, PEERS, Peer, cold_cell, index_cell, install_cell, quality_cell, warm_cell
from plot import draw
from quality import quality_line
from results import read_results

MEASURES = ("recall@1", "nDCG@10")
_SAME = ["″"]  # as in the line above
LIMITS = (
    "all-MiniLM-L6-v2 was trained on English alone: what the lines that use it reach on French, and across languages,"
    " tells of the model and not of the libraries. The roughly nine mixing numbers of Sourcier were fitted on these"
    " very questions; its cross-validated recall@1 is in the README, under Figures. Of the others, only the number of"
    " candidates in reciprocal rank fusion and the stop words of bm25s were chosen on them, in their favour.",
)


class Notes:
    """Footnotes, each reason once, in the order in which they come up."""

    def __init__(self) -> None:
        self._reasons: list[str] = []

    def dash(self, reason: str) -> str:
        """Return a dash that refers to a reason."""
        if reason not in self._reasons:
            self._reasons.append(reason)
        return f"– ({self._reasons.index(reason) + 1})"

    def lines(self) -> Iterator[str]:
        """Yield the footnotes."""
        for number, reason in enumerate(self._reasons, start=1):
            yield f"({number}) no: {reason}  "


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--plot", type=Path, help="also draw quality against the cost of indexing, as PNG")
    parser.add_argument("--all", action="store_true", help="a table of speed for every size and number of threads")
    options = parser.parse_args(arguments)
    try:
        told = read_results(options.results)
        print(tables(told, options.all))
        if options.plot:
            draw(options.plot, told)
    except BenchError as error:
        print(f"peers: {error}", file=sys.stderr)
        return 1
    return 0


def tables(told: Mapping[str, Any], every: bool = False) -> str:
    """Return all tables of some results, with their footnotes.

    :param every: whether speed has a table for each size and number of threads, or the largest and the fewest alone.
    """
    notes, parts = Notes(), []
    quality = told.get("quality", {})
    parts += [_quality(told["cells"], quality, measure, notes) for measure in MEASURES if quality]
    parts += [_differences(quality, measure) for measure in MEASURES if any(_compared(quality))]
    pairs = sorted({(int(name.split("/")[2]), int(name.split("/")[3])) for name in told["cells"] if "/index/" in name})
    if pairs:
        largest = max(size for size, _ in pairs)
        fewest = min(threads for size, threads in pairs if size == largest)
        for pair in pairs if every else [(largest, fewest)]:
            parts += [_times(told["cells"], *pair, notes), _sizes(told["cells"], *pair, notes)]
    parts += ["\n".join(notes.lines()), *LIMITS, "\n".join(_setups(told)), _made(told)]
    return "\n\n".join(part for part in parts if part)


def _quality(cells: Mapping[str, Any], quality: Mapping[str, Any], measure: str, notes: Notes) -> str:
    best = {
        direction: max(row[direction][measure][0] for row in quality.values() if direction in row)
        for direction in DIRECTIONS
        if any(direction in row for row in quality.values())
    }
    rows = []
    for peer in PEERS.values():
        for mode in peer.ranked:
            line, cell = quality_line(peer.name, mode), cells.get(quality_cell(peer.name, mode), {})
            if line in quality:
                row = quality[line]
                rows.append([line, *(_with_interval(row.get(each), measure, best.get(each)) for each in DIRECTIONS)])
            elif reason := _reason(cells, peer.name, cell):
                rows.append([line, *(notes.dash(reason) for _ in DIRECTIONS)])
    return _markdown([f"{measure}, with 95 % intervals", *map(_arrow, DIRECTIONS)], rows)


def _with_interval(figures: Mapping[str, Any] | None, measure: str, best: float | None) -> str:
    if figures is None:
        return ""
    mean, low, high = figures[measure]
    return f"{_bold(f'{mean:.3f}', mean == best)} [{low:.3f}, {high:.3f}]"


def _compared(quality: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that Sourcier is compared with."""
    for line, row in quality.items():
        if any("sourcier_minus" in each for each in row.values()):
            yield line


def _differences(quality: Mapping[str, Any], measure: str) -> str:
    rows = []
    for line in _compared(quality):
        cells = []
        for direction in DIRECTIONS:
            told = quality[line].get(direction, {}).get("sourcier_minus")
            mean, low, high = told[measure] if told else (0.0, 0.0, 0.0)
            cells.append(f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]" if told else "")
        rows.append([line, *cells])
    return _markdown([f"{OURS} minus, {measure}, paired", *map(_arrow, DIRECTIONS)], rows)


def _times(cells: Mapping[str, Any], size: int, threads: int, notes: Notes) -> str:
    head = ["indexing, CPU s", f"times {OURS}'s", "without start-up, CPU s", "indexing, s"]
    head += ["warm, p50 ms", "warm, p95 ms", "cold, s"]
    ours = _median(cells.get(index_cell(OURS, size, threads)), "cpu")
    rows = []
    for peer, mode in _timed(cells, size, threads):
        spread = _spreads(cells, peer.name, notes)
        index = cells.get(index_cell(peer.name, size, threads))
        warm = cells.get(warm_cell(peer.name, mode, size, threads))
        cold = cells.get(cold_cell(peer.name, mode, size))
        cpu = _median(index, "cpu")
        indexing = [
            spread(index, "cpu", 1, 1),
            _times_as_many(cpu / ours) if cpu and ours else "",
            spread(index, "index_cpu", 1, 2),
            spread(index, "wall", 1, 1),
        ]
        asking = [spread(warm, "p50_ms", 1, 1), spread(warm, "p95_ms", 1, 1), spread(cold, "wall", 1, 2)]
        rows.append([peer.line(mode), *(indexing if mode == peer.timed[0] else _SAME * 4), *asking])
    return _markdown([_at(size, threads), *head], rows)


def _sizes(cells: Mapping[str, Any], size: int, threads: int, notes: Notes) -> str:
    head = ["memory to index, MB", "memory to ask, MB", "index on disk, MB", "installed, MB", "without torch, MB"]
    rows = []
    for peer, mode in _timed(cells, size, threads):
        spread, install = _spreads(cells, peer.name, notes), cells.get(install_cell(peer.name), {})
        index = cells.get(index_cell(peer.name, size, threads))
        asking = spread(cells.get(warm_cell(peer.name, mode, size, threads)), "peak_bytes", 1e6, 0)
        weights = [install.get(name) for name in ("bytes", "bytes_without_torch")]
        installed = [f"{weight / 1e6:,.0f}" if weight else "" for weight in weights]
        if mode == peer.timed[0]:
            indexing = [spread(index, "peak_bytes", 1e6, 0), asking, spread(index, "disk_bytes", 1e6, 1)]
            rows.append([peer.line(mode), *indexing, *installed])
        else:
            rows.append([peer.line(mode), *_SAME, asking, *_SAME * 3])
    return _markdown([_at(size, threads), *head], rows)


def _timed(cells: Mapping[str, Any], size: int, threads: int) -> Iterator[tuple[Peer, str]]:
    """Yield the peers, each with its modes, that were measured so, or of which it is known that they cannot be."""
    for peer in PEERS.values():
        known = "no" in cells.get(install_cell(peer.name), {}) or index_cell(peer.name, size, threads) in cells
        yield from ((peer, mode) for mode in peer.timed if known)


def _at(size: int, threads: int) -> str:
    return f"{size:,} paragraphs, {threads} thread{'s' if threads > 1 else ''}"


def _times_as_many(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def _spreads(cells: Mapping[str, Any], peer: str, notes: Notes) -> Callable[..., str]:
    """Return what writes a figure of a cell: the median, and the least and greatest of several runs."""

    def spread(cell: Mapping[str, Any] | None, name: str, unit: float, digits: int) -> str:
        if not cell or "runs" not in cell:
            reason = _reason(cells, peer, cell or {})
            return notes.dash(reason) if reason else ""
        values = sorted(run[name] / unit for run in cell["runs"])
        middle, low, high = (f"{each:,.{digits}f}" for each in (statistics.median(values), values[0], values[-1]))
        return middle if low == high else f"{middle} [{low}, {high}]"

    return spread


def _reason(cells: Mapping[str, Any], peer: str, cell: Mapping[str, Any]) -> str | None:
    """Return why a cell holds no figure: its own reason, or that the peer is not installed."""
    why = cell.get("no") or cells.get(install_cell(peer), {}).get("no")
    return f"{peer}: {why}" if why else None


def _median(cell: Mapping[str, Any] | None, name: str) -> float | None:
    return statistics.median(run[name] for run in cell["runs"]) if cell and "runs" in cell else None


def _setups(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield how each peer is set up, and its version."""
    for name, peer in PEERS.items():
        notes = told.get("peers", {}).get(name, {}).get("notes")
        if notes:
            version = told["cells"].get(install_cell(name), {}).get("versions", {}).get(peer.package, "")
            yield f"- {name} {version}: {'; '.join(notes)}."


def _made(told: Mapping[str, Any]) -> str:
    machine, days = told.get("machine", {}), told.get("runs_of_the_command", [])
    dates = sorted({cell["date"] for cell in told["cells"].values() if "date" in cell})
    commits = list(dict.fromkeys(cell["commit"] for cell in told["cells"].values() if "commit" in cell))
    where = f"{machine.get('processor', '?')}, {machine.get('cores', '?')} cores, Python {machine.get('python', '?')}"
    loads = [run["load"] for cell in told["cells"].values() for run in cell.get("runs", ()) if "load" in run]
    where += f"; load average meanwhile {statistics.median(loads):.1f}, at most {max(loads):.1f}" if loads else ""
    command = f"\n`{days[-1]['command']}`" if days else ""
    return (
        f"Measured {' to '.join(dict.fromkeys(dates[:1] + dates[-1:]))} at {', '.join(commits)}, on {where}.{command}"
    )


def _arrow(direction: str) -> str:
    return direction.replace("->", "→")


def _bold(text: str, bold: bool) -> str:
    return f"**{text}**" if bold else text


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
