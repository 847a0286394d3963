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
_ONE = 1 - 1e-6  # a question: whoever waited as told has it, whatever was rounded
_ASKING = ("/api/ask", "/api/passages")  # the others tell by `charge` what they find in the body
_CHARGE = "sourcier.charge"


class RateError(BusyError):
    """Too many questions a minute.

    :param wait: seconds until the next may be asked.
    """

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many questions a minute: ask again in {wait} s")
        self.wait = wait


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
        wait = 0 if left > _ONE else math.ceil((1 - left) * _MINUTE / self._full)
        self._left[client] = (left if wait else left - questions, now)
        self._left.move_to_end(client)
        while len(self._left) > self._most:
            self._left.popitem(last=False)
        return wait


class Rate:
    """ASGI middleware, behind the login. Counts questions, by user or else by address; clicks are none.

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
        if buckets is not None and scope["type"] == "http" and scope["method"] == "POST":
            user = user_of(scope)
            if user is not None or not self._spare_local or not is_local(scope):
                scope[_CHARGE] = (buckets, f"user {user}" if user is not None else address_of(scope))
                try:
                    charge(scope, int(scope["path"].startswith(_ASKING)))
                except RateError as error:
                    more = {"Retry-After": str(error.wait)}
                    app = refused(Headers(scope=scope), 429, "busy", str(error), more)
        await app(scope, receive, send)


def charge(scope: Scope, questions: int) -> None:
    """Count questions that a request holds: of a REST endpoint, those beyond its first.

    :raises RateError: if its client has asked too many already.
    """
    if _CHARGE in scope and questions > 0:
        buckets, client = scope[_CHARGE]
        wait = buckets.take(client, questions)
        if wait:
            raise RateError(wait)
