"""Many questions: one result a line, in order, each written as soon as it is known."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from index.build import Progress
from index.errors import SourcierError, UsageError
from qa.formats import BadLine, Item
from qa.schema import answer_json, error_json
from qa.scope import Scope
from qa.session import DEFAULT_K, Session

Sink = Callable[[Mapping[str, Any]], None]
"""Takes one object of schema 1, an answer or an error, and has written it when it returns."""

COLUMNS = ("id", "question", "answer", "confidence", "source", "line", "quote", "reason", "page")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # what a spreadsheet would run, full width too


@dataclass(frozen=True, slots=True)
class BatchReport:
    """How many questions were asked, and how many of them ended in which way."""

    asked: int = 0
    answered: int = 0
    abstained: int = 0
    failed: int = 0


def run_batch(
    session: Session,
    items: Iterable[Item],
    out: Path | None = None,
    k: int = DEFAULT_K,
    progress: Progress | None = None,
    questions: Path | None = None,
    scope: Scope | None = None,
) -> BatchReport:
    """Ask every question, and write one object for each line of the input, in its order.

    A question that cannot be asked becomes an error in its place.

    :param out: the file to write, or None for standard output, as `open_output` says.
    :param k: how many of the nearest passages each answer lists.
    :param progress: called after each line with the number done, and 0: how many there are is not known.
    :param questions: the file that the items come from, so that it is never written over.
    :param scope: the articles that all are asked of.
    :raises SourcierError: as `open_output` does.
    """
    outcomes: Counter[str] = Counter()
    with open_output(out, questions) as write:
        for done, item in enumerate(items, start=1):
            told, outcome = _ask(session, item, k, scope)
            outcomes[outcome] += 1
            write(told)
            if progress:
                progress(done, 0)
    return BatchReport(outcomes.total(), outcomes["answered"], outcomes["abstained"], outcomes["failed"])


def _ask(session: Session, item: Item, k: int, scope: Scope | None) -> tuple[dict[str, Any], str]:
    """Return what a line of the input becomes, and how it went."""
    if isinstance(item, BadLine):
        return error_json(item.id, item.error, item.line), "failed"
    try:
        answer = session.ask(item.question, item.id, k, item.language, previous=item.previous, scope=scope)
    except SourcierError as error:
        return error_json(item.id, error, item.line), "failed"
    return answer_json(answer), "abstained" if answer.abstained else "answered"


@contextmanager
def open_output(path: Path | None, questions: Path | None = None) -> Iterator[Sink]:
    """Open where a batch goes: JSONL, or CSV if the file's name ends so.

    A file is written as `OUT.partial` and takes its name at the end: until then an
    earlier output stays whole, and after a failure what was answered stays in `OUT.partial`.

    :param path: None for standard output.
    :param questions: the file being read, which is never written over.
    :raises UsageError: if the file cannot be written there.
    :raises SourcierError: if writing fails on the way, such as on a full disk.
    :raises KeyboardInterrupt: as it came, saying where the partial output is.
    """
    if path is None:
        yield json_sink(sys.stdout)
        return
    real = Path(os.path.realpath(path))
    device = real.exists() and not real.is_file() and not real.is_dir()  # such as /dev/stdout: never replaced
    partial = path if device else real.with_name(real.name + ".partial")
    if questions is not None and Path(os.path.realpath(questions)) in (real, partial):
        raise UsageError(f"writing {path} would destroy the questions in {questions}: write to another file")
    as_csv = path.suffix.lower() == ".csv"
    try:
        if real.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        # a spreadsheet takes CSV for UTF-8 only by its mark
        file = partial.open("w", encoding="utf-8-sig" if as_csv else "utf-8", newline="" if as_csv else "\n")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give a file in a folder of yours") from error
    kept = "" if device else f": what was answered is in {partial}"
    try:
        with file:
            yield csv_sink(file) if as_csv else json_sink(file)
        if not device:
            os.replace(partial, real)
    except OSError as error:
        raise SourcierError(f"cannot write {path} ({error.strerror}){kept}") from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted{kept}") from None


def json_sink(file: TextIO) -> Sink:
    """Return a sink that writes one JSON object a line."""
    escape = (file.encoding or "utf-8").lower().replace("-", "") != "utf8"  # a console that knows fewer letters

    def write(told: Mapping[str, Any]) -> None:
        file.write(json.dumps(told, ensure_ascii=escape) + "\n")
        file.flush()

    return write


def csv_sink(file: TextIO) -> Sink:
    """Return a sink that writes the header, then one row for each object: its first citation.

    A cell that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    file.flush()

    def write(told: Mapping[str, Any]) -> None:
        writer.writerow([_cell(value) for value in _row(told)])
        file.flush()

    return write


def _row(told: Mapping[str, Any]) -> list[Any]:
    """Return an object's values in the order of `COLUMNS`."""
    cited = (told.get("citations") or [{}])[0]
    error = told.get("error")
    reason = f"{error['kind']}: {error['message']}" if error else told["reason"]
    values = {**told, **{name: cited.get(name) for name in ("source", "line", "quote", "page")}, "reason": reason}
    return [values.get(name) for name in COLUMNS]


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    return "'" + value if value.lstrip().startswith(_FORMULA) else value
