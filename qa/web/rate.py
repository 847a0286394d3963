"""So many questions a minute from each client, and the rest told when to come back."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import BusyError
from qa.web.clients import address_of, is_local
from qa.web.login import user_of
from qa.web.refusals import refused

DEFAULT_RATE = 120
"""Questions a minute, of a client that is logged in or on another machine."""
_MINUTE = 60.0  # seconds
_ASKING = ("/gradio_api/call/", "/gradio_api/run/", "/gradio_api/api/", "/api/ask", "/api/passages")
_ASKING_TOO = ("/gradio_api/queue/join", "/mcp")
_CHARGE = "sourcier.charge"


class Buckets:
    """What each client has left: full at first, and refilled as time passes."""

    def __init__(self, per_minute: int, most: int = 4_096, clock: Callable[[], float] = time.monotonic) -> None:
        self._full, self._most, self._clock = float(per_minute), most, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # the client that asked last at the end

    def __len__(self) -> int:
        return len(self._left)

    def take(self, client: str, questions: int = 1) -> int:
        """Take questions from what a client has left; return the seconds to wait, 0 if it need not.

        Many at once may be asked with too few left: the ones that follow then wait.
        """
        now = self._clock()
        left, then = self._left.get(client, (self._full, now))
        left = min(self._full, left + (now - then) * self._full / _MINUTE)
        wait = 0 if left >= 1 else math.ceil((1 - left) * _MINUTE / self._full)
        self._left[client] = (left if wait else left - questions, now)
        self._left.move_to_end(client)
        while len(self._left) > self._most:
            self._left.popitem(last=False)
        return wait


class Rate:
    """ASGI middleware, behind the login. Counts questions, by user or else by address.

    :param per_minute: for all; None for `DEFAULT_RATE`, and no limit for this machine without a login; 0 for none.
    """

    def __init__(
        self, app: ASGIApp, per_minute: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self._spare_local = per_minute is None
        rate = DEFAULT_RATE if per_minute is None else per_minute
        self._buckets = Buckets(rate, clock=clock) if rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here if its client asks too often."""
        app, buckets = self.app, self._buckets
        if buckets is not None and scope["type"] == "http" and scope["method"] == "POST" and _asks(scope["path"]):
            user = user_of(scope)
            if user is not None or not self._spare_local or not is_local(scope):
                client = f"user {user}" if user is not None else address_of(scope)
                wait = buckets.take(client)
                scope[_CHARGE] = (buckets, client)
                if wait:
                    told = f"too many questions a minute: ask again in {wait} s"
                    app = refused(Headers(scope=scope), 429, "busy", told, {"Retry-After": str(wait)})
        await app(scope, receive, send)


def charge(scope: Scope, questions: int) -> None:
    """Count the questions that a request holds beyond its first.

    :raises BusyError: if its client has asked too many already.
    """
    if _CHARGE in scope and questions > 0:
        buckets, client = scope[_CHARGE]
        wait = buckets.take(client, questions)
        if wait:
            raise BusyError(f"too many questions a minute: ask again in {wait} s")


def _asks(path: str) -> bool:
    return path.startswith(_ASKING) or path.rstrip("/") in _ASKING_TOO
