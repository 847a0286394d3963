"""Calls of the page's own protocol: completed or refused before Gradio sees them, counted, and each user's own."""

from __future__ import annotations

import asyncio
import inspect
import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from qa.web.calls import Called, Calls, calls_of
from qa.web.rate import Buckets
from qa.web.whole import parse

MUST = inspect.Parameter.empty
KNOWN = {
    0: Called("ask", (MUST, 5), (False, False), (None, None)),
    6: Called("answer", (MUST, MUST, MUST), (False, False, True), (None, ("fr", "en"), None)),
    7: Called("place", (MUST, MUST), (False, True), (("fr", "en"), None)),
}


async def inner(scope, receive, send):
    """Tell what arrives."""
    body = (await receive()).get("body", b"") if scope["method"] == "POST" else b""
    length = dict(scope["headers"]).get(b"content-length")
    assert length is None or int(length) == len(body)
    told = {"path": scope["path"], "query": scope["query_string"].decode(), "body": json.loads(body or b"null")}
    await PlainTextResponse(json.dumps(told))(scope, receive, send)


def call(app, method, path, body=b"", user=None, query=b"", **more):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": [], **more}
    asyncio.run(app({**scope, "sourcier.user": user}, receive, send))
    return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent[1:]) or b"null")


def post(app, path, told, **more):
    return call(app, "POST", f"/gradio_api/{path}", json.dumps(told).encode(), **more)


@pytest.mark.parametrize(
    ("path", "told", "number", "data"),
    [
        ("call/ask", {"data": ["Who?"]}, 0, ["Who?", 5]),
        ("run/ask", {"data": ["Who?", 3], "fn_index": 6}, 0, ["Who?", 3]),
        ("queue/join", {"data": ["Who?"], "fn_index": 0, "session_hash": "s"}, 0, ["Who?", 5]),
        ("queue/join", {"data": ["Who?", "fr", None], "fn_index": 6, "session_hash": "s"}, 6, ["Who?", "fr", None]),
        ("api/answer", {"data": ["Who?", "fr"]}, 6, ["Who?", "fr", None]),
    ],
)
def test_a_call_is_completed(path, told, number, data):
    status, passed = post(Calls(inner, KNOWN), path, told)
    assert status == 200
    assert (passed["body"]["fn_index"], passed["body"]["data"]) == (number, data)


@pytest.mark.parametrize(
    ("path", "told", "status", "message"),
    [
        ("call/ask", {"data": []}, 400, "ask takes 2 values in data"),
        ("call/ask", {"data": [1, 2, 3]}, 400, "ask takes 2 values in data"),
        ("call/ask", {"data": "Who?"}, 400, "list"),
        ("call/ask", ["Who?"], 400, "object"),
        ("call/answer", {"data": ["Who?", "de"]}, 400, "answer takes one of fr, en"),
        ("call/answer", {"data": ["Who?", ["fr"]]}, 400, "answer takes one of fr, en"),
        ("call/nothere", {"data": []}, 404, "no such call"),
        ("call/v2/ask", {"question": "Who?"}, 404, "no such call"),
        ("queue/join", {"data": ["Who?"], "fn_index": 99, "session_hash": "s"}, 404, "no such call"),
        ("queue/join", {"data": ["Who?"], "fn_index": "0", "session_hash": "s"}, 404, "no such call"),
        ("queue/join", {"data": ["Who?"], "fn_index": [0], "session_hash": "s"}, 404, "no such call"),
        ("queue/join", {"data": ["Who?"], "session_hash": "s"}, 404, "no such call"),
        ("queue/join", {"data": ["Who?"], "fn_index": 0}, 400, "session_hash"),
        ("queue/join", {"data": ["Who?"], "fn_index": 0, "session_hash": ""}, 400, "session_hash"),
        ("queue/join", {"data": ["Who?"], "fn_index": 0, "session_hash": "s" * 129}, 400, "session_hash"),
        ("queue/join", {"data": ["Who?"], "fn_index": 0, "session_hash": 5}, 400, "session_hash"),
        ("call/ask", {"data": ["Who?"], "trigger_id": "x"}, 400, "trigger_id"),
        ("cancel", {"session_hash": "s"}, 400, "cancel takes"),
        ("cancel", [], 400, "object"),
        ("unheard", {}, 404, "no such call"),
    ],
)
def test_a_call_that_gradio_would_stumble_over_is_refused_in_one_line(path, told, status, message):
    answered, refused = post(Calls(inner, KNOWN), path, told)
    assert answered == status
    assert message in refused["error"]["message"]
    assert len(refused["error"]["message"].splitlines()) == 1


@given(
    st.binary(max_size=40) | st.recursive(st.none() | st.text(), st.lists).map(lambda each: json.dumps(each).encode())
)
def test_whatever_comes_is_passed_on_whole_or_refused(body):
    status, _ = call(Calls(inner, KNOWN), "POST", "/gradio_api/call/ask", body)
    assert status in (200, 400)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"[" * 200 + b"]" * 200, b"NaN", b"[1e999]", b"{", b"\xff", b"9" * 5_000]
)
def test_json_that_others_stumble_over_is_none(body):
    with pytest.raises(ValueError, match=r"^(invalid JSON|JSON too deep|the body is not)"):
        parse(body)


def test_questions_are_counted_and_clicks_are_not():
    app, account = Calls(inner, KNOWN), (Buckets(2, clock=lambda: 0.0), "ann")
    join = {"session_hash": "s", "fn_index": 7, "data": ["fr"]}
    charged = {"sourcier.charge": account}
    assert {post(app, "queue/join", join, **charged)[0] for _ in range(5)} == {200}
    asked = {**join, "fn_index": 6, "data": ["Who?", "fr"]}
    told = [post(app, "queue/join", asked, **charged) for _ in range(3)]
    assert [status for status, _ in told] == [200, 200, 429]
    assert told[-1][1]["error"] == {"kind": "busy", "message": "too many questions a minute: ask again in 30 s"}
    assert post(app, "call/ask", {"data": ["Who?"]}, **charged)[0] == 429
    assert post(app, "queue/join", join, **charged)[0] == 200


def test_a_session_of_one_user_is_not_that_of_another():
    app = Calls(inner, KNOWN)
    told = {"data": ["fr"], "fn_index": 7, "session_hash": "s"}

    def sessions(user):
        _, joined = post(app, "queue/join", told, user=user)
        _, heard = call(app, "GET", "/gradio_api/queue/data", query=b"session_hash=x&session_hash=s&more=1", user=user)
        _, kept = call(app, "GET", "/gradio_api/heartbeat/s", user=user)
        _, ended = post(app, "cancel", {"session_hash": "s", "fn_index": 7, "event_id": "e"}, user=user)
        return {
            joined["body"]["session_hash"],
            heard["query"].removeprefix("session_hash="),
            kept["path"].removeprefix("/gradio_api/heartbeat/"),
            ended["body"]["session_hash"],
        }

    (anns,), (bobs,), (anybodys,) = sessions("ann"), sessions("bob"), sessions(None)
    assert len({anns, bobs, anybodys}) == 3
    assert anybodys == "s"
    assert sessions("ann") == {anns}


def test_a_stream_that_breaks_off_has_ended():
    async def breaking(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'"gone"', "more_body": True})
        raise RuntimeError("Caught handled exception, but response already started.")

    async def broken(scope, receive, send):
        raise RuntimeError("a bug")

    assert call(Calls(breaking, KNOWN), "GET", "/gradio_api/queue/data") == (200, "gone")
    with pytest.raises(RuntimeError, match="a bug"):
        call(Calls(broken, KNOWN), "GET", "/gradio_api/queue/data")


def test_a_page_tells_what_may_be_called():
    def ask(question: str, k: int = 5, request: object = None) -> str:
        return question

    def of(api_name, fn, visibility, *inputs):
        return SimpleNamespace(api_name=api_name, fn=fn, api_visibility=visibility, inputs=inputs)

    plain, state = SimpleNamespace(stateful=False), SimpleNamespace(stateful=True)
    switch = SimpleNamespace(stateful=False, choices=[("Français", "fr"), ("English", "en")])
    page = SimpleNamespace(
        fns={
            0: of("ask", ask, "public", plain, plain),
            6: of("answer", lambda *_: None, "private", plain, switch, state),
            8: of("js_fn", None, "private"),
        }
    )
    assert calls_of(page) == {0: KNOWN[0], 6: KNOWN[6]}
