"""Write an evaluation into a file, in the form that its name asks for."""

from __future__ import annotations

import json
import os
from pathlib import Path

from index.errors import UsageError
from qa.measure.evaluation import Evaluation
from qa.measure.outputs import check_output
from qa.measure.report.html import html_report
from qa.measure.report.markdown import markdown_report

SUFFIXES = (".html", ".md", ".json")


def check_report(path: Path) -> None:
    """Check that a report can be written there, before anything is measured for it.

    :raises UsageError: if it cannot.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"cannot report into {path}: name a {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} file")
    try:
        check_output(path)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise UsageError(f"cannot write {path} (no permission): give a file that you may write")
    except OSError as error:  # such as a name too long to ask about
        raise UsageError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error


def write_report(
    path: Path,
    evaluation: Evaluation,
    title: str,
    comparison_text: str | None = None,
    ablation_text: str | None = None,
) -> None:
    """Write an evaluation as a page, a text or data, as the suffix of the file says.

    The same evaluation gives the same bytes. The data of .json are those of `--json`: without title and texts.

    :param comparison_text: the tables of `--compare`, shown as they are.
    :param ablation_text: those of an ablation.
    :raises UsageError: if the suffix is another, or the file cannot be written.
    """
    check_report(path)
    if path.suffix.lower() == ".json":
        told = json.dumps(evaluation.to_json(), ensure_ascii=False, indent=2) + "\n"
    else:
        report = html_report if path.suffix.lower() == ".html" else markdown_report
        told = report(evaluation, title, comparison_text, ablation_text)
    try:
        # Half of a surrogate pair, which UTF-8 cannot say, is left in JSON only: as the escape that JSON has for it.
        path.write_text(told, "utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error
