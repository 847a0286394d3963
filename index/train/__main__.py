"""Train the embedded encoder: `python -m index.train --data DIR --out DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from index.train.options import Recipe
from index.train.work import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write a model; return an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m index.train",
        description="Train the embedded encoder from translated pairs (DIR/parallel) and questions (DIR/qa)."
        " A run that was broken off goes on where it stopped when the same command is given again.",
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds parallel/ and qa/")
    parser.add_argument(
        "--out", type=Path, required=True, help="the model's folder; what can be resumed lies in OUT/work"
    )
    parser.add_argument("--teacher", type=Path, help="a BERT-like English model; by default all-MiniLM-L6-v2 from PyPI")
    parser.add_argument("--vocabulary", type=int, default=58_000, metavar="N", help="tokens (%(default)s)")
    parser.add_argument("--dim", type=int, default=512, metavar="N", help="columns (%(default)s)")
    parser.add_argument("--steps", type=int, default=3_500, metavar="N", help="batches to learn from (%(default)s)")
    parser.add_argument("--batch", type=int, default=1_024, metavar="N", help="pairs a batch (%(default)s)")
    parser.add_argument(
        "--taught", type=int, default=110_000, metavar="N", help="sentences the teacher reads (%(default)s)"
    )
    parser.add_argument("--rate", type=float, default=2e-3, metavar="X", help="highest learning rate (%(default)s)")
    parser.add_argument(
        "--save-every", type=int, default=500, metavar="N", help="steps between checkpoints (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args(arguments)
    for name in ("vocabulary", "dim", "steps", "batch", "save_every"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}: want at least 1")
    recipe = Recipe(
        vocabulary=options.vocabulary,
        dim=options.dim,
        steps=options.steps,
        batch=options.batch,
        taught=options.taught,
        rate=options.rate,
        save_every=options.save_every,
        seed=options.seed,
    )

    def training() -> None:
        from index.train.recipe import train

        train(options.data, options.out, recipe, options.teacher)

    return run(training)


if __name__ == "__main__":
    sys.exit(main())
