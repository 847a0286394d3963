"""The results file: every cell is in it as soon as it is known."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from errors import BenchError

SCHEMA = 1
Cell = dict[str, Any]
"""`runs`, `ranks` or `no` with the reason; `input` tells what it was measured on."""


class Results:
    """What is known so far, and the file that holds it.

    :raises BenchError: if the file is there and is none of these.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.told: dict[str, Any] = {"schema": SCHEMA, "machine": {}, "runs_of_the_command": [], "cells": {}}
        if path.exists():
            self.told = read_results(path)
        elif not path.parent.is_dir():
            raise BenchError(f"cannot write {path} (no such folder): give a file in a folder that is there")

    def cell(self, name: str, known_input: str) -> Cell | None:
        """Return a cell that was measured on this input. One that failed unforeseen is to be measured again."""
        cell: Cell | None = self.told["cells"].get(name)
        return None if cell is None or cell.get("failed") or cell.get("input") != known_input else cell

    def put(self, name: str, cell: Cell) -> None:
        """Keep a cell, and write the file."""
        self.told["cells"][name] = cell
        self.write()

    def write(self) -> None:
        """Write the file anew, whole or not at all.

        :raises BenchError: if it cannot be written.
        """
        beside = self._path.with_name(f"{self._path.name}.part")
        try:
            beside.write_text(json.dumps(self.told, indent=1) + "\n", "utf-8")
            os.replace(beside, self._path)
        except OSError as error:
            raise BenchError(f"cannot write {self._path} ({error.strerror}): give another --out") from error


def read_results(path: Path) -> dict[str, Any]:
    """Read a results file.

    :raises BenchError: if it cannot be read, or is none.
    """
    try:
        told = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BenchError(f"cannot read {path} ({error.strerror}): give a file that the benchmark wrote") from error
    except ValueError as error:
        raise BenchError(f"{path} is no JSON ({error}): give a file that the benchmark wrote") from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA or not isinstance(told.get("cells"), dict):
        raise BenchError(f"{path} holds no results of schema {SCHEMA}: give another file, or remove this one")
    return told
