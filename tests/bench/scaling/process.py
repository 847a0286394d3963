"""Steps in processes of their own, so that time and memory are those of the step alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaling.errors import ScaleError

SCALE = Path(__file__).parents[1] / "scale.py"
PROGRESS = "progress"  # a line of a step's output that is no result begins so


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it took: of seconds on the clock and of CPU, and of memory at its peak."""

    status: int
    output: str
    wall_s: float
    cpu_s: float
    peak_bytes: int


def run(command: Sequence[str], watch: Callable[[str], bool] | None = None) -> Ended:
    """Run a command to its end, or kill it once `watch` says so of a line of its output.

    The peak is no less than this process's own, which therefore loads nothing large.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdout
    lines = []
    with process.stdout:
        for line in process.stdout:
            lines.append(line)
            if watch and watch(line):
                process.send_signal(signal.SIGKILL)
                watch = None
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(process.returncode, "".join(lines), wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)


def step_command(step: str, given: Mapping[str, object]) -> list[str]:
    """Return the command that runs a step by itself."""
    return [sys.executable, str(SCALE), "step", step, json.dumps(given, default=str)]


def run_step(step: str, **given: object) -> dict[str, Any]:
    """Run a step, and return what it tells with what its process took.

    :raises ScaleError: if it failed.
    """
    ended = run(step_command(step, given))
    if ended.status:
        raise ScaleError(f"the step {step} failed with {ended.status}: its error stands above")
    took = {"process_wall_s": ended.wall_s, "process_cpu_s": ended.cpu_s, "peak_bytes": ended.peak_bytes}
    return {**json.loads(ended.output.splitlines()[-1]), **took}


def forget(folder: Path) -> bool:
    """Let the system drop what it keeps of a folder's files in memory, so that they are read from disk.

    :return: whether this system can.
    """
    if not hasattr(os, "posix_fadvise"):
        return False
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
    return True
