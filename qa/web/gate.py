"""The gate before the page: who may call it, how much they may send, what a browser may do with it."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import UsageError

MAX_BODY = 1_000_000  # bytes
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})

# Gradio works from inline scripts and compiles event handlers; nothing may come from, or go, elsewhere.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# What Gradio offers and the page does not use: files in and out, proxying, recording, editing.
_API = ("upload", "proxy=", "file=", "file/", "deep_link", "stream/", "process_recording", "dev/", "profiling")
_EDITING = ("vibe-", "undo-vibe-", "runs", "run-history", "component_server")
_CLOSED = ("/monitoring", *(f"/gradio_api/{name}" for name in (*_API, *_EDITING)))


class Gate:
    """ASGI middleware. Turns away other hosts, other sites, large bodies and closed routes.

    A page elsewhere can have its own name point at this machine; the Host header, which
    then says that name, gives it away. Listening at every address, any literal address
    is taken as well, since none of those can be re-pointed.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.hosts = _LOCAL | {host.lower().strip("[]")}
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

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        status, told = self.refusal(scope["method"], scope["path"], Headers(scope=scope))
        app = PlainTextResponse(told + "\n", status) if status else self.app
        await app(scope, receive, send_with_headers)

    def refusal(self, method: str, path: str, headers: Headers) -> tuple[int, str]:
        """Return the status and the line of a refusal, or (0, "")."""
        host = _hostname(f"//{headers.get('host', '')}")
        if len(headers.getlist("host")) != 1 or not self._known(host):
            return 400, "unknown Host: start the page with --host and that name to use it"
        if path.startswith(_CLOSED):
            return 404, "not found"
        origin = headers.get("origin")
        if method not in ("GET", "HEAD", "OPTIONS") and origin is not None and _hostname(origin) != host:
            return 403, "requests from other sites are refused"
        length = headers.get("content-length")
        if length is None and "transfer-encoding" in headers:
            return 411, "say how long the body is"
        if length is not None and (not length.isdecimal() or len(length) > 9 or int(length) > MAX_BODY):  # noqa: PLR2004
            return 413, f"the body is longer than {MAX_BODY:,} bytes"
        return 0, ""

    def _known(self, host: str) -> bool:
        if host in self.hosts:
            return bool(host)
        if not self.any_address:
            return False
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


def credentials(auth: str | None) -> tuple[str, str] | None:
    """Read `USER:PASSWORD`.

    :raises UsageError: if either part is missing.
    """
    if auth is None:
        return None
    user, _, password = auth.partition(":")
    if not user or not password:
        raise UsageError("--auth wants USER:PASSWORD")
    return user, password
