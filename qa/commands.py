"""What each `sourcier` command does; `cli._MODULES` names those elsewhere. Every function returns an exit code."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from index.errors import UsageError
from qa.notices import progress_bar, warn_skipped
from qa.opening import folder_of, index_of, print_json, session_of
from qa.settings import settings

OK, FAILED = 0, 1


def index(options: Namespace) -> int:
    """Build the index of a folder, or bring it up to date."""
    from index.build import bring_up_to_date
    from index.store import default_index

    chosen = settings(options)
    folder = folder_of(chosen)
    with progress_bar("indexing") as progress:
        report = bring_up_to_date(folder, chosen.index, chosen.model, options.rebuild, progress)
    warn_skipped(report)
    done = "up to date"
    if report.rebuilt:
        done = f"{report.added} added, {report.changed} changed, {report.removed} removed"
    where = chosen.index or default_index(folder)
    print(f"{report.documents} articles, {report.passages} passages ({done}); version {report.version} in {where}")
    return OK


def ask(options: Namespace) -> int:
    """Answer one question."""
    from qa.schema import answer_json
    from qa.scope import Scope
    from qa.show import show

    _check_k(options.k)
    scope = Scope.of(options.sources, options.since, options.until)
    with session_of(options) as session:
        answer = session.ask(options.question, k=options.k, previous=options.after, scope=scope)
    if options.json:
        print_json(answer_json(answer), indent=2 if sys.stdout.isatty() else None)  # a line, as `verify` reads it
    else:
        print(show(answer, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
    return OK


def batch(options: Namespace) -> int:
    """Answer a file of questions."""
    from qa.batch import run_batch
    from qa.formats import read_questions
    from qa.scope import Scope

    _check_k(options.k)
    scope = Scope.of(options.sources, options.since, options.until)
    questions = read_questions(options.questions)
    with session_of(options) as session, progress_bar("asking") as progress:
        session.check_scope(scope)
        source = None if options.questions == "-" else Path(options.questions)
        report = run_batch(session, questions, options.output, options.k, progress, source, scope)
    told = f"{report.asked} questions: {report.answered} answered, {report.abstained} refused, {report.failed} failed"
    print(told, file=sys.stderr)
    return FAILED if report.failed else OK


def verify(options: Namespace) -> int:
    """Re-read the files that answers cite, or every byte of an index."""
    asked_for_index = options.index is not None
    if options.index == Path():  # `--index` without a value
        options.index = None
    chosen = settings(options)
    if asked_for_index and options.answers is not None:
        raise UsageError("verify checks either ANSWERS or, with --index, an index: give one of them")
    if options.answers is None:
        from index.store import open_current

        generation = open_current(index_of(chosen))
        print(f"index {generation.manifest.version}: {len(generation.manifest.files)} files as they were built")
        return OK
    from qa.textfile import text_of
    from qa.verify import tally, verify_answers, verify_file

    folder = folder_of(chosen)
    if options.answers == "-":
        checked = tally(verify_answers(text_of(sys.stdin.buffer), folder, "standard input"))
    else:
        checked = verify_file(Path(options.answers), folder)
    print(f"{checked.citations} citations of {checked.answers} answers stand word for word")
    for source in checked.changed:
        print(f"  {source} has changed since, and still holds its quotes")
    return OK


def info(options: Namespace) -> int:
    """Say what an index holds."""
    from qa.session import Session
    from qa.show import one_line

    chosen = settings(options)
    session = Session.of_index(index_of(chosen), chosen.reader)
    opened = session.index
    manifest = opened.generation.manifest
    print(f"folder    {opened.folder}")
    print(f"index     {opened.generation.path} (format {manifest.format}, version {manifest.version})")
    print(f"encoder   {manifest.encoder} {manifest.encoder_identity}, {manifest.dim} dimensions")
    print(f"articles  {manifest.documents}, in {manifest.passages} passages")
    if session.calibration or session.set_aside:
        calibrated = session.calibration.told() if session.calibration else f"set aside, {session.set_aside}"
        print(f"answers   calibration: {calibrated}")
    for document in opened.passages.documents():
        where = f"{one_line(document.source)}  {one_line(document.title)}"
        print(f"  {document.language}  {document.date or '-':10}  {where}")
    for skipped in opened.passages.skipped():
        print(f"  skipped  {one_line(skipped.source)}  {one_line(skipped.reason)}")
    session.close()
    return OK


def _check_k(k: int) -> None:
    from qa.session import MAX_K

    if not 1 <= k <= MAX_K:
        raise UsageError(f"-k is {k}: give a number from 1 to {MAX_K}")
