"""A folder that is asked while it changes: each answer is of one state of it, and the next may be of a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, Lock, Thread

from index.build import Progress
from index.errors import IndexFolderError, IndexMissingError, IndexStoreError, SourcierError
from index.store import Manifest
from index.stores import LocalStore, Store
from index.types import BuildReport
from qa.builds import BuildState, Tally
from qa.session import Session


@dataclass(slots=True)
class _Shared:
    """A session, and how many use it. Once retired it gets no more, and is closed by the last."""

    session: Session
    users: int = 0
    retired: bool = False

    def retire(self) -> bool:
        """Give it no more users; return whether it has none, and is to be closed."""
        self.retired = True
        return not self.users

    def leave(self) -> bool:
        """Count one user less; return whether it was the last one, and it is to be closed."""
        self.users -= 1
        return self.retired and not self.users


class LiveSession:
    """An open session that is replaced by a newer one when its folder changes, or another process has built one.

    Safe to share between threads. An answer under way keeps the session that it began with;
    that one is closed when its last user is done.

    :param store: where its index is kept, and closed with this; by default the index folder. One that is shared is
        never built by this.
    """

    def __init__(self, session: Session, store: Store | None = None) -> None:
        self.store: Store = store or LocalStore(session.index.side)
        self._trouble: str | None = None
        self._shared = _Shared(session)
        self._state = BuildState(report=session.report)
        self._ended_as = self._state
        self._tally = Tally().and_build(session.report) if session.report else Tally()
        self._changed = Condition()  # guards everything here; woken when a run ends
        self._changing = Lock()  # or an older generation could take the place of a newer one
        self._running = False
        self._begun = self._ended = 0  # runs
        self._soon = False  # a run was asked for, and none has begun since
        self._closed = False

    @classmethod
    def of_folder(
        cls,
        folder: Path,
        index: Path | None = None,
        model: str | None = None,
        progress: Progress | None = None,
        reader: str | None = None,
    ) -> LiveSession:
        """Bring the index of a folder up to date, and open it.

        :raises SourcierError: as `Session.of_folder` does.
        """
        return cls(Session.of_folder(folder, index, model, progress, reader))

    @property
    def folder(self) -> Path:
        """The folder of articles."""
        return self._shared.session.index.folder

    @property
    def index(self) -> Path:
        """The folder of this machine where what belongs to the index is kept: the index folder, if there is one."""
        return self.store.side

    @property
    def kept(self) -> Path:
        """The same, and made if need be, to write to."""
        if self.store.shared:
            with suppress(OSError):  # whoever writes tells it
                self.index.mkdir(parents=True, exist_ok=True)
        return self.index

    @property
    def state(self) -> BuildState:
        """How bringing the index up to date stands."""
        return self._state

    @property
    def tally(self) -> Tally:
        """What the builds came to so far, that before this was opened included."""
        return self._tally

    @property
    def manifest(self) -> Manifest | None:
        """What the generation that is asked says of itself; None once this is closed."""
        return None if self._closed else self._shared.session.index.generation.manifest

    @property
    def trouble(self) -> str | None:
        """Why the store that keeps the index could not be asked when it last was; None if it could."""
        return self._trouble

    @property
    def busy(self) -> bool:
        """Whether a build is under way, or is about to begin."""
        with self._changed:
            return self._running or self._soon

    @contextmanager
    def lease(self) -> Iterator[Session]:
        """Give the session of now, which stays open until the block ends.

        :raises IndexFolderError: if this was closed.
        """
        with self._changed:
            if self._closed:
                raise self._closed_error()
            shared = self._shared
            shared.users += 1
        try:
            yield shared.session
        except IndexStoreError as error:
            self._trouble = str(error)
            raise
        finally:
            with self._changed:
                unused = shared.leave()
            if unused:
                shared.session.close()

    def refresh(self) -> BuildState:
        """Bring the index up to date, and answer from it from now on. Calls that come meanwhile wait for one more.

        :return: how it ended; a failure is told there, and leaves everything as it was.
        """
        with self._changed:
            wanted = self._begun + 1
        return self._run_or_wait(wanted)

    def reopen(self) -> None:
        """Answer from the live generation, if that is another by now: a process elsewhere may have built it.

        A build under way here is left to do so itself.

        :raises IndexFolderError: if it cannot be opened; the one before it is still asked.
        """
        with self._changed:
            if self._running or self._closed:
                return
        self._take_over(None)

    def refresh_soon(self) -> None:
        """Do the same in the background."""
        with self._changed:
            if self._soon or self._closed:
                return
            self._soon = True
            wanted = self._begun + 1
        Thread(target=self._run_or_wait, args=(wanted,), name="sourcier-refresh", daemon=True).start()

    def close(self) -> None:
        """Let go of the index's files, as soon as nobody uses them. A build under way is broken off."""
        with self._changed:
            unused = not self._closed and self._shared.retire()
            self._closed = True
        if unused:
            self._shared.session.close()
        self.store.close()

    def __enter__(self) -> LiveSession:
        """Return this itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _run_or_wait(self, wanted: int) -> BuildState:
        """See to it that a run of a number, counted from 1, has ended; return how the last one did."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended >= wanted or not self._running)
            if self._ended >= wanted:
                return self._ended_as
            self._begun += 1
            self._running, self._soon = True, False
            self._state = replace(self._state, running=True, done=0, total=0, problem=None)
        ended = BuildState(problem="bringing the index up to date broke off", report=self._state.report)
        try:
            ended = self._run()
        finally:
            with self._changed:
                self._state = self._ended_as = ended
                if not self.store.shared:
                    self._tally = self._tally.and_build(None if ended.problem else ended.report)
                self._ended, self._running = self._begun, False
                self._changed.notify_all()
        return ended

    def _run(self) -> BuildState:
        """Build, and change over to what was built: by this, or by another process meanwhile."""
        try:
            self._progress(0, 0)
            built = None
            if not self.store.shared:
                built = self.store.build(self.folder, self._model(), progress=self._progress)
            self._take_over(built)
            return BuildState(report=built)
        except SourcierError as error:
            return BuildState(problem=str(error), report=self._state.report)
        except OSError as error:
            why = f"cannot bring the index at {self.index} up to date ({error.strerror or error})"
            return BuildState(problem=f"{why}: the one before it is still asked", report=self._state.report)

    def _take_over(self, report: BuildReport | None) -> None:
        """Change over to the live generation, if it is not the one asked.

        :param report: that of the build that made it, if this process did.
        """
        with self._changing:
            try:
                if self.store.current() != self._shared.session.index.generation:
                    self._change_over(report)
            except IndexStoreError as error:
                self._trouble = str(error)
                raise
            self._trouble = None

    def _change_over(self, report: BuildReport | None) -> None:
        opened = self.store.open()
        try:
            session = Session(opened, report, reader=self._shared.session.reader)
        except BaseException:
            opened.close()
            raise
        with self._changed:
            if self._closed:
                unused: Session | None = session
            else:
                unused = self._shared.session if self._shared.retire() else None
                self._shared = _Shared(session)
                self._state = replace(self._state, report=report)
                self._tally = replace(self._tally, changed_over=self._tally.changed_over + 1)
        if unused:
            unused.close()

    def _model(self) -> str | None:
        """Return the encoder to build with: the index's own, also where the index was removed."""
        try:
            self.store.current()
        except IndexMissingError:
            return self._shared.session.index.encoder.name
        except IndexFolderError:
            pass  # the build tells it
        return None

    def _progress(self, done: int, total: int) -> None:
        with self._changed:
            if self._closed:
                raise self._closed_error()
            self._state = replace(self._state, done=done, total=total)

    def _closed_error(self) -> IndexFolderError:
        return IndexFolderError(f"the index at {self.index} is closed: open it again")
