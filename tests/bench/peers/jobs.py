"""A job of the driver, run in a peer's environment as a process of its own, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from environments import CHECKOUT, HERE, Environment
from plan import K, Peer

LIMIT = 3 * 3600.0  # seconds that one job may take
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "TOKENIZERS_PARALLELISM": "true",
    "TQDM_DISABLE": "1",
    "CUDA_VISIBLE_DEVICES": "",
}
_COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS")
_KEYS = ("OPENAI_API_KEY", "PYTHONPATH", "PYTHONHOME")  # nothing of the caller's reaches a peer


def environment_of(threads: int) -> dict[str, str]:
    """Return the variables that a job runs under."""
    inherited = {name: value for name, value in os.environ.items() if name not in _KEYS}
    parallel = {} if threads > 1 else {"TOKENIZERS_PARALLELISM": "false"}
    return {**inherited, **OFFLINE, **parallel, **dict.fromkeys(_COUNTS, str(threads))}


class Jobs:
    """Runs the jobs of one peer. `model` is the folder of another encoder, for Sourcier alone."""

    def __init__(self, peer: Peer, environment: Environment, work: Path, model: Path | None) -> None:
        self._peer, self._environment, self._work, self._model = peer, environment, work, model
        self.commands: dict[str, dict[str, Any]] = {}
        """The last command of each kind, and the job in its file."""

    def run(self, command: str, threads: int, folder: Path, **asked: object) -> dict[str, Any]:
        """Run a job; return what it told, with the seconds of the whole process and of its children.

        :return: `no` with a reason, if it could not; also `failed`, if that was not foreseen.
        """
        place = self._work / "jobs" / self._peer.name
        place.mkdir(parents=True, exist_ok=True)
        out, written, log = place / "told.json", place / "job.json", place / f"{command}.log"
        out.unlink(missing_ok=True)
        adapter = HERE / "adapters" / self._peer.adapter
        job = {"command": command, "adapter": adapter, "folder": folder, "threads": threads, "model": self._model}
        text = json.dumps({**job, "k": K, "out": out, **asked}, default=str)
        written.write_text(text, "utf-8")
        argv = [str(self._environment.python), "-P", str(HERE / "driver.py"), str(written)]
        with log.open("wb") as said:
            began = time.perf_counter()
            process = subprocess.Popen(
                argv, env=environment_of(threads), cwd=place, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
            wall, cpu, code = _waited(process, began)
        self.commands[command] = {"command": self._short(" ".join(argv)), "job": json.loads(self._short(text))}
        if not out.is_file():
            last = (log.read_text("utf-8", "replace").strip().splitlines() or ["no message"])[-1]
            return {"no": f"the process ended with {code}: {last[:300]}", "failed": True}
        told: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return {**told, "wall": wall, "cpu": cpu, "load": os.getloadavg()[0]}

    def _short(self, text: str) -> str:
        return text.replace(str(self._work), "WORK").replace(str(CHECKOUT), ".")


def _waited(process: subprocess.Popen[bytes], began: float) -> tuple[float, float, int]:
    """Return the seconds until a process ends, those of CPU with its children's, and its exit code."""
    timer = threading.Timer(LIMIT, process.kill)
    timer.start()
    try:
        _, status, spent = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        timer.cancel()
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return wall, spent.ru_utime + spent.ru_stime, process.returncode
