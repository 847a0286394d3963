"""What balancers and Prometheus are told: whether to send questions here, and figures without anybody's words."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from threading import Event

import httpx
import pytest
from page_server import served
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from index.errors import BusyError, IndexCorruptError, UsageError
from qa.counted import Counted, Endpoint, Outcome
from qa.live import LiveSession
from qa.turnstile import Turnstile
from qa.web.clients import is_local
from qa.web.gate import LIVE, METRICS, READY
from qa.web.health import Readiness
from qa.web.metrics import Metrics
from qa.web.passwords import set_password
from qa.web.server import guarded
from qa.web.terms import Serving, check
from qa.web.users import Users

TOWER = "Le phare de Brenoux mesure 41 mètres. Il éclaire la baie de Kervel depuis 1873.\n"
HEIGHT = "Combien mesure le phare de Brenoux ?"
TOKEN = "a token of some length"
ANN = ("ann", "correct horse")
HERE, THERE = ("127.0.0.1", 5000), ("192.0.2.7", 5000)
HOST = "http://127.0.0.1:7860"


@pytest.fixture
def live(make_folder):
    folder = make_folder({"phare.txt": TOWER})
    with LiveSession.of_folder(folder, folder.parent / "index") as live:
        yield live


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    path = tmp_path_factory.mktemp("users") / "users"
    set_password(path, *ANN)
    return Users(path)


async def nothing(scope, receive, send):
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Guarded:
    """All that stands before the application, and what it looks at."""

    def __init__(self, live, users=None, **terms):
        self.live, self.turnstile = live, Turnstile(running=1, waiting=0)
        self.readiness = Readiness(live, self.turnstile)
        metrics = Metrics(live, self.turnstile) if terms.get("metrics") else None
        self.app = guarded(nothing, Serving(**terms), users, self.readiness, metrics)

    def client(self, address=HERE, host=HOST):
        return TestClient(self.app, base_url=host, client=address)


def figures(text):
    """Return every sample by its name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def questions(found, endpoint):
    """Return the questions of an endpoint that were counted, by outcome and reason."""
    told = {}
    for (name, *labels), value in found.items():
        if name == "sourcier_questions_total" and value and dict(labels)["endpoint"] == endpoint:
            told[dict(labels)["outcome"], dict(labels)["reason"]] = value
    return told


def test_a_process_that_is_up_and_ready_says_so_with_its_version_and_nothing_else(live):
    client = Guarded(live).client()
    version = live.manifest.version
    assert client.get(LIVE).json() == {"schema": 1, "status": "live", "version": version}
    ready = client.get(READY)
    assert (ready.status_code, ready.json()) == (200, {"schema": 1, "status": "ready", "version": version})
    assert ready.headers["cache-control"] == "no-store"
    assert client.head(READY).status_code == 200


def test_it_is_not_ready_while_it_is_stopping(live):
    process = Guarded(live)
    process.readiness.stopping = True
    told = process.client().get(READY)
    version = live.manifest.version
    assert told.status_code == 503
    assert told.json() == {"schema": 1, "status": "not ready", "version": version, "reason": "stopping"}
    assert process.client().get(LIVE).status_code == 200


def test_it_is_not_ready_while_no_question_would_be_admitted(live):
    process, go_on = Guarded(live), Event()

    async def fill():
        asking = asyncio.create_task(process.turnstile.run(go_on.wait, 20))
        await asyncio.sleep(0)
        transport = httpx.ASGITransport(process.app, client=HERE)
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
            full = await http.get(READY)
            go_on.set()
            await asking
            await process.turnstile.emptied()
            return full, await http.get(READY)

    full, later = asyncio.run(fill())
    assert (full.status_code, full.json()["reason"], later.status_code) == (503, "busy", 200)


def test_it_is_not_ready_without_an_index(live):
    process = Guarded(live)
    live.close()
    told = process.client().get(READY)
    assert (told.status_code, told.json()["reason"]) == (503, "no index is open")
    assert process.client().get(LIVE).json() == {"schema": 1, "status": "live", "version": None}


@pytest.mark.parametrize("path", [LIVE, READY])
def test_health_needs_no_login_and_lets_nobody_past_it(live, users, path):
    client = Guarded(live, users).client(THERE)
    assert client.get(path).status_code == 200
    assert client.get(f"{path}/").status_code == 401
    assert client.get(f"{path}/../../api/documents").status_code == 401
    assert client.get(f"{path}x").status_code == 401
    refused = client.post(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("10.1.2.3:7860", True), ("[fd00::1]:7860", True), ("localhost", True), ("sourcier.example", True),
        ("rebound.example", False), ("10.1.2.3.example", False), ("a@10.1.2.3", False), ("", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [LIVE, READY, METRICS])
def test_who_probes_names_an_address_or_a_name_that_is_known(live, path, host, known):
    client = Guarded(live, trusted=("sourcier.example",), metrics=True).client()
    assert (client.get(path, headers={"host": host}).status_code == 200) is known
    elsewhere = client.get("/", headers={"host": host}).status_code  # where an address alone will not do
    assert elsewhere == (418 if host in ("localhost", "sourcier.example") else 400)


def test_who_probes_may_name_no_host_as_in_http_1_0(live):
    process = Guarded(live)

    async def asked(path, *hosts):
        told = []
        head = [(b"host", host) for host in hosts]
        scope = {"type": "http", "method": "GET", "path": path, "headers": head, "client": HERE, "query_string": b""}

        async def receive():
            return {"type": "http.request", "body": b""}

        async def send(message):
            told.append(message)

        await process.app(scope, receive, send)
        return told[0]["status"]

    assert asyncio.run(asked(READY)) == 200
    assert asyncio.run(asked("/")) == 400
    assert asyncio.run(asked(READY, b"127.0.0.1", b"127.0.0.1")) == 400


def test_another_site_cannot_probe(live):
    assert Guarded(live).client().get(READY, headers={"origin": "http://evil.example"}).status_code == 403


def test_metrics_are_there_only_if_asked_for(live):
    assert Guarded(live).client().get(METRICS).status_code == 418
    done = subprocess.run(
        [sys.executable, "-c", "import sys, qa.web.server; print(*(n for n in sys.modules if 'prometheus' in n))"],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


BEARER = {"authorization": f"Bearer {TOKEN}"}
WRONG = {"authorization": "Bearer another token of some length"}


@pytest.mark.parametrize(
    ("token", "login", "address", "headers", "status"),
    [
        (None, False, HERE, {}, 200),
        (None, False, THERE, {}, 403),
        (None, False, THERE, {**BEARER, "x-forwarded-for": "127.0.0.1"}, 403),
        (TOKEN, False, HERE, {}, 401),  # a proxy on this machine speaks for everybody
        (TOKEN, False, THERE, BEARER, 200),
        (TOKEN, False, THERE, {"authorization": f"bearer  {TOKEN}"}, 200),
        (TOKEN, False, HERE, WRONG, 401),
        (TOKEN, False, HERE, {"authorization": "Bearer "}, 401),
        (TOKEN, False, HERE, {"authorization": b"Bearer \xe9"}, 401),
        (None, True, HERE, {}, 401),
        (None, True, HERE, {"authorization": "Bearer "}, 401),
        (TOKEN, True, THERE, BEARER, 200),
        (TOKEN, True, THERE, WRONG, 401),
    ],
)
def test_who_may_read_the_metrics(live, users, token, login, address, headers, status):
    client = Guarded(live, users if login else None, metrics=True, metrics_token=token).client(address)
    told = client.get(METRICS, headers=headers)
    assert told.status_code == status
    assert ("sourcier_" in told.text) is (status == 200)
    assert client.get("/", headers=headers).status_code == (401 if login else 418)  # the token opens nothing else


def test_who_is_logged_in_may_read_the_metrics(live, users):
    for token in (None, TOKEN):
        client = Guarded(live, users, metrics=True, metrics_token=token).client(THERE)
        told = client.get(METRICS, auth=ANN)
        assert (told.status_code, told.headers["content-type"].partition(";")[0]) == (200, "text/plain")
        assert client.get(METRICS, auth=("ann", "wrong")).status_code == 401
        assert "ann" not in {each for (_, *labels) in figures(told.text) for _, each in labels}
        assert client.post(METRICS, auth=ANN).status_code == 405


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"metrics": True, "metrics_token": "short"}, "SOURCIER_METRICS_TOKEN is easy to guess"),
        ({"secret": "short"}, "SOURCIER_SECRET is easy to guess"),
        ({"drain": -1}, "--drain is -1"),
        ({"drain": 3_601}, "--drain is 3601"),
    ],
)
def test_terms_that_cannot_be_are_told(terms, message):
    with pytest.raises(UsageError, match=message):
        check(Serving(**terms))
    assert TOKEN not in repr(Serving(metrics_token=TOKEN, secret=TOKEN))


def test_questions_are_counted_by_the_way_they_came_and_what_came_of_them(live):
    headers = {"accept": "application/json, text/event-stream"}
    terms = {"metrics": True, "mcp": "http"}
    with served(live.index, **terms) as page, httpx.Client(base_url=page.url, timeout=60) as client:
        before = figures(client.get(METRICS).text)
        assert not questions(before, "rest")
        assert before["sourcier_questions_total", ("endpoint", "mcp"), ("outcome", "answered"), ("reason", "")] == 0
        for question in (HEIGHT, "Qui ?", "", "x" * 2_001, 5):
            client.post("api/ask", json={"question": question})
        client.post("api/passages", json={"question": HEIGHT})
        client.post("api/ask_many", json={"questions": [HEIGHT, {"question": HEIGHT, "wrong": 1}]})
        client.get("api/documents")
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        for name, arguments in (("ask", {"question": HEIGHT}), ("documents", {})):
            sent = {**call, "params": {"name": name, "arguments": arguments}}
            assert client.post("mcp", json=sent, headers=headers).json()["result"]["isError"] is False
        begun = client.post("gradio_api/call/ask", json={"data": [HEIGHT]}).json()["event_id"]
        assert '"answer": "41' in client.get(f"gradio_api/call/ask/{begun}").text
        told = client.get(METRICS).text
    after = figures(told)
    assert questions(after, "rest") == {
        ("answered", ""): 2,
        ("refused", "not_a_question"): 1,
        ("refused", "empty_question"): 1,
        ("invalid", ""): 3,
        ("passages", ""): 1,
    }
    assert questions(after, "mcp") == questions(after, "page") == {("answered", ""): 1}
    assert after["sourcier_question_seconds_count", ("endpoint", "rest")] == 5
    assert after["sourcier_stage_seconds_count", ("stage", "read")] == 4
    assert after["sourcier_stage_seconds_count", ("stage", "queue")] == 7
    assert after["sourcier_question_seconds_sum", ("endpoint", "rest")] > 0
    assert (after["sourcier_questions_running",], after["sourcier_questions_waiting",]) == (0, 0)
    assert not re.search(r"Brenoux|phare|_created", told)
    assert str(live.index.parent) not in told
    assert page.complaints == []


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_the_memory_of_the_process_is_told(live):
    assert figures(Guarded(live, metrics=True).client().get(METRICS).text)["process_resident_memory_bytes",] > 1e6


def test_the_index_and_its_builds_are_told_as_they_are_now(live):
    client = Guarded(live, metrics=True).client()

    def told():
        found = figures(client.get(METRICS).text)
        builds = [found["sourcier_builds_total", ("outcome", each)] for each in ("rebuilt", "unchanged", "failed")]
        version = next(dict(labels)["version"] for (name, *labels) in found if name == "sourcier_index_info")
        return version, found["sourcier_index_articles",], builds, found["sourcier_index_changes_total",]

    first = live.manifest.version
    assert told() == (first, 1, [1, 0, 0], 0)
    (live.folder / "port.txt").write_text("Le port de Kervel ferme à 22 heures.\n", "utf-8")
    live.refresh()
    live.refresh()
    assert told() == (live.manifest.version, 2, [2, 1, 0], 1)
    for path in live.folder.glob("*.txt"):
        path.unlink()
    live.refresh()
    assert told() == (live.manifest.version, 2, [2, 1, 1], 1)
    live.close()
    assert "sourcier_index_info" not in client.get(METRICS).text


def test_two_servers_of_one_process_count_each_their_own(live):
    one, other = (Guarded(live, metrics=True) for _ in range(2))
    metrics = Metrics(live, one.turnstile)
    asyncio.run(Counted(one.turnstile, Endpoint.REST, metrics.count).run(lambda: {"passages": []}))
    assert questions(figures(metrics.page().body.decode()), "rest") == {("passages", ""): 1}
    assert questions(figures(other.client().get(METRICS).text), "rest") == {}


class Told(list):
    """What was counted."""

    def __call__(self, endpoint, came):
        self.append((endpoint, came.outcome))


def raising(error):
    raise error


def test_a_question_that_fails_is_counted_once_and_its_error_goes_on():
    async def ask():
        counted = Counted(Turnstile(), Endpoint.MCP, told := Told())
        for error in (IndexCorruptError("x"), ZeroDivisionError(), UsageError("x")):
            with pytest.raises(type(error)):
                await counted.run(raising, error)
        assert await counted.run(dict, error={"kind": "index", "message": "x"})
        assert await counted.run(dict, documents=[])  # no question
        return told

    error = (Endpoint.MCP, Outcome.ERROR)
    assert asyncio.run(ask()) == [error, error, (Endpoint.MCP, Outcome.INVALID), error]


def test_a_question_that_finds_no_place_or_whose_asker_leaves_is_counted_once():
    go_on, begun = Event(), Event()

    def slow():
        begun.set()
        go_on.wait(20)
        return {"passages": []}

    async def ask():
        turnstile = Turnstile(running=1, waiting=1)
        counted = Counted(turnstile, Endpoint.PAGE, told := Told())
        first = asyncio.create_task(counted.run(slow))
        await asyncio.to_thread(begun.wait, 20)
        waiting = asyncio.create_task(counted.run(slow))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await counted.run(slow)
        assert (turnstile.running, turnstile.waiting, turnstile.admits) == (1, 1, False)
        waiting.cancel()
        first.cancel()  # its answer is put together all the same
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(asyncio.CancelledError):
            await first
        go_on.set()
        await turnstile.emptied()
        assert (turnstile.running, turnstile.waiting, turnstile.admits) == (0, 0, True)
        return [outcome for _, outcome in told]

    assert asyncio.run(ask()) == [Outcome.BUSY, Outcome.ABANDONED, Outcome.PASSAGES]


def test_a_client_of_the_tests_is_where_it_says(live):
    """Or the tests above would prove nothing."""
    assert is_local({"client": HERE})
    assert not is_local({"client": THERE})
