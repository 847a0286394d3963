"""Train the embedded reader: `python -m qa.train --data DIR --out DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from index.train.work import run
from qa.train.options import Recipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write a reader; return an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m qa.train",
        description="Train the embedded reader from questions (DIR/qa) and translated sentences (DIR/parallel)."
        " A run that was broken off goes on where it stopped when the same command is given again.",
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds qa/ and parallel/")
    parser.add_argument(
        "--out", type=Path, required=True, help="the reader's folder; what can be resumed lies in OUT/work"
    )
    parser.add_argument("--body", type=Path, help="a BERT-like English model; by default all-MiniLM-L6-v2 from PyPI")
    parser.add_argument("--layers", type=int, default=4, metavar="N", help="taken from the body (%(default)s)")
    parser.add_argument("--steps", type=int, default=3_200, metavar="N", help="batches to learn from (%(default)s)")
    parser.add_argument("--batch", type=int, default=32, metavar="N", help="examples a batch (%(default)s)")
    parser.add_argument("--rate", type=float, default=2e-4, metavar="X", help="highest learning rate (%(default)s)")
    parser.add_argument(
        "--aligned", type=int, default=150_000, metavar="N", help="translated sentences for clozes (%(default)s)"
    )
    parser.add_argument(
        "--save-every", type=int, default=250, metavar="N", help="steps between checkpoints (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args(arguments)
    for name in ("layers", "steps", "batch", "aligned", "save_every"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}: want at least 1")
    recipe = Recipe(
        layers=options.layers,
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        aligned=options.aligned,
        save_every=options.save_every,
        seed=options.seed,
    )

    def training() -> None:
        from qa.train.recipe import train

        train(options.data, options.out, recipe, options.body)

    return run(training)


if __name__ == "__main__":
    sys.exit(main())
