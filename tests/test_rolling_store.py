"""Processes that answer from one store: while another one writes it, and while its server is away."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from milvus_server import MilvusServer
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

from index.errors import UsageError
from index.stores import store_of
from qa.live import LiveSession
from qa.service import Service
from qa.session import Session
from qa.suggest.suggester import Suggester
from qa.turnstile import Turnstile
from qa.ui.browsing import Filter
from qa.ui.desk import Desk
from qa.ui.view import View
from qa.ui.words import words_of

PRICES = (2500, 3600)


@dataclass(frozen=True)
class Site:
    """Two processes over one store, and the folder that it holds."""

    folder: Path
    url: str
    two: tuple[Process, Process]


@pytest.fixture(scope="module")
def site(milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    here = tmp_path_factory.mktemp("site")
    folder = here / "articles"
    folder.mkdir()
    (folder / "loin.txt").write_text("La météo de demain sera douce.\n", "utf-8")
    write(folder, 100)
    url = f"{milvus.url}/rolling"
    index(folder, url)
    kept = {"XDG_DATA_HOME": str(here / "data")}
    with serving("--store", url, "--metrics", **kept) as one, serving("--store", url, "--metrics", **kept) as other:
        yield Site(folder, url, (one, other))


def index(folder: Path, url: str) -> str:
    """Write the folder by a process of its own; return the version."""
    build = [sys.executable, "-m", "qa", "index", str(folder), "--store", url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(build, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    return version_in(url)


def version_in(url: str) -> str:
    store = store_of(url)
    try:
        return store.current().manifest.version
    finally:
        store.close()


def ask(url: str) -> httpx.Response:
    return httpx.post(f"{url}api/ask", json={"question": QUESTION}, timeout=PATIENCE)


def ready(url: str) -> tuple[int, str | None]:
    told = httpx.get(f"{url}health/ready", timeout=PATIENCE)
    return told.status_code, told.json().get("reason")


def test_a_store_is_written_under_two_processes_and_no_question_fails(site):
    two, url = site.two, site.url
    texts = {version_in(url): (100, hashlib.sha256(KERLAN.format(100).encode()).hexdigest())}
    balancer = Balancer(*two)
    with asking(balancer, 2):
        for price in PRICES:
            digest = write(site.folder, price)
            version = index(site.folder, url)
            texts[version] = (price, digest)
        for each in two:
            until(lambda url=each.url: version_at(url) == version, "the new version is served")
        asked = len(balancer.answers)
        until(lambda: len(balancer.answers) > asked + 8, "questions are answered after the change")
    assert balancer.failures == []
    assert {each for each, _ in balancer.answers} == {each.url for each in two}
    for _, told in balancer.answers:
        price, digest = texts[told["index"]["version"]]
        assert (told["answer"], told["citations"][0]["sha256"]) == (f"{price} euros", digest)
        assert KERLAN.format(price) in {passage["text"] for passage in told["passages"]}
    assert {told["index"]["version"] for _, told in balancer.answers[-4:]} == {version}
    for each in two:
        assert figure(each.url, "sourcier_index_changes_total") >= 1
        assert each.complaints == []


def test_a_server_that_is_away_is_told_and_taken_up_again(site, milvus):
    two, one = site.two, site.two[0]
    expected = ask(one.url).json()["answer"]
    assert expected.endswith(" euros")
    assert [ready(each.url) for each in two] == [(200, None)] * 2
    milvus.kill()
    try:
        with ThreadPoolExecutor(2) as pool:
            for told in pool.map(ask, (one.url, one.url)):
                error = told.json()["error"]
                assert (told.status_code, error["kind"]) == (503, "index_store")
                assert error["message"].startswith("STORE: ")
                assert "see that Milvus runs" in error["message"]
                assert "\n" not in error["message"]
        for each in two:  # the other was asked nothing: it looks by itself
            until(lambda url=each.url: ready(url)[0] == 503, "it says that it is not ready")
            assert ready(each.url)[1] == "the store of the index cannot be asked"
            assert httpx.get(f"{each.url}health/live", timeout=PATIENCE).status_code == 200
        listed = httpx.get(f"{one.url}api/documents", timeout=PATIENCE)
        assert (listed.status_code, listed.json()["error"]["kind"]) == (503, "index_store")
    finally:
        milvus.start()
    for each in two:
        until(lambda url=each.url: ready(url)[0] == 200, "it is ready again")
        assert ask(each.url).json()["answer"] == expected
        assert len(each.complaints) == 1
        assert each.complaints[0].startswith(f"sourcier: {site.url}: ")


def test_what_a_store_does_not_take_is_refused_and_a_look_is_not(site):
    url = site.two[0].url
    put = httpx.put(f"{url}api/documents/new.txt", content=b"Un article de plus.\n", timeout=PATIENCE)
    assert (put.status_code, put.json()["error"]["kind"]) == (403, "read_only")
    write(site.folder, 4700)
    version = index(site.folder, site.url)
    assert httpx.post(f"{url}api/index", timeout=PATIENCE).status_code == 202
    until(lambda: version_at(url) == version, "the new version is served")
    told = httpx.get(f"{url}api/index", timeout=PATIENCE).json()
    assert (told["version"], told["problem"], told["documents"]) == (version, None, 2)
    listed = httpx.get(f"{url}api/documents", timeout=PATIENCE).json()["documents"]
    assert [each["source"] for each in listed] == ["kerlan.txt", "loin.txt"]


def test_too_many_articles_to_list_are_asked_all_the_same(milvus, monkeypatch, make_folder):
    folder = make_folder({"kerlan.txt": KERLAN.format(100), "autre.txt": "La météo de demain sera douce.\n"})
    monkeypatch.setattr("index.milvus.catalogue.MOST_LISTED", 1)
    monkeypatch.setattr("index.milvus.catalogue.RemoteCatalogue._listed", property(pytest.fail))
    store, words = store_of(f"{milvus.url}/many"), words_of("en")
    store.build(folder)
    with LiveSession(Session.of_store(store), store) as live, closing(Suggester(live)) as suggester:
        suggester.start()
        assert suggester.wait(PATIENCE)
        desk = Desk(live, Turnstile(), suggester, read_only=True)
        for view in (View(), View(listed=Filter(find="kerlan")), View(listed=Filter(since="2020"))):
            assert words.folder.many in desk.side(view, words)
        service = Service(live)
        assert service.ask(QUESTION, sources=["kerlan.txt"])["answer"] == "100 euros"
        assert service.ask("Who is Apple's chief executive?")["abstained"]
        with pytest.raises(UsageError, match="2 articles are too many to list"):
            service.documents()


class Nothing:
    """Offers no question."""

    def opening(self, *_: object, **__: object) -> tuple[str, ...]:
        return ()

    near = opening


def test_the_page_shows_a_store_and_says_when_it_is_away(milvus, monkeypatch, make_folder):
    folder, url = make_folder({"kerlan.txt": KERLAN.format(100)}), f"{milvus.url}/page"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder.parent / "data"))
    store, words = store_of(url), words_of("en")
    store.build(folder)
    with LiveSession(Session.of_store(store), store) as live:
        desk = Desk(live, Turnstile(), Nothing(), read_only=True)
        assert "kerlan.txt" in desk.side(View(), words)
        milvus.kill()
        try:
            with monkeypatch.context() as hasty:
                hasty.setattr("index.milvus.connection.PATIENCE", 0.01)
                told = desk.side(View(), words)
            assert "STORE: " in told
            assert url not in told
            assert live.trouble
        finally:
            milvus.start()
        live.reopen()
        assert live.trouble is None
        assert "kerlan.txt" in desk.side(View(), words)
