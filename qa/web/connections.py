"""Connections that say nothing are not kept, nor too many: uvicorn waits for a request as long as it takes."""

from __future__ import annotations

import asyncio
import functools
import sys

from uvicorn.protocols.http.h11_impl import H11Protocol

from qa.web.clients import address_of, is_local

PATIENCE = 20  # seconds for a request to begin
WAITING = 128
"""How many connections may wait to be accepted, and are then accepted at once."""
_MOST = 512  # an open page holds two
_TOLD = 16  # more, which are told that there is no place
_EACH = 128  # of an address
_FILES = 64  # that are open besides
_ENOUGH = 1_024


@functools.cache
def places() -> int:
    """Return how many connections are held at a time: fewer where this process may not open as many files."""
    if sys.platform == "win32":
        return _MOST
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < _ENOUGH:
        soft = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _MOST if soft == resource.RLIM_INFINITY else max(1, min(_MOST, soft - WAITING - _FILES - _TOLD))


class Connection(H11Protocol):
    """A connection that is closed if no whole head of a request comes in time, even if bytes trickle in."""

    _impatience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request; close it if there are too many."""
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
            return
        self._wait()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._impatience:
            self._impatience.cancel()
        super().connection_lost(exc)

    def _is_one_too_many(self) -> bool:
        if len(self.connections) > places() + _TOLD:
            return True
        scope = {"client": self.client}
        if is_local(scope):  # it may be a proxy, with many behind it
            return False
        theirs = address_of(scope)
        return sum(address_of({"client": getattr(each, "client", None)}) == theirs for each in self.connections) > _EACH

    def _wait(self) -> None:
        if self._impatience:
            self._impatience.cancel()
        self._impatience = self.loop.call_later(PATIENCE, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
