"""Runs one job of one peer, in the peer's own environment, and measures it from within: `python -P driver.py JOB.json`.

Nothing but the standard library is imported here, so that peers differ in their adapters
alone. An adapter is a file with a class `Peer`:

    modes   the ways it can be asked, its best first
    notes   what a reader of the figures should know of how it is set up
    load(model, asking)                 imports the library and loads the model; counted as start-up
    prepare(paragraphs, folder)         optional: what a user has before indexing starts; never measured
    index(paragraphs, folder)           writes the index of paragraphs (id, text, language) into an empty folder
    open(folder)                        opens such an index
    search(question, language, k, mode) returns the ids of the k best paragraphs, best first
                                        (no adapter uses the question's language so far)

What it cannot do, it says by `NotImplementedError`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

Job = dict[str, Any]
Told = dict[str, Any]


def main() -> None:
    """Run the job, and write what it tells, be it a failure, into the file that the job names."""
    job: Job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    pin(job["threads"])
    try:
        told = COMMANDS[job["command"]](job)
    except NotImplementedError as error:
        told = {"no": str(error)}
    except Exception as error:
        traceback.print_exc()
        first = (str(error).strip() or "no message").splitlines()[0]
        told = {"no": f"{type(error).__name__}: {first[:300]}", "failed": True}
    Path(job["out"]).write_text(json.dumps(told), "utf-8")


def prepare(job: Job) -> Told:
    """Write what a user has before indexing starts."""
    peer = load_peer(job)
    if hasattr(peer, "prepare"):
        peer.prepare(read_lines(job["paragraphs"]), Path(job["folder"]))
    return {"modes": list(peer.modes), "notes": list(peer.notes)}


def index(job: Job) -> Told:
    """Index the paragraphs; `start_*` is until the model is loaded, `index_*` what follows."""
    paragraphs = read_lines(job["paragraphs"])
    peer = load_peer(job)
    peer.load(job["model"], asking=False)
    share_out(job["threads"])
    start_wall, start_cpu = time.perf_counter() - BEGAN, cpu_seconds()
    peer.index(paragraphs, Path(job["folder"]))
    return {
        "start_wall": start_wall,
        "start_cpu": start_cpu,
        "index_wall": time.perf_counter() - BEGAN - start_wall,
        "index_cpu": cpu_seconds() - start_cpu,
        "peak_bytes": peak_bytes(),
        "disk_bytes": sum(path.stat().st_size for path in Path(job["folder"]).rglob("*") if path.is_file()),
    }


def warm(job: Job) -> Told:
    """Ask questions one at a time, the first few unmeasured."""
    questions = read_lines(job["questions"])
    peer = opened(job)
    open_wall = time.perf_counter() - BEGAN
    seconds = []
    for number, question in enumerate(questions):
        began = time.perf_counter()
        found = peer.search(question["text"], question["language"], job["k"], job["mode"])
        if number >= job["warm_up"]:
            seconds.append(time.perf_counter() - began)
        if not isinstance(found, list):
            raise TypeError(f"search returned {type(found).__name__}, want a list of ids")
    seconds.sort()
    return {
        "p50_ms": 1e3 * quantile(seconds, 0.5),
        "p95_ms": 1e3 * quantile(seconds, 0.95),
        "questions": len(seconds),
        "open_wall": open_wall,
        "peak_bytes": peak_bytes(),
    }


def cold(job: Job) -> Told:
    """Answer one question; the caller measures the whole process."""
    question = read_lines(job["questions"])[0]
    found = opened(job).search(question["text"], question["language"], job["k"], job["mode"])
    return {"found": len(found), "peak_bytes": peak_bytes()}


def rank(job: Job) -> Told:
    """Return the ids found for every question, by mode."""
    questions = read_lines(job["questions"])
    peer = opened(job)
    return {
        "found": {
            mode: [peer.search(each["text"], each["language"], job["k"], mode) for each in questions]
            for mode in job["modes"]
        }
    }


COMMANDS: dict[str, Callable[[Job], Told]] = {
    "prepare": prepare,
    "index": index,
    "warm": warm,
    "cold": cold,
    "rank": rank,
}


def load_peer(job: Job) -> Any:
    """Return the peer of the adapter's file, which is loaded under a name that hides no library."""
    path = Path(job["adapter"])
    spec = importlib.util.spec_from_file_location(f"adapter_of_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no adapter at {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Peer()


def opened(job: Job) -> Any:
    """Return the peer with its model loaded and its index open."""
    peer = load_peer(job)
    peer.load(job["model"], asking=True)
    share_out(job["threads"])
    peer.open(Path(job["folder"]))
    return peer


def pin(threads: int) -> None:
    """Keep the process on as many cores as it has threads, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def share_out(threads: int) -> None:
    """Tell torch how many threads it has, if the adapter brought it in."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)


def cpu_seconds() -> float:
    """Return the user and system seconds of this process, and of its children that have ended."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in spent)


def peak_bytes() -> int:
    """Return the most memory that this process ever held.

    On Linux `ru_maxrss` also remembers the process that this one was forked from, and VmHWM does not.
    """
    with contextlib.suppress(OSError), Path("/proc/self/status").open() as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def quantile(ordered: list[float], share: float) -> float:
    """Return a quantile of values in ascending order, between neighbours in proportion."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def read_lines(path: str) -> list[dict[str, str]]:
    """Return the objects of a file that has one on each line."""
    with Path(path).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


if __name__ == "__main__":
    BEGAN = time.perf_counter()
    main()
