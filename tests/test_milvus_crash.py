"""Servers and writers that are killed at any moment, and several that write at once: readers see whole generations.

`SOURCIER_CRASHES` is how many moments are tried: 6 by default.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("no process forks there", allow_module_level=True)

import milvus_child
from milvus_server import MISSING, MilvusServer
from test_milvus_build import told

from index.build import bring_up_to_date
from index.errors import IndexMissingError, IndexStoreError
from index.milvus.address import Address
from index.milvus.building import build
from index.milvus.client import Client
from index.milvus.current import current_remote
from index.milvus.opened import open_remote
from index.milvus.part import Part
from index.opened import open_index

if MISSING:
    pytest.skip(f"{' and '.join(MISSING)} not installed: pip install -e '.[test]'", allow_module_level=True)

CRASHES = int(os.environ.get("SOURCIER_CRASHES", "6"))
FORKS = get_context("forkserver")
SECONDS = 120
TEXTS = {
    f"{number}.txt": f"L'article {number} parle de la norme des batteries, numéro {number * 7}. " * (9 * number + 1)
    for number in range(8)
}


@pytest.fixture(scope="module", autouse=True)
def loaded_once() -> None:
    """Start the process that all others are forked from, with all loaded."""
    FORKS.set_forkserver_preload(["milvus_child"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()


class Place:
    """A folder of articles that changed since its index was built, and what the old and the new index hold."""

    def __init__(self, here: Path, server: MilvusServer) -> None:
        self.folder, self.server, self._before = here / "articles", server, here / "before"
        self.folder.mkdir()
        self._before.mkdir()
        for name, text in TEXTS.items():
            (self.folder / name).write_text(text)
            (self._before / name).write_text(text)
        self.old = self._local(self._before, here / "old")
        (self.folder / "1.txt").unlink()
        (self.folder / "2.txt").rename(self.folder / "z.txt")
        (self.folder / "3.txt").write_text("Oracle loue des serveurs à OpenAI. " * 40)
        (self.folder / "new.txt").write_text("Un article de plus, sur la norme.")
        self.new = self._local(self.folder, here / "new")
        assert self.old != self.new

    def address(self, standing: bool = True) -> Address:
        """Return the address of an index as it was before the change, or of none."""
        address = self.server.address(f"crash_{uuid4().hex[:8]}")
        if standing:
            build(address, self._before)
        return address

    def check(self, address: Address, standing: bool, where: str) -> None:
        """Check that the index is the old or the new one, and that the next build is whole."""
        if standing:
            assert _held(address) in (self.old, self.new), where
        else:
            with suppress(IndexMissingError):
                assert _held(address) == self.new, where
        build(address, self.folder)
        assert _held(address) == self.new, where

    @staticmethod
    def _local(folder: Path, index: Path) -> dict[str, Any]:
        bring_up_to_date(folder, index)
        with closing(open_index(index)) as opened:
            return _bare(told(opened))


def _held(address: Address) -> dict[str, Any]:
    with closing(open_remote(address)) as opened:
        return _bare(told(opened))


def _bare(held: dict[str, Any]) -> dict[str, Any]:
    """Return what an index holds, but for where its folder is and when its files were written."""
    return {name: value for name, value in held.items() if name not in ("folder", "states")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, milvus: MilvusServer) -> Place:
    milvus.start()
    return Place(tmp_path_factory.mktemp("crash"), milvus)


def run(target: Callable[..., None], *arguments: Any) -> int | None:
    """Run a function in a process of its own; return its exit code."""
    process = FORKS.Process(target=target, args=arguments)
    process.start()
    process.join(SECONDS)
    process.kill()
    process.join()
    return process.exitcode


@pytest.mark.parametrize("standing", [True, False])
def test_a_writer_killed_at_any_call(place: Place, standing: bool) -> None:
    receiver, sender = FORKS.Pipe(duplex=False)
    assert run(milvus_child.build, str(place.address(standing)), place.folder, 0, False, sender) == 0
    steps = receiver.recv()
    assert steps > 30
    for step in map(round, np.linspace(1, steps, min(CRASHES, steps))):
        address = place.address(standing)
        code = run(milvus_child.build, str(address), place.folder, step, step % 2 == 0)
        assert code == -signal.SIGKILL, step
        place.check(address, standing, f"killed at call {step} of {steps}")


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("standing", [True, False])
def test_a_server_killed_in_mid_build(
    place: Place, standing: bool, back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it acknowledged is there when it is started again; a build that it comes back to in time goes on."""
    monkeypatch.setattr("index.milvus.writing._BATCH", 2)
    if not back:
        monkeypatch.setattr("index.milvus.connection.PATIENCE", 0.5)
    address = place.address(standing)
    killed = []

    def progress(done: int, of: int) -> None:
        if done == of - 2 and not killed:
            killed.append(done)
            place.server.kill()
            if back:
                place.server.start()

    if back:
        build(address, place.folder, progress=progress)
    else:
        with pytest.raises(IndexStoreError, match=str(address)):
            build(address, place.folder, progress=progress)
        place.server.start()
    assert killed
    place.check(address, standing, "the server was killed")


def test_a_server_killed_while_a_generation_is_sealed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in ("flush", "count", "point"):
        address = place.address()
        real = getattr(Client, call)
        killed = []

        def killing(self: Client, *arguments: Any, real: Any = real, killed: list[int] = killed) -> Any:
            if not killed:
                killed.append(1)
                place.server.kill()
                place.server.start()
            return real(self, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(Client, call, killing)
            build(address, place.folder)
        assert killed
        assert _held(address) == place.new, call


def test_writers_of_the_same_folder_at_once(place: Place) -> None:
    for standing in (True, False):
        address = place.address(standing)
        together = [FORKS.Process(target=milvus_child.build, args=(str(address), place.folder)) for _ in range(2)]
        for process in together:
            process.start()
        for process in together:
            process.join(SECONDS)
        assert 0 in [process.exitcode for process in together]
        place.check(address, standing, "two at once")


def test_parts_at_once_one_of_them_killed(place: Place) -> None:
    address = place.address()
    parts = [
        FORKS.Process(target=milvus_child.build_part, args=(str(address), place.folder, f"{number}/3"))
        for number in (1, 2, 3)
    ]
    for process in parts:
        process.start()
    parts[0].kill()
    for process in parts:
        process.join(SECONDS)
    assert [process.exitcode for process in parts[1:]] == [0, 0]
    assert _held(address) in (place.old, place.new)
    for number in (1, 2, 3):
        report = build(address, place.folder, part=Part(number, 3))
    assert report.waiting == ()
    assert _held(address) == place.new


def test_a_reader_never_sees_a_mix(tmp_path: Path, place: Place) -> None:
    folder, address = tmp_path / "articles", place.address(standing=False)
    folder.mkdir()
    milvus_child.write_numbered(folder, 0)
    build(address, folder)
    builder = FORKS.Process(target=milvus_child.build_many, args=(str(address), folder, 8))
    builder.start()
    seen: list[str] = []
    asked = 0
    while builder.is_alive():
        with closing(open_remote(address)) as opened:
            while builder.is_alive():
                try:
                    found = opened.lexical.search("numéro état", "fr", 1_000)
                    passages, _ = opened.passages.passages([passage_id for passage_id, _ in found])
                except IndexStoreError as error:
                    if "was replaced twice and is gone" in str(error):
                        break
                    raise
                assert len(found) == opened.generation.manifest.passages
                numbers = {word for passage in passages for word in passage.text.split() if word.strip(".").isdigit()}
                assert len(numbers) == 1
                seen.append(numbers.pop())
                asked += 1
                with closing(Client(address)) as client:
                    if current_remote(client) != opened.generation:
                        break
    assert builder.exitcode == 0
    assert seen == sorted(seen, key=float)
    assert len(set(seen)) > 1
