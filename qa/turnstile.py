"""So many at a time, so many waiting, and the rest told at once that there is no place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import ParamSpec, Protocol, TypeVar

from index.errors import BusyError

RUNNING = 2
"""How many questions are answered at a time: more would only make each of them slower."""
WAITING = 64
"""How many may wait for their turn."""
_ENDING = "busy: this server is being stopped"

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Entrance(Protocol):
    """The turnstile as those see it who go through."""

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function when it is its turn, and return what it returns.

        :raises BusyError: if it gets none.
        """


class Turnstile:
    """What every way of asking goes through, of one event loop.

    :param left_at_end: let a program that ends not wait for what is being done, which must bear being broken off.
    """

    def __init__(self, running: int = RUNNING, waiting: int = WAITING, left_at_end: bool = False) -> None:
        self._in_thread = _in_own_thread if left_at_end else asyncio.to_thread
        self._places = asyncio.Semaphore(running)
        self._most = running + waiting
        self._inside = self._waiting = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._closed = False

    @property
    def running(self) -> int:
        """How many are being answered now."""
        return self._inside - self._waiting

    @property
    def waiting(self) -> int:
        """How many wait for their turn now."""
        return self._waiting

    @property
    def admits(self) -> bool:
        """Whether one who came now would get a turn."""
        return not self._closed and self._inside < self._most

    async def emptied(self) -> None:
        """Wait until nobody is inside."""
        await self._empty.wait()

    def close(self) -> None:
        """Tell those who wait, and those who come, that nothing more is answered."""
        self._closed = True

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function in a thread when it is its turn, and return what it returns.

        :raises BusyError: at once, if as many wait as may; or if this is closed before it is the turn.
        """
        if self._closed:
            raise BusyError(_ENDING)
        if self._inside >= self._most:
            raise BusyError(f"busy: {self._most} questions are being answered or waiting: ask again in a moment")
        self._count(1)
        self._waiting += 1
        try:
            await self._places.acquire()
        except BaseException:
            self._count(-1)
            raise
        finally:
            self._waiting -= 1
        if self._closed:
            self._leave()
            raise BusyError(_ENDING)
        work = asyncio.ensure_future(self._in_thread(partial(function, *args, **kwargs)))
        work.add_done_callback(self._leave)
        # Whoever asked may leave; the thread works on, and keeps its place as long.
        return await asyncio.shield(work)

    def _leave(self, _: object = None) -> None:
        self._count(-1)
        self._places.release()

    def _count(self, more: int) -> None:
        self._inside += more
        if self._inside:
            self._empty.clear()
        else:
            self._empty.set()


async def _in_own_thread(function: Callable[[], _T]) -> _T:
    """Do what `asyncio.to_thread` does, in a thread that nobody waits for when the loop or the program ends."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def tell(set_it: Callable[..., None], what: object) -> None:
        if not done.done():
            set_it(what)

    def work() -> None:
        try:
            told = partial(tell, done.set_result, function())
        except BaseException as error:
            told = partial(tell, done.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(told)

    Thread(target=work, name="sourcier-change", daemon=True).start()
    return await done
