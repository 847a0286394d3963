"""What a balancer asks: whether this process is up, and whether it is to be sent questions."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.live import LiveSession
from qa.turnstile import Turnstile
from qa.types import SCHEMA
from qa.web.gate import LIVE, READY
from qa.web.refusals import refused

_READ = ("GET", "HEAD")
_OK, _UNAVAILABLE, _NOT_SO = 200, 503, 405


class Readiness:
    """Whether questions are answered here.

    `stopping` is set when the process has been told to end: it still answers, and is to be sent nothing more.
    """

    def __init__(self, live: LiveSession, turnstile: Turnstile) -> None:
        self._live, self._turnstile = live, turnstile
        self.stopping = False

    @property
    def version(self) -> str | None:
        """The version of the index that is asked, if one is open."""
        manifest = self._live.manifest
        return manifest.version if manifest else None

    def trouble(self) -> str | None:
        """Return why no question is to be sent here; None if any may be."""
        if self.stopping:
            return "stopping"
        if self.version is None:
            return "no index is open"
        if self._live.trouble:
            return "the store of the index cannot be asked"
        return None if self._turnstile.admits else "busy"


class Health:
    """ASGI middleware before the login. Answers `/health/live` and `/health/ready` at once, whoever asks.

    It reads nothing from disk, waits for nothing, and tells no more than the index's version.
    """

    def __init__(self, app: ASGIApp, readiness: Readiness) -> None:
        self.app = app
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on what asks for anything else."""
        app = self.app
        if scope["type"] == "http" and scope["path"] in (LIVE, READY):
            app = self._answer(scope["path"] == READY) if scope["method"] in _READ else _not_so(scope)
        await app(scope, receive, send)

    def _answer(self, about_ready: bool) -> ASGIApp:
        trouble = self._readiness.trouble() if about_ready else None
        told = {"schema": SCHEMA, "status": "ready" if about_ready else "live", "version": self._readiness.version}
        if trouble:
            told |= {"status": "not ready", "reason": trouble}
        return JSONResponse(told, _UNAVAILABLE if trouble else _OK, {"Cache-Control": "no-store"})


def _not_so(scope: Scope) -> ASGIApp:
    path = scope["path"]
    return refused(Headers(scope=scope), _NOT_SO, "usage", f"{path} takes GET and HEAD", {"Allow": "GET, HEAD"})
