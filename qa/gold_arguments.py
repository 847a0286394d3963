"""The arguments of `sourcier gold`. Beside the package of gold and not in it: `--help` reads no gold."""

from __future__ import annotations

import argparse
from pathlib import Path

from qa.arguments import FOLDER


def add_gold(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `gold` and its own commands to those of `sourcier`."""
    gold = commands.add_parser("gold", help="write gold of your own, check it, or make it from reactions")
    actions = gold.add_subparsers(dest="action", metavar="ACTION", required=True)

    init = actions.add_parser("init", help="write a file to fill in")
    init.add_argument("out", nargs="?", type=Path, metavar="OUT.jsonl", help="the file (default: gold.jsonl)")
    init.add_argument("folder", nargs="?", type=Path, help=FOLDER)

    check = actions.add_parser("check", help="find gold that is out of date, clashes, or gives answers away")
    check.add_argument("data", type=Path, metavar="GOLD", help="gold in any form that `eval` reads")
    check.add_argument("folder", nargs="?", type=Path, help=FOLDER)
    check.add_argument("--split", help="only the questions of one split, such as dev or test")
    check.add_argument("--json", action="store_true", help="print what is found as JSON")

    review = actions.add_parser("from-feedback", help="review the page's reactions, and keep what you accept")
    review.add_argument("folder", nargs="?", type=Path, help=FOLDER)
    review.add_argument("-i", "--index", type=Path, help="the index folder (default: FOLDER/.sourcier)")
    review.add_argument("-o", "--output", type=Path, required=True, metavar="GOLD.jsonl", help="the gold to add to")
    review.add_argument("--split", default="feedback", help="the split of what is accepted (default: feedback)")
    review.add_argument("--again", action="store_true", help="ask once more of what was decided before")
