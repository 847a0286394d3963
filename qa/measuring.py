"""The commands that ask gold: `sourcier eval` and `sourcier calibrate`. Each returns an exit code."""

from __future__ import annotations

import math
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UsageError
from qa.measure.plot import check_plot, write_plot
from qa.notices import progress_bar, warn_no_refusals
from qa.opening import folder_of, index_of, print_json, session_of
from qa.settings import settings

if TYPE_CHECKING:
    from qa.gold import Gold
    from qa.measure.evaluation import Evaluation
    from qa.session import Session

OK, MISSED = 0, 3


def eval(options: Namespace) -> int:
    """Measure retrieval, answers and confidence against gold."""
    from qa.measure.evaluate import evaluate
    from qa.measure.trec import qrels_lines, run_lines

    bounds = [_bound(text) for text in options.fail_under]
    if options.plot is not None:
        check_plot(options.plot)
    gold = _gold(options, options.folder)
    with _session(options, gold) as session, progress_bar("measuring") as progress:
        leave_out = options.unanswerable is not None
        evaluation = evaluate(session, gold.examples, progress=progress, names=gold.names, leave_out=leave_out)
    if options.run is not None:
        _write_lines(options.run, run_lines(evaluation))
    if options.qrels is not None:
        _write_lines(options.qrels, qrels_lines(evaluation))
    if options.plot is not None:
        write_plot(options.plot, evaluation.confidence)
    if options.json:
        print_json(evaluation.to_json(), indent=2)
    else:
        _print(evaluation, options.reliability)
    overall = evaluation.overall()
    missed = False
    for name, least in bounds:
        if name not in overall:
            raise UsageError(f"--fail-under {name}: no question of {options.data} counts for it: leave it out")
        if overall[name] < least:
            missed = True
            print(f"sourcier: {name} is {overall[name]:.3f}, under {least:g}", file=sys.stderr)
    return MISSED if missed else OK


def calibrate(options: Namespace) -> int:
    """Fit confidence to a user's own questions, and keep that with the index; or forget it."""
    from index.side_file import check_writable, write_side
    from qa.calibrate import calibrate as fit
    from qa.calibration import CALIBRATION_FILE
    from qa.measure.chart import calibration_table

    if options.reset:
        return _reset(options)
    if options.data is None:
        raise UsageError("no gold given: name a file of questions and their answers, or --reset")
    precision = options.precision
    if precision is not None and not 0.0 < precision <= 1.0:
        raise UsageError(f"--precision is {precision:g}: give a share above 0 and up to 1, such as 0.9")
    examples = _gold(options, folder_of(settings(options))).examples
    if any(example.grades for example in examples):
        raise UsageError(f"{options.data} judges files and tells no answers: confidence is fitted to answers")
    with session_of(options) as session:
        index = session.index.generation.path.parent
        check_writable(index)
        with progress_bar("asking") as progress:
            fitted = fit(session, examples, precision, options.hide_answers, progress)
        path = write_side(index, CALIBRATION_FILE, fitted.calibration.to_json())
    print(calibration_table(fitted))
    print(f"kept in {path}")
    if not options.hide_answers and all(example.answers for example in examples):
        warn_no_refusals()
    return OK


def _reset(options: Namespace) -> int:
    from index.side_file import remove_side
    from qa.calibration import CALIBRATION_FILE

    if options.data is not None and options.folder is None:
        options.folder, options.data = options.data, None  # the only word that may be given
    if options.data is not None:
        raise UsageError("--reset takes no gold: give the folder or index alone")
    index = index_of(settings(options))
    removed = remove_side(index, CALIBRATION_FILE)
    print(f"{index / CALIBRATION_FILE} removed" if removed else f"there is no calibration in {index}")
    return OK


def _gold(options: Namespace, folder: Path | None) -> Gold:
    """Return gold, or the split of it that is asked for."""
    from qa.gold import open_gold

    gold = open_gold(options.data, folder)
    examples = tuple(each for each in gold.examples if options.split in (None, each.split))
    if not examples:
        raise UsageError(f"{options.data} holds no question of the split {options.split!r}: leave --split out")
    return replace(gold, examples=examples)


@contextmanager
def _session(options: Namespace, gold: Gold) -> Iterator[Session]:
    """Open what gold is about: the articles that it brings, or else what FOLDER and -i name."""
    with tempfile.TemporaryDirectory(prefix="sourcier-") as temporary:
        if gold.write and options.folder is None and options.index is None:
            # with an index of their own: SOURCIER_INDEX may be that of other articles
            options.folder, options.index = Path(temporary, "articles"), Path(temporary, "index")
            gold.write(options.folder)
        with session_of(options) as session:
            yield session


def _print(evaluation: Evaluation, reliability: bool) -> None:
    from qa.measure.chart import confidence_table, reliability_chart
    from qa.measure.table import table

    print(table(evaluation))
    print(f"\n{confidence_table(evaluation.confidence, evaluation.seen)}")
    if reliability:
        for row in evaluation.confidence:
            print(f"\n{reliability_chart(row)}")


def _write_lines(path: Path, lines: Iterator[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error


def _bound(text: str) -> tuple[str, float]:
    from qa.measure.evaluation import BOUNDED

    name, _, value = text.partition("=")
    try:
        name, least = name.strip(), float(value)
    except ValueError:
        least = math.nan
    if not math.isfinite(least):
        raise UsageError(f"--fail-under {text!r} is not METRIC=VALUE: write it as recall@5=0.9")
    if name not in BOUNDED:
        raise UsageError(f"--fail-under {name}: no such figure: there are {', '.join(BOUNDED)}")
    return name, least
