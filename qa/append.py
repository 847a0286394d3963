"""One line more at the end of a JSONL file, so that nothing that stands there is ever lost."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def json_line(told: Mapping[str, Any]) -> bytes:
    """Return an object as a line of JSONL."""
    return (json.dumps(told, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def append_line(path: Path, line: bytes, most: int | None = None, private: bool = False) -> None:
    """Write a line at the end of a file, made if missing, and return when it is on disk.

    It goes out in one piece, so that other processes may append to the same file; a last
    line that ends without a line end, such as one that a crash has torn, is ended first. So an
    empty line may come between two that are written at once: readers pass over it.

    :param line: as `json_line` gives it.
    :param most: bytes that the file may come to hold.
    :param private: whether a file that is made is for its owner alone.
    :raises OSError: if it cannot be written; `EFBIG` if it would hold more than `most`.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags, 0o600 if private else 0o666)
    try:
        size = os.fstat(file).st_size
        if most is not None and size + len(line) > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        if size:
            os.lseek(file, -1, os.SEEK_END)
            line = line if os.read(file, 1) == b"\n" else b"\n" + line
        if os.write(file, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(file)
    finally:
        os.close(file)
