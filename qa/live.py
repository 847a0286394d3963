"""A folder that is asked while it changes: each answer is of one state of it, and the next may be of a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from index.types import BuildReport
from qa.session import Session


@dataclass(frozen=True, slots=True)
class BuildState:
    """How bringing the index up to date stands: files done of all while it runs, then what came of it.

    `problem` is one line for a user, where the last build failed; the index before it is still the one asked.
    """

    running: bool = False
    done: int = 0
    total: int = 0
    problem: str | None = None
    report: BuildReport | None = None


class LiveSession:
    """An open session that is replaced by a newer one when its folder changes.

    Safe to share between threads. An answer under way keeps the session that it began with;
    that one is closed when its last user is done.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = Lock()
        self._state = BuildState()

    @property
    def folder(self) -> Path:
        """The folder of articles."""
        return self._session.index.folder

    @property
    def index(self) -> Path:
        """The index folder."""
        return self._session.index.generation.path.parent

    @property
    def state(self) -> BuildState:
        """How bringing the index up to date stands."""
        return self._state

    @contextmanager
    def lease(self) -> Iterator[Session]:
        """Give the session of now, which stays open until the block ends."""
        yield self._session

    def refresh(self) -> BuildState:
        """Bring the index up to date, and answer from it from now on. Calls that come meanwhile wait for one more.

        :return: how it ended; a failure is told there, and leaves everything as it was.
        """
        raise NotImplementedError

    def refresh_soon(self) -> None:
        """Do the same in the background."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the index's files."""
        self._session.close()
