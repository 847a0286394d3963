"""What each `sourcier` command does; `cli._MODULES` names those elsewhere. Every function returns an exit code."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from index.errors import UsageError
from qa.notices import progress_bar
from qa.opening import print_json, session_of

OK, FAILED = 0, 1


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


def _check_k(k: int) -> None:
    from qa.session import MAX_K

    if not 1 <= k <= MAX_K:
        raise UsageError(f"-k is {k}: give a number from 1 to {MAX_K}")
