"""The arguments of the commands that measure: `sourcier eval` and `sourcier calibrate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from qa.arguments import add_reader, add_store, add_where


def add_eval(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `eval` to the commands of `sourcier`."""
    evaluate = commands.add_parser("eval", help="measure retrieval and answers against gold")
    evaluate.add_argument("data", type=Path, help="gold in our JSONL, a SQuAD .json file or a BEIR folder")
    add_where(evaluate)
    add_store(evaluate)
    add_reader(evaluate)
    evaluate.add_argument("--split", help="only the questions of one split, such as dev or test")
    evaluate.add_argument(
        "--report",
        type=Path,
        action="append",
        default=[],
        metavar="OUT",
        help="write the figures and every question as .json, .md or .html; repeat it for several",
    )
    evaluate.add_argument(
        "--compare", type=Path, metavar="BEFORE.json", help="tell what changed since an earlier run's .json"
    )
    evaluate.add_argument("--ablate", action="store_true", help="tell what each part of retrieval and reading adds")
    evaluate.add_argument("--run", type=Path, metavar="OUT", help="write the passages found as a TREC run")
    evaluate.add_argument("--qrels", type=Path, metavar="OUT", help="write what is relevant as TREC qrels")
    evaluate.add_argument(
        "--unanswerable", choices=["leave-out"], help="ask each question again without the passages that answer it"
    )
    evaluate.add_argument("--json", action="store_true", help="print the figures, and every question's, as JSON")
    evaluate.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help="exit with 3 if an overall figure is lower, such as recall@5=0.9",
    )

    evaluate.add_argument(
        "--reliability", action="store_true", help="draw how far confidence can be relied on, in text"
    )
    evaluate.add_argument("--plot", type=Path, metavar="OUT.png", help="draw the same into a picture")


def add_calibrate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `calibrate` to the commands of `sourcier`."""
    calibrate = commands.add_parser("calibrate", help="fit confidence to questions of your own")
    calibrate.add_argument(
        "data", nargs="?", type=Path, metavar="GOLD", help="gold in our JSONL, or a SQuAD .json file"
    )
    add_where(calibrate)
    add_store(calibrate)
    add_reader(calibrate)
    calibrate.add_argument("--split", help="only the questions of one split, such as dev")
    calibrate.add_argument(
        "--precision", type=float, metavar="SHARE", help="answer where so many answers are right, such as 0.9"
    )
    calibrate.add_argument(
        "--hide-answers", action="store_true", help="ask each question again as if the folder did not answer it"
    )
    calibrate.add_argument("--reset", action="store_true", help="go back to the confidence that Sourcier came with")
