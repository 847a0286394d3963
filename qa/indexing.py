"""`sourcier index`: the index of a folder built, brought up to date, kept so while the folder changes, or repaired."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from index.build import bring_up_to_date, repair
from index.errors import IndexFolderError, IndexMissingError, SourcierError, UsageError
from index.store import default_index, open_current
from index.types import BuildReport
from qa.notices import progress_bar, warn, warn_built
from qa.opening import folder_of, store_of_settings
from qa.settings import Settings, settings

if TYPE_CHECKING:
    from index.stores import MilvusStore


def index(options: Namespace) -> int:
    """Build the index of a folder, or bring it up to date."""
    chosen = settings(options)
    if options.rebuild and options.repair:
        raise UsageError("--rebuild starts afresh, --repair keeps what is intact: give one of them")
    if chosen.store:
        return _index_store(options, chosen)
    if options.part is not None:
        raise UsageError("--part is of an index that many machines write: name it with --store")
    folder = folder_of(chosen)
    where = chosen.index or default_index(folder)
    if options.repair:
        _tell_damage(where)
    with progress_bar("indexing") as progress:
        if options.repair:
            report = repair(folder, chosen.index, chosen.model, progress)
        else:
            report = bring_up_to_date(folder, chosen.index, chosen.model, options.rebuild, progress)
    _tell(report, where)
    if options.watch:
        from qa.watch import watch

        warn(f"following {folder}: Ctrl-C ends it")
        with contextlib.suppress(KeyboardInterrupt):
            watch(_Indexed(folder.resolve(), where), Event())
    return 0


def _index_store(options: Namespace, chosen: Settings) -> int:
    """Write a folder, or a part of one, to the store that is named."""
    if options.repair:
        raise UsageError("--repair mends an index folder: give --rebuild to write a store afresh")
    if options.watch:
        raise UsageError("--watch is of an index folder: run `sourcier index` again when the articles have changed")
    with contextlib.closing(store_of_settings(chosen, options.part)) as store, progress_bar("indexing") as progress:
        report = store.build(folder_of(chosen), chosen.model, options.rebuild, progress)
    _tell(report, store)
    return 0


def _tell(report: BuildReport, where: Path | MilvusStore) -> None:
    warn_built(report)
    done = "up to date"
    if report.added or report.changed or report.removed:
        done = f"{report.added} added, {report.changed} changed, {report.removed} removed"
    if report.skipped:
        done += f", {len(report.skipped)} skipped"
    told = f"version {report.version} in {where}"
    if report.waiting and not isinstance(where, Path):
        missing = ", ".join(map(str, report.waiting))
        told = f"part {where.part} written to {where}, which answers as before until these are: {missing}"
    print(f"{report.documents} articles, {report.passages} passages ({done}); {told}")
    sys.stdout.flush()


def _tell_damage(where: Path) -> None:
    try:
        open_current(where, large=None)
        warn(f"no damage in the index at {where}: it is built anew, from what stands")
    except IndexMissingError:
        warn(f"no index at {where}: it is built from what is left of one, if anything is")
    except IndexFolderError as error:
        warn(str(error).partition("; run")[0])


@dataclass(frozen=True, slots=True)
class _Refreshed:
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Indexed:
    """An index that is brought up to date whenever its folder changes; each build that did something is told."""

    folder: Path
    index: Path

    def refresh(self) -> _Refreshed:
        """Bring the index up to date; a failure leaves the one before, and is told."""
        try:
            report = bring_up_to_date(self.folder, self.index)
        except SourcierError as error:
            return _Refreshed(str(error))
        except OSError as error:
            return _Refreshed(f"cannot bring the index at {self.index} up to date ({error.strerror or error})")
        if report.rebuilt:
            _tell(report, self.index)
        return _Refreshed()
