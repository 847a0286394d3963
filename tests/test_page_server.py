"""The chat page as a server: its endpoint, whom it refuses, and that it keeps to this machine."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import uvicorn
from gradio_client import Client
from gradio_client.exceptions import AppError, AuthenticationError
from page_server import Served, served
from starlette.responses import PlainTextResponse
from uvicorn.server import ServerState

import qa.web.server
from index.errors import UsageError
from qa.feedback import FEEDBACK_FILE
from qa.live import LiveSession
from qa.schema import answer_json
from qa.web import connections
from qa.web.passwords import set_password
from qa.web.server import listen, serve
from qa.web.terms import Serving


@pytest.fixture(scope="module")
def page(seeds_session) -> Iterator[Served]:
    with served(seeds_session.index.generation.path.parent) as page:
        yield page


@pytest.fixture(scope="module")
def url(page) -> str:
    return page.url


@pytest.fixture(scope="module")
def client(url) -> Iterator[Client]:
    client = Client(url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


def test_the_endpoint_returns_schema_1(client, seeds_session):
    question = "Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?"
    told = client.predict(question=question, k=3, language="fr", api_name="/ask")
    expected = answer_json(seeds_session.ask(question, k=3, language="fr"))
    told.pop("timings_ms"), expected.pop("timings_ms")
    assert told == json.loads(json.dumps(expected))
    assert told["schema"] == 1
    assert len(told["passages"]) == 3


def test_the_endpoint_fills_in_k_and_language(client):
    told = client.predict("How much does Stargate cost?", api_name="/ask")
    assert told["language"] == "en"
    assert len(told["passages"]) == 5


def test_the_endpoint_takes_earlier_questions(client, seeds_session):
    told = client.predict("Et Stargate ?", previous=["Combien coûte Windsurf ?"], api_name="/ask")
    assert (told["question"], told["read_as"]) == ("Et Stargate ?", "Combien coûte Stargate ?")
    assert told["answer"] == seeds_session.ask("Combien coûte Stargate ?").text
    alone = client.predict("Combien coûte Stargate ?", previous=["Qui a peint Guernica ?"], api_name="/ask")
    assert (alone["read_as"], alone["answer"]) == (None, told["answer"])


@pytest.mark.parametrize(
    ("previous", "message"),
    [
        ("Combien ?", "previous is a list of strings"),
        ([5], "previous is a list of strings"),
        ({"a": "b"}, "previous is a list of strings"),
        (["Combien ?"] * 21, "21 earlier questions, the most is 20"),
        (["Combien ?", "x" * 2_001], "earlier question 2 has 2,001 characters"),
    ],
)
def test_earlier_questions_are_refused_in_one_line(client, page, previous, message):
    before = len(page.complaints)
    with pytest.raises(AppError) as refused:
        client.predict("Et Stargate ?", previous=previous, api_name="/ask")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert page.complaints[before:] == []


@pytest.mark.parametrize(
    ("question", "k", "language", "message"),
    [
        (5, 5, None, "question is a string"),
        (None, 5, None, "question is a string"),
        ({"a": ["b"]}, 5, None, "question is a string"),
        ("Combien ?", 0, None, "k is a whole number from 1 to 100"),
        ("Combien ?", 101, None, "k is a whole number from 1 to 100"),
        ("Combien ?", "5", None, "k is a whole number from 1 to 100"),
        ("Combien ?", True, None, "k is a whole number from 1 to 100"),
        ("Combien ?", None, None, "k is a whole number from 1 to 100"),
        ("x" * 100_000, 5, None, "100,000 characters"),
        ("Combien ?", 5, "de", "language is fr or en"),
        ("Combien ?", 5, ["fr"], "language is fr or en"),
    ],
)
def test_the_endpoint_refuses_in_one_line(client, page, question, k, language, message):
    before = len(page.complaints)
    with pytest.raises(AppError) as refused:
        client.predict(question, k, language, api_name="/ask")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert page.complaints[before:] == []


def test_only_what_is_meant_to_be_is_offered(client):
    offered = client.view_api(return_format="dict")["named_endpoints"]
    assert sorted(offered) == ["/ask", "/ask_many", "/documents", "/passages"]


@pytest.mark.parametrize(
    "sent",
    [
        {"data": []}, {"data": [1]}, {"data": [{}, {}, {}]}, {"data": ["fr"], "event_data": "x"},
        {"data": ["fr"], "event_data": {"places": ["d0:1:2:3:4"], "at": 0}}, {"data": ["x" * 5_000, "zz", 7]},
        {"data": ["fr", [{"id": "0" * 16}]], "event_data": {"value": f"{'0' * 16}:right"}},
        {"data": ["a comment", "fr", [{"id": "0" * 16}], "0" * 16]},
    ],
)  # fmt: skip
def test_private_endpoints_withstand_anything(url, client, sent, seeds_session):
    feedback = seeds_session.index.generation.path.parent / FEEDBACK_FILE
    before = feedback.read_bytes() if feedback.exists() else b""  # of other tests
    with httpx.Client(base_url=url) as http:
        for index in range(len(client.config["dependencies"])):
            joined = http.post("gradio_api/queue/join", json={**sent, "fn_index": index, "session_hash": "s"})
            if joined.status_code == 200:
                with http.stream("GET", "gradio_api/queue/data", params={"session_hash": "s"}, timeout=20) as stream:
                    told = next(line for line in stream.iter_lines() if "process_completed" in line)
                assert "Traceback" not in told
        assert client.predict("Combien coûte Stargate ?", api_name="/ask")["schema"] == 1
    assert (feedback.read_bytes() if feedback.exists() else b"") == before  # no answer, no reaction to it


def test_headers_forbid_what_the_page_does_not_need(url):
    told = httpx.get(url).headers
    assert "default-src 'self'" in told["content-security-policy"]
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"
    assert "server" not in told


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "", {"host": "evil.example"}, None, 400),
        ("GET", "", {"host": "[::1]:80"}, None, 200),
        ("POST", "gradio_api/call/ask", {"origin": "https://evil.example"}, b"{}", 403),
        ("POST", "gradio_api/call/ask", {}, b" " * 1_000_001, 413),
        ("GET", "gradio_api/file=/etc/passwd", {}, None, 404),
        ("GET", "api/documents", {}, None, 200),
        ("POST", "mcp", {}, b"{}", 404),  # nobody asked for it
    ],
)
def test_the_gate_stands_before_the_page(url, method, path, headers, body, status):
    assert httpx.request(method, url + path, headers=headers, content=body).status_code == status


def test_a_body_of_unknown_length_is_refused(url):
    assert httpx.post(url + "gradio_api/call/ask", content=iter([b"{}"])).status_code == 411


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n evil.example\r\n\r\n", b"400"),
        (b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"411",
        ),
        (b"GET /%67radio_api/file=/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET /gradio_api%2ffile=/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET //gradio_api/file=/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET /static/..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET /static/%252e%252e/routes.py HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused_without_a_word(page, sent, status):
    before = len(page.complaints)
    with socket.create_connection(("127.0.0.1", httpx.URL(page.url).port), timeout=20) as raw:
        raw.sendall(sent)
        assert raw.recv(12).split(b" ")[1] == status
    assert page.complaints[before:] == []


def test_a_head_that_does_not_end_is_cut_off(url):
    with socket.create_connection(("127.0.0.1", httpx.URL(url).port), timeout=20) as raw, suppress(ConnectionError):
        raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 500_000)
        assert raw.recv(12) in (b"", b"HTTP/1.1 400")


def test_no_script_but_those_sent_may_run(url):
    told = httpx.get(url)
    policies = told.headers.get_list("content-security-policy")
    assert len(policies) == 2
    (own,) = (policy for policy in policies if "sha256" in policy)
    assert "unsafe-inline" not in own
    inline = re.findall(r"<script(?![^>]* src=)[^>]*>(.*?)</script>", told.text, re.DOTALL)
    assert any("gradio_config" in script for script in inline)
    for script in inline:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in own


def test_a_port_in_use_is_told_with_the_remedy(seeds_session, url):
    port = httpx.URL(url).port
    with pytest.raises(UsageError, match=rf"port {port} of 127.0.0.1 is in use: choose another with --port"):
        serve(LiveSession(seeds_session), Serving(port=port))


def test_an_address_of_another_machine_is_told():
    with pytest.raises(UsageError, match="is not an address of this machine"):
        listen("192.0.2.1", 0)


@pytest.fixture(scope="module")
def guarded(seeds_session, tmp_path_factory) -> Iterator[Served]:
    users = tmp_path_factory.mktemp("users") / "users"
    set_password(users, "ann", "correct: horse")
    with served(seeds_session.index.generation.path.parent, users=users, rate=6, mcp="http") as page:
        yield page


FAMILIES = [
    ("GET", ""), ("GET", "config"), ("GET", "theme.css"), ("GET", "favicon.ico"), ("GET", "robots.txt"),
    ("GET", "assets/index.js"), ("GET", "static/img/logo.svg"), ("GET", "gradio_api/info"),
    ("GET", "gradio_api/queue/data?session_hash=x"), ("POST", "gradio_api/queue/join"), ("POST", "gradio_api/call/ask"),
    ("GET", "gradio_api/call/ask/x"), ("POST", "gradio_api/run/ask"), ("GET", "gradio_api/heartbeat/x"),
    ("POST", "gradio_api/reset"), ("POST", "gradio_api/cancel"), ("GET", "gradio_api/startup-events"),
    ("GET", "api"), ("GET", "api/openapi.json"), ("POST", "api/ask"), ("GET", "api/documents"),
    ("PUT", "api/documents/a.txt"), ("DELETE", "api/documents/a.txt"), ("GET", "api/index"), ("POST", "mcp"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), FAMILIES)
def test_a_login_is_asked_for_everywhere(guarded, method, path):
    told = httpx.request(method, guarded.url + path, content=b"{}" if method != "GET" else None)
    assert (told.status_code, told.json()["error"]["kind"]) == (401, "login")
    assert told.headers["cache-control"] == "no-store"


def test_a_browser_gets_the_form_everywhere(guarded):
    told = httpx.get(guarded.url, headers={"accept": "text/html"})
    assert (told.status_code, told.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "Stargate" not in told.text
    assert 'action="/login"' in told.text
    assert "www-authenticate" not in told.headers


def test_gradios_client_logs_in(guarded):
    client = Client(guarded.url, auth=("ann", "correct: horse"), verbose=False, analytics_enabled=False)
    assert client.predict("Combien coûte Stargate ?", api_name="/ask")["schema"] == 1
    client.close()


def test_programs_log_in_and_are_counted(guarded):
    with httpx.Client(base_url=guarded.url, auth=("ann", "correct: horse")) as http:
        assert http.get("api/documents").json()["schema"] == 1
        assert http.get("config").headers["cache-control"] == "no-store"
        told = [http.post("api/ask", json={"question": "Combien coûte Stargate ?"}) for _ in range(15)]
    passed = [answer for answer in told if answer.status_code == 200]
    assert 0 < len(passed) < 15
    assert {answer.status_code for answer in told} == {200, 429}
    assert told[-1].json()["error"]["kind"] == "busy"
    assert int(told[-1].headers["retry-after"]) >= 1


def test_a_wrong_password_is_told_to_gradios_client(guarded):
    with pytest.raises(AuthenticationError):
        Client(guarded.url, auth=("bob", "correct: horse"), verbose=False, analytics_enabled=False)


@pytest.mark.parametrize(
    ("limit", "client", "kept"),
    [("_EACH", ("192.0.2.7", 5), 2), ("_EACH", ("127.0.0.1", 5), 5), ("_EACH", ("2001:db8::7", 5), 2),
     ("_MOST", ("192.0.2.7", 5), 3), ("_MOST", ("127.0.0.1", 5), 3)],
)  # fmt: skip
def test_connections_are_not_too_many_all_in_all_nor_from_one_address(monkeypatch, limit, client, kept):
    monkeypatch.setattr(connections, limit, 2)
    monkeypatch.setattr(connections, "_TOLD", 1)
    monkeypatch.setattr(connections, "places", lambda: connections._MOST)

    class Transport(asyncio.Transport):
        def __init__(self):
            super().__init__({"peername": client, "sockname": ("127.0.0.1", 1)})
            self.aborted = False

        def abort(self):
            self.aborted = True

        def close(self):
            pass

    async def connect():
        config = uvicorn.Config(PlainTextResponse("x"), http=connections.Connection, lifespan="off", log_level="error")
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        transports = [Transport() for _ in range(5)]
        for transport in transports:
            each = connections.Connection(config, state, {}, loop)
            each.connection_made(transport)
            if transport.aborted:
                each.connection_lost(None)
        return [transport.aborted for transport in transports]

    assert asyncio.run(connect()) == [False] * kept + [True] * (5 - kept)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "told"), [(300, 400, 192), (256, 4_096, 512), (100, 100, 1), (-1, -1, 512), (4_096, 4_096, 512)]
)
def test_connections_leave_files_to_open(monkeypatch, soft, hard, told):
    import resource

    raised = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert connections.places.__wrapped__() == told
    assert raised == ([(min(hard, 1_024), hard)] if 0 <= soft < 1_024 else [])


def test_connections_that_say_nothing_are_closed(monkeypatch):
    """A request that trickles in is not waited for, an answer under way is."""
    monkeypatch.setattr(connections, "PATIENCE", 0.05)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope, receive, send):
        begun.set()
        await go_on.wait()
        await PlainTextResponse("at last")(scope, receive, send)

    async def converse():
        config = uvicorn.Config(slow, http=connections.Connection, lifespan="off", log_level="error")
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: connections.Connection(config, state, {}, asyncio.get_running_loop()), "127.0.0.1", 0
        )
        place = server.sockets[0].getsockname()
        async with server:
            reader, writer = await asyncio.open_connection(*place)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow")
            assert await reader.read() == b""  # closed, without an answer
            writer.close()
            reader, writer = await asyncio.open_connection(*place)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await begun.wait()
            await asyncio.sleep(0.2)  # longer than the patience with those who say nothing
            go_on.set()
            assert (await reader.read()).endswith(b"at last")
            writer.close()

    asyncio.run(converse())


def test_the_page_is_opened_and_told(seeds_session, monkeypatch, capsys):
    opened, made = [], []

    class Interrupted:
        def run(self, sockets):
            raise KeyboardInterrupt

    monkeypatch.setattr(qa.web.server.webbrowser, "open", opened.append)
    monkeypatch.setattr(qa.web.server, "make_server", lambda *given: made.append(given) or Interrupted())
    live, terms = LiveSession(seeds_session), Serving(port=0, open_browser=True)
    serve(live, terms)
    told = capsys.readouterr().out
    assert re.fullmatch(r"Sourcier: http://127\.0\.0\.1:\d+/ \(Ctrl-C stops it\)\n", told)
    assert opened == [told.split()[1]]
    assert made[0][:3] == (live, terms, None)


def test_the_server_says_one_line_and_stops_at_once(seeds_session):
    with served(seeds_session.index.generation.path.parent) as page:
        client = Client(page.url, verbose=False, analytics_enabled=False)  # holds a connection, as an open page does
        began = time.monotonic()
    assert time.monotonic() - began < 10
    client.close()
    assert page.returncode == 0
    assert len(page.told) == 1
    assert page.complaints == []


def test_nothing_was_sent_elsewhere(client, page):
    client.predict("Who runs OpenAI?", api_name="/ask")
    time.sleep(0.2)
    assert not [line for line in page.complaints if line.startswith("ELSEWHERE")]
