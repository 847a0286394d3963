"""Calls of the page's own protocol, looked at before Gradio sees them: it would stumble over bad ones."""

from __future__ import annotations

import hashlib
import hmac
import inspect
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import UsageError
from qa.web.login import user_of
from qa.web.rate import RateError, charge
from qa.web.refusals import refused
from qa.web.whole import once_more, parse, read_whole

if TYPE_CHECKING:
    import gradio as gr
    from gradio.block_function import BlockFunction

_ROUTES = "/gradio_api/"
_NAMED = ("call", "run", "api")
_ASKING = frozenset({"ask", "ask_many", "passages", "answer", "example"})
_FIELDS = ("data", "event_data", "trigger_id", "session_hash")  # of those Gradio knows, what its clients send
_LONGEST = 128  # characters of what a client calls its session
_LEFT_OUT = inspect.Parameter.empty


class _NoSuchCallError(UsageError):
    """Nothing is called so."""


@dataclass(frozen=True, slots=True)
class Called:
    """A function that the page or a program may call.

    :param defaults: of each input, `inspect.Parameter.empty` where it must be given.
    :param kept: for each input, whether Gradio keeps it and puts it in itself.
    :param choices: for each input, the values that it may have; None for any.
    """

    name: str
    defaults: tuple[object, ...]
    kept: tuple[bool, ...]
    choices: tuple[tuple[object, ...] | None, ...]

    def inputs(self, data: object) -> list[Any]:
        """Return a value for each input.

        :raises UsageError: if some are missing, or too many, or none that an input may have.
        """
        count = len(self.defaults)
        if not isinstance(data, list):
            raise UsageError('want an object with a list as "data"')
        if len(data) == count - sum(self.kept):
            given = iter(data)
            data = [None if kept else next(given) for kept in self.kept]
        data = [*data, *self.defaults[len(data) :]]
        if len(data) != count or any(each is _LEFT_OUT for each in data):
            raise UsageError(f"{self.name} takes {count} values in data")
        for value, choices in zip(data, self.choices, strict=True):
            if choices is not None and value is not None and value not in choices:
                raise UsageError(f"{self.name} takes one of {', '.join(map(str, choices))}")
        return data


def calls_of(page: gr.Blocks) -> dict[int, Called]:
    """Return the functions of a page that can be called, by their number."""
    return {number: _called(each, each.fn) for number, each in page.fns.items() if each.fn is not None}


class Calls:
    """ASGI middleware before Gradio. Passes on calls that it can answer, counts questions, and keeps users apart.

    A client makes up the name of its session, by which its conversation and its answers are
    found. Where users log in, each one's names are made into others, so that they lead
    nobody else there.
    """

    def __init__(self, app: ASGIApp, calls: Mapping[int, Called]) -> None:
        self.app = app
        self._calls = calls
        self._numbers = {called.name: number for number, called in calls.items()}
        self._key = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it here."""
        if scope["type"] != "http" or not scope["path"].startswith(_ROUTES):
            await self.app(scope, receive, send)
            return
        parts = scope["path"][len(_ROUTES) :].rstrip("/").split("/")
        if scope["method"] != "POST":
            await self._listen(self._own_route(scope, parts), receive, send)
            return
        body = await read_whole(receive)
        if body is None:
            return
        try:
            body = self._changed(scope, parts, body)
        except RateError as error:
            response = refused(Headers(scope=scope), 429, "busy", str(error), {"Retry-After": str(error.wait)})
        except UsageError as error:
            response = refused(Headers(scope=scope), _status(error), "usage", str(error))
        else:
            await self.app(_announced(scope, len(body)), once_more(body, receive), send)
            return
        await response(scope, receive, send)

    def _changed(self, scope: Scope, parts: list[str], body: bytes) -> bytes:
        """Return the body to pass on."""
        match parts:
            case ["queue", "join"]:
                name = None
            case [kind, name] if kind in _NAMED:
                pass
            case ["cancel"]:
                told = _object(body)
                if not all(isinstance(told.get(field), str) for field in ("session_hash", "event_id")):
                    raise UsageError("cancel takes session_hash, fn_index and event_id")
                return json.dumps({**told, "session_hash": self._own(scope, told["session_hash"])}).encode()
            case ["reset"]:
                return body
            case _:
                raise _NoSuchCallError("there is no such call")
        told = _object(body)
        number = self._numbers.get(name) if name is not None else told.get("fn_index")
        called = self._calls.get(number) if isinstance(number, int) else None
        if called is None:
            raise _NoSuchCallError("there is no such call")
        passed = {field: told[field] for field in _FIELDS if told.get(field) is not None}
        passed |= {"data": called.inputs(told.get("data")), "fn_index": number}
        if type(passed.get("trigger_id", 0)) is not int:
            raise UsageError("trigger_id is a number")
        session = passed.get("session_hash", "" if name is None else None)
        if session is not None:
            if not isinstance(session, str) or not 0 < len(session) <= _LONGEST:
                raise UsageError(f"session_hash is a string of 1 to {_LONGEST} characters")
            passed["session_hash"] = self._own(scope, session)
        charge(scope, int(called.name in _ASKING))
        return json.dumps(passed).encode()

    def _own_route(self, scope: Scope, parts: list[str]) -> Scope:
        """Return a request for what comes to a session as one for the user's own."""
        match parts:
            case ["queue", "data"]:
                told = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
                if "session_hash" in told:
                    query = {"session_hash": self._own(scope, told["session_hash"])}
                    return {**scope, "query_string": urlencode(query).encode()}
            case ["heartbeat", session]:
                path = f"{_ROUTES}heartbeat/{self._own(scope, session)}"
                return {**scope, "path": path, "raw_path": path.encode()}
        return scope

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request that may be answered bit by bit; a session that is not there has been told as a bit."""
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except RuntimeError:
            if not started:
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _own(self, scope: Scope, session: str) -> str:
        user = user_of(scope)
        if user is None:
            return session
        return hmac.digest(self._key, repr((user, session)).encode(), hashlib.sha256).hex()


def _called(function: BlockFunction, called: Callable[..., Any]) -> Called:
    defaults = [each.default for each in inspect.signature(called).parameters.values()]
    inputs = function.inputs
    public = function.api_visibility == "public"
    return Called(
        str(function.api_name),
        tuple(defaults[: len(inputs)]) if public else (_LEFT_OUT,) * len(inputs),
        tuple(bool(each.stateful) for each in inputs),
        tuple(_choices(each) for each in inputs),
    )


def _choices(component: object) -> tuple[object, ...] | None:
    choices = getattr(component, "choices", None)
    return tuple(value for _, value in choices) if choices else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = parse(body)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not isinstance(told, dict):
        raise UsageError("want an object")
    return told


def _announced(scope: Scope, length: int) -> Scope:
    """Return a request whose headers say how long, and what, its body now is."""
    mine = (b"content-length", b"content-type")
    headers = [each for each in scope["headers"] if each[0] not in mine]
    told = [(mine[0], str(length).encode()), (mine[1], b"application/json")]
    return {**scope, "headers": [*headers, *told]}


def _status(error: UsageError) -> int:
    return 404 if isinstance(error, _NoSuchCallError) else 400
