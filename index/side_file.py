"""Small JSON files that others keep in an index folder, beside its generations. Builds leave them as they are."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError


def read_side(index: Path, name: str) -> object:
    """Return what a file holds, or None if there is none.

    :raises ValueError: if it cannot be read, or is no JSON.
    """
    try:
        told: object = json.loads((index / name).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    return told


def write_side(index: Path, name: str, told: Mapping[str, Any]) -> Path:
    """Write a file in one rename: a kill at any moment leaves the old one, or none.

    :return: where it is.
    :raises IndexFolderError: if the index folder cannot be written.
    """
    path = index / name
    beside = index / f"{name}.{secrets.token_hex(4)}.new"
    try:
        with beside.open("x", encoding="utf-8") as file:
            json.dump(told, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return path


def remove_side(index: Path, name: str) -> bool:
    """Remove a file; return whether there was one.

    :raises IndexFolderError: if the index folder cannot be written.
    """
    try:
        (index / name).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unwritable(index / name, error) from error
    return True


def check_writable(index: Path) -> None:
    """Say at once what a write would say at its end.

    :raises IndexFolderError: if the index folder cannot be written.
    """
    try:
        with tempfile.TemporaryFile(dir=index):
            pass
    except OSError as error:
        raise _unwritable(index, error) from error


def _unwritable(path: Path, error: OSError) -> IndexFolderError:
    return IndexFolderError(f"cannot write {path} ({error.strerror or error}): keep the index elsewhere, by -i")
