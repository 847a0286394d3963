"""The gate and the count of questions, without a server: what they let through, and what they refuse."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from index.documents import MAX_FILE_BYTES
from index.errors import BusyError, UsageError
from qa.web import body as body_module
from qa.web.clients import address_of, is_beyond, is_local, place_of
from qa.web.gate import MAX_BODY, Gate, _is_plain, _is_same
from qa.web.login import MAX_LOGIN
from qa.web.passwords import set_password
from qa.web.rate import DEFAULT_RATE, Buckets, Rate, RateError, charge
from qa.web.terms import Serving, check, warn_of

HOST = {"host": "127.0.0.1:7860"}


async def measure(request):
    return JSONResponse({"path": request.url.path, "bytes": len(await request.body())})


INNER = Starlette(routes=[Route("/{path:path}", measure, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])])


def call(app, method="GET", path="/", headers=(), messages=None, client=("127.0.0.1", 5)):
    """Send a request as it is, without a client that would mend it; return status, headers and body."""
    given, sent = [*(HOST.items() if not isinstance(headers, list) else ()), *dict_items(headers)], []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": client,
        "server": ("127.0.0.1", 7860), "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in given],
    }  # fmt: skip
    waiting = list(messages or [{"type": "http.request", "body": b"", "more_body": False}])

    async def run():
        async def receive():
            if waiting:
                return waiting.pop(0)
            return await asyncio.Event().wait()

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(run())
    start = sent[0]
    assert [message["type"] for message in sent].count("http.response.start") == 1
    told = b"".join(message.get("body", b"") for message in sent[1:])
    return start["status"], Headers(raw=start["headers"]), told.decode()


def dict_items(headers):
    return headers.items() if isinstance(headers, dict) else headers


def chunks(count, size, last=True):
    told = [{"type": "http.request", "body": b"x" * size, "more_body": True} for _ in range(count)]
    return [*told, {"type": "http.request", "body": b"", "more_body": False}] if last else told


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/", [("Host", "127.0.0.1")], 200),
        ("GET", "/", [("Host", "LOCALHOST:1")], 200),
        ("GET", "/", [("Host", "[::1]:80")], 200),
        ("GET", "/", [("Host", "docs.example")], 200),
        ("GET", "/", [], 400),
        ("GET", "/", [("Host", "")], 400),
        ("GET", "/", [("Host", "evil.example")], 400),
        ("GET", "/", [("Host", "localhost.evil.example")], 400),
        ("GET", "/", [("Host", "localhost:80@evil.example")], 400),
        ("GET", "/", [("Host", "evil.example:80@localhost")], 400),
        ("GET", "/", [("Host", "[::1")], 400),
        ("GET", "/", [("Host", "localhost"), ("Host", "localhost")], 400),
        ("GET", "/", [("Host", "localhost"), ("Host", "evil.example")], 400),
        ("GET", "/", {"origin": "http://127.0.0.1:7860"}, 200),
        ("POST", "/api/ask", {"origin": "http://127.0.0.1:7860"}, 200),
        ("POST", "/api/ask", {"origin": "https://evil.example"}, 403),
        ("POST", "/api/ask", {"origin": "http://127.0.0.1:3000"}, 403),  # another program of this machine
        ("POST", "/api/ask", {"origin": "http://127.0.0.1"}, 403),
        ("POST", "/api/ask", {"origin": "null"}, 403),
        ("POST", "/api/ask", {"origin": ""}, 403),
        ("POST", "/api/ask", {"origin": "http://["}, 403),
        ("POST", "/api/ask", {"origin": "http://127.0.0.1:99999999"}, 403),
        ("GET", "/config", {"origin": "https://evil.example"}, 403),
        ("OPTIONS", "/config", {"origin": "https://evil.example", "access-control-request-method": "GET"}, 403),
        ("POST", "/login", {"origin": "https://evil.example"}, 403),
        ("POST", "/api/ask", {"sec-fetch-site": "cross-site"}, 403),
        ("POST", "/api/ask", {"sec-fetch-site": "same-site"}, 403),
        ("POST", "/api/ask", {"sec-fetch-site": "same-origin"}, 200),
        ("GET", "/", {"sec-fetch-site": "cross-site"}, 200),  # a link
        ("GET", "/gradio_api/file=/etc/passwd", {}, 404),
        ("GET", "/gradio_api/file/etc/passwd", {}, 404),
        ("GET", "/gradio_api/proxy=https://evil.example/", {}, 404),
        ("POST", "/gradio_api/upload", {}, 404),
        ("POST", "/gradio_api/component_server", {}, 404),
        ("GET", "/gradio_api/deep_link", {}, 404),
        ("GET", "/gradio_api/new-in-a-later-gradio", {}, 404),
        ("GET", "/monitoring", {}, 404),
        ("GET", "//gradio_api/file=/etc/passwd", {}, 400),
        ("GET", "/gradio_api/./file=/etc/passwd", {}, 404),
        ("GET", "/gradio_api/queue/../file=/etc/passwd", {}, 400),
        ("GET", "/./gradio_api/file=/etc/passwd", {}, 400),
        ("GET", "/gradio_api//file=/etc/passwd", {}, 404),
        ("GET", "/gradio_api\\file=/etc/passwd", {}, 400),
        ("GET", "/..", {}, 400),
        ("GET", "/a\0b", {}, 400),
        ("GET", "/a\r\nSet-Cookie: x", {}, 400),
        ("GET", "http://evil.example/", {}, 400),
        ("OPTIONS", "*", {}, 400),
        ("GET", "/", {"host": "evil.example@127.0.0.1"}, 400),
        ("GET", "/", {"host": "127.0.0.1/evil.example"}, 400),
        ("GET", "/", {"host": "127.0.0.1?evil.example"}, 400),
        ("GET", "", {}, 400),
        ("GET", "/api/documents/a..b/.c.txt", {}, 200),
        ("POST", "/api/ask", {"content-length": "-1"}, 400),
        ("POST", "/api/ask", {"content-length": "1e3"}, 400),
        ("POST", "/api/ask", {"content-length": "\u00b2"}, 400),
        ("POST", "/api/ask", {"content-length": ""}, 400),
        ("POST", "/api/ask", {"content-length": str(MAX_BODY + 1)}, 413),
        ("POST", "/api/ask", {"content-length": "9" * 5_000}, 413),
        ("POST", "/api/ask", [*HOST.items(), ("Content-Length", "1"), ("Content-Length", "2")], 400),
        ("POST", "/api/ask", {"transfer-encoding": "chunked"}, 411),
        ("POST", "/api/ask", {"transfer-encoding": "chunked", "content-length": "2"}, 411),
        ("POST", "/login", {"content-length": str(MAX_LOGIN + 1)}, 413),
        ("PUT", "/api/documents/a.txt", {"content-length": str(MAX_FILE_BYTES)}, 200),
        ("PUT", "/api/documents/a.txt", {"content-length": str(MAX_FILE_BYTES + 1)}, 413),
        ("POST", "/api/documents/a.txt", {"content-length": str(MAX_BODY + 1)}, 413),
        ("PUT", "/api/ask", {"content-length": str(MAX_BODY + 1)}, 413),
    ],
)
def test_what_the_gate_lets_through(method, path, headers, status):
    told, sent, text = call(Gate(INNER, "127.0.0.1", ["docs.example"]), method, path, headers)
    assert told == status
    if status == 200:
        assert text.startswith('{"path"') or method == "HEAD"
    else:
        assert '"error"' in text
        assert sent["content-type"] == "application/json"
    for name in ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"):
        assert len(sent.getlist(name)) == 1


def test_a_person_is_told_in_plain_words():
    status, headers, text = call(Gate(INNER, "127.0.0.1"), path="/monitoring", headers={"accept": "text/html"})
    assert (status, text) == (404, "not found\n")
    assert headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("host", "named", "known"),
    [("127.0.0.1", "192.168.1.2", False), ("0.0.0.0", "192.168.1.2", True), ("0.0.0.0", "evil.example", False),
     ("::", "fe80::1", True), ("nas.local", "nas.local", True), ("nas.local", "localhost", True), ("", "", False),
     ("0.0.0.0", socket.gethostname().lower(), True)],
)  # fmt: skip
def test_the_gate_knows_its_hosts(host, named, known):
    assert Gate(lambda *_: None, host)._known(named) is known


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [("http://a", "a", True), ("http://a:80", "a", True), ("https://a", "a", True), ("https://a", "a:443", True),
     ("http://A:7860", "a:7860", True), ("http://a", "a:7860", False), ("https://a:8443", "a", False),
     ("http://[::1]:7860", "[::1]:7860", True), ("file://", "a", False), ("http://a:x", "a", False)],
)  # fmt: skip
def test_an_origin_is_a_whole_one(origin, host, same):
    assert _is_same(origin, host) is same


@given(st.text("/.ab\\%\0 =", max_size=12))
def test_a_plain_path_stays_what_it_is_however_it_is_read(path):
    from posixpath import normpath

    if _is_plain(path):
        assert normpath(path) == (path.rstrip("/") or "/")


def test_the_limit_holds_for_what_comes_and_not_for_what_is_said():
    gate = Gate(INNER, "127.0.0.1")
    said = {"content-length": "10"}
    assert call(gate, "POST", "/api/ask", said, chunks(10, 100_000))[0] == 200
    status, headers, text = call(gate, "POST", "/api/ask", said, chunks(11, 100_000, last=False))
    assert (status, headers["connection"]) == (413, "close")
    assert "longer than 1,000,000 bytes" in text
    assert call(gate, "PUT", "/api/documents/a.txt", said, chunks(20, 100_000))[0] == 200
    assert call(gate, "POST", "/login", said, chunks(2, 8_000, last=False))[0] == 413


def test_an_application_that_makes_the_best_of_it_is_overruled():
    async def lenient(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        await PlainTextResponse("bad body", 400)(scope, receive, send)

    status, _, text = call(Gate(lenient, "127.0.0.1"), "POST", "/x", {}, chunks(11, 100_000, last=False))
    assert status == 413
    assert "bad body" not in text


def test_an_error_of_the_application_is_its_own():
    async def broken(scope, receive, send):
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        call(Gate(broken, "127.0.0.1"))


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(body_module, "_SECONDS", 0.01)
    status, headers, text = call(Gate(INNER, "127.0.0.1"), "POST", "/api/ask", {}, chunks(1, 1, last=False))
    assert (status, headers["connection"]) == (408, "close")
    assert "too slowly" in text


def test_an_answer_may_take_longer_than_a_body(monkeypatch):
    monkeypatch.setattr(body_module, "_SECONDS", 0.01)

    async def listening(scope, receive, send):
        await receive()
        gone = asyncio.create_task(receive())  # as answers that stream do, to hear that nobody reads them
        await asyncio.wait({gone}, timeout=0.05)
        assert not gone.done()
        gone.cancel()
        await PlainTextResponse("at last")(scope, receive, send)

    assert call(Gate(listening, "127.0.0.1"), "POST", "/x")[2] == "at last"


def test_what_only_users_may_see_is_not_kept():
    async def asset(scope, receive, send):
        await PlainTextResponse("x", headers={"cache-control": "public, max-age=9"})(scope, receive, send)

    private, public = Gate(asset, "127.0.0.1", private=True), Gate(asset, "127.0.0.1")
    assert call(private, path="/")[1].getlist("cache-control") == ["no-store"]
    assert call(private, path="/monitoring")[1]["cache-control"] == "no-store"
    assert call(private, path="/assets/index.js")[1]["cache-control"] == "public, max-age=9"
    assert call(public, path="/")[1]["cache-control"] == "public, max-age=9"


def test_sockets_are_closed():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Gate(INNER, "127.0.0.1")({"type": "websocket"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


class Clock:
    now = 50.0

    def __call__(self):
        return self.now


LOCAL, FAR = ("127.0.0.1", 5), ("192.168.1.9", 5)


async def charging(scope, receive, send):
    """Take the question that the body holds, as those do who read it."""
    try:
        charge(scope, 1)
    except RateError as error:
        await PlainTextResponse(f"{error.wait}: {error}", 429)(scope, receive, send)
    else:
        await PlainTextResponse("answered")(scope, receive, send)


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask_many", "/api/passages"])
def test_questions_are_counted_by_their_endpoints(path):
    rate = Rate(INNER, 3, Clock())
    told = [call(rate, "POST", path, client=LOCAL) for _ in range(4)]
    assert [status for status, *_ in told] == [200, 200, 200, 429]
    assert told[-1][1]["retry-after"] == "20"
    assert '"kind":"busy"' in told[-1][2]
    assert call(rate, "POST", path, client=FAR)[0] == 200


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/call/ask", "/gradio_api/run/ask", "/mcp"])
def test_questions_are_counted_by_whoever_finds_them_in_a_body(path):
    rate = Rate(charging, 3, Clock())
    told = [call(rate, "POST", path, client=LOCAL) for _ in range(4)]
    assert [status for status, *_ in told] == [200, 200, 200, 429]
    assert told[-1][2] == "20: too many questions a minute: ask again in 20 s"
    assert call(rate, "POST", path, client=FAR)[0] == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/api/documents"), ("PUT", "/api/documents/a.txt"),
                                              ("GET", "/gradio_api/queue/data"), ("POST", "/login"),
                                              ("POST", "/gradio_api/queue/join"), ("POST", "/mcp")])  # fmt: skip
def test_what_is_no_question_is_not_counted(method, path):
    rate = Rate(INNER, 1, Clock())
    assert {call(rate, method, path)[0] for _ in range(5)} == {200}


@pytest.mark.parametrize(
    ("per_minute", "client", "user", "passed"),
    [(None, LOCAL, None, 200), (None, ("::1", 5), None, 200), (None, ("::ffff:127.0.0.1", 5), None, 200),
     (None, LOCAL, "ann", DEFAULT_RATE), (None, FAR, None, DEFAULT_RATE), (None, None, None, DEFAULT_RATE),
     (0, FAR, None, 200), (0, FAR, "ann", 200), (7, LOCAL, None, 7)],
)  # fmt: skip
def test_who_is_limited(per_minute, client, user, passed):
    async def named(scope, receive, send):
        scope["sourcier.user"] = user
        await rate(scope, receive, send)

    rate = Rate(INNER, per_minute, Clock())
    assert [call(named, "POST", "/api/ask", client=client)[0] for _ in range(200)].count(200) == passed


def test_a_header_makes_nobody_another_client():
    rate = Rate(INNER, 2, Clock())
    told = [call(rate, "POST", "/api/ask", {"x-forwarded-for": f"10.0.0.{n}"}, client=FAR)[0] for n in range(3)]
    assert told == [200, 200, 429]


@given(st.integers(1, 300), st.lists(st.floats(0, 90), min_size=1, max_size=60))
def test_no_minute_has_more_questions_than_two_bucketfuls(per_minute, pauses):
    clock, passed = Clock(), []
    buckets = Buckets(per_minute, clock=clock)
    for pause in pauses:
        clock.now += pause
        wait = buckets.take("a")
        if wait:
            clock.now += wait
            assert buckets.take("a") == 0  # who waits as told is let in
        passed.append(clock.now)
    for at in passed:
        assert sum(at <= other < at + 60 for other in passed) <= 2 * per_minute


def test_many_questions_in_one_request_are_paid_for_later():
    clock = Clock()
    buckets = Buckets(60, clock=clock)
    scope = {"sourcier.charge": (buckets, "a")}
    charge(scope, 0)
    charge(scope, 100)
    with pytest.raises(BusyError, match="ask again in 41 s"):
        charge(scope, 1)
    clock.now += 41
    charge(scope, 1)
    charge({}, 1_000)  # where nothing is counted


def test_the_table_of_clients_is_bounded():
    buckets = Buckets(1, most=5, clock=Clock())
    for number in range(50):
        buckets.take(str(number))
    assert len(buckets) == 5


@pytest.mark.parametrize(
    ("client", "address", "local"),
    [
        (("10.0.0.1", 1), "10.0.0.1", False),
        (("::ffff:10.0.0.1", 1), "10.0.0.1", False),
        (("127.3.2.1", 1), "127.3.2.1", True),
        (("2001:db8::1", 1), "2001:db8::/64", False),
        (("fe80::1%eth0", 1), "fe80::/64", False),
        (None, "unknown", False),
        (("testclient", 1), "unknown", False),
    ],
)
def test_where_a_client_is(client, address, local):
    assert (address_of({"client": client}), is_local({"client": client})) == (address, local)


@pytest.mark.parametrize(
    ("host", "beyond"),
    [("127.0.0.1", False), ("localhost", False), ("127.0.0.2", False), ("127.1", False), ("0.0.0.0", True), ("", True),
     ("0", True), ("::", True), ("::1", False), ("::ffff:127.0.0.1", False), ("192.0.2.1", True)],
)  # fmt: skip
def test_who_reaches_an_address(host, beyond):
    assert is_beyond(place_of(host, 0)) is beyond


def test_a_name_is_what_it_resolves_to(monkeypatch):
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    with pytest.raises(UsageError, match="other machines reach localhost"):
        check(Serving(host="localhost"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1"])
def test_other_machines_are_served_only_on_purpose(host, tmp_path, capsys):
    with pytest.raises(UsageError) as told:
        check(Serving(host=host))
    for remedy in ("--auth FILE", "`sourcier password FILE USER`", "--insecure"):
        assert remedy in str(told.value)
    assert capsys.readouterr().err == ""
    terms = Serving(host=host, insecure=True)
    assert check(terms) is None
    warn_of(terms)
    assert "anyone who reaches it can read the articles" in capsys.readouterr().err
    set_password(tmp_path / "users", "ann", "correct horse")
    terms = Serving(host=host, users=tmp_path / "users")
    assert check(terms) is not None
    warn_of(terms)
    told = capsys.readouterr().err
    assert "passwords and answers cross the network unencrypted" in told
    assert told.count("\n") == 1


def test_this_machine_is_served_without_a_word(capsys):
    assert check(Serving()) is None
    warn_of(Serving())
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"port": 70_000}, "port 70000 does not exist"),
        ({"rate": -1}, "--rate is -1"),
        ({"host": "no such host"}, "no machine"),
        ({"trusted": ("http://a",)}, "--trust-host is 'http://a'"),
        ({"trusted": ("*",)}, "--trust-host"),
        ({"trusted": ("a:80",)}, "--trust-host"),
        ({"trusted": ("",)}, "--trust-host"),
    ],
)
def test_terms_that_cannot_be_met_are_told(wrong, told):
    with pytest.raises(UsageError, match=told):
        check(Serving(**wrong))


def test_the_endpoints_answer_through_the_gate_as_httpx_calls_it():
    async def ask():
        transport = httpx.ASGITransport(Gate(INNER, "127.0.0.1"))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            return (await client.post("/api/ask", json={"question": "x"})).json()

    assert asyncio.run(ask())["path"] == "/api/ask"
