"""What `sourcier gold` does: begin gold, check it, make it from reactions. Every function returns an exit code."""

from __future__ import annotations

import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from index.errors import UsageError
from qa.opening import folder_of, index_of, print_json
from qa.settings import settings
from qa.show import one_line

OK, UNSOUND = 0, 1
_DEFAULT = Path("gold.jsonl")


def gold(options: Namespace) -> int:
    """Do what the second word of the command names."""
    return {"init": _init, "check": _check, "from-feedback": _from_feedback}[options.action](options)


def _init(options: Namespace) -> int:
    """Write a file to fill in."""
    from qa.gold.template import write_template

    if options.folder is None and options.out is not None and options.out.is_dir():
        options.folder, options.out = options.out, None  # the only word that may be given
    path = options.out or _DEFAULT
    chosen = settings(options)
    lines = write_template(path, None if chosen.folder is None and chosen.index is None else folder_of(chosen))
    _say(f"{path} holds {lines} lines to fill in: then run `sourcier gold check {path}`")
    return OK


def _check(options: Namespace) -> int:
    """Find what is wrong with gold."""
    from qa.gold import brings_articles, open_gold
    from qa.gold.check import check, line_numbers
    from qa.gold.texts import Texts

    # Spans are checked with the rest: so that all that have moved are told, and not the first alone.
    opened = open_gold(options.data, options.folder if brings_articles(options.data) else None, options.split)
    examples = [each for each in opened.examples if options.split in (None, each.split)]
    if not examples:
        raise UsageError(f"{options.data} holds no question of the split {options.split!r}: leave --split out")
    with tempfile.TemporaryDirectory(prefix="sourcier-") as temporary:
        chosen = settings(options)
        if opened.write and options.folder is None:
            folder, index = Path(temporary, "articles"), None
            opened.write(folder)
        else:
            folder, index = folder_of(chosen), chosen.index
        report = check(examples, Texts(folder, index), line_numbers(options.data, opened.examples))
    if options.json:
        print_json(report.to_json(), indent=2)
    else:
        for line in report.told().splitlines():
            _say(line)
    return UNSOUND if report.errors else OK


def _from_feedback(options: Namespace) -> int:
    """Review reactions in the terminal, and add to gold what is accepted."""
    from qa.feedback import FEEDBACK_FILE, read_feedback
    from qa.gold.candidates import Decisions, candidates
    from qa.gold.gold_file import GoldFile
    from qa.gold.review import review
    from qa.gold.texts import Texts

    if not sys.stdin.isatty():
        raise UsageError("gold from-feedback asks a person of each reaction: run it in a terminal")
    if not options.split.strip():
        raise UsageError("--split is empty: give it a name, such as feedback")
    chosen = settings(options)
    index = index_of(chosen)
    stored = read_feedback(index)
    for number, why in stored.damaged:
        sys.stderr.write(one_line(f"sourcier: {index / FEEDBACK_FILE} line {number} is passed over: {why}") + "\n")
    decisions, into = Decisions(index), GoldFile(options.output)
    found = candidates(stored.feedback)
    waiting = [each for each in found if options.again or each not in decisions]
    if not waiting:
        before = f", but for {len(found)} decided before (--again asks of them too)" if found else ""
        _say(f"no reaction waits in {index}{before}: the page keeps those that its buttons are given")
        return OK
    tally = review(waiting, Texts(folder_of(chosen), index), into, decisions, options.split, _ask, _say)
    _say(
        f"\n{tally.accepted} accepted into {options.output}, {tally.rejected} rejected,"
        f" {tally.skipped} skipped, {tally.known} there already"
    )
    return OK


def _ask(prompt: str) -> str:
    return input(one_line(prompt))


def _say(line: str) -> None:
    lead = "\n" * (len(line) - len(line.lstrip("\n")))
    sys.stdout.write(f"{lead}{_kept(line[len(lead) :])}\n")


def _kept(line: str) -> str:
    """Return a line harmless to a terminal, its indent as it is."""
    text = line.lstrip(" ")
    return " " * (len(line) - len(text)) + one_line(text)
