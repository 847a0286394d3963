"""Time and memory of the commands: `python tests/bench/speed.py [--repeat N]`.

Each figure is the median of several runs in processes of their own, on a copy of the
seeds whose index is already built. Needs Sourcier to be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCIER = [str(Path(sys.executable).with_name("sourcier"))]
QUESTION = "Combien OpenAI est-elle valorisée ?"


def main() -> None:
    """Measure, and print a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=9)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "seeds")
        shutil.copytree(ROOT / "seeds", folder, ignore=shutil.ignore_patterns(".*"))
        subprocess.run([*SOURCIER, "index", str(folder)], check=True, stdout=subprocess.DEVNULL)
        help_seconds, _ = _median([*SOURCIER, "--help"], repeat)
        ask_seconds, ask_bytes = _median([*SOURCIER, "ask", QUESTION, str(folder)], repeat)
        print(f"sourcier --help       {help_seconds:6.3f} s")
        print(f"cold sourcier ask     {ask_seconds:6.3f} s wall, {ask_bytes / 1e6:.0f} MB at its peak")
        warm = sorted(_warm(folder, Path(temporary, "questions.jsonl")))
        p95 = warm[int(0.95 * len(warm))]
        print(f"warm question         {statistics.median(warm):6.1f} ms median, {p95:.1f} ms p95")


def _median(command: list[str], repeat: int) -> tuple[float, int]:
    """Return the median wall seconds of a command, and the greatest memory of any child so far, in bytes."""
    seconds = []
    for _ in range(repeat):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - began)
    unit = 1 if sys.platform == "darwin" else 1024
    return statistics.median(seconds), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit


def _warm(folder: Path, questions: Path) -> list[float]:
    """Return the milliseconds of each question of the gold, asked twice in one process; the second round counts."""
    gold = [json.loads(line) for line in (ROOT / "tests/data/seeds_gold.jsonl").read_text("utf-8").splitlines()]
    texts = [example["question"] for example in gold]
    questions.write_text("".join(json.dumps({"question": text}) + "\n" for text in texts + texts), "utf-8")
    done = subprocess.run(
        [*SOURCIER, "batch", str(questions), str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [answer["timings_ms"]["total"] for answer in answers[len(texts) :]]


if __name__ == "__main__":
    main()
