"""The command `sourcier calibrate`. It returns an exit code."""

from __future__ import annotations

from argparse import Namespace

from index.errors import UsageError
from qa.asking import gold_of
from qa.notices import progress_bar, warn_no_refusals
from qa.opening import folder_of, index_of, session_of
from qa.settings import settings

OK = 0


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
    chosen = settings(options)
    examples = gold_of(options, chosen.folder if chosen.store else folder_of(chosen)).examples
    if any(example.grades for example in examples):
        raise UsageError(f"{options.data} judges files and tells no answers: confidence is fitted to answers")
    with session_of(options) as session:
        index = session.index.side
        if chosen.store:
            index.mkdir(parents=True, exist_ok=True)
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
