"""Builds that are killed or made to fail, in processes of their own: what `test_crash` forks."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from types import BuiltinFunctionType, FrameType
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from index import collect
from index.build import bring_up_to_date, repair
from index.chunking import _splitter
from index.encoder import embedded
from index.errors import SourcierError
from index.language import _model
from index.libraries import versions
from index.locks import build_lock

REFUSED = 3  # the exit code of a build that told why it failed
_ON_DISK = {
    *("connect", "execute", "executescript", "commit", "close"),  # sqlite3
    *("open", "write", "flush", "fsync", "replace", "rename", "mkdir", "chmod", "unlink", "rmdir", "flock"),
    *("writer", "add_document", "wait_merging_threads", "write_index"),
}

embedded().encode_passages([f"what every child would load anew {embedded().identity}"])
_model()
_splitter(700)
versions()


def build(folder: Path, index: Path, repairing: bool = False) -> None:
    """Bring an index up to date, and exit by how it went."""
    try:
        repair(folder, index) if repairing else bring_up_to_date(folder, index)
    except (SourcierError, OSError) as error:  # the command tells both on one line
        sys.exit(REFUSED if "\n" not in str(error) else 1)


def build_with_a_fault(folder: Path, index: Path, step: int, fault: str, told: Connection | None = None) -> None:
    """Build; at a step that touches the disk, be killed or let it fail. Tells at the end how many steps there were."""
    steps = 0

    def profile(_: FrameType, event: str, called: Any) -> None:
        nonlocal steps
        if event != "c_call" or called.__name__ not in _ON_DISK or isinstance(called.__self__, str):
            return
        steps += 1
        if steps == step and fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if steps == step:
            raise _error(called, fault)

    sys.setprofile(profile)
    try:
        build(folder, index)
    finally:
        sys.setprofile(None)
        if told:
            told.send(steps)


def build_in_small_steps(
    folder: Path, index: Path, read: Path, step: int, told: Connection | None = None, kill: str = "kill"
) -> None:
    """Build as `build_with_a_fault` does, of what is done a little being made safe at a time; note the files read."""
    collect._BATCH, collect._COPIED, collect._COMMIT = 2, 2, 4
    real = collect.read_bytes

    def read_bytes(folder: Path, source: str) -> bytes:
        with read.open("a") as file:
            file.write(f"{source}\n")
        return real(folder, source)

    collect.read_bytes = read_bytes
    build_with_a_fault(folder, index, step, kill, told)


def _error(called: Any, fault: str) -> Exception:
    number = getattr(errno, fault)
    if isinstance(called, BuiltinFunctionType) and isinstance(called.__self__, sqlite3.Connection):
        return sqlite3.OperationalError("database or disk is full" if fault == "ENOSPC" else "disk I/O error")
    if called.__name__ in ("writer", "add_document", "wait_merging_threads"):
        return ValueError(os.strerror(number))
    return OSError(number, os.strerror(number), "a file")


def build_with_small_files(folder: Path, index: Path, size: int) -> None:
    """Build where no file may be larger than so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    build(folder, index)


def build_when_told(folder: Path, index: Path, ready: Connection) -> None:
    """Say that all is loaded, then build."""
    ready.send(True)
    build(folder, index)


def hold_the_lock(index: Path, ready: Connection) -> None:
    """Hold the right to build until killed."""
    with build_lock(index):
        ready.send(True)
        signal.pause()


def build_many(folder: Path, index: Path, times: int) -> None:
    """Let every article say another number, and build; many times."""
    for number in range(1, times + 1):
        write_numbered(folder, number)
        bring_up_to_date(folder, index)


def write_numbered(folder: Path, number: int) -> None:
    """Write articles that all say one number."""
    for name in "abcde":
        (folder / f"{name}.txt").write_text(f"L'état est le numéro {number}. " * (10 * number % 37 + 1))
