"""The processes that read files: started when first needed, replaced when one dies, ended when idle."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from index.errors import DocumentError
from index.formats.extracted import Extracted
from index.formats.worker import REPLY, REQUEST, SECONDS

_MOST = 2  # processes at a time
_IDLE_SECONDS = 20.0
_MAX_REPLY = 400_000_000
_AGAIN = "try again by `sourcier index FOLDER --rebuild`"  # else a refusal stands until the file changes
_ROOT = str(Path(__file__).parents[2])


class Worker:
    """A process that reads one file after another."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        paths = [entry for entry in sys.path if entry]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths if _ROOT in paths else [*paths, _ROOT]),
            "PYTHONHASHSEED": "0",  # the same text from the same bytes
        }
        # -P: the folder one happens to be in holds no modules
        command = [sys.executable, "-P", "-m", "index.formats.worker"]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
            )
        except OSError as error:
            raise DocumentError(f"could not be read: no reader can be started ({error.strerror}); {_AGAIN}") from error

    def ask(self, name: str, data: bytes) -> dict[str, Any] | None:
        """Return what the process says of a file, or None if it died over it.

        :raises TimeoutError: if it took too long, and was killed.
        """
        late = threading.Event()
        timer = threading.Timer(self._seconds, self._stop, (late,))
        timer.daemon = True
        timer.start()
        try:
            answer = self._ask(name.encode("ascii"), data)
            timer.cancel()
            if late.is_set():  # killed just after it had answered: it is gone before the next file comes
                self.kill()
            return answer
        except (OSError, ValueError, TypeError):  # it died while it was told; what it said is no answer
            self.kill()
            if late.is_set():
                raise TimeoutError from None
            return None
        except BaseException:  # an answer would now be taken for the next file's
            self.kill()
            raise
        finally:
            timer.cancel()

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def _stop(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _ask(self, name: bytes, data: bytes) -> dict[str, Any]:
        asked, told = self._process.stdin, self._process.stdout
        if not asked or not told:
            raise ValueError("the process has no pipes")
        asked.write(REQUEST.pack(len(name), len(data)) + name)
        asked.write(data)
        asked.flush()
        head = told.read(REPLY.size)
        size = REPLY.unpack(head)[0] if len(head) == REPLY.size else _MAX_REPLY + 1
        reply = told.read(size) if size <= _MAX_REPLY else b""
        answer = json.loads(reply)
        if not isinstance(answer, dict):
            raise TypeError("an answer is an object")
        return answer


_idle: list[Worker] = []
_lock = threading.Lock()
_places = threading.BoundedSemaphore(_MOST)
_ending: threading.Timer | None = None


def read_apart(name: str, data: bytes) -> Extracted:
    """Read a file in another process.

    :param name: the module of its format.
    :raises DocumentError: if it cannot be read, whatever becomes of the process.
    """
    with _places:
        worker = _taken()
        try:
            answer = worker.ask(name, data)
        except TimeoutError:
            raise DocumentError(f"could not be read in {SECONDS:.0f} seconds: split it, or {_AGAIN}") from None
        finally:
            _given_back(worker)
    if answer is None:
        raise DocumentError(f"could not be read: its reader died; save it in another format, or {_AGAIN}")
    if "error" in answer:
        raise DocumentError(str(answer["error"]))
    headings = tuple((int(start), int(end)) for start, end in answer.pop("headings"))
    return Extracted(**answer | {"headings": headings, "pages": tuple(map(int, answer["pages"]))})


def close() -> None:
    """End the processes that have nothing to do."""
    with _lock:
        idle = [_idle.pop() for _ in range(len(_idle))]
    for worker in idle:
        worker.kill()


def _taken() -> Worker:
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.alive:
                return worker
            worker.kill()
    return Worker()


def _given_back(worker: Worker) -> None:
    global _ending  # noqa: PLW0603
    if not worker.alive:
        return
    with _lock:
        _idle.append(worker)
        if _ending:
            _ending.cancel()
        _ending = threading.Timer(_IDLE_SECONDS, close)
        _ending.daemon = True
        _ending.start()


atexit.register(close)
