"""What each `sourcier` command does. Every function returns an exit code."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import FolderError, UsageError
from qa.notices import progress_bar, warn_skipped, warn_unfitted
from qa.settings import Settings, settings

if TYPE_CHECKING:
    from qa.evaluation import Evaluation
    from qa.session import Session

OK, FAILED, MISSED = 0, 1, 3


def index(options: Namespace) -> int:
    """Build the index of a folder, or bring it up to date."""
    from index.build import bring_up_to_date
    from index.store import default_index

    chosen = settings(options)
    folder = _folder(chosen)
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
    from qa.show import show

    _check_k(options.k)
    with _session(options) as session:
        answer = session.ask(options.question, k=options.k)
    if options.json:
        _print_json(answer_json(answer), indent=2 if sys.stdout.isatty() else None)  # a line, as `verify` reads it
    else:
        print(show(answer, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
    return OK


def batch(options: Namespace) -> int:
    """Answer a file of questions."""
    from qa.batch import run_batch
    from qa.formats import read_questions

    _check_k(options.k)
    questions = read_questions(options.questions)
    with _session(options) as session, progress_bar("asking") as progress:
        source = None if options.questions == "-" else Path(options.questions)
        report = run_batch(session, questions, options.output, options.k, progress, source)
    told = f"{report.asked} questions: {report.answered} answered, {report.abstained} refused, {report.failed} failed"
    print(told, file=sys.stderr)
    return FAILED if report.failed else OK


def serve(options: Namespace) -> int:
    """Open the chat page."""
    from qa.ui import serve as serve_page

    with _session(options) as session:
        auth = options.auth or os.environ.get("SOURCIER_AUTH")
        serve_page(session, options.host, options.port, auth=auth, open_browser=not options.no_browser)
    return OK


def eval(options: Namespace) -> int:
    """Measure retrieval and answers against gold."""
    from qa.evaluate import evaluate
    from qa.gold import read_gold, squad_folder

    bounds = [_bound(text) for text in options.fail_under]
    examples = [each for each in read_gold(options.data, options.folder) if options.split in (None, each.split)]
    if not examples:
        raise UsageError(f"{options.data} holds no question of the split {options.split!r}: leave --split out")
    with tempfile.TemporaryDirectory(prefix="sourcier-") as temporary:
        if options.data.suffix.lower() == ".json" and options.folder is None and options.index is None:
            # its own paragraphs, with an index of their own: SOURCIER_INDEX may be that of other articles
            options.folder, options.index = Path(temporary, "articles"), Path(temporary, "index")
            squad_folder(options.data, options.folder)
        with _session(options) as session, progress_bar("measuring") as progress:
            evaluation = evaluate(session, examples, progress=progress)
    if options.run is not None:
        _write_run(options.run, evaluation)
    if options.json:
        _print_json(evaluation.to_json(), indent=2)
    else:
        print(evaluation.table())
    overall = evaluation.overall()
    missed = False
    for name, least in bounds:
        if name not in overall:
            raise UsageError(f"--fail-under {name}: no question of {options.data} counts for it: leave it out")
        if overall[name] < least:
            missed = True
            print(f"sourcier: {name} is {overall[name]:.3f}, under {least:g}", file=sys.stderr)
    return MISSED if missed else OK


def _write_run(path: Path, evaluation: Evaluation) -> None:
    try:
        path.write_text("".join(f"{line}\n" for line in evaluation.trec_run()), "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error


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

        generation = open_current(_index(chosen))
        print(f"index {generation.manifest.version}: {len(generation.manifest.files)} files as they were built")
        return OK
    from qa.textfile import text_of
    from qa.verify import tally, verify_answers, verify_file

    folder = _folder(chosen)
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
    from index.opened import open_index
    from qa.show import one_line

    opened = open_index(_index(settings(options)))
    manifest = opened.generation.manifest
    print(f"folder    {opened.folder}")
    print(f"index     {opened.generation.path} (format {manifest.format}, version {manifest.version})")
    print(f"encoder   {manifest.encoder} {manifest.encoder_identity}, {manifest.dim} dimensions")
    print(f"articles  {manifest.documents}, in {manifest.passages} passages")
    for document in opened.passages.documents():
        where = f"{one_line(document.source)}  {one_line(document.title)}"
        print(f"  {document.language}  {document.date or '-':10}  {where}")
    for skipped in opened.passages.skipped():
        print(f"  skipped  {one_line(skipped.source)}  {one_line(skipped.reason)}")
    opened.close()
    return OK


@contextmanager
def _session(options: Namespace) -> Iterator[Session]:
    """Open what FOLDER and -i name, brought up to date unless the indexed folder is gone."""
    from qa.session import Session

    chosen = settings(options)
    folder = _folder(chosen)
    if chosen.folder is None and chosen.index is not None and not folder.is_dir():
        print(f"sourcier: {folder} is gone: answering from the index as it stands", file=sys.stderr)
        opened = Session.of_index(chosen.index)
    else:
        with progress_bar("indexing") as progress:
            opened = Session.of_folder(folder, chosen.index, chosen.model, progress)
        if opened.report and opened.report.rebuilt:
            warn_skipped(opened.report)
    with opened as session:
        if not session.fitted:
            warn_unfitted(session.index.encoder.name)
        yield session


def _folder(chosen: Settings) -> Path:
    """Return the folder of articles; that of the index, where only an index is named."""
    if chosen.folder is not None:
        return chosen.folder
    if chosen.index is None:
        raise UsageError("no folder given, and there is no `seeds` here: name the folder of articles")
    from index.store import read_current

    return read_current(chosen.index).folder


def _index(chosen: Settings) -> Path:
    from index.store import default_index

    if chosen.index is not None:
        return chosen.index
    folder = _folder(chosen)
    if not folder.is_dir():
        raise FolderError(f"no folder at {folder}: check the path")
    return default_index(folder)


def _print_json(told: Mapping[str, Any], indent: int | None) -> None:
    escape = (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"  # a console that knows fewer letters
    print(json.dumps(told, ensure_ascii=escape, indent=indent))


def _check_k(k: int) -> None:
    from qa.session import MAX_K

    if not 1 <= k <= MAX_K:
        raise UsageError(f"-k is {k}: give a number from 1 to {MAX_K}")


def _bound(text: str) -> tuple[str, float]:
    from qa.evaluation import QUALITY

    name, _, value = text.partition("=")
    try:
        name, least = name.strip(), float(value)
    except ValueError:
        least = math.nan
    if not math.isfinite(least):
        raise UsageError(f"--fail-under {text!r} is not METRIC=VALUE: write it as recall@5=0.9")
    if name not in QUALITY:
        raise UsageError(f"--fail-under {name}: no such figure: there are {', '.join(QUALITY)}")
    return name, least
