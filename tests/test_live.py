"""A folder that changes while it is asked: old answers end as they began, new ones know the new articles."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import watchfiles

from index import locks, stores
from index.build import bring_up_to_date
from index.errors import FolderError, IndexFolderError, IndexStoreError
from index.locks import build_lock
from index.opened import open_index
from index.store import Generation
from index.stores import LocalStore
from qa import watch as watch_module
from qa.builds import BuildState
from qa.live import LiveSession
from qa.session import Session
from qa.watch import watching

QUESTION = "Combien coûte le phare de Kerlan ?"
KERLAN = "Le phare de Kerlan coûte {} euros. Il fut achevé par la commune.\n"
PATIENCE = 60.0  # seconds until a test gives up


@pytest.fixture
def folder(make_folder) -> Path:
    return make_folder({"kerlan.txt": KERLAN.format(100), "loin.txt": "La météo de demain sera douce.\n"})


@pytest.fixture
def live(folder: Path) -> Iterator[LiveSession]:
    with LiveSession.of_folder(folder) as opened:
        yield opened


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    """Return a list that every session joins when it is closed."""
    sessions: list[Session] = []
    close = Session.close

    def recorded(self: Session) -> None:
        sessions.append(self)
        close(self)

    monkeypatch.setattr(Session, "close", recorded)
    return sessions


def answer(live: LiveSession, question: str = QUESTION) -> str | None:
    with live.lease() as session:
        return session.ask(question).text


def write(path: Path, text: str) -> None:
    """Write as editors do: beside, then renamed, so that nobody sees half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, "utf-8")
    os.replace(beside, path)


def test_a_refresh_answers_from_what_the_folder_says_now(live, folder):
    assert answer(live) == "100 euros"
    write(folder / "kerlan.txt", KERLAN.format(2500))
    assert answer(live) == "100 euros"
    state = live.refresh()
    assert answer(live) == "2500 euros"
    assert (state.running, state.problem) == (False, None)
    assert (state.report.changed, state.report.added, state.report.removed) == (1, 0, 0)
    assert live.state == state
    assert live.folder == folder
    assert live.index == folder / ".sourcier"
    with live.lease() as session:
        assert session.report == state.report


def test_a_refresh_without_a_change_keeps_the_session(live, closed):
    with live.lease() as before:
        state = live.refresh()
        with live.lease() as after:
            assert after is before
    assert state.report.rebuilt is False
    assert closed == []


def test_the_reader_is_kept(folder, overlap_reader):
    bring_up_to_date(folder)
    with LiveSession(Session(open_index(folder / ".sourcier"), reader=overlap_reader)) as live, live.lease() as before:
        write(folder / "new.txt", "Un article de plus.\n")
        live.refresh()
        with live.lease() as after:
            assert after is not before
            assert after.reader is overlap_reader


def test_an_old_session_answers_through_two_rebuilds_and_is_closed_with_its_last_user(live, folder, closed):
    with live.lease() as old:
        with live.lease() as again:
            assert again is old
            before = old.ask(QUESTION)
            for price in (2500, 3600, 4700):
                write(folder / "kerlan.txt", KERLAN.format(price))
                assert live.refresh().problem is None
            assert old.index.generation.path.exists()  # until nobody reads it
            assert old not in closed
        assert old not in closed
        after = old.ask(QUESTION)
        assert (after.text, after.citations, after.index_version) == ("100 euros", before.citations, old.index.version)
    assert closed.count(old) == 1
    assert len(closed) == 3  # those between had no user
    assert answer(live) == "4700 euros"
    with pytest.raises(sqlite3.ProgrammingError):
        old.ask(QUESTION)


def test_closing_waits_for_nobody_and_lets_everybody_end(live, closed):
    with live.lease() as session:
        live.close()
        live.close()
        assert session.ask(QUESTION).text == "100 euros"
        assert closed == []
        with pytest.raises(IndexFolderError, match="closed"), live.lease():
            pass
    assert closed == [session]
    live.close()
    assert closed == [session]
    assert "closed" in live.refresh().problem
    live.refresh_soon()
    assert not live.busy


def test_a_lease_that_ends_in_an_error_ends(live, closed):
    with pytest.raises(ZeroDivisionError), live.lease() as session:
        raise ZeroDivisionError
    live.close()
    assert closed == [session]


def test_closing_breaks_a_build_off(live, folder, monkeypatch, closed):
    write(folder / "new.txt", "Un article de plus.\n")
    generations = sorted(live.index.glob("generation-*"))
    progress = LiveSession._progress

    def close_first(self: LiveSession, done: int, total: int) -> None:
        if done == 1:
            self.close()
        progress(self, done, total)

    monkeypatch.setattr(LiveSession, "_progress", close_first)
    assert "closed" in live.refresh().problem
    assert sorted(live.index.glob("generation-*")) == generations
    assert len(closed) == 1


def test_what_is_built_after_closing_is_closed(live, folder, monkeypatch, closed):
    write(folder / "new.txt", "Un article de plus.\n")

    def close_last(*args: object, **options: object) -> object:
        report = bring_up_to_date(*args, **options)
        live.close()
        return report

    monkeypatch.setattr(stores, "bring_up_to_date", close_last)
    live.refresh()
    assert len(closed) == 2
    assert closed[0] is not closed[1]


def test_progress_is_told_while_it_runs(live, folder, monkeypatch):
    write(folder / "new.txt", "Un article de plus.\n")
    seen: list[tuple[BuildState, bool]] = []
    progress = LiveSession._progress

    def spy(self: LiveSession, done: int, total: int) -> None:
        progress(self, done, total)
        seen.append((self.state, self.busy))

    monkeypatch.setattr(LiveSession, "_progress", spy)
    first = live.state.report
    assert not live.busy
    live.refresh()
    assert not live.busy
    assert all(state.running and busy and state.report is first for state, busy in seen)
    assert [(state.done, state.total) for state, _ in seen][-4:] == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_folder_without_articles_leaves_the_old_index(live, folder):
    report = live.state.report
    for path in folder.glob("*.txt"):
        path.unlink()
    state = live.refresh()
    assert "put articles" in state.problem
    assert "\n" not in state.problem
    assert state.report is report
    assert answer(live) == "100 euros"
    write(folder / "kerlan.txt", KERLAN.format(7))
    assert live.refresh().problem is None
    assert answer(live) == "7 euros"


def test_a_busy_index_is_a_problem_and_no_more(live, folder, monkeypatch):
    monkeypatch.setattr(locks, "_LOCK_SECONDS", 0.01)
    write(folder / "kerlan.txt", KERLAN.format(7))
    with build_lock(live.index):
        assert "another build" in live.refresh().problem
        assert answer(live) == "100 euros"
    assert live.refresh().problem is None
    assert answer(live) == "7 euros"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("no number"), "no number"),
        (FolderError("no folder at x: check the path"), "no folder at x: check the path"),
    ],
)
def test_a_failure_is_told_and_the_old_session_stays(live, monkeypatch, closed, error, said):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(stores, "bring_up_to_date", fail)
    state = live.refresh()
    assert said in state.problem
    assert not state.running
    assert answer(live) == "100 euros"
    assert closed == []


def test_a_new_index_that_cannot_be_opened_leaves_the_old_session(live, folder, monkeypatch, closed):
    def fail(_: Path) -> None:
        raise IndexFolderError("the index is damaged: rebuild")

    monkeypatch.setattr(stores, "open_index", fail)
    write(folder / "kerlan.txt", KERLAN.format(7))
    assert live.refresh().problem == "the index is damaged: rebuild"
    assert answer(live) == "100 euros"
    monkeypatch.undo()
    assert live.refresh().report.rebuilt is False
    assert answer(live) == "7 euros"  # built then, opened now


def test_a_bug_is_raised_and_leaves_nothing_running(live, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stores, "bring_up_to_date", fail)
    with pytest.raises(ZeroDivisionError):
        live.refresh()
    assert not live.busy
    assert "broke off" in live.state.problem
    monkeypatch.undo()
    assert live.refresh().problem is None


def test_what_another_process_built_is_noticed(live, folder):
    write(folder / "kerlan.txt", KERLAN.format(7))
    bring_up_to_date(folder)
    assert answer(live) == "100 euros"
    assert live.refresh().report.rebuilt is False
    assert answer(live) == "7 euros"


def test_an_index_that_was_removed_is_built_again_with_its_own_encoder(live, monkeypatch):
    models: list[str | None] = []

    def spy(folder: Path, index: Path, model: str | None, **options: object) -> object:
        models.append(model)
        return bring_up_to_date(folder, index, model, **options)

    monkeypatch.setattr(stores, "bring_up_to_date", spy)
    live.refresh()
    shutil.rmtree(live.index)
    assert live.refresh().problem is None
    with live.lease() as session:
        assert models == [None, session.index.encoder.name]
        assert session.index.generation.path.exists()


@dataclass(frozen=True, slots=True)
class Shared(LocalStore):
    """An index folder as if many machines shared it; while there are errors, it raises the first of them."""

    errors: list[Exception]

    @property
    def shared(self) -> bool:
        return True

    def current(self) -> Generation:
        if self.errors:
            raise self.errors[0]
        return LocalStore.current(self)


def test_a_store_that_cannot_be_asked_is_told_until_it_can(folder):
    store = Shared(bring_up_to_date(folder) and folder / ".sourcier", [])
    with LiveSession(Session.of_store(store), store) as live:
        assert live.trouble is None
        with pytest.raises(IndexStoreError), live.lease():
            raise IndexStoreError("the server is away")  # as any question may
        assert live.trouble == "the server is away"
        live.reopen()
        assert live.trouble is None
        store.errors.append(IndexStoreError("still away"))
        with pytest.raises(IndexStoreError):
            live.reopen()
        assert live.trouble == "still away"
        assert live.refresh().problem == "still away"
        assert answer(live) == "100 euros"
        store.errors.clear()
        assert (live.refresh().problem, live.trouble) == (None, None)


def test_other_trouble_is_not_that_of_the_store(folder):
    store = Shared(bring_up_to_date(folder) and folder / ".sourcier", [IndexFolderError("damaged")])
    with LiveSession(Session.of_store(store), store) as live:
        with pytest.raises(IndexFolderError):
            live.reopen()
        assert live.trouble is None


class Arrivals(LiveSession):
    """Lets a test wait until calls have come in."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.arrived = threading.Semaphore(0)

    def _run_or_wait(self, wanted: int) -> BuildState:
        self.arrived.release()
        return super()._run_or_wait(wanted)

    def wait(self, calls: int) -> None:
        for _ in range(calls):
            assert self.arrived.acquire(timeout=PATIENCE)


def test_calls_that_come_while_one_runs_share_exactly_one_more(folder, monkeypatch):
    entered, go_on = threading.Semaphore(0), threading.Event()
    runs: list[int] = []

    def gated(*args: object, **options: object) -> object:
        runs.append(len(runs))
        entered.release()
        assert go_on.wait(PATIENCE)
        return bring_up_to_date(*args, **options)

    with Arrivals.of_folder(folder) as live, ThreadPoolExecutor(10) as pool:
        monkeypatch.setattr(stores, "bring_up_to_date", gated)
        first = pool.submit(live.refresh)
        assert entered.acquire(timeout=PATIENCE)
        write(folder / "kerlan.txt", KERLAN.format(7))  # perhaps too late for the first
        others = [pool.submit(live.refresh) for _ in range(8)]
        live.refresh_soon()
        live.refresh_soon()
        assert live.busy
        live.wait(1 + 8 + 1)
        go_on.set()
        assert first.result(PATIENCE).problem is None
        states = [other.result(PATIENCE) for other in others]
        assert answer(live) == "7 euros"
        assert runs == [0, 1]
        assert all(state == states[0] and not state.running for state in states)


def test_refresh_soon_does_it_in_the_background(folder):
    with Told.of_folder(folder) as live:
        write(folder / "kerlan.txt", KERLAN.format(7))
        live.refresh_soon()
        live.wait_until(lambda: not live.busy and answer(live) == "7 euros")


def test_many_ask_while_the_folder_changes(live, folder, closed):
    """Every answer is of one state of the folder, whole."""
    stop = threading.Event()
    seen: dict[int, Session] = {}

    def ask() -> int:
        asked = 0
        while not stop.is_set():
            with live.lease() as session:
                seen[id(session)] = session
                told = session.ask(QUESTION)
                assert told.index_version == session.index.version
                assert told.text is not None
                documents = {info.source: info.doc_id for info in session.index.passages.documents()}
                for citation in told.citations:
                    text = session.index.passages.text(documents[citation.source])
                    assert text[citation.start : citation.end] == citation.quote
                asked += 1
        return asked

    swaps = 12
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            for price in range(swaps):
                write(folder / "kerlan.txt", "Bonjour.\n" * price + KERLAN.format(1000 + price))
                assert live.refresh().problem is None
        finally:
            stop.set()
        assert all(each.result(PATIENCE) for each in asking)
    with live.lease() as now:
        pass
    assert now not in closed
    assert len(closed) == len(set(map(id, closed))) == swaps
    assert {id(session) for session in seen.values() if session is not now} <= set(map(id, closed))
    assert answer(live) == f"{1000 + swaps - 1} euros"


class Told(LiveSession):
    """Lets a test wait for what a refresh brings."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._refreshed = threading.Condition()
        self.refreshes = 0

    def _run_or_wait(self, wanted: int) -> BuildState:
        try:
            return super()._run_or_wait(wanted)
        finally:
            with self._refreshed:
                self.refreshes += 1
                self._refreshed.notify_all()

    def wait_until(self, true: Callable[[], bool]) -> None:
        with self._refreshed:
            assert self._refreshed.wait_for(true, PATIENCE), self.state


@pytest.fixture
def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setattr(watch_module, "_RETRY_SECONDS", 0.05)
    with Told.of_folder(folder) as opened, watching(opened):
        opened.wait_until(lambda: opened.refreshes >= 1)  # it follows from here on
        yield opened


def test_an_article_comes_changes_and_goes(watched, folder, capsys):
    question = "Qui a dessiné le pont de Lann ?"
    assert answer(watched, question) is None
    (folder / "sub").mkdir()
    write(folder / "sub" / "lann.md", "Le pont de Lann fut dessiné par Anne Morvan.\n")
    watched.wait_until(lambda: answer(watched, question) == "Anne Morvan")
    write(folder / "sub" / "lann.md", "Le pont de Lann fut dessiné par Jeanne Kerouac.\n")
    watched.wait_until(lambda: answer(watched, question) == "Jeanne Kerouac")
    write(folder / "scan.pdf", "%PDF")  # passed over, and no trouble
    watched.wait_until(lambda: any(each.source == "scan.pdf" for each in watched.state.report.skipped))
    write(folder / "broken.txt", "\0\1\2\0")
    watched.wait_until(lambda: any(each.source == "broken.txt" for each in watched.state.report.skipped))
    assert answer(watched, question) == "Jeanne Kerouac"
    (folder / "sub").rename(folder / ".hidden")
    watched.wait_until(lambda: answer(watched, question) is None)
    (folder / ".hidden").rename(folder / "shown")
    watched.wait_until(lambda: answer(watched, question) == "Jeanne Kerouac")
    write(folder / "shown" / "lann.md", "Le pont de Lann fut dessiné par Rose Tanguy.\n")  # followed there, too
    watched.wait_until(lambda: answer(watched, question) == "Rose Tanguy")
    (folder / "shown" / "lann.md").unlink()
    watched.wait_until(lambda: answer(watched, question) is None)
    assert capsys.readouterr().err == ""


def test_a_folder_that_is_removed_and_made_again(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(watch_module, "_RETRY_SECONDS", 0.05)
    with Told.of_folder(folder, tmp_path / "index") as live, watching(live):
        live.wait_until(lambda: live.refreshes >= 1)
        shutil.rmtree(folder)
        live.wait_until(lambda: "no folder" in (live.state.problem or ""))
        tried = live.refreshes
        live.wait_until(lambda: live.refreshes > tried + 2)
        assert answer(live) == "100 euros"
        beside = tmp_path / "made"
        beside.mkdir()
        write(beside / "kerlan.txt", KERLAN.format(7))
        beside.rename(folder)
        live.wait_until(lambda: answer(live) == "7 euros")
        write(folder / "kerlan.txt", KERLAN.format(8))
        live.wait_until(lambda: answer(live) == "8 euros")
    told = capsys.readouterr().err.splitlines()
    assert sum("no folder" in line for line in told) == 1


def test_another_folder_in_its_place_is_followed(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(watch_module, "_TICK_MS", 50)
    with Told.of_folder(folder, tmp_path / "index") as live, watching(live):
        live.wait_until(lambda: live.refreshes >= 1)
        beside = tmp_path / "made"
        beside.mkdir()
        write(beside / "kerlan.txt", KERLAN.format(7))
        folder.rename(tmp_path / "old")
        beside.rename(folder)
        live.wait_until(lambda: answer(live) == "7 euros")
        write(folder / "kerlan.txt", KERLAN.format(8))
        live.wait_until(lambda: answer(live) == "8 euros")


def test_what_cannot_be_read_for_a_while_is_told_once(watched, folder, monkeypatch, capsys):
    def fail(*_: object, **__: object) -> None:
        raise FolderError("cannot read the folder (Permission denied): check its permissions")

    monkeypatch.setattr(stores, "bring_up_to_date", fail)
    tried = watched.refreshes
    write(folder / "kerlan.txt", KERLAN.format(7))
    watched.wait_until(lambda: watched.refreshes > tried + 1)
    follow, followed = watchfiles.watch, []

    def spy(*paths: Path, **options: object) -> object:
        followed.append(paths)
        return follow(*paths, **options)

    monkeypatch.setattr(watchfiles, "watch", spy)
    monkeypatch.setattr(stores, "bring_up_to_date", bring_up_to_date)
    watched.wait_until(lambda: answer(watched) == "7 euros")
    watched.wait_until(lambda: bool(followed))  # anew: what cannot be read cannot be followed either
    assert capsys.readouterr().err.count("Permission denied") == 1


@pytest.mark.parametrize("error", [OSError("file watch limit reached"), RuntimeError("unknown")])
def test_a_folder_that_cannot_be_followed_is_tried_again(folder, monkeypatch, capsys, error):
    follow, tries = watchfiles.watch, []

    def fail_twice(*paths: Path, **options: object) -> object:
        tries.append(paths)
        if len(tries) <= 2:
            raise error
        return follow(*paths, **options)

    monkeypatch.setattr(watchfiles, "watch", fail_twice)
    monkeypatch.setattr(watch_module, "_RETRY_SECONDS", 0.05)
    with Told.of_folder(folder) as live:
        write(folder / "kerlan.txt", KERLAN.format(7))
        with watching(live):
            live.wait_until(lambda: answer(live) == "7 euros")
    assert len(tries) >= 3
    assert capsys.readouterr().err.count("cannot follow") == 1


@pytest.mark.parametrize("index", [".sourcier", "kept"])
def test_what_is_hidden_and_the_index_itself_are_not_followed(folder, tmp_path, index):
    with LiveSession.of_folder(folder, folder / index) as live:
        follower = watch_module._Follower(live, threading.Event())
        told = {
            ("a.txt", "modified"): True,
            ("a.MD", "modified"): True,
            ("a.log", "modified"): False,
            ("a.log", "added"): True,  # it is to be named among those skipped
            ("a.log", "deleted"): True,
            ("gone", "deleted"): True,  # perhaps a folder of articles
            (".", "modified"): True,  # its permissions, perhaps
            (".a.txt.swp", "added"): False,
            (".git/notes.txt", "added"): False,
            (f"{index}/generation-000002/passages.sqlite", "added"): False,
            (f"{index}/removed/20250101T000000Z-00000000/a.txt", "added"): False,
        }
        assert {key: follower._matters(folder / key[0], key[1]) for key in told} == told


def test_following_ends_with_its_block(folder):
    names = lambda: {thread.name for thread in threading.enumerate()}  # noqa: E731
    with LiveSession.of_folder(folder) as live:
        with watching(live):
            assert "sourcier-watch" in names()
        assert "sourcier-watch" not in names()
