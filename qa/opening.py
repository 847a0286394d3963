"""What several commands begin and end with: the folder and index that are meant, a session, JSON printed."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import FolderError, IndexBusyError, IndexMissingError, UsageError
from qa.notices import progress_bar, warn_built, warn_set_aside, warn_unfitted, warn_unfitted_reader
from qa.settings import Settings, settings

if TYPE_CHECKING:
    from index.stores import MilvusStore
    from qa.session import Session


@contextmanager
def session_of(options: Namespace) -> Iterator[Session]:
    """Open what --store names as it stands; or else what FOLDER and -i do, up to date unless the folder is gone."""
    chosen = settings(options)
    opened = _of_store(options, chosen) if chosen.store else _of_folder(options, chosen)
    with opened as session:
        if not session.fitted:
            warn_unfitted(session.index.encoder.name)
        if session.reader.identity != session.weights.reader and session.calibration is None:
            warn_unfitted_reader(session.reader_name)
        if session.set_aside and options.command != "calibrate":  # which makes another
            warn_set_aside(session.set_aside)
        yield session


def _of_store(options: Namespace, chosen: Settings) -> Session:
    from qa.session import Session

    if options.model is not None:
        raise UsageError("an index in a store says itself which model built it: leave --model out")
    with closing(store_of_settings(chosen)) as store:
        return Session.of_store(store, chosen.reader)


def _of_folder(options: Namespace, chosen: Settings) -> Session:
    from qa.session import Session

    folder = folder_of(chosen)
    if chosen.folder is None and chosen.index is not None and not folder.is_dir():
        print(f"sourcier: {folder} is gone: answering from the index as it stands", file=sys.stderr)
        opened = Session.of_index(chosen.index, chosen.reader)
    else:
        with progress_bar("indexing") as progress:
            try:
                opened = Session.of_folder(folder, chosen.index, chosen.model, progress, chosen.reader)
            except IndexBusyError as error:
                if options.command != "serve":  # which changes over to what is being built
                    raise
                opened = _as_it_stands(chosen, error)
        if opened.report and opened.report.rebuilt:
            warn_built(opened.report)
    return opened


def _as_it_stands(chosen: Settings, busy: IndexBusyError) -> Session:
    """Open an index that another process is building anew.

    :raises IndexBusyError: if there is none yet.
    """
    from qa.session import Session

    try:
        opened = Session.of_index(index_of(chosen), chosen.reader)
    except IndexMissingError:
        raise busy from None
    print(f"sourcier: {busy} (until then, answers are from the index as it stands)", file=sys.stderr)
    return opened


def store_of_settings(chosen: Settings, part: str | None = None) -> MilvusStore:
    """Return the store that is named, not connected yet.

    :param part: the part of the articles that it will be given, as `i/n`.
    :raises UsageError: if it is no address, or that is no part.
    """
    from index.stores import store_of

    return store_of(str(chosen.store), part)


def folder_of(chosen: Settings) -> Path:
    """Return the folder of articles; that of the index, where only an index is named."""
    if chosen.folder is not None:
        return chosen.folder
    if chosen.store is not None:
        raise UsageError("no folder given: name the folder of articles that the store is to hold")
    if chosen.index is None:
        raise UsageError("no folder given, and there is no `seeds` here: name the folder of articles")
    from index.store import read_current

    return read_current(chosen.index).folder


def index_of(chosen: Settings) -> Path:
    """Return the index folder: the one named, or else that of the folder; of a store, where its side files are."""
    from index.store import default_index

    if chosen.index is not None:
        return chosen.index
    if chosen.store is not None:
        return store_of_settings(chosen).side
    folder = folder_of(chosen)
    if not folder.is_dir():
        raise FolderError(f"no folder at {folder}: check the path")
    return default_index(folder)


def print_json(told: Mapping[str, Any], indent: int | None) -> None:
    """Print an object on standard output."""
    escape = (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"  # a console that knows fewer letters
    print(json.dumps(told, ensure_ascii=escape, indent=indent))
