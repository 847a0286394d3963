"""The cells of one peer, in the order in which one needs the other."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from environments import Environment
from jobs import Jobs
from plan import WARM_UP, Peer, cold_cell, index_cell, install_cell, quality_cell, warm_cell
from quality import rank_of
from results import Cell, Results

BUDGET = 60.0  # seconds: what takes less in all is repeated


@dataclass(frozen=True, slots=True)
class Material:
    """What is indexed and asked: the files, each with its digest.

    `samples` are by size; `pools` by the paragraphs' language, their questions with what is right.
    """

    samples: Mapping[int, tuple[Path, str]]
    asked: tuple[Path, str]
    pools: Mapping[str, tuple[Path, Path, str]]
    rights: Mapping[str, Sequence[tuple[str, str]]]  # the direction, and the right paragraph's id


@dataclass(frozen=True, slots=True)
class Course:
    """How a peer is measured: `again` does so even where a cell is known."""

    threads: Sequence[int]
    runs: int
    again: bool
    stamp: Mapping[str, str]


class Measuring:
    """Measures one peer, and keeps every cell at once."""

    def __init__(
        self, peer: Peer, environment: Environment, jobs: Jobs, material: Material, results: Results, course: Course
    ) -> None:
        self._peer, self._environment, self._jobs = peer, environment, jobs
        self._material, self._results, self._course = material, results, course
        self._folder = environment.folder.parents[1] / "index" / peer.name

    def install(self) -> None:
        """Weigh the environment."""
        self._cell(install_cell(self._peer.name), "", self._environment.told)

    def speed(self) -> None:
        """Index, then ask warm and cold, at every size."""
        for size, (paragraphs, digest) in self._material.samples.items():
            folder = self._folder / str(size)
            for threads in self._course.threads:
                name = index_cell(self._peer.name, size, threads)
                self._cell(name, digest, lambda t=threads, p=paragraphs, f=folder: self._indexed(p, f, t))
            for mode in self._peer.timed:
                for threads in self._course.threads:
                    name = warm_cell(self._peer.name, mode, size, threads)
                    self._asking(name, "warm", size, folder, threads, mode)
                name = cold_cell(self._peer.name, mode, size)
                self._asking(name, "cold", size, folder, max(self._course.threads), mode)
            _remove(folder)

    def quality(self) -> None:
        """Find the ranks of the right paragraphs in both pools."""
        digest = " ".join(each for *_, each in self._material.pools.values())
        names = {mode: quality_cell(self._peer.name, mode) for mode in self._peer.ranked}
        if not self._course.again and all(self._results.cell(name, digest) for name in names.values()):
            return
        self._say("quality")
        ranks: dict[str, dict[str, list[int]]] = {mode: {} for mode in names}
        for language, (paragraphs, questions, _) in self._material.pools.items():
            folder = self._folder / language
            told = self._new_index(paragraphs, folder, max(self._course.threads))
            if "no" not in told:
                modes = list(names)
                told = self._jobs.run("rank", max(self._course.threads), folder, questions=questions, modes=modes)
            _remove(folder)
            if "no" in told:
                for name in names.values():
                    self._put(name, digest, told)
                return
            for mode, found in told["found"].items():
                for (direction, right), ids in zip(self._material.rights[language], found, strict=True):
                    ranks[mode].setdefault(direction, []).append(rank_of(right, ids))
        for mode, name in names.items():
            self._put(name, digest, {"ranks": ranks[mode]})

    def _indexed(self, paragraphs: Path, folder: Path, threads: int) -> Cell:
        return self._repeated(lambda: self._new_index(paragraphs, folder, threads))

    def _asking(self, name: str, command: str, size: int, folder: Path, threads: int, mode: str) -> None:
        """Ask the questions warm or cold, of the index that stands, or that is made again for it."""
        paragraphs, indexed = self._material.samples[size]
        questions, asked = self._material.asked
        given = {"questions": questions, "mode": mode, "warm_up": WARM_UP}

        def measure() -> Cell:
            if not folder.is_dir() and "no" in (told := self._new_index(paragraphs, folder, threads)):
                return told
            return self._repeated(lambda: self._jobs.run(command, threads, folder, **given))

        self._cell(name, f"{indexed} {asked}", measure)

    def _new_index(self, paragraphs: Path, folder: Path, threads: int) -> dict[str, Any]:
        """Index into a new folder, with what a user has before that prepared out of the measuring."""
        _remove(folder)
        folder.mkdir(parents=True)
        told = self._jobs.run("prepare", threads, folder, paragraphs=paragraphs)
        if "no" not in told:
            notes = {"notes": told["notes"]}
            self._results.told.setdefault("peers", {})[self._peer.name] = notes
            told = self._jobs.run("index", threads, folder, paragraphs=paragraphs)
        if "no" in told:
            _remove(folder)
        return told

    def _repeated(self, run: Callable[[], dict[str, Any]]) -> Cell:
        """Run up to so many times, as long as all of it is likely to stay within the budget."""
        runs: list[dict[str, Any]] = []
        spent = 0.0
        while len(runs) < self._course.runs and (not runs or spent + runs[-1]["wall"] <= BUDGET):
            told = run()
            if "no" in told:
                return told
            runs.append({name: value for name, value in told.items() if name not in ("modes", "notes")})
            spent += told["wall"]
        return {"runs": runs}

    def _cell(self, name: str, digest: str, measure: Callable[[], Cell]) -> None:
        if self._course.again or self._results.cell(name, digest) is None:
            self._say(name.partition("/")[2])
            self._put(name, digest, measure())

    def _put(self, name: str, digest: str, cell: Cell) -> None:
        kept = {key: cell[key] for key in ("no", "failed") if key in cell} if "no" in cell else cell
        if "no" in kept:
            self._say(f"no: {kept['no']}")
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self._results.put(name, {**kept, "input": digest, "at": at, **self._course.stamp})

    def _say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {self._peer.name:16} {text}", file=sys.stderr, flush=True)


def _remove(folder: Path) -> None:
    """Remove an index, and what stands beside it under its name."""
    for path in [folder, *folder.parent.glob(f"{folder.name}-*")]:
        shutil.rmtree(path, ignore_errors=True)
