"""Sourcier for agents: the Model Context Protocol, beside the page at `/mcp` or on standard input and output."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from qa.service import Service
from qa.turnstile import Entrance, Turnstile
from qa.web.agent_server import agent_server

if TYPE_CHECKING:
    from fastapi import FastAPI
    from mcp.server.lowlevel import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.types import Receive, Scope, Send

PATH = "/mcp"
_NO_JSON = -32700  # as JSON-RPC counts errors


def mount_mcp(app: FastAPI, service: Service, turnstile: Entrance) -> None:
    """Let agents ask at `/mcp` of an application. To be called before the page is mounted at its root.

    :raises UsageError: if the package `mcp` is not installed.
    """
    from starlette.routing import Route

    endpoint = _Endpoint(agent_server(service, turnstile))
    for path in (PATH, f"{PATH}/"):  # either is typed, and agents need not follow a redirect
        app.router.routes.insert(0, Route(path, endpoint, include_in_schema=False))
    around = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(of: FastAPI) -> AsyncIterator[Any]:
        async with around(of) as state, endpoint.open():
            yield state

    app.router.lifespan_context = lifespan


def serve_stdio(service: Service) -> None:
    """Answer an agent that started this process, until it closes standard input.

    :raises UsageError: if the package `mcp` is not installed.
    """
    server = agent_server(service, Turnstile())
    import anyio
    from mcp.server.stdio import stdio_server

    async def run(output: TextIO) -> None:
        async with stdio_server(stdout=anyio.wrap_file(output)) as (received, sent):
            await server.run(received, sent, server.create_initialization_options())

    # Nothing can break off a read of standard input, so Ctrl-C ends the process; no kill harms an index.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with _output_for_the_protocol() as output:
            anyio.run(run, output)
    except* BrokenPipeError:
        pass  # the agent is gone


class _Endpoint:
    """The ASGI application at `/mcp`. Each request stands for itself: no session to keep, or to lose."""

    def __init__(self, server: Server[Any, Any]) -> None:
        self._server = server
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answer until the block ends."""
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        # Foreign hosts and sites are turned away by the gate before the application.
        manager = StreamableHTTPSessionManager(self._server, json_response=True, stateless=True)
        async with manager.run():
            self._manager = manager
            yield
        self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Without sessions nothing is ever pushed, which is what GET would wait for."""
        from starlette.responses import JSONResponse, PlainTextResponse

        from qa.web.whole import once_more, parse, read_whole

        if scope["method"] != "POST" or self._manager is None:
            refused = PlainTextResponse("agents POST to this address\n", 405, {"Allow": "POST"})
            await refused(scope, receive, send)
            return
        body = await read_whole(receive)
        if body is None:
            return
        try:
            parse(body)
        except ValueError as wrong:
            error = {"code": _NO_JSON, "message": f"Parse error: {wrong}"}
            await JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, 400)(scope, receive, send)
        else:
            await self._manager.handle_request(scope, once_more(body, receive), send)


@contextmanager
def _output_for_the_protocol() -> Iterator[TextIO]:
    """Give what standard output is; until the block ends, what anything else prints goes to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with open(kept, "w", encoding="utf-8", newline="\n", closefd=False) as output:
            yield output
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
