"""What a request sends, up to so many bytes and within so much time, whatever it announced."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

_SECONDS = 30.0  # for a small body
_SLOWEST = 50_000  # bytes a second, of a large one


class Body:
    """The receiving end of a request. When it is over its limits, `over` says how, and nothing more is read."""

    def __init__(self, receive: Receive, most: int, length: int) -> None:
        self.over = 0
        """The status to answer with: 413 or 408; 0 while all is well."""
        self._receive, self._left = receive, most
        self._whole = False
        self._seconds = _SECONDS + length / _SLOWEST
        self._until: float | None = None

    async def receive(self) -> Message:
        """Return the next message, or, over the limits, that the client is gone."""
        if self.over:
            return {"type": "http.disconnect"}
        if self._whole:  # what may still come is that the client leaves, which takes as long as it takes
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._until = now + self._seconds if self._until is None else self._until
        try:
            message = await asyncio.wait_for(self._receive(), self._until - now)
        except TimeoutError:
            return self._end(408)
        self._left -= len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message if self._left >= 0 else self._end(413)

    def _end(self, status: int) -> Message:
        self.over = status
        return {"type": "http.disconnect"}
