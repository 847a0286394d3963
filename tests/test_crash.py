"""Builds that die or fail at any step or moment: what stood before still answers, and the next build is whole.

`SOURCIER_CRASHES` is how many moments, and how many steps of each kind, are tried: 20 by default.
With `-s` each test tells how many it was.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("no process forks there", allow_module_level=True)

import crash_child
from index_contents import contents

from index import locks
from index.build import bring_up_to_date
from index.errors import IndexBusyError, IndexMissingError
from index.opened import open_index
from index.store import open_current

CRASHES = int(os.environ.get("SOURCIER_CRASHES", "20"))
FORKS = get_context("forkserver")
ARTICLES = {f"{number}.txt": f"L'article numéro {number}. Azure appartient à Microsoft. " * 30 for number in range(6)}


class Place:
    """A folder of articles that changed since its index was built, and what old and new index hold."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.folder, self._built = here / "articles", here / "built"
        self.folder.mkdir()
        for name, text in ARTICLES.items():
            (self.folder / name).write_text(text)
        bring_up_to_date(self.folder, self._built)
        self.old = contents(self._built)
        (self.folder / "1.txt").unlink()
        (self.folder / "2.txt").rename(self.folder / "z.txt")
        (self.folder / "3.txt").write_text("Oracle loue des serveurs à OpenAI. " * 40)
        (self.folder / "new.txt").write_text("Un article de plus.")
        bring_up_to_date(self.folder, here / "fresh")
        self.new = contents(here / "fresh")
        assert self.old != self.new
        self._number = 0

    def index(self, standing: bool = True, under: Path | None = None) -> Path:
        """Return an index folder as it was before the change, or an empty one."""
        self._number += 1
        index = (under or self.here) / f"index{self._number}"
        if standing:
            shutil.copytree(self._built, index)
        return index

    def check(self, index: Path, told: str, standing: bool = True) -> None:
        """Check that the index is the old or the new one, and that the next build is whole."""
        if standing or (index / "CURRENT").exists():
            assert contents(index) in (self.old, self.new), told
        else:
            with pytest.raises(IndexMissingError):
                open_index(index)
        bring_up_to_date(self.folder, index)
        assert contents(index) == self.new, told
        assert not [path for path in index.iterdir() if path.name == "CURRENT.new"], told
        assert len(list(index.glob("generation-*"))) <= 2, told
        shutil.rmtree(index)


@pytest.fixture(scope="module", autouse=True)
def loaded_once() -> None:
    """Start the process that all others are forked from, with all loaded."""
    FORKS.set_forkserver_preload(["crash_child"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("crash"))


def run(target: Callable[..., None], *arguments: Any, seconds: float | None = 60) -> int | None:
    """Run a function in a process of its own, and kill it after a while; return its exit code."""
    process = FORKS.Process(target=target, args=arguments)
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode


def steps_of(place: Place, standing: bool) -> int:
    """Return how many steps of a build touch the disk."""
    receiver, sender = FORKS.Pipe(duplex=False)
    index = place.index(standing)
    assert run(crash_child.build_with_a_fault, place.folder, index, 0, "kill", sender) == 0
    shutil.rmtree(index)
    return int(receiver.recv())


def chosen(steps: int) -> list[int]:
    """Return the steps to try: all of them, or some that are spread over all."""
    return [round(each) for each in np.linspace(1, steps, min(steps, CRASHES))]


@pytest.mark.parametrize("standing", [True, False])
def test_a_build_killed_at_any_step(place: Place, standing: bool) -> None:
    steps = steps_of(place, standing)
    assert steps > 40
    for step in chosen(steps):
        index = place.index(standing)
        code = run(crash_child.build_with_a_fault, place.folder, index, step, "kill")
        assert code == -signal.SIGKILL, step
        place.check(index, f"killed at step {step} of {steps}", standing)
    print(f"{len(chosen(steps))} builds killed, at as many of {steps} steps")


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_a_build_of_which_any_step_fails(place: Place, fault: str) -> None:
    steps = steps_of(place, standing=True)
    refused = 0
    tried = chosen(steps)
    for step in tried:
        index = place.index()
        code = run(crash_child.build_with_a_fault, place.folder, index, step, fault)
        assert code in (0, crash_child.REFUSED), f"{fault} at step {step} of {steps}"
        refused += code == crash_child.REFUSED
        if code == 0:  # what failed could be done without, or skipped an article
            bring_up_to_date(place.folder, index)
        place.check(index, f"{fault} at step {step} of {steps}")
    assert refused > len(tried) // 3
    print(f"{fault} at {len(tried)} of {steps} steps, {refused} builds refused")


def test_a_build_killed_at_random_moments(place: Place) -> None:
    chance = random.Random(CRASHES)
    killed = 0
    for number in range(CRASHES):
        standing = number % 4 != 0
        index = place.index(standing)
        receiver, sender = FORKS.Pipe(duplex=False)
        process = FORKS.Process(target=crash_child.build_when_told, args=(place.folder, index, sender))
        process.start()
        assert receiver.recv()
        moment = chance.uniform(0, 0.12)
        process.join(moment)
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        place.check(index, f"killed after {moment} seconds", standing)
    assert killed
    print(f"{killed} of {CRASHES} builds killed at random moments")


@pytest.mark.parametrize("size", [0, 1, 500, 2_000, 4_096, 6_000, 10_000, 20_000, 30_000, 40_000, 60_000])
def test_a_build_that_may_write_no_more(place: Place, size: int) -> None:
    index = place.index()
    code = run(crash_child.build_with_small_files, place.folder, index, size)
    assert code in (0, crash_child.REFUSED)
    assert [path.name for path in index.glob("generation-*")] == ["generation-000001"] or code == 0
    place.check(index, f"files of {size} bytes at most")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False)
    if not done or done.returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk(place: Place, small_disk: Path) -> None:
    index = place.index(under=small_disk)
    refused = 0
    filler = small_disk / "filler"
    for left in range(0, 160_000, 8_192):
        free = shutil.disk_usage(small_disk).free
        filler.write_bytes(bytes(max(free - left, 0)))
        code = run(crash_child.build, place.folder, index)
        assert code in (0, crash_child.REFUSED), left
        assert contents(index) == (place.new if code == 0 else place.old), left
        filler.unlink()
        refused += code == crash_child.REFUSED
        if code == 0:
            break
    assert refused > 3
    bring_up_to_date(place.folder, index)
    assert contents(index) == place.new


def test_a_second_builder_names_the_first_and_takes_over_when_it_dies(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = place.index()
    monkeypatch.setattr(locks, "_LOCK_SECONDS", 0.1)
    receiver, sender = FORKS.Pipe(duplex=False)
    holder = FORKS.Process(target=crash_child.hold_the_lock, args=(index, sender))
    holder.start()
    assert receiver.recv()
    with pytest.raises(IndexBusyError, match=rf"another build \(process {holder.pid} on {socket.gethostname()}\) is"):
        bring_up_to_date(place.folder, index)
    assert contents(index) == place.old
    holder.kill()
    holder.join()
    assert (index / "builder").exists()
    place.check(index, "the holder died")


def test_a_reader_never_sees_a_mix(tmp_path: Path) -> None:
    folder, index = tmp_path / "articles", tmp_path / "index"
    folder.mkdir()
    crash_child.write_numbered(folder, 0)
    bring_up_to_date(folder, index)
    builder = FORKS.Process(target=crash_child.build_many, args=(folder, index, 30))
    builder.start()
    seen = []
    while builder.is_alive():
        opened = open_index(index)
        found = opened.lexical.search("numéro état", "fr", 1_000)
        passages, _ = opened.passages.passages([passage_id for passage_id, _ in found])
        assert len(found) == len(opened.dense) == opened.generation.manifest.passages
        numbers = {word for passage in passages for word in passage.text.split() if word.strip(".").isdigit()}
        assert len(numbers) == 1
        seen.append(numbers.pop())
        opened.close()
    assert builder.exitcode == 0
    assert seen == sorted(seen, key=float)
    assert len(set(seen)) > 1


def test_a_reader_that_builds_overtake_while_it_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, index = tmp_path / "articles", tmp_path / "index"
    folder.mkdir()
    crash_child.write_numbered(folder, 0)
    bring_up_to_date(folder, index)
    first = open_current(index)
    import index.opened as opened_module

    def checked_then_overtaken(index: Path, *_: object) -> Any:
        monkeypatch.undo()
        crash_child.build_many(folder, index, 3)
        assert not first.path.exists()
        return first

    monkeypatch.setattr(opened_module, "open_current", checked_then_overtaken)
    opened = open_index(index)
    assert opened.generation.path.name == "generation-000004"
    opened.close()
