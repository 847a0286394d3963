"""Connections that say nothing are not kept: uvicorn waits for a request's headers as long as it takes."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 20  # seconds for a request to begin


class Connection(H11Protocol):
    """A connection that is closed if no whole head of a request comes in time, even if bytes trickle in."""

    _impatience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
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

    def _wait(self) -> None:
        if self._impatience:
            self._impatience.cancel()
        self._impatience = self.loop.call_later(PATIENCE, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
