"""So many at a time, so many waiting, and the rest told at once that there is no place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from index.errors import BusyError

RUNNING = 2
"""How many questions are answered at a time: more would only make each of them slower."""
WAITING = 64
"""How many may wait for their turn."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Turnstile:
    """What every way of asking goes through, of one event loop."""

    def __init__(self, running: int = RUNNING, waiting: int = WAITING) -> None:
        self._places = asyncio.Semaphore(running)
        self._most = running + waiting
        self._inside = 0

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function in a thread when it is its turn, and return what it returns.

        :raises BusyError: at once, if as many wait as may.
        """
        if self._inside >= self._most:
            raise BusyError(f"busy: {self._most} questions are being answered or waiting: ask again in a moment")
        self._inside += 1
        try:
            await self._places.acquire()
        except BaseException:
            self._inside -= 1
            raise
        work = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
        work.add_done_callback(self._leave)
        # Whoever asked may leave; the thread works on, and keeps its place as long.
        return await asyncio.shield(work)

    def _leave(self, _: object) -> None:
        self._inside -= 1
        self._places.release()
