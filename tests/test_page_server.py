"""The chat page as a server: its endpoint, whom it refuses, and that it keeps to this machine."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import time
from collections.abc import Iterator

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from page_server import Served, served

import qa.web.server
from index.errors import UsageError
from qa.feedback import FEEDBACK_FILE
from qa.schema import answer_json
from qa.web.gate import Gate, credentials
from qa.web.server import listen, serve


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


def test_only_ask_is_offered(client):
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/ask"]


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
    with httpx.Client(base_url=url) as http:
        for index in range(len(client.config["dependencies"])):
            joined = http.post("gradio_api/queue/join", json={**sent, "fn_index": index, "session_hash": "s"})
            if joined.status_code == 200:
                with http.stream("GET", "gradio_api/queue/data", params={"session_hash": "s"}, timeout=20) as stream:
                    told = next(line for line in stream.iter_lines() if "process_completed" in line)
                assert "Traceback" not in told
        assert client.predict("Combien coûte Stargate ?", api_name="/ask")["schema"] == 1
    assert not (seeds_session.index.generation.path.parent / FEEDBACK_FILE).exists()  # no answer, no reaction to it


def test_headers_forbid_what_the_page_does_not_need(url):
    told = httpx.get(url).headers
    assert "default-src 'self'" in told["content-security-policy"]
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "no-referrer"
    assert "server" not in told


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "", {"host": "evil.example"}, None, 400),
        ("GET", "", {"host": "localhost.evil.example:80"}, None, 400),
        ("GET", "", {"host": "[::1]:80"}, None, 200),
        ("GET", "", {"host": "localhost"}, None, 200),
        ("GET", "", {"host": "10.0.0.1"}, None, 400),
        ("POST", "gradio_api/call/ask", {"origin": "https://evil.example"}, b"{}", 403),
        ("POST", "gradio_api/call/ask", {"origin": "null"}, b"{}", 403),
        ("POST", "gradio_api/call/ask", {}, b" " * 1_000_001, 413),
        ("POST", "gradio_api/upload", {}, b"x", 404),
        ("GET", "gradio_api/proxy=https://evil.example/", {}, None, 404),
        ("GET", "gradio_api/file=/etc/passwd", {}, None, 404),
        ("GET", "monitoring", {}, None, 404),
    ],
)
def test_the_gate(url, method, path, headers, body, status):
    assert httpx.request(method, url + path, headers=headers, content=body).status_code == status


def test_a_body_of_unknown_length_is_refused(url):
    assert httpx.post(url + "gradio_api/call/ask", content=iter([b"{}"])).status_code == 411


@pytest.mark.parametrize(
    ("host", "named", "known"),
    [("127.0.0.1", "192.168.1.2", False), ("0.0.0.0", "192.168.1.2", True), ("0.0.0.0", "evil.example", False),
     ("::", "fe80::1", True), ("nas.local", "nas.local", True), ("nas.local", "localhost", True), ("", "", False),
     ("0.0.0.0", socket.gethostname().lower(), True)],
)  # fmt: skip
def test_the_gate_knows_its_hosts(host, named, known):
    assert Gate(lambda *_: None, host)._known(named) is known


def test_a_port_in_use_is_told_with_the_remedy(seeds_session, url):
    port = int(url.rsplit(":", 1)[1].strip("/"))
    with pytest.raises(UsageError, match=rf"port {port} of 127.0.0.1 is in use: choose another with --port"):
        serve(seeds_session, port=port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no such host", 0), ("192.0.2.1", 0)])
def test_an_address_that_is_none_is_told(host, port):
    with pytest.raises(UsageError) as told:
        listen(host, port)
    assert "\n" not in str(told.value)


def test_a_password_is_asked_for(seeds_session):
    with served(seeds_session.index.generation.path.parent, "ann:secret:word") as page:
        sent = {"data": ["Combien ?", 5, None]}
        assert httpx.post(page.url + "gradio_api/call/ask", json=sent).status_code == 401
        assert "Stargate" not in httpx.get(page.url).text
        client = Client(page.url, auth=("ann", "secret:word"), verbose=False, analytics_enabled=False)
        assert client.predict("Combien coûte Stargate ?", api_name="/ask")["schema"] == 1
        client.close()


@pytest.mark.parametrize("auth", ["", "ann", "ann:", ":secret"])
def test_a_password_without_a_user_is_refused(auth):
    with pytest.raises(UsageError, match="USER:PASSWORD"):
        credentials(auth)


def test_a_folder_is_opened_and_closed(make_folder, monkeypatch, capsys):
    folder = make_folder({"a.txt": "Le phare de Cordouan mesure 67 mètres de haut.\n"})
    opened, sessions = [], []

    class Interrupted:
        def run(self, sockets):
            raise KeyboardInterrupt

    monkeypatch.setattr(qa.web.server.webbrowser, "open", opened.append)
    monkeypatch.setattr(qa.web.server, "make_server", lambda session, *_: sessions.append(session) or Interrupted())
    serve(folder, port=0, open_browser=True)
    told = capsys.readouterr().out
    assert re.fullmatch(r"Sourcier: http://127\.0\.0\.1:\d+/ \(Ctrl-C stops it\)\n", told)
    assert opened == [told.split()[1]]
    with pytest.raises(sqlite3.ProgrammingError):
        sessions[0].index.passages.documents()


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
