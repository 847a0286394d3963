"""Follows a folder: an article that comes, changes or goes is soon in the answers, or gone from them."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from threading import Event
from typing import Protocol

from index.formats import READERS
from qa.background import in_background
from qa.notices import warn

_TICK_MS = 1_000  # without a change: look whether the folder is still the one followed
_QUIET_MS = 200  # without another change: take those that came
_MOST_MS = 2_000  # take them then, whatever still comes
_RETRY_SECONDS = 3.0


class Refreshed(Protocol):
    """How bringing an index up to date went."""

    @property
    def problem(self) -> str | None:
        """One line for a user, where it failed."""


class Refreshable(Protocol):
    """What follows a folder, such as a live session."""

    @property
    def folder(self) -> Path:
        """The folder of articles."""

    @property
    def index(self) -> Path:
        """The index folder."""

    def refresh(self) -> Refreshed:
        """Bring the index up to date."""


def watch(live: Refreshable, stop: Event) -> None:
    """Refresh whenever an article of the folder changes, until `stop` is set.

    While the folder is gone, cannot be read or cannot be followed, that is told once, and tried again.
    """
    follower = _Follower(live, stop)
    while not stop.is_set():
        if not follower.follow():
            stop.wait(_RETRY_SECONDS)


def watching(live: Refreshable) -> AbstractContextManager[None]:
    """Follow the folder in the background until the block ends."""
    return in_background(partial(watch, live), "sourcier-watch")


class _Follower:
    """Follows a folder as long as it is the same one, and tells each trouble once."""

    def __init__(self, live: Refreshable, stop: Event) -> None:
        self._live, self._stop = live, stop
        self._folder, self._index = live.folder, os.path.realpath(live.index)
        self._told: str | None = None

    def follow(self) -> bool:
        """Follow the folder until it is to stop or it must be followed anew; return whether it could be."""
        from watchfiles import watch as changes_in

        followed = _identity(self._folder)
        if followed is None:
            self._refresh()  # tells why
            return False
        behind = True  # by what changed before the first look
        try:
            for changes in changes_in(
                self._folder,
                watch_filter=None,  # else nothing is heard while only other files change
                debounce=_MOST_MS,
                step=_QUIET_MS,
                rust_timeout=_TICK_MS,
                yield_on_timeout=True,
                stop_event=self._stop,
                ignore_permission_denied=True,
            ):
                if behind or any(self._matters(Path(path), change.raw_str()) for change, path in changes):
                    failed_before, behind = self._told is not None, not self._refresh()
                    if failed_before and not behind:
                        return True  # what could not be read could not be followed either
                if _identity(self._folder) != followed:
                    return True
        except (OSError, RuntimeError) as error:  # the latter is how watchfiles tells what it has no word for
            self._tell(f"cannot follow {self._folder} ({error}): WATCHFILES_FORCE_POLLING=1 looks for changes itself")
            return False
        return True

    def _refresh(self) -> bool:
        problem = self._live.refresh().problem
        self._tell(problem)
        return problem is None

    def _tell(self, trouble: str | None) -> None:
        if trouble and trouble != self._told and not self._stop.is_set():
            warn(trouble)
        self._told = trouble

    def _matters(self, path: Path, change: str) -> bool:
        """Say whether a change may be one of an article, or of a folder of articles."""
        try:
            parts = path.relative_to(self._folder).parts
        except ValueError:
            return True
        if any(part.startswith(".") for part in parts) or Path(os.path.realpath(path)).is_relative_to(self._index):
            return False
        return change != "modified" or path.suffix.lower() in READERS or path.is_dir()


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from another that was put in its place, or None if there is none."""
    try:
        seen = folder.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino
