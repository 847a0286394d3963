"""The login before everything: a cookie for browsers, HTTP Basic for programs."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.types import SCHEMA
from qa.web.clients import address_of, is_browser, wants_page
from qa.web.login_page import LOGIN_POLICY, login_page
from qa.web.refusals import refused
from qa.web.sessions import IDLE, Sessions
from qa.web.signed_sessions import SignedSessions
from qa.web.users import Doorkeeper, Users, Verdict

MAX_LOGIN = 8_192
"""How many bytes a login may send."""
_MAX_BASIC = 4_096  # characters of a header
_USER = "sourcier.user"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Sourcier", charset="UTF-8"'}
_CLOSED = {"Allow": "GET, HEAD, POST"}


def user_of(scope: Scope) -> str | None:
    """Return the name of the user that a request comes from; None where nobody has to log in."""
    user: str | None = scope.get(_USER)
    return user


class Login:
    """ASGI middleware. Lets nothing past but requests of users, and answers `/login` and `/logout` itself.

    :param secret: that of several processes, each of which knows the logins of all.
    """

    def __init__(
        self, app: ASGIApp, users: Users, clock: Callable[[], float] = time.monotonic, secret: str | None = None
    ) -> None:
        self.app = app
        self.doorkeeper = Doorkeeper(users, clock)
        self.sessions = SignedSessions(users, secret) if secret else Sessions(users, clock=clock)
        self._shared = secret is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request of a user, with the name of the user in its scope."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        app: ASGIApp
        match scope["path"].rstrip("/"):
            case "/login":
                app = await self._login(Request(scope, receive))
            case "/logout":
                app = self._logout(Request(scope))
            case _:
                app = await self._admit(scope)
        await app(scope, receive, send)

    async def _admit(self, scope: Scope) -> ASGIApp:
        """Return the application for a user, and a refusal for anybody else."""
        connection = HTTPConnection(scope)
        headers = connection.headers
        user = self.sessions.user(connection.cookies.get(self._cookie(scope), ""))
        given = _basic(headers) if user is None else None
        if given is not None:
            verdict = await self.doorkeeper.check(*given, address_of(scope))
            if verdict.wait:
                return _wait(headers, verdict.wait)
            user = verdict.user
        if user is None:
            return _ask(headers)
        scope[_USER] = user
        return self.app

    async def _login(self, request: Request) -> Response:
        """Show the form, or take it: the token goes into a cookie that no script can read."""
        headers = request.headers
        if request.method in ("GET", "HEAD"):
            return _page(headers, 200)
        if request.method != "POST":
            return refused(headers, 405, "usage", "/login takes GET and POST", _CLOSED)
        given = _form(await request.body())
        if given is None:
            return refused(headers, 400, "usage", "/login takes a form with username and password")
        verdict = await self.doorkeeper.check(*given, address_of(request.scope))
        if verdict.user is None or verdict.hash is None:
            return _turned_away(headers, verdict)
        response: Response = JSONResponse({"schema": SCHEMA, "success": True})
        if wants_page(headers):
            response = RedirectResponse("/", 303)
        token = self.sessions.begin(verdict.user, verdict.hash)
        # A proxy that ends TLS says so in a header. It may be a lie, which would harm only the liar.
        secure = request.url.scheme == "https" or headers.get("x-forwarded-proto") == "https"
        response.set_cookie(
            self._cookie(request.scope), token, max_age=IDLE, path="/", secure=secure, httponly=True, samesite="strict"
        )
        return response

    def _logout(self, request: Request) -> Response:
        """End the session that a request is of."""
        if request.method != "POST":  # a link or picture elsewhere could log people out
            return refused(request.headers, 405, "usage", "/logout takes POST", {"Allow": "POST"})
        self.sessions.end(request.cookies.get(self._cookie(request.scope), ""))
        response = RedirectResponse("/login", 303) if wants_page(request.headers) else Response(status_code=204)
        response.delete_cookie(self._cookie(request.scope), path="/", httponly=True, samesite="strict")
        return response

    def _cookie(self, scope: Scope) -> str:
        """Return the cookie's name: browsers send cookies to every port of a host, and each may be another Sourcier."""
        return "sourcier" if self._shared else f"sourcier-{(scope.get('server') or ('', 0))[1]}"


def _basic(headers: Headers) -> tuple[str, str] | None:
    """Return the name and password of an Authorization header, if it holds them."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(told) > _MAX_BASIC:
        return None
    try:
        name, colon, password = base64.b64decode(told.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon else None


def _form(body: bytes) -> tuple[str, str] | None:
    """Return the name and password of a form, if it holds them."""
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8)
    except ValueError:
        return None
    (name, *more), (password, *too) = fields.get("username", [""]), fields.get("password", [""])
    return (name.strip(), password) if name and password and not more and not too else None


def _ask(headers: Headers) -> Response:
    if wants_page(headers):
        return _page(headers, 401)
    challenge = None if is_browser(headers) else _CHALLENGE  # which a browser would turn into a window of its own
    return refused(headers, 401, "login", "log in first: POST /login, or HTTP Basic", challenge)


def _turned_away(headers: Headers, verdict: Verdict) -> Response:
    if verdict.wait:
        return _wait(headers, verdict.wait)
    if wants_page(headers):
        return _page(headers, 401, wrong=True)
    challenge = None if is_browser(headers) else _CHALLENGE
    return refused(headers, 401, "login", "the name or password is wrong", challenge)


def _wait(headers: Headers, seconds: int) -> Response:
    more = {"Retry-After": str(seconds)}
    if wants_page(headers):
        return _page(headers, 429, wait=seconds, more=more)
    return refused(headers, 429, "busy", f"too many attempts: wait {seconds} s", more)


def _page(
    headers: Headers, status: int, wrong: bool = False, wait: int = 0, more: Mapping[str, str] | None = None
) -> Response:
    page = login_page(headers.get("accept-language"), wrong, wait)
    return HTMLResponse(
        page, status, {"Content-Security-Policy": LOGIN_POLICY, "Vary": "Accept-Language", **(more or {})}
    )
