"""All that is measured of one size, in order; each result is told at once."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaling.asking import WARM_UP
from scaling.errors import ScaleError
from scaling.process import PROGRESS, forget, run, run_step, step_command

STEPS = ("index", "disk", "open", "cold", "warm", "recall", "planted", "resume", "unchanged", "update")
_SETTLED = 2.5  # seconds: files touched shortly before a build are read again by the next, to be sure
_CHANGED = 10  # files
_KILLED_AT = 0.5  # of the files
Tell = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Course:
    """What is made, and what is measured how often.

    `planted` facts stand in the folder and `absent` ones do not; `questions` are asked warm, and
    `compared` searched exactly, too; `fresh` processes open, and answer.
    """

    sentences: Sequence[Path]
    most: int
    seed: int
    planted: int
    absent: int
    questions: int
    compared: int
    fresh: int
    steps: Sequence[str]


def measure(course: Course, work: Path, passages: int, tell: Tell) -> None:
    """Make a folder of about so many passages, unless it stands there, and take the steps of the course.

    :raises ScaleError: if a step fails.
    """
    place = _Place(course, work / f"articles-{passages}", work / f"index-{passages}", tell)
    place.make(passages)
    for step in course.steps:
        print(f"{time.strftime('%H:%M:%S')}  {passages:>10,}  {step}", file=sys.stderr, flush=True)
        getattr(place, step)()


@dataclass(frozen=True)
class _Place:
    """A folder, its index, and what may be measured of them."""

    course: Course
    folder: Path
    at: Path
    tell: Tell

    def make(self, passages: int) -> None:
        """Write the folder, unless the same stands; one that was changed will do for all but a new index."""
        course, marker = self.course, self.folder.with_name(f"{self.folder.name}.json")
        given = {
            "folder": self.folder,
            "sentences": [str(path.resolve()) for path in course.sentences],
            "most": course.most,
            "seed": course.seed,
            "passages": passages,
            "planted": course.planted,
            "absent": course.absent,
            "questions": max(course.questions, course.compared) + WARM_UP,
        }
        written = json.dumps(given, default=str)
        standing = json.loads(marker.read_text("utf-8")) if marker.exists() else {}
        if standing.get("given") == written and not ("index" in course.steps and standing.get("changed")):
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        told = run_step("make", **given)
        marker.write_text(json.dumps({"given": written, **told}), "utf-8")
        self.tell("make", told)
        time.sleep(_SETTLED)

    def index(self) -> None:
        """Build the index."""
        shutil.rmtree(self.at, ignore_errors=True)
        told = run_step("build", folder=self.folder, index=self.at)
        self._built().write_text(json.dumps(told), "utf-8")
        self.tell("index", told)

    def disk(self) -> None:
        """Weigh it."""
        self.tell("disk", run_step("weigh", folder=self.folder, index=self.at))

    def open(self) -> None:
        """Open it in several fresh processes; once, its files are read from disk."""
        from_disk = {}
        if forget(self.at):
            from_disk = {"from_disk_ms": run_step("opened", index=self.at)["first_ms"]}
        runs = [run_step("opened", index=self.at) for _ in range(self.course.fresh)]
        self.tell("open", {**_medians(runs), **from_disk})

    def cold(self) -> None:
        """Answer one question: in a fresh process, from disk, and by the command, which looks at the folder first."""
        question = self._questions().read_text("utf-8").partition("\n")[0]
        given = {"index": self.at, "question": question}
        runs = [run_step("answered", **given) for _ in range(self.course.fresh)]
        from_disk = {}
        if forget(self.at):
            from_disk = {"from_disk_s": run_step("answered", **given)["process_wall_s"]}
        asking = ["-P", "-m", "qa", "ask", question, str(self.folder), "-i", str(self.at)]
        commands = [run([sys.executable, *asking]) for _ in range(self.course.fresh)]
        if failed := [each.status for each in commands if each.status]:
            raise ScaleError(f"`sourcier ask` failed with {failed[0]}: its error stands above")
        self.tell(
            "cold",
            {
                **_medians(runs),
                **from_disk,
                "command_s": statistics.median(each.wall_s for each in commands),
                "command_peak_bytes": max(each.peak_bytes for each in commands),
            },
        )

    def warm(self) -> None:
        """Ask many questions, on one thread and on two."""
        for threads in (1, 2):
            count = self.course.questions
            told = run_step("warm", index=self.at, questions=self._questions(), count=count, threads=threads)
            self.tell("warm", told)

    def recall(self) -> None:
        """Compare with an exact search."""
        count = self.course.compared
        self.tell("recall", run_step("recall", index=self.at, questions=self._questions(), count=count))

    def planted(self) -> None:
        """Ask what only one article states."""
        facts = self.folder.with_name(f"{self.folder.name}.facts.jsonl")
        self.tell("planted", run_step("planted", index=self.at, facts=facts))

    def resume(self) -> None:
        """Kill a build half-way, let another go on, and compare that with one that was left alone."""
        if not self._built().exists():
            raise ScaleError("nothing to compare a resumed build with: take the step `index` as well")
        alone = json.loads(self._built().read_text("utf-8"))
        beside = self.at.with_name(f"{self.at.name}-killed")
        shutil.rmtree(beside, ignore_errors=True)
        done = total = 0

        def half_way(line: str) -> bool:
            nonlocal done, total
            if line.startswith(PROGRESS):
                done, total = map(int, line.split()[1:])
            return total > 0 and done >= _KILLED_AT * total

        given = {"folder": self.folder, "index": beside}
        killed = run(step_command("build", given), half_way)
        resumed = run_step("build", **given)
        shutil.rmtree(beside)
        self.tell(
            "resume",
            {
                "passages": resumed["passages"],
                "files": total,
                "killed_after": done,
                "killed_s": killed.wall_s,
                "resumed_s": resumed["process_wall_s"],
                "alone_s": alone["process_wall_s"],
                "lost_s": killed.wall_s + resumed["process_wall_s"] - alone["process_wall_s"],
                "lost_cpu_s": killed.cpu_s + resumed["process_cpu_s"] - alone["process_cpu_s"],
                "read_again": max(done + resumed["read"] - total, 0),
                "same": (resumed["version"], resumed["files"]) == (alone["version"], alone["files"]),
                "peak_bytes": resumed["peak_bytes"],
            },
        )

    def unchanged(self) -> None:
        """Bring the index up to date where nothing changed."""
        self.tell("unchanged", run_step("build", folder=self.folder, index=self.at))

    def update(self) -> None:
        """Change a few files, and bring the index up to date."""
        marker = self.folder.with_name(f"{self.folder.name}.json")
        marker.write_text(json.dumps({**json.loads(marker.read_text("utf-8")), "changed": True}), "utf-8")
        run_step("change", folder=self.folder, count=_CHANGED)
        self.tell("update", run_step("build", folder=self.folder, index=self.at))

    def _built(self) -> Path:
        return self.at.with_name(f"{self.at.name}.json")

    def _questions(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.questions.txt")


def _medians(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of each number over some runs, and the greatest peak."""
    told = {name: statistics.median(each[name] for each in runs) for name in runs[0]}
    return {**told, "peak_bytes": max(each["peak_bytes"] for each in runs), "runs": len(runs)}
