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

DEFAULT_PORT = 7860
_FOLDER = "the folder of articles (default: seeds, where it exists)"
EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
_MEASURING = ("eval", "calibrate")


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
        module = "qa.measuring" if options.command in _MEASURING else "qa.commands"
        run = getattr(importlib.import_module(module), options.command)
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
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"sourcier {version('sourcier')}")
        except PackageNotFoundError:
            print("sourcier, not installed")
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
    _add_where(index)
    index.add_argument("--rebuild", action="store_true", help="start afresh, whatever stands there")

    _add_ask(commands)

    batch = commands.add_parser("batch", help="answer a file of questions, in order")
    batch.add_argument("questions", help="a .jsonl, .csv, .tsv, .txt or SQuAD .json file, or - for standard input")
    _add_where(batch)
    _add_reader(batch)
    _add_k(batch)
    batch.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="a .jsonl or .csv to write (default: print JSONL)"
    )

    serve = commands.add_parser("serve", help="open the chat page")
    _add_where(serve)
    _add_reader(serve)
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
    serve.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"the port to listen at (default: {DEFAULT_PORT})"
    )
    serve.add_argument("--auth", metavar="USER:PASSWORD", help="ask for a name and password (or SOURCIER_AUTH)")
    serve.add_argument("--no-browser", action="store_true", help="do not open a browser window")

    evaluate = commands.add_parser("eval", help="measure retrieval and answers against gold")
    evaluate.add_argument("data", type=Path, help="gold in our JSONL, or a SQuAD .json file")
    _add_where(evaluate)
    _add_reader(evaluate)
    evaluate.add_argument("--split", help="only the questions of one split, such as dev or test")
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

    calibrate = commands.add_parser("calibrate", help="fit confidence to questions of your own")
    calibrate.add_argument(
        "data", nargs="?", type=Path, metavar="GOLD", help="gold in our JSONL, or a SQuAD .json file"
    )
    _add_where(calibrate)
    _add_reader(calibrate)
    calibrate.add_argument("--split", help="only the questions of one split, such as dev")
    calibrate.add_argument(
        "--precision", type=float, metavar="SHARE", help="answer where so many answers are right, such as 0.9"
    )
    calibrate.add_argument(
        "--hide-answers", action="store_true", help="ask each question again as if the folder did not answer it"
    )
    calibrate.add_argument("--reset", action="store_true", help="go back to the confidence that Sourcier came with")

    verify = commands.add_parser("verify", help="check that every cited quote still stands in its file")
    verify.add_argument("answers", nargs="?", help="a .jsonl of answers, or - for standard input")
    verify.add_argument("folder", nargs="?", type=Path, help=_FOLDER)
    verify.add_argument(
        "-i", "--index", nargs="?", type=Path, const=Path(), help="check every byte of an index instead"
    )

    info = commands.add_parser("info", help="say what an index holds")
    info.add_argument("folder", nargs="?", type=Path, help=_FOLDER)
    info.add_argument("-i", "--index", type=Path, help="the index folder (default: FOLDER/.sourcier)")
    return parser


def _add_ask(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question", help="the question, in French or English")
    _add_where(ask)
    _add_reader(ask)
    _add_k(ask)
    ask.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="EARLIER",
        help="a question asked before, so that this one may be its follow-up; repeat it, the newest last",
    )
    ask.add_argument("--json", action="store_true", help="print the answer as JSON, schema 1")


def _add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, help=_FOLDER)
    parser.add_argument("-i", "--index", type=Path, help="the index folder (default: FOLDER/.sourcier)")
    parser.add_argument("--model", metavar="NAME", help="a sentence-transformers model (default: the embedded one)")


def _add_reader(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reader", metavar="NAME", help="a question-answering model of transformers (default: the embedded one)"
    )


def _add_k(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-k", type=int, default=5, metavar="N", help="how many passages to list with an answer (default: 5)"
    )
