"""Serve the page from this machine until Ctrl-C."""

from __future__ import annotations

import errno
import socket
import sys
import webbrowser
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from index.errors import UsageError
from qa.session import Session
from qa.ui import build_page, let_go, mount_page
from qa.web.gate import Gate, credentials

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7860
_FAREWELL_SECONDS = 3  # for answers under way at Ctrl-C
_REMEDIES = {
    errno.EADDRINUSE: "is in use: choose another with --port, or --port 0 for any free one",
    errno.EACCES: "may not be used without more rights: choose one above 1023 with --port",
    errno.EADDRNOTAVAIL: "is not an address of this machine: leave out --host, or give one of its own",
}


def serve(
    session: Session | Path,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    auth: str | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the page, print its address, and return after Ctrl-C.

    :param session: an open session, or a folder of articles to bring up to date and open.
    :param port: 0 takes any free one.
    :param auth: `USER:PASSWORD` to ask for, if any.
    :raises UsageError: if the address cannot be listened at, or `auth` cannot be read.
    """
    named = credentials(auth)
    listening = listen(host, port)  # before the slow part: a port in use is told at once
    with listening:
        opened = session if isinstance(session, Session) else Session.of_folder(session)
        try:
            server = make_server(opened, host, named)
            url = address(listening, host)
            sys.stdout.write(f"Sourcier: {url} (Ctrl-C stops it)\n")
            sys.stdout.flush()
            if open_browser:
                webbrowser.open(url)
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            pass
        finally:
            if opened is not session:
                opened.close()


class _Server(uvicorn.Server):
    """A server that lets go of open pages before it waits for their connections to end."""

    def __init__(self, config: uvicorn.Config, pages: FastAPI) -> None:
        super().__init__(config)
        self.pages = pages

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, quietly."""
        let_go(self.pages)
        await super().shutdown(sockets)


def make_server(session: Session, host: str, auth: tuple[str, str] | None = None) -> uvicorn.Server:
    """Return the server of a session's page, to be run on a listening socket."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    mount_page(app, build_page(session))
    config = uvicorn.Config(
        Gate(app, host),
        log_level="warning",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_FAREWELL_SECONDS,
    )
    return _Server(config, app)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    :raises UsageError: if it cannot, with the remedy.
    """
    if not 0 <= port <= 65_535:  # noqa: PLR2004
        raise UsageError(f"port {port} does not exist: choose one from 0 to 65535 with --port")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"no machine is named {host!r}: give --host an address of this one") from None
    listening = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # where it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(128)
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
