"""The gate before the page: who may call it, how much they may send, what a browser may do with it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.documents import MAX_FILE_BYTES
from qa.web.body import Body
from qa.web.login import MAX_LOGIN
from qa.web.refusals import refused

MAX_BODY = 1_000_000  # bytes
LIVE, READY, METRICS = "/health/live", "/health/ready", "/metrics"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})

# Nothing may come from, or go, elsewhere. Which inline scripts may run is for `scripts` to say.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'none'",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with less, browsers send a form of this page without its origin
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# Of what Gradio offers, what its page and its clients use. Closed: files in and out, proxying, recording, editing.
_ASKING = ("queue", "call", "run", "api", "info", "openapi.json")
_OPEN = frozenset({*_ASKING, "heartbeat", "startup-events", "app_id", "login_check", "reset", "cancel", "theme.css"})
_GRADIO, _CLOSED = "/gradio_api", ("/monitoring", "/svelte", "/pwa_icon", "/manifest.json")
_UPLOADS = "/api/documents/"
_PROBED = frozenset({LIVE, READY, METRICS})
_LASTING = ("/assets/", "/static/")  # Gradio's own scripts: the same everywhere
_DIGITS = 12
_NO_HOST = frozenset("@/?#")  # what follows or goes before a host in a URL
_OK, _TOO_SLOW = 200, 408
_PORTS = {"http": 80, "https": 443}
Refusal = tuple[int, str, str]


class Gate:
    """ASGI middleware. Turns away other hosts, other sites, large bodies and closed routes.

    A page elsewhere can have its own name point at this machine; the Host header, which
    then says that name, gives it away. Listening at every address, any literal address
    is taken as well, since none of those can be re-pointed. So it is by what balancers and
    Prometheus ask, who know a server by its address, or name none.

    :param trusted: more names that the page is known by, such as a proxy's.
    :param private: let no answer be kept by browsers and proxies, since not all may see it.
    """

    def __init__(self, app: ASGIApp, host: str, trusted: Sequence[str] = (), private: bool = False) -> None:
        self.app = app
        self.private = private
        self.hosts = _LOCAL | {name.lower().strip("[]") for name in (host, *trusted)}
        self.any_address = host in _ANYWHERE
        if self.any_address:
            name = socket.gethostname().lower()
            self.hosts |= {name, f"{name}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request here; pass on any other, and add headers to what comes back."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = _most(scope["method"], scope["path"])
        refusal = self.refusal(scope["method"], scope["path"], headers) or _too_large(headers, most)
        if refusal:
            await refused(headers, *refusal)(scope, receive, self._with_headers(scope, send))
        else:
            await self._bounded(scope, receive, self._with_headers(scope, send), most)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        """Pass a request on, and refuse it after all if its body turns out too large or too slow."""
        headers = Headers(scope=scope)
        body = Body(receive, most, int(headers.get("content-length") or 0))
        answered = False

        async def send_unless_over(message: Message) -> None:
            nonlocal answered
            if answered or not body.over:
                answered = True
                await send(message)

        try:
            await self.app(scope, body.receive, send_unless_over)
        except Exception:
            if not body.over:  # else it is because nothing more was read
                raise
        if body.over and not answered:
            told = "the body came too slowly" if body.over == _TOO_SLOW else _larger(most)
            response = refused(headers, body.over, "usage", told, {"Connection": "close"})
            await response(scope, receive, send)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                told.update(_HEADERS)
                told.append("Content-Security-Policy", _POLICY)  # beside a stricter one, both hold
                if self.private and not (message["status"] == _OK and scope["path"].startswith(_LASTING)):
                    told["Cache-Control"] = "no-store"
            await send(message)

        return send_with_headers

    def refusal(self, method: str, path: str, headers: Headers) -> Refusal | None:
        """Return the status, kind and line of a refusal; None if there is none."""
        named = headers.get("host", "")
        if not self._is_ours(headers.getlist("host"), path in _PROBED):
            return 400, "usage", "unknown Host: start the page with --trust-host and that name to use it"
        if _is_closed(path):
            return 404, "usage", "not found"
        if not _is_plain(path):
            return 400, "usage", "the path is not a plain one"
        # Of any method: Gradio lets other sites read its answers where it is not at localhost.
        origin = headers.get("origin")
        if (origin is not None and not _is_same(origin, named)) or (
            method not in ("GET", "HEAD") and headers.get("sec-fetch-site") in ("cross-site", "same-site")
        ):
            return 403, "usage", "requests from other sites are refused"
        if "transfer-encoding" in headers:
            return 411, "usage", "say how long the body is, by Content-Length"
        return None

    def _is_ours(self, named: Sequence[str], probed: bool) -> bool:
        """Tell whether a Host is one that this is known by.

        :param probed: any literal address is, too, and so is none at all, as in HTTP/1.0.
        """
        if len(named) != 1:
            return probed and not named
        host = "" if _NO_HOST.intersection(named[0]) else _hostname(f"//{named[0]}")
        return self._known(host) or (probed and _is_address(host))

    def _known(self, host: str) -> bool:
        if host in self.hosts:
            return bool(host)
        return self.any_address and _is_address(host)


def _most(method: str, path: str) -> int:
    """Return how many bytes a request may send."""
    if method == "PUT" and path.startswith(_UPLOADS):
        return MAX_FILE_BYTES
    return MAX_LOGIN if path.rstrip("/") == "/login" else MAX_BODY


def _too_large(headers: Headers, most: int) -> Refusal | None:
    lengths = headers.getlist("content-length")
    if not lengths:
        return None
    if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdecimal()):
        return 400, "usage", "Content-Length is no number"
    if len(lengths[0]) > _DIGITS or int(lengths[0]) > most:
        return 413, "usage", _larger(most)
    return None


def _larger(most: int) -> str:
    return f"the body is longer than {most:,} bytes"


def _is_closed(path: str) -> bool:
    if path.startswith(f"{_GRADIO}/"):
        return path[len(_GRADIO) + 1 :].partition("/")[0] not in _OPEN
    return path.startswith(_CLOSED)


def _is_plain(path: str) -> bool:
    """Tell whether no two ways of reading a path could lead to two places."""
    if not path.startswith("/") or "//" in path or "\\" in path or not all(ch >= " " and ch != "\x7f" for ch in path):
        return False
    return not {".", ".."}.intersection(path.split("/"))


def _is_same(origin: str, host: str) -> bool:
    """Tell whether an Origin is that of the page at a Host."""
    try:
        theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
        port = _PORTS.get(theirs.scheme)
        return bool(theirs.hostname) and (theirs.hostname, theirs.port or port) == (ours.hostname, ours.port or port)
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _hostname(url: str) -> str:
    """Return the host that a URL names, without its port; empty if it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
