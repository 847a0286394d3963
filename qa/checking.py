"""The commands that look after answers and indexes: `sourcier verify` and `sourcier info`."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from index.errors import InputError, UsageError
from qa.opening import folder_of, index_of, print_json, store_of_settings
from qa.settings import settings

OK = 0


def verify(options: Namespace) -> int:
    """Re-read the files that answers cite, or every byte of an index."""
    asked_for_index = options.index is not None
    if options.index == Path():  # `--index` without a value
        options.index = None
    chosen = settings(options)
    if asked_for_index and options.answers is not None:
        raise UsageError("verify checks either ANSWERS or, with --index, an index: give one of them")
    if options.answers is None:
        if options.json:
            raise UsageError("--json tells of ANSWERS: name their file")
        from index.store import open_current

        generation = open_current(index_of(chosen), large=None)
        print(f"index {generation.manifest.version}: {len(generation.manifest.files)} files as they were built")
        return OK
    from qa.textfile import text_of
    from qa.verify import tally, verify_answers, verify_file
    from qa.verify_show import checked_json, show_checked

    folder = folder_of(chosen)
    if options.answers == "-":
        name, checked = "standard input", list(verify_answers(text_of(sys.stdin.buffer), folder))
    else:
        name, checked = options.answers, verify_file(Path(options.answers), folder)
    if checked and all(each.answer is None for each in checked):
        raise InputError(f"{name} {checked[0].problem}")
    total = tally(checked)
    if options.json:
        print_json(checked_json(checked, total, str(folder)), indent=2 if sys.stdout.isatty() else None)
    else:
        print(show_checked(checked, total, name))
    total.require()
    return OK


def info(options: Namespace) -> int:
    """Say what an index holds: every file, with its state."""
    from qa.listing import info_json, show_info
    from qa.session import Session

    chosen = settings(options)
    if chosen.store:
        with closing(store_of_settings(chosen)) as store:
            opened = Session.of_store(store, chosen.reader)
    else:
        opened = Session.of_index(index_of(chosen), chosen.reader)
    with opened as session:
        if options.json:
            print_json(info_json(session), indent=2 if sys.stdout.isatty() else None)
        else:
            print(show_info(session))
    return OK
