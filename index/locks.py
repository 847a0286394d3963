"""Who builds an index, and who reads a generation of it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import IndexBusyError, IndexFolderError

try:
    import fcntl
except ImportError:  # Windows lets nobody remove a file that is open
    fcntl = None  # type: ignore[assignment]

_LOCK, _HOLDER = "lock", "builder"
_LOCK_SECONDS = 10.0
_HOLDER_SHOWN = 200


@contextmanager
def build_lock(index: Path) -> Iterator[None]:
    """Hold the right to build; another build waits a little, then gives up. A builder that dies holds nothing.

    :raises IndexBusyError: if another build still holds it after ten seconds; names it.
    :raises IndexFolderError: if the index folder cannot be written.
    """
    lock = FileLock(index / _LOCK, timeout=_LOCK_SECONDS)
    holder = index / _HOLDER
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        told = f"another build ({_told(holder)}) is writing {index}: wait for it to end, then try again"
        raise IndexBusyError(told) from None
    except (OSError, NotImplementedError) as error:  # the latter where a file system knows no locks
        raise unwritable(index, error) from error
    try:
        with contextlib.suppress(OSError):  # a full disk is told by what matters
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()}\n", "utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _told(holder: Path) -> str:
    try:
        return " ".join(holder.read_text("utf-8").split())[:_HOLDER_SHOWN] or "of an unknown process"
    except (OSError, ValueError):
        return "of an unknown process"


class Lease:
    """Keeps a generation from being removed while it is read; a reader that dies lets go of it.

    :param path: a file of the generation.
    :raises OSError: if it cannot be opened, or is being removed.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)
        try:
            _lock(self._file, exclusive=False)
        except BlockingIOError:
            self.close()
            raise

    def close(self) -> None:
        """Let go."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


@contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Say whether nobody reads the generation of a file, and see to it that nobody begins to."""
    if fcntl is None:
        yield True
        return
    try:
        file = os.open(path, os.O_RDWR)  # NFS lets nobody lock what he may not write
    except FileNotFoundError:  # never sealed
        yield True
        return
    except OSError:
        yield False
        return
    try:
        _lock(file, exclusive=True)
        free = True
    except BlockingIOError:
        free = False
    try:
        yield free
    finally:
        os.close(file)


def _lock(file: int, exclusive: bool) -> None:
    """Lock a file until it is closed.

    :raises BlockingIOError: if another has a lock that is in the way. A file system without locks has none.
    """
    if fcntl is None:
        return
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return


def unwritable(index: Path, error: Exception) -> IndexFolderError:
    """Return the error that says that an index cannot be written."""
    reason = getattr(error, "strerror", None) or error
    return IndexFolderError(f"cannot write the index at {index} ({reason}): choose another folder for it with -i")
