"""Sourcier asked as an agent asks it: by the MCP SDK's own client, over HTTP and over a process's input and output."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import anyio
import uvicorn
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

T = TypeVar("T")
Talk = Callable[[Callable[[ClientSession], Awaitable[T]]], T]
ROOT = Path(__file__).parent.parent


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def over_stdio(folder: Path, index: Path) -> Talk:
    """Return what starts the command, as an agent does, talks to it, and ends it."""
    arguments = ["-m", "qa", "serve", str(folder), "-i", str(index), "--mcp", "stdio"]
    command = StdioServerParameters(command=sys.executable, args=arguments, env=environment())

    async def converse(conversation):
        async with stdio_client(command) as streams, ClientSession(*streams) as client:
            return await conversation(client)

    return lambda conversation: anyio.run(converse, conversation)


def over_http(url: str) -> Talk:
    """Return what talks to a server."""

    async def converse(conversation):
        async with streamable_http_client(url) as streams, ClientSession(*streams[:2]) as client:
            return await conversation(client)

    return lambda conversation: anyio.run(converse, conversation)


class _Server(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def served(app) -> Iterator[str]:
    """Serve an ASGI application from a thread until the block ends; give its address, without a slash at its end."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=3))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        assert server.ready.wait(30)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
    assert not thread.is_alive()


def noted(events: list[str]):
    """Return a lifespan that notes when it begins and ends."""

    @asynccontextmanager
    async def lifespan(_):
        events.append("began")
        yield
        events.append("ended")

    return lifespan
