"""Two processes serve one index while it changes, and one of them ends: no question fails."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from rolling import (
    KERLAN,
    PATIENCE,
    QUESTION,
    ROOT,
    Balancer,
    Process,
    asking,
    figure,
    serving,
    until,
    version_at,
    write,
)

from index import locks
from index.build import bring_up_to_date
from index.errors import IndexBusyError, IndexCorruptError, IndexStoreError
from index.locks import build_lock
from index.store import read_current
from qa import changeover
from qa.changeover import keep_current, keeping_current
from qa.live import LiveSession
from qa.opening import session_of
from qa.session import Session

PRICES = (2500, 3600, 4700)
MANY = 60


@pytest.fixture
def folder(make_folder) -> Path:
    return make_folder({"kerlan.txt": KERLAN.format(100), "loin.txt": "La météo de demain sera douce.\n"})


@pytest.fixture
def two(folder) -> Iterator[tuple[Process, Process]]:
    bring_up_to_date(folder, index := folder.parent / "index")
    flags = ("--read-only", "--metrics", "--drain", str(int(PATIENCE)))
    with serving("-i", index, *flags) as one, serving("-i", index, *flags) as other:
        yield one, other


def test_an_index_is_changed_under_two_processes_and_every_answer_is_of_one_version(two, folder):
    index = folder.parent / "index"
    texts = {read_current(index).manifest.version: (100, hashlib.sha256(KERLAN.format(100).encode()).hexdigest())}
    balancer = Balancer(*two)

    def rebuild(price: int) -> str:
        digest = write(folder, price)
        build = [sys.executable, "-m", "qa", "index", str(folder), "-i", str(index)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(build, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=PATIENCE)
        version = read_current(index).manifest.version
        texts[version] = (price, digest)
        return version

    with asking(balancer, 2):
        for price in PRICES:
            version = rebuild(price)
        for each in two:
            until(lambda url=each.url: version_at(url) == version, "the new version is served")
        asked = len(balancer.answers)
        until(lambda: len(balancer.answers) > asked + 8, "questions are answered after the change")

    assert balancer.failures == []
    assert {url for url, _ in balancer.answers} == {each.url for each in two}
    for _, told in balancer.answers:
        price, digest = texts[told["index"]["version"]]
        assert (told["answer"], told["citations"][0]["sha256"]) == (f"{price} euros", digest)
        assert KERLAN.format(price) in {passage["text"] for passage in told["passages"]}
    assert {told["index"]["version"] for _, told in balancer.answers[-4:]} == {version}
    rebuild(5800)
    generations = {path.name for path in index.glob("generation-*")}
    assert len(generations) == 2  # the live one, and the one before it, which readers may be about to open
    assert read_current(index).path.name in generations
    for each in two:
        assert figure(each.url, "sourcier_index_changes_total") >= 1
        assert each.complaints == []


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGTERM")
def test_a_process_that_is_told_to_end_is_left_out_answers_what_it_admitted_and_ends(two):
    leaving, staying = two
    balancer = Balancer(*two)
    many = {"questions": [QUESTION] * MANY}
    with ThreadPoolExecutor(1) as pool, asking(balancer, 1):
        until(lambda: len(balancer.answers) > 3, "both are asked")
        admitted = pool.submit(httpx.post, f"{leaving.url}api/ask_many", json=many, timeout=PATIENCE)
        until(lambda: figure(leaving.url, "sourcier_questions_running") > 0, "the many are being answered")
        leaving.process.send_signal(signal.SIGTERM)
        until(lambda: leaving.url in balancer.left_out, "the client sees that it is not ready")
        still = httpx.post(f"{leaving.url}api/ask", json={"question": QUESTION}, timeout=PATIENCE)
        assert still.json()["answer"] == "100 euros"  # for a balancer that has not noticed yet
        assert httpx.get(f"{leaving.url}health/live", timeout=PATIENCE).status_code == 200
        asked = len(balancer.answers)
        until(lambda: len(balancer.answers) > asked + 2, "the other is asked")
        leaving.process.send_signal(signal.SIGTERM)  # a second one: nothing new comes, as the drain would see to
        told = admitted.result(PATIENCE)
        assert leaving.process.wait(PATIENCE) == 0
    assert (told.status_code, [each["answer"] for each in told.json()["answers"]]) == (200, ["100 euros"] * MANY)
    assert balancer.failures == []
    assert {url for url, _ in balancer.answers[-2:]} == {staying.url}
    assert leaving.complaints == staying.complaints == []


def answer(live: LiveSession) -> tuple[str | None, str]:
    with live.lease() as session:
        told = session.ask(QUESTION)
    return told.text, told.index_version


def test_what_another_process_built_is_asked_after_a_reopening_and_only_then(folder):
    with LiveSession.of_folder(folder) as live:
        first = answer(live)
        write(folder, 2500)
        version = bring_up_to_date(folder).version
        assert answer(live) == first
        with live.lease() as old:
            live.reopen()
            assert old.ask(QUESTION).text == "100 euros"
        assert answer(live) == ("2500 euros", version)
        assert (live.state.report, live.tally.changed_over) == (None, 1)
        with live.lease() as now:
            live.reopen()
            with live.lease() as again:
                assert again is now


def test_a_newer_index_that_cannot_be_opened_leaves_the_one_before(folder):
    with LiveSession.of_folder(folder) as live:
        write(folder, 2500)
        bring_up_to_date(folder)
        manifest = read_current(live.index).path / "manifest.json"
        whole = manifest.read_bytes()
        manifest.write_bytes(whole + b" ")
        with pytest.raises(IndexCorruptError):
            live.reopen()
        assert answer(live)[0] == "100 euros"
        manifest.write_bytes(whole)
        live.reopen()
        assert answer(live)[0] == "2500 euros"
    live.reopen()  # closed: there is nothing to do


def test_a_build_under_way_changes_over_itself(folder, monkeypatch):
    with LiveSession.of_folder(folder) as live:
        taken = []
        take_over = LiveSession._take_over

        def during(self, report):
            live.reopen()
            taken.append(report)
            take_over(self, report)

        monkeypatch.setattr(LiveSession, "_take_over", during)
        write(folder, 2500)
        state = live.refresh()
        assert taken == [state.report]
        with live.lease() as session:
            assert session.report is state.report


def test_a_process_that_starts_during_a_build_answers_from_the_index_as_it_stands(folder, monkeypatch, capsys):
    monkeypatch.setattr(locks, "_LOCK_SECONDS", 0.01)
    options = Namespace(command="serve", folder=folder, index=folder.parent / "index")
    with build_lock(options.index), pytest.raises(IndexBusyError), session_of(options):
        pass
    bring_up_to_date(folder, options.index)
    write(folder, 2500)
    with build_lock(options.index):
        with session_of(options) as session:
            assert session.ask(QUESTION).text == "100 euros"
        assert "answers are from the index as it stands" in capsys.readouterr().err
        options.command = "ask"
        with pytest.raises(IndexBusyError), session_of(options):
            pass


class Reopened:
    """What is reopened: fails as told, then sets `done`."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors, self.done = list(errors), threading.Event()

    def reopen(self) -> None:
        error = self.errors.pop(0) if self.errors else self.done.set()
        if error:
            raise error


def test_trouble_is_told_once_for_each_kind_and_looked_at_again(capsys):
    gone, full = IndexCorruptError("the index is gone"), OSError(24, "Too many open files")
    live = Reopened(gone, gone, None, gone, full)
    keep_current(live, live.done, 0)
    lines = capsys.readouterr().err.splitlines()
    assert ["gone" in line for line in lines] == [True, True, False]
    assert "Too many open files" in lines[2]
    assert all("the index before it is still asked" in line for line in lines)


class Waits(threading.Event):
    """An event that nobody has to wait for, and that keeps for how long each would have."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return self.is_set()


def test_what_costs_to_look_at_is_looked_at_less_often_and_a_store_that_is_away_is_not(capsys):
    for error, waited in ((IndexCorruptError("damaged"), [1, 2, 4, 8, 1]), (IndexStoreError("away"), [1] * 5)):
        live = Reopened(error, error, error)
        live.done = Waits()
        keep_current(live, live.done, 1)
        assert live.done.seconds == waited
    assert [*map(str.strip, capsys.readouterr().err.splitlines())] == [
        "sourcier: damaged (the index before it is still asked)",
        "sourcier: away",
    ]


def test_an_index_is_kept_current_in_the_background_until_the_block_ends(folder, monkeypatch):
    monkeypatch.setattr(changeover.keep_current, "__defaults__", (0.01,))
    with LiveSession(Session.of_folder(folder)) as live, keeping_current(live):
        write(folder, 2500)
        bring_up_to_date(folder)
        until(lambda: answer(live)[0] == "2500 euros", "it is answered from the newer index")
    assert "sourcier-changeover" not in {thread.name for thread in threading.enumerate()}
