"""Files that an evaluation is written into: checked before anything is measured for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from index.errors import UsageError


def check_output(path: Path) -> None:
    """Check that a file can be written there.

    :raises UsageError: if it is a folder, or its folder is not there.
    """
    if path.is_dir():
        raise UsageError(f"cannot write {path} (it is a folder): give a file")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path} (no such folder): give a file in a folder that is there")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write some lines as UTF-8.

    :raises UsageError: if they cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give a file in a folder that is there") from error
