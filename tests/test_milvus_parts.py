"""Parts of a folder, built in any order, killed at any step, cut otherwise: what is sealed is always whole."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from milvus_memory import ALIAS, KilledError, Memory, MemoryClient, check_whole, contents

from index import libraries
from index.documents import doc_id_of
from index.errors import FolderError, IndexEncoderError, SourcierError, UsageError
from index.libraries import versions
from index.milvus import building, sealing, starting
from index.milvus.address import Address
from index.milvus.part import Part
from index.milvus.schema import Names
from index.types import BuildReport

ADDRESS = Address.parse(f"milvus://memory/{ALIAS}")
NAMES = ("a.txt", "b.md", "c.txt", "below/d.txt", "e.txt", "left.xyz")
TEXTS = (
    "Le serveur répond. Il garde tout en mémoire, et ne perd rien.",
    "The server answers. It keeps everything in memory, and loses nothing at all.",
    "Le serveur répond. Il garde tout en mémoire, et ne perd plus.",  # as long as the first
    "",
)
LONG = "\n\n".join(f"La phrase numéro {number} parle des baleines bleues du nord." for number in range(40))
FolderState = Mapping[str, int]
FOLDERS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, len(TEXTS)), min_size=0, max_size=5).map(
    lambda told: {"always.txt": 0, **told}
)


HERE = threading.local()  # what each thread's builds are clients of


def _client(address: Address) -> MemoryClient:
    client: MemoryClient = HERE.client(address)
    return client


@pytest.fixture(autouse=True, scope="module")
def in_memory() -> Iterator[None]:
    """Let builds write to memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "Client", _client)
        yield


# Shrinking takes minutes, and what fails is told by its steps all the same.
MANY = settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)


class Place:
    """A folder, and a store in memory."""

    def __init__(self, here: Path) -> None:
        self.folder, self.memory = here / "articles", Memory()
        self.folder.mkdir()

    def write(self, state: FolderState) -> None:
        """Let the folder hold articles of some texts."""
        shutil.rmtree(self.folder)
        for name, number in state.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text([*TEXTS, LONG][number])

    def build(self, part: Part | None = None, rebuild: bool = False, step: Any = lambda _: None) -> BuildReport:
        """Build a part, over a client that calls `step`."""
        HERE.client = lambda address: MemoryClient(address, self.memory, step)
        return building.build(ADDRESS, self.folder, rebuild=rebuild, part=part)

    def check_tidy(self) -> None:
        """Check that nothing is left but what this generation and the one before have."""
        memory = self.memory
        sealed = memory.aliases[ALIAS]
        now = int(sealed.removeprefix(f"{ALIAS}_g"))
        epochs = {name.split("_", 2)[2] for name in memory.rows if name.startswith(f"{ALIAS}_p")}
        assert len(epochs) <= 2
        assert {name for name in memory.rows if name.startswith(f"{ALIAS}_g")} <= {
            Names(ALIAS).sealed(number) for number in (now, now - 1)
        }
        for name, rows in memory.rows.items():
            if name.startswith((f"{ALIAS}_passages", f"{ALIAS}_documents")):
                assert all(row["born"] <= now for row in rows.values()), name
                assert all(row["died"] >= now for row in rows.values()), name


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@cache
def fresh(state: tuple[tuple[str, int], ...], folder: Path) -> dict[str, Any]:
    """Return what a folder comes to that is built from nothing."""
    with TemporaryDirectory() as here:
        place = Place(Path(here))
        place.write(dict(state))
        place.build()
        told = contents(place.memory)
        assert told
    return told


def check(found: dict[str, Any] | None, state: FolderState, told: str) -> None:
    """Check that what is sealed is what a folder comes to."""
    assert found
    should = fresh(tuple(sorted(state.items())), Path())
    for name in should:
        if name == "manifest":
            for each in ("version", "documents", "passages", "encoder_identity"):
                assert getattr(found[name], each) == getattr(should[name], each), (told, each)
        else:
            assert found[name] == should[name], (told, name)


class Watch:
    """Looks before each step whether the sealed generation is as it was when it was sealed; kills at one."""

    def __init__(self, memory: Memory, kill: int | None = None) -> None:
        self.memory, self.kill, self.steps = memory, kill, 0
        self.seen: dict[str, Any] = {}

    def __call__(self, _: str) -> None:
        self.look()
        self.steps += 1
        if self.steps == self.kill:
            raise KilledError

    def look(self) -> None:
        """Look now."""
        name = self.memory.aliases.get(ALIAS)
        if name:
            found = contents(self.memory)
            if name not in self.seen and found:
                check_whole(found)
            assert self.seen.setdefault(name, found) == found, f"{name} changed after it was sealed"


def test_every_document_is_of_one_part() -> None:
    sources = [f"{number}.txt" for number in range(500)]
    for of in (1, 2, 3, 7, 64):
        parts = [Part(number, of) for number in range(1, of + 1)]
        held = [[each for each in sources if part.holds(doc_id_of(each))] for part in parts]
        assert sorted(each for some in held for each in some) == sorted(sources)
        if of < 8:
            assert all(held)


@given(st.integers(0, 2**64 - 1), st.integers(1, 1000))
def test_a_part_is_asked_for_by_the_bounds_that_hold_its_documents(number: int, of: int) -> None:
    doc_id = f"{number:016x}"
    for value in (doc_id, f"{doc_id}.3.0"):
        chosen = [
            part for part in (Part(each, of) for each in range(1, of + 1)) if eval(part.where("key"), {"key": value})
        ]
        assert [part.holds(doc_id) for part in chosen] == [True]


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1 / 3", "1/9999999"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--part"):
        Part.parse(text)


def test_a_part_is_told_as_it_is_given() -> None:
    assert Part.parse("2/3") == Part(2, 3)
    assert str(Part(2, 3)) == "2/3"


def test_parts_in_any_order_and_twice(place: Place) -> None:
    state = {"a.txt": 0, "b.md": 1, "c.txt": 4, "e.txt": 3, "left.xyz": 0}
    place.write(state)
    waiting = [place.build(Part(number, 3)).waiting for number in (3, 1, 3, 1)]
    assert waiting == [(1, 2), (2,), (2,), (2,)]
    report = place.build(Part(2, 3))
    assert (report.waiting, report.documents, report.added, report.rebuilt) == ((), 3, 3, True)
    assert {skipped.source for skipped in report.skipped} == {"e.txt", "left.xyz"}
    check(contents(place.memory), state, "three parts")
    for number in (1, 2, 3, 2):
        again = place.build(Part(number, 3))
        assert (again.version, again.rebuilt, again.waiting) == (report.version, False, ())
    place.check_tidy()


def test_parts_wait_for_those_that_saw_another_folder(place: Place) -> None:
    place.write({"a.txt": 0, "b.md": 1})
    place.build(Part(1, 2))
    place.write({"a.txt": 0, "b.md": 1, "c.txt": 1})
    assert place.build(Part(2, 2)).waiting == (1,)
    report = place.build(Part(1, 2))
    assert (report.waiting, report.documents) == ((), 3)


def test_parts_of_other_installations_are_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for standing in (False, True):
        place.write({"a.txt": 0, "b.md": 1, "c.txt": int(standing)})
        assert place.build(Part(1, 2)).waiting == (2,)
        now = {**versions(), "lxml": "another"}
        with monkeypatch.context() as patch:
            for module in (libraries, sealing, starting):
                patch.setattr(module, "versions", lambda now=now: now)
            assert place.build(Part(2, 2)).waiting == (1,)
        with pytest.raises(IndexEncoderError, match="part 2 of 2 was built by another encoder or by other versions"):
            place.build(Part(1, 2))
        assert place.build(Part(2, 2)).waiting == ()
        place.check_tidy()


def test_a_part_without_files_is_built(place: Place) -> None:
    place.write({"a.txt": 0})
    assert [place.build(Part(number, 4)).waiting for number in (1, 2, 3)] == [(2, 3, 4), (3, 4), (4,)]
    assert place.build(Part(4, 4)).documents == 1


def test_a_folder_of_which_nothing_can_be_read_leaves_the_old_index(place: Place) -> None:
    place.write({"a.txt": 0, "b.md": 0})
    place.build()
    old = contents(place.memory)
    place.write({"a.txt": 3, "b.md": 3})
    with pytest.raises(FolderError, match=r"no article in .* could be read, 2 skipped"):
        place.build()
    assert contents(place.memory) == old
    place.write({"a.txt": 0, "b.md": 0})
    assert not place.build().rebuilt
    assert contents(place.memory) == old


ACTIONS = st.lists(
    st.tuples(FOLDERS, st.integers(1, 3), st.booleans(), st.lists(st.tuples(st.integers(1, 3), st.integers(1, 60)))),
    min_size=1,
    max_size=4,
)


@MANY
@given(ACTIONS)
def test_whatever_is_killed_the_end_is_that_of_a_fresh_build(actions: Any) -> None:
    with TemporaryDirectory() as here:
        place = Place(Path(here))
        watch = Watch(place.memory)
        for state, of, rebuild, runs in actions:
            place.write(state)
            for number, kill in runs:
                watch.kill, watch.steps = kill, 0
                with suppress(KilledError, FolderError):
                    place.build(Part((number - 1) % of + 1, of), rebuild=rebuild, step=watch)
            watch.kill = None
            try:
                for number in [*range(1, of + 1)] * 2:
                    with suppress(IndexEncoderError):  # parts of a rebuild that is not gone on with
                        report = place.build(Part(number, of), step=watch)
            except FolderError:
                continue
            assert not report.waiting
            watch.look()
            check(contents(place.memory), state, f"{state} in {of}")
        place.write({"always.txt": 1})
        place.build(step=watch)
        place.check_tidy()


class Turns:
    """Lets one of several threads take a step at a time, whichever chance says."""

    def __init__(self, chance: random.Random, watch: Watch) -> None:
        self._chance, self._watch = chance, watch
        self._waiting: dict[int, threading.Event] = {}
        self._changed = threading.Condition()
        self._running = 0
        self.failed: list[BaseException] = []

    def start(self, *writers: Any) -> None:
        """Run some functions to their ends, each of which is given what it has to call before each step."""
        threads = [threading.Thread(target=self._run, args=(writer,)) for writer in writers]
        self._running = len(threads)
        for thread in threads:
            thread.start()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: len(self._waiting) == self._running)
                if not self._running:
                    break
                chosen = self._chance.choice(sorted(self._waiting))
                turn = self._waiting.pop(chosen)
            turn.set()
        for thread in threads:
            thread.join()

    def _run(self, writer: Any) -> None:
        try:
            self._step("start")
            writer(self._step)
        except SourcierError:
            pass  # it is overtaken, or finds that another changed what it wrote: it may try again
        except BaseException as error:
            self.failed.append(error)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _step(self, name: str) -> None:
        turn = threading.Event()
        with self._changed:
            self._waiting[threading.get_ident()] = turn
            self._changed.notify_all()
        turn.wait()
        if name != "start":
            self._watch.look()


@MANY
@given(st.integers(0, 10_000), FOLDERS, FOLDERS, FOLDERS)
def test_two_machines_that_build_again_and_again(
    seed: int, before: FolderState, one: FolderState, other: FolderState
) -> None:
    """Each builds its own part of the folder, and once more after that changed, while the other may be sealing."""
    with TemporaryDirectory() as here, TemporaryDirectory() as there:
        place, later = Place(Path(here)), Place(Path(there))
        later.memory = place.memory
        place.write(before)
        place.build()
        place.write(one)
        later.write(other)
        watch = Watch(place.memory)

        def machine(number: int) -> Any:
            def builds(step: Any) -> None:
                for each in (place, later, later):
                    with suppress(SourcierError):
                        each.build(Part(number, 2), step=step)

            return builds

        turns = Turns(random.Random(seed), watch)
        turns.start(machine(1), machine(2))
        assert not turns.failed, turns.failed
        for number in (1, 2, 1, 2):
            report = later.build(Part(number, 2), step=watch)
        assert not report.waiting
        check(contents(place.memory), other, "in the end")
        place.check_tidy()


@MANY
@given(st.integers(0, 10_000), FOLDERS, FOLDERS, st.integers(1, 2), st.none() | st.integers(1, 200))
def test_two_writers_of_the_same_folder(
    seed: int, before: FolderState, state: FolderState, of: int, kill: int | None
) -> None:
    with TemporaryDirectory() as here:
        place = Place(Path(here))
        place.write(before)
        place.build()
        place.write(state)
        watch = Watch(place.memory)
        steps = 0

        def writer(kill: int | None) -> Any:
            def builds(step: Any) -> None:
                def counted(name: str) -> None:
                    nonlocal steps
                    steps += 1
                    if steps == kill:
                        raise KilledError
                    step(name)

                with suppress(KilledError):
                    for number in range(1, of + 1):
                        place.build(Part(number, of), step=counted)

            return builds

        turns = Turns(random.Random(seed), watch)
        turns.start(writer(kill), writer(None))
        assert not turns.failed, turns.failed
        for _ in range(2):
            for number in range(1, of + 1):
                report = place.build(Part(number, of), step=watch)
        assert not report.waiting
        check(contents(place.memory), state, "in the end")
        place.check_tidy()
