"""Sourcier beside its peers: `python tests/bench/peers --data DIR --out results.json`.

The same paragraphs and questions, on the same machine, in one run. Each peer has a virtual
environment of its own below --work, and is measured through one adapter. Every cell is
written into the results as soon as it is known: the same command goes on where it was
broken off. `python tests/bench/peers/table.py results.json` makes tables and a picture of it.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from environments import CHECKOUT, Environment
from errors import BenchError
from jobs import Jobs
from machine import checkout, machine
from material import write_material
from measure import Course, Material, Measuring
from minilm import fitted_minilm
from plan import PEERS, Peer, install_cell
from quality import figures
from results import Results

FITTED = "sourcier-minilm"
BUSY = 0.5  # processes at work already, from which on times are not to be trusted


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is missing, and return an exit code."""
    options = _parser().parse_args(arguments)
    try:
        peers = _peers(options.peers)
        sizes, threads = _numbers("--sizes", options.sizes, 20), _numbers("--threads", options.threads, 1)
        if options.runs < 1:
            raise BenchError(f"--runs {options.runs}: give 1 or more")
        if max(threads) > (os.cpu_count() or 1):
            raise BenchError(f"--threads {max(threads)}: there are {os.cpu_count()} cores, give at most that many")
        results = Results(options.out)
        work = options.work.expanduser().resolve()
        wanted = sizes if options.only != "quality" else []
        material = write_material(options.data.resolve(), work / "material", wanted, options.questions)
        stamp = checkout()
        results.told["machine"] = machine()
        command = shlex.join(["python", "tests/bench/peers", *(arguments or sys.argv[1:])])
        results.told["runs_of_the_command"].append({"command": command, **stamp})
        course = Course(threads, options.runs, options.again, stamp)
        if options.only != "quality" and (load := os.getloadavg()[0]) > BUSY:
            print(f"note: the load average is {load:.1f} before anything runs: times will be off", file=sys.stderr)
        for peer in peers:
            _measure(peer, work, material, results, course, options)
            results.told["quality"] = figures(results.told["cells"])
            results.write()
    except BenchError as error:
        print(f"peers: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("peers: broken off; the same command goes on from here", file=sys.stderr)
        return 130
    print(f"written to {options.out}; next: python tests/bench/peers/table.py {options.out}")
    return 0


def _measure(
    peer: Peer, work: Path, material: Material, results: Results, course: Course, options: argparse.Namespace
) -> None:
    """Measure one peer; one that cannot be installed has that for its only cell."""
    print(f"{peer.name}: environment", file=sys.stderr, flush=True)
    environment = Environment(peer, work)
    if why := environment.make():
        results.put(install_cell(peer.name), {"no": why, "failed": True, **course.stamp})
        print(f"{peer.name}: no: {why} (see {environment.log})", file=sys.stderr)
        return
    model = fitted_minilm(environment, work, options.data.resolve()) if peer.name == FITTED else None
    jobs = Jobs(peer, environment, work, model)
    measuring = Measuring(peer, environment, jobs, material, results, course)
    measuring.install()
    if options.only != "quality":
        measuring.speed()
    if options.only != "speed":
        measuring.quality()
    if jobs.commands:
        results.told.setdefault("commands", {})[peer.name] = jobs.commands
        results.write()


def _peers(named: str | None) -> list[Peer]:
    names = named.split(",") if named else list(PEERS)
    if unknown := [name for name in names if name not in PEERS]:
        raise BenchError(f"no peer {unknown[0]!r}: --peers takes some of {','.join(PEERS)}")
    return [PEERS[name] for name in names]


def _numbers(flag: str, text: str, least: int) -> list[int]:
    try:
        numbers = sorted({int(each) for each in text.split(",")})
    except ValueError:
        raise BenchError(f"{flag} {text}: give whole numbers with commas between") from None
    if numbers[0] < least:
        raise BenchError(f"{flag} {text}: give {least} or more")
    return numbers


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python tests/bench/peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds dev/ and qa/")
    parser.add_argument("--out", type=Path, required=True, help="the results file (JSON), gone on with if it is there")
    parser.add_argument("--peers", help=f"some of {','.join(PEERS)} (default: all)")
    parser.add_argument("--sizes", default="1000,10000", help="paragraphs indexed (default: %(default)s)")
    parser.add_argument("--threads", default="1,2", help="threads, each with as many cores (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="of each cell at most, within a minute (default: 5)")
    parser.add_argument("--only", choices=("speed", "quality"), help="measure but one of the two")
    parser.add_argument("--questions", type=int, help="at most so many in each pool and language, to try")
    parser.add_argument("--work", type=Path, default=_cache(), help="environments and indexes (default: %(default)s)")
    parser.add_argument("--again", action="store_true", help="measure anew what is known")
    return parser


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sourcier-peers"


if __name__ == "__main__":
    sys.path.insert(1, str(CHECKOUT))
    sys.exit(main())
