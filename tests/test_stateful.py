"""One folder that is written, indexed, asked and broken off in any order: no answer cites what was not there.

`SOURCIER_FUZZ` says how many times as long to try: 1 by default.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from multiprocessing import forkserver, get_context
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no process forks there", allow_module_level=True)

import crash_child
from fuzzing import tried
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from index_contents import answers, contents

from index.build import bring_up_to_date, repair
from index.documents import extract
from index.errors import DocumentError, FolderError, IndexMissingError
from index.opened import open_index
from qa.cited_files import Files, Status
from qa.reader import load_reader
from qa.schema import answer_json
from qa.session import Session

FORKS = get_context("forkserver")
NAMES = ["a.txt", "b.md", "c 2024-05-06.txt", "é.txt", "sous/a.txt", "sous/z.md"]
SENTENCES = [
    "Microsoft a investi {} milliards de dollars dans OpenAI.",
    "Oracle runs the cloud that OpenAI rents for ${} billion.",
    "Le pacte entre les deux sociétés date de 20{}.",
    "Azure appartient à Microsoft.\r\n\r\n# Titre\n",
    "👩‍👩‍👧 L'e\u0301tat du marché : {} %.",
]
QUESTIONS = [
    "Combien Microsoft a-t-il investi dans OpenAI ?",
    "Who runs the cloud that OpenAI rents?",
    "À qui appartient Azure ?",
    "De quand date le pacte entre les deux sociétés ?",
]
BAD = [b"", b" \n", b"\0\1\2"]
_sentence = st.builds(str.format, st.sampled_from(SENTENCES), st.integers(10, 99))
_good = st.tuples(st.lists(_sentence, min_size=1, max_size=30), st.sampled_from([" ", "\n", "\r\n\r\n"]))
_text = _good.map(lambda told: told[1].join(told[0]).encode())
_marked = _text.map(lambda data: b"\xef\xbb\xbf" + data)
_bytes = st.one_of(_text, _text, _marked, st.sampled_from(BAD))
_name = st.sampled_from(NAMES)
_long_ago = count(1_000_000_000_000_000_000, 1_000)
Texts = dict[str, str]


@pytest.fixture(scope="module", autouse=True)
def _loaded_once() -> Iterator[None]:
    """Start the process that builds are forked from, with all loaded."""
    FORKS.set_forkserver_preload(["crash_child"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
        yield


class OneFolder(RuleBasedStateMachine):
    """`told` is what the live index must hold: the text of each article, by source. None: there is no index."""

    def __init__(self) -> None:
        super().__init__()
        self.here = Path(tempfile.mkdtemp())
        self.folder, self.index = self.here / "articles", self.here / "index"
        self.folder.mkdir()
        self.told: Texts | None = None
        self.builds = 0

    def teardown(self) -> None:
        shutil.rmtree(self.here)

    def on_disk(self) -> Texts:
        """Return the articles that can be read now."""
        texts: Texts = {}
        for path in self.folder.rglob("*.*"):
            source = path.relative_to(self.folder).as_posix()
            try:
                texts[source] = extract(path.read_bytes(), source).text
            except DocumentError:
                continue
        return {source: text for source, text in texts.items() if text.strip()}

    def existing(self, choice: int) -> Path | None:
        paths = sorted(self.folder.rglob("*.*"))
        return paths[choice % len(paths)] if paths else None

    @initialize(data=_text)
    def first(self, data: bytes) -> None:
        self.write("a.txt", data)

    @rule(name=_name, data=_bytes)
    def write(self, name: str, data: bytes) -> None:
        """Add an article, or let one say something else."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    @rule(choice=st.integers(0, 9), data=_text)
    def append(self, choice: int, data: bytes) -> None:
        if path := self.existing(choice):
            path.write_bytes(path.read_bytes() + data)

    @rule(choice=st.integers(0, 9), data=_text)
    def prepend(self, choice: int, data: bytes) -> None:
        if path := self.existing(choice):
            path.write_bytes(data + path.read_bytes())

    @rule(choice=st.integers(0, 9), name=_name)
    def rename(self, choice: int, name: str) -> None:
        if path := self.existing(choice):
            (self.folder / name).parent.mkdir(exist_ok=True)
            path.rename(self.folder / name)

    @rule(choice=st.integers(0, 9))
    def remove(self, choice: int) -> None:
        if path := self.existing(choice):
            path.unlink()

    @rule(choice=st.integers(0, 9), aged=st.booleans())
    def touch(self, choice: int, aged: bool) -> None:
        if path := self.existing(choice):
            tick = next(_long_ago) if aged else time.time_ns()
            os.utime(path, ns=(tick, tick))

    @rule()
    def update(self) -> None:
        texts = self.on_disk()
        if texts:
            report = bring_up_to_date(self.folder, self.index)
            assert report.documents == len(texts)
            self.told = texts
            assert not bring_up_to_date(self.folder, self.index).rebuilt
        else:
            with pytest.raises(FolderError):
                bring_up_to_date(self.folder, self.index)

    @precondition(lambda self: self.on_disk())
    @rule(mending=st.booleans())
    def compare(self, mending: bool) -> None:
        """Bring the index up to date, or repair it: it is the one that a fresh build makes."""
        self.builds += 1
        fresh = self.here / f"fresh{self.builds}"
        (repair if mending else bring_up_to_date)(self.folder, self.index)
        bring_up_to_date(self.folder, fresh)
        self.told = self.on_disk()
        assert contents(self.index) == contents(fresh)
        assert answers(self.index, load_reader()) == answers(fresh, load_reader())
        shutil.rmtree(fresh)

    @rule(step=st.integers(1, 70), fault=st.sampled_from(["kill", "ENOSPC"]))
    def break_off(self, step: int, fault: str) -> None:
        """Kill a build at a step that touches the disk, or let the step fail: the index is the old or the new one."""
        process = FORKS.Process(
            target=crash_child.build_with_a_fault, args=(self.folder, self.index, step, fault), daemon=True
        )
        process.start()
        process.join(60)
        event(f"a build ended with {process.exitcode}")
        assert process.exitcode in (0, crash_child.REFUSED, -signal.SIGKILL)
        now = self.stored()
        if fault == "kill" or now == self.told:
            assert now in (self.told, self.on_disk())
        else:  # an article that could not be read is skipped, and the next build tries it again
            assert now
            assert now.items() <= self.on_disk().items()
        self.told = now

    @rule(question=st.sampled_from(QUESTIONS))
    def ask(self, question: str) -> None:
        """Every citation stands in the text that was indexed, and on disk if that is still there."""
        if self.told is None:
            with pytest.raises(IndexMissingError):
                Session.of_index(self.index)
            return
        with Session.of_index(self.index) as session:
            answer = session.ask(question)
        files, disk = Files(self.folder), self.on_disk()
        for citation in answer_json(answer)["citations"]:
            source, sentence = citation["source"], citation["sentence"]
            text = self.told[source]
            assert text[citation["start"] : citation["end"]] == citation["quote"]
            assert text[sentence["start"] : sentence["end"]] == sentence["text"]
            found = files.check(citation)
            event(f"a citation is {found.status}")
            if disk.get(source) == text:
                assert found.status is Status.UNCHANGED
            assert found.status is not Status.INVALID
            if found.status.stands:
                assert found.now
                assert disk[found.now.source][found.now.start : found.now.end] == citation["quote"]

    @invariant()
    def holds_what_was_told(self) -> None:
        assert self.stored() == self.told

    def stored(self) -> Texts | None:
        """Return the texts of the live index, by source."""
        try:
            opened = open_index(self.index)
        except IndexMissingError:
            return None
        with closing(opened):
            told = {each.source: each.doc_id for each in opened.passages.documents()}
            return {source: opened.passages.text(doc_id) for source, doc_id in told.items()}


OneFolder.TestCase.settings = settings(tried(50), stateful_step_count=20)
TestOneFolder = OneFolder.TestCase
