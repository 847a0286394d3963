"""The `sourcier` command: its arguments. What each command does is in `commands`."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from index.errors import SourcierError
from qa.arguments import FOLDER, add_k, add_reader, add_scope, add_store, add_where
from qa.gold_arguments import add_gold
from qa.measuring_arguments import add_calibrate, add_eval
from qa.serving_arguments import add_password, add_serve

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
# The others are in qa.commands.
_MODULES = {
    "index": "qa.indexing",
    "serve": "qa.serving",
    "password": "qa.serving",
    "eval": "qa.measuring",
    "calibrate": "qa.calibrating",
    "gold": "qa.gold_commands",
    "verify": "qa.checking",
    "info": "qa.checking",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    :param arguments: the words after `sourcier`; by default the process's own.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return EXIT_USAGE
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console may know fewer letters than articles hold
    try:
        # Imported only now: `--help` needs none of it.
        module = importlib.import_module(_MODULES.get(options.command, "qa.commands"))
        run = getattr(module, options.command)
        code = int(run(options))
        sys.stdout.flush()
        return code
    except SourcierError as error:
        _tell(str(error))
        return error.exit_code
    except KeyboardInterrupt as stopped:
        _tell(str(stopped) or "interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        _drop_output()
        return EXIT_FAILED
    except OSError as error:  # such as a full disk
        _tell(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        _drop_output()
        return EXIT_FAILED


def installed_version() -> str:
    """Return the version of Sourcier that is installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("sourcier")
    except PackageNotFoundError:
        return "(not installed)"


def _tell(message: str) -> None:
    """Print an error on one line, whatever the names in it hold."""
    line = "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in message)
    print(f"sourcier: {line}", file=sys.stderr)


def _drop_output() -> None:
    """Send what is left of the output nowhere, so that Python does not fail on it once more at its end."""
    with contextlib.suppress(OSError):  # an output that is no file has nothing left to write
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Version(argparse.Action):
    """Prints the installed version, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"sourcier {installed_version()}")
        parser.exit()


class _Help(argparse.HelpFormatter):
    """Leaves room for the longest command beside its help: argparse forgets that it indents commands."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = len("    calibrate")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sourcier",
        formatter_class=_Help,
        description="Answers a question, in French or English, from a folder of articles, word for word.",
        epilog="`sourcier COMMAND --help` tells more.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    index = commands.add_parser("index", help="build the index of a folder, or bring it up to date")
    add_where(index)
    add_store(index)
    index.add_argument(
        "--part", metavar="I/N", help="with --store, write the I-th of N parts of the articles, each on a machine"
    )
    index.add_argument("--rebuild", action="store_true", help="start afresh, whatever stands there")
    index.add_argument("--repair", action="store_true", help="build a damaged index anew, keeping what is intact")
    index.add_argument("--watch", action="store_true", help="then follow the folder, and index what changes")

    _add_ask(commands)

    batch = commands.add_parser("batch", help="answer a file of questions, in order")
    batch.add_argument("questions", help="a .jsonl, .csv, .tsv, .txt or SQuAD .json file, or - for standard input")
    add_where(batch)
    add_store(batch)
    add_reader(batch)
    add_k(batch)
    add_scope(batch)
    batch.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="a .jsonl or .csv to write (default: print JSONL)"
    )

    add_serve(commands)
    add_password(commands)
    add_eval(commands)
    add_calibrate(commands)
    add_gold(commands)

    verify = commands.add_parser("verify", help="tell which cited quotes still stand in their files")
    verify.add_argument("answers", nargs="?", help="a .jsonl of answers, or - for standard input")
    verify.add_argument("folder", nargs="?", type=Path, help=FOLDER)
    verify.add_argument(
        "-i", "--index", nargs="?", type=Path, const=Path(), help="check every byte of an index instead"
    )
    verify.add_argument("--json", action="store_true", help="print what became of every citation as one JSON object")

    info = commands.add_parser("info", help="say what an index holds")
    info.add_argument("folder", nargs="?", type=Path, help=FOLDER)
    info.add_argument("-i", "--index", type=Path, help="the index folder (default: FOLDER/.sourcier)")
    add_store(info)
    info.add_argument("--json", action="store_true", help="print it as one JSON object")
    return parser


def _add_ask(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question", help="the question, in French or English")
    add_where(ask)
    add_store(ask)
    add_reader(ask)
    add_k(ask)
    add_scope(ask)
    ask.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="EARLIER",
        help="a question asked before, so that this one may be its follow-up; repeat it, the newest last",
    )
    ask.add_argument("--json", action="store_true", help="print the answer as JSON, schema 1")
