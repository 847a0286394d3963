"""What commands tell beside their answers, on standard error: progress, and what the user should know."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.build import Progress
    from index.types import BuildReport


def warn_built(report: BuildReport) -> None:
    """Say why a build read every article anew, and name the files that it passed over, each with the reason."""
    if report.upgraded:
        warn(f"every article was read anew: {', '.join(report.upgraded)}")
    for skipped in report.skipped:
        warn(f"skipped {skipped.source}: {skipped.reason}")


def warn_unfitted(model: str) -> None:
    """Say that retrieval mixes its scores by weights that were fitted on another encoder."""
    warn(f"no weights of retrieval fitted on {model}, using others: `python -m qa.fit_retrieval --help` tells how")


def warn_unfitted_reader(reader: str) -> None:
    """Say that answers are chosen, and confidence is told, by weights that were fitted on another reader."""
    warn(f"no weights fitted on the reader {reader}: `sourcier calibrate GOLD` fits confidence to it")


def warn_set_aside(why: str) -> None:
    """Say that the calibration kept with an index is not used."""
    warn(
        f"the calibration of this index is set aside, {why}: `sourcier calibrate GOLD` makes another,"
        " `sourcier calibrate --reset` removes it"
    )


def warn_no_refusals() -> None:
    """Say that a calibration has seen no question that the folder does not answer."""
    warn("every question has an answer, as your own may not: --hide-answers asks each again as if the folder had none")


def warn(notice: str) -> None:
    """Tell a notice on one line, whatever the names in it hold."""
    from qa.show import one_line

    sys.stderr.write(one_line(f"sourcier: {notice}") + "\n")


@contextmanager
def progress_bar(what: str) -> Iterator[Progress | None]:
    """Give a callback that draws a line of progress on a terminal, or None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=what, file=sys.stderr, leave=False, delay=0.5, unit="") as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
