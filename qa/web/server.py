"""Serve the page and the endpoints until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import math
import signal
import socket
import sys
import time
import webbrowser
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from index.errors import UsageError
from qa.changeover import keeping_current
from qa.counted import Counted, Endpoint
from qa.live import LiveSession
from qa.service import Service
from qa.suggest.suggester import Suggester
from qa.turnstile import Entrance, Turnstile
from qa.ui.mount import let_go, mount_page
from qa.ui.page import build_page
from qa.watch import watching
from qa.web.agent import mount_mcp
from qa.web.calls import Calls, calls_of
from qa.web.clients import place_of
from qa.web.connections import WAITING, Connection, places
from qa.web.gate import Gate
from qa.web.health import Health, Readiness
from qa.web.login import Login
from qa.web.rate import Rate
from qa.web.rest import router
from qa.web.scripts import Scripts
from qa.web.terms import Serving, check, warn_of
from qa.web.users import Users

if TYPE_CHECKING:
    from qa.web.metrics import Metrics

_FAREWELL_SECONDS = 3  # for answers under way at Ctrl-C
_LAST_SECONDS = 30  # for all that were admitted before SIGTERM
_SENT_SECONDS = 0.5  # for a page's last answer to be put together and sent
_KEEP_ALIVE_SECONDS = 10
_MAX_HEAD = 32_768  # bytes of a request's line and headers
_REMEDIES = {
    errno.EADDRINUSE: "is in use: choose another with --port, or --port 0 for any free one",
    errno.EACCES: "may not be used without more rights: choose one above 1023 with --port",
    errno.EADDRNOTAVAIL: "is not an address of this machine: leave out --host, or give one of its own",
}


def serve(live: LiveSession, serving: Serving) -> None:
    """Serve a folder, print the address, and return after Ctrl-C.

    :raises UsageError: if the address cannot be listened at, or is not safe to.
    """
    users = check(serving)
    warn_of(serving)
    with listen(serving.host, serving.port) as listening, contextlib.ExitStack() as stack:
        try:
            suggester = stack.enter_context(contextlib.closing(Suggester(live)))
            server = make_server(live, serving, users, suggester)
            suggester.start()
            stack.enter_context(keeping_current(live))
            if serving.watch:
                stack.enter_context(watching(live))
            url = address(listening, serving.host)
            sys.stdout.write(f"Sourcier: {url} (Ctrl-C stops it)\n")
            sys.stdout.flush()
            if serving.open_browser:
                webbrowser.open(url)
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            pass


class _Server(uvicorn.Server):
    """A server that ends soon at Ctrl-C, and at SIGTERM when all that were admitted are answered.

    At Ctrl-C it lets go of those who wait, and of open pages, before it waits for their connections to end. At
    SIGTERM it says that it is not ready, and goes on as before for the seconds of `drain`; a second one ends these.
    """

    def __init__(
        self, config: uvicorn.Config, pages: FastAPI, turnstile: Turnstile, readiness: Readiness, drain: int = 0
    ) -> None:
        super().__init__(config)
        self.pages, self.turnstile, self.readiness = pages, turnstile, readiness
        self._drain, self._until = drain, math.inf

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop. SIGTERM is not raised again at the end, as uvicorn does: the program has then ended well."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
            return
        self._until = time.monotonic() + (0 if self.readiness.stopping else self._drain)
        self.readiness.stopping = True

    async def on_tick(self, counter: int) -> bool:
        """Tell, ten times a second, whether to stop."""
        return await super().on_tick(counter) or time.monotonic() >= self._until

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, quietly."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it has a page to say of each broken answer
        if self.should_exit:
            self.turnstile.close()
            let_go(self.pages)
            await super().shutdown(sockets)
            return
        self.should_exit = True  # so that Ctrl-C, from now on, breaks it off
        self.config.timeout_graceful_shutdown = _LAST_SECONDS
        parting = asyncio.create_task(self._let_go_when_done())  # pages hold connections for as long as they are open
        await super().shutdown(sockets)
        parting.cancel()

    async def _let_go_when_done(self) -> None:
        await self.turnstile.emptied()
        await asyncio.sleep(_SENT_SECONDS)
        let_go(self.pages)


def make_server(live: LiveSession, serving: Serving, users: Users | None, suggester: Suggester) -> uvicorn.Server:
    """Return the server of a folder, to be run on a listening socket."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    service, turnstile = Service(live), Turnstile()
    readiness, metrics = Readiness(live, turnstile), _metrics(live, turnstile) if serving.metrics else None

    def entrance(endpoint: Endpoint) -> Entrance:
        return Counted(turnstile, endpoint, metrics.count) if metrics else turnstile

    app.include_router(router(service, entrance(Endpoint.REST), serving.read_only))
    if serving.mcp == "http":
        mount_mcp(app, service, entrance(Endpoint.MCP))
    read_only = serving.read_only or live.store.shared
    page = build_page(live, entrance(Endpoint.PAGE), suggester, read_only, login=users is not None)
    mount_page(app, page)
    config = uvicorn.Config(
        guarded(Calls(app, calls_of(page)), serving, users, readiness, metrics),
        http=Connection,
        ws="none",
        log_level="error",  # warnings are of what clients do wrong, and they could fill a log with them
        server_header=False,
        proxy_headers=False,  # an address that a header tells could be anybody's
        limit_concurrency=places(),
        backlog=WAITING,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        h11_max_incomplete_event_size=_MAX_HEAD,
        timeout_graceful_shutdown=_FAREWELL_SECONDS,
    )
    return _Server(config, app, turnstile, readiness, serving.drain)


def guarded(
    app: ASGIApp, serving: Serving, users: Users | None, readiness: Readiness, metrics: Metrics | None = None
) -> Gate:
    """Return an application behind all that a request has to pass: the gate, the login, the count of questions."""
    inside: ASGIApp = Rate(Scripts(app), serving.rate)
    if metrics:
        from qa.web.metrics import Shown

        inside = Shown(inside, metrics)
    entered: ASGIApp = Login(inside, users, secret=serving.secret) if users else inside
    if metrics:
        from qa.web.metrics import Door

        entered = Door(entered, inside, serving.metrics_token, users is not None)
    return Gate(Health(entered, readiness), serving.host, serving.trusted, private=users is not None)


def _metrics(live: LiveSession, turnstile: Turnstile) -> Metrics:
    from qa.web.metrics import Metrics  # whose library nothing else needs

    return Metrics(live, turnstile)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    :raises UsageError: if it cannot, with the remedy.
    """
    family, kind, protocol, place = place_of(host, port)
    listening = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # where it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(WAITING)
    except OSError as error:
        listening.close()
        remedy = _REMEDIES.get(error.errno or 0, f"cannot be used ({error.strerror}): choose another with --port")
        raise UsageError(f"port {port} of {host or 'this machine'} {remedy}") from None
    return listening


def address(listening: socket.socket, host: str) -> str:
    """Return the URL of a listening socket, as a browser on this machine opens it."""
    port = listening.getsockname()[1]
    name = "127.0.0.1" if host in ("", "0.0.0.0") else "[::1]" if host == "::" else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"
