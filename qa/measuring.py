"""The command `sourcier eval`: measure, tell, and fail under what was asked for. It returns an exit code."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.asking import gold_of, session_about
from qa.cli import installed_version
from qa.gold import brings_articles
from qa.measure.ablate import ablate, ablation_table, to_json
from qa.measure.baseline import read_baseline
from qa.measure.chart import confidence_table, reliability_chart
from qa.measure.compare import compare
from qa.measure.compare_table import comparison_table
from qa.measure.evaluate import evaluate
from qa.measure.floors import missed, read_floor
from qa.measure.kept_texts import KeptTexts
from qa.measure.outputs import check_output, write_lines
from qa.measure.plot import check_plot, write_plot
from qa.measure.report import check_report, write_report
from qa.measure.table import table
from qa.measure.trec import qrels_lines, run_lines
from qa.notices import progress_bar, warn
from qa.opening import print_json
from qa.settings import settings

if TYPE_CHECKING:
    from qa.gold import Gold
    from qa.measure.ablate import Ablation
    from qa.measure.compare import Comparison
    from qa.measure.evaluation import Evaluation
    from qa.session import Session

OK, MISSED = 0, 3


def eval(options: Namespace) -> int:
    """Measure retrieval, answers and confidence against gold."""
    floors = [read_floor(text) for text in options.fail_under]
    _check_outputs(options)
    before = read_baseline(options.compare) if options.compare is not None else None
    with asked(options) as (session, gold):
        evaluation = evaluated(options, session, gold)
        parts = _ablated(session, gold) if options.ablate else None
    comparison = compare(evaluation, before) if before else None
    _write(options, evaluation, comparison, parts)
    if options.json:
        print_json(_json(evaluation, comparison, parts), indent=2)
    else:
        _print(options, evaluation, comparison, parts)
    under = list(missed(floors, evaluation))
    for told in under:
        print(f"sourcier: {told}", file=sys.stderr)
    return MISSED if under else OK


@contextmanager
def asked(options: Namespace) -> Iterator[tuple[Session, Gold]]:
    """Open what gold is about, and give both.

    :raises SourcierError: if gold, the folder or the index is not as it should be.
    """
    gold = gold_of(options, options.folder if brings_articles(options.data) else settings(options).folder)
    with session_about(options, gold) as session:
        yield session, gold


def evaluated(options: Namespace, session: Session, gold: Gold) -> Evaluation:
    """Ask the questions of gold, and return the figures.

    :raises InputError: if gold names a file that is not in the index.
    """
    leave_out = options.unanswerable is not None
    files = _kept(options, session)
    with progress_bar("measuring") as progress:
        evaluation = evaluate(
            session, gold.examples, progress=progress, names=gold.names, leave_out=leave_out, files=files
        )
    told = {"gold": options.data.name, "split": options.split or "", "sourcier": installed_version()}
    return replace(evaluation, made_of={**told, **evaluation.made_of})


def _kept(options: Namespace, session: Session) -> KeptTexts | None:
    """Return what to check citations against where a store was filled from a folder that is on another machine."""
    if not settings(options).store or session.index.folder.is_dir():
        return None
    warn(f"no folder {session.index.folder} on this machine: citations are checked against what the store keeps")
    return KeptTexts(session.index)


def _ablated(session: Session, gold: Gold) -> tuple[Ablation, ...]:
    with progress_bar("taking apart") as progress:
        return ablate(session, gold.examples, progress=progress, names=gold.names)


def _check_outputs(options: Namespace) -> None:
    """Check that all that is asked for can be written, before minutes are spent on it."""
    for path in filter(None, (options.run, options.qrels)):
        check_output(path)
    for path in options.report:
        check_report(path)
    if options.plot is not None:
        check_plot(options.plot)


def _write(
    options: Namespace, evaluation: Evaluation, comparison: Comparison | None, parts: Sequence[Ablation] | None
) -> None:
    if options.run is not None:
        write_lines(options.run, run_lines(evaluation))
    if options.qrels is not None:
        write_lines(options.qrels, qrels_lines(evaluation))
    if options.plot is not None:
        write_plot(options.plot, evaluation.confidence)
    compared = comparison_table(comparison) if comparison else None
    taken_apart = ablation_table(parts) if parts else None
    for path in options.report:
        write_report(path, evaluation, options.data.name, compared, taken_apart)


def _json(
    evaluation: Evaluation, comparison: Comparison | None, parts: Sequence[Ablation] | None
) -> Mapping[str, object]:
    told: dict[str, object] = evaluation.to_json()
    if comparison:
        told["comparison"] = comparison.to_json()
    if parts:
        told["ablation"] = to_json(parts)
    return told


def _print(
    options: Namespace, evaluation: Evaluation, comparison: Comparison | None, parts: Sequence[Ablation] | None
) -> None:
    blocks = [table(evaluation)]
    if evaluation.confidence:
        blocks.append(confidence_table(evaluation.confidence, evaluation.seen))
    if options.reliability:
        blocks += map(reliability_chart, evaluation.confidence)
    if parts:
        blocks.append(ablation_table(parts))
    if comparison:
        blocks.append(comparison_table(comparison))
    print("\n\n".join(blocks))
