"""How cost grows with the folder: `python tests/bench/scale.py run --sentences DATA --out RESULTS.jsonl`.

For each size a folder of articles is made of real sentences, French and English, some of which
state facts that no other does; it is indexed, opened, asked, broken off and brought up to date,
each step in a process of its own. `plot RESULTS.jsonl OUT.png` draws the growth, `table
RESULTS.jsonl` prints it. Needs Sourcier to be installed, and a POSIX system.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from scaling.course import STEPS, Course, measure
from scaling.errors import ScaleError
from scaling.folder import ABSENT, PLANTED
from scaling.results import markdown_table, read_results, write_result
from scaling.sentences import MOST

import index  # noqa: F401 - before NumPy, whose threads it sets

SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    """Measure, draw, or take one step."""
    options = _parser().parse_args()
    try:
        if options.command == "step":
            print(json.dumps(_step(options.name, json.loads(options.given))))
        elif options.command == "plot":
            from scaling.picture import draw

            draw(options.out, read_results(options.results))
        elif options.command == "table":
            print(markdown_table(read_results(options.results)))
        else:
            _run(options)
    except ScaleError as error:
        sys.exit(f"error: {error}")


def _run(options: argparse.Namespace) -> None:
    sys.path.append(str(Path(__file__).with_name("peers")))
    from machine import checkout, machine  # that of the benchmark beside peers

    stamp = {**checkout(), "machine": machine()}
    course = Course(
        sentences=options.sentences,
        most=options.most,
        seed=options.seed,
        planted=options.planted,
        absent=options.absent,
        questions=options.questions,
        compared=options.compared,
        fresh=options.fresh,
        steps=[step for step in STEPS if step in options.steps],
    )
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        for size in options.passages:

            def tell(step: str, told: dict[str, Any], size: int = size) -> None:
                write_result(options.out, step, size, told, stamp)

            measure(course, work, size, tell)
            if options.work is None:
                for path in work.iterdir():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _step(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Take a step in this process, which was started for it."""
    from scaling import asking, building, exact

    steps = {
        "make": building.make,
        "build": building.build,
        "weigh": building.weigh,
        "change": building.change,
        "opened": asking.opened,
        "answered": asking.answered,
        "warm": asking.warm,
        "planted": asking.planted,
        "recall": exact.recall,
    }
    return steps[name](given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure")
    run.add_argument("--sentences", type=Path, nargs="+", required=True, help="files or folders: .txt, .tsv, .json")
    run.add_argument("--out", type=Path, required=True, help="JSON lines are added to it")
    run.add_argument("--passages", type=_sizes, default=SIZES, help="sizes, with commas between them")
    run.add_argument("--steps", type=lambda text: _steps(text.split(",")), default=STEPS, help=",".join(STEPS))
    run.add_argument("--work", type=Path, help="a folder whose articles and indexes are kept; else a temporary one")
    run.add_argument("--seed", type=int, default=8)
    run.add_argument("--most", type=int, default=MOST, help="lines read of each file")
    run.add_argument("--planted", type=int, default=PLANTED, help="facts that one article states")
    run.add_argument("--absent", type=int, default=ABSENT, help="facts that no article states, and are asked for")
    run.add_argument("--questions", type=int, default=300, help="warm ones")
    run.add_argument("--compared", type=int, default=200, help="questions that are searched exactly")
    run.add_argument("--fresh", type=int, default=5, help="fresh processes that open, and that answer")
    for name, told in (("plot", "draw the growth"), ("table", "print it")):
        command = commands.add_parser(name, help=told)
        command.add_argument("results", type=Path)
        if name == "plot":
            command.add_argument("out", type=Path)
    step = commands.add_parser("step", help="take one step; `run` does so")
    step.add_argument("name")
    step.add_argument("given")
    return parser


def _sizes(text: str) -> list[int]:
    return [int(size.replace("_", "")) for size in text.split(",")]


def _steps(names: list[str]) -> list[str]:
    if unknown := set(names) - {*STEPS}:
        raise argparse.ArgumentTypeError(f"no step {', '.join(sorted(unknown))}: there are {', '.join(STEPS)}")
    return names


if __name__ == "__main__":
    main()
