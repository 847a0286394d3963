"""Work that goes on beside what a block does, and ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

_STOP_SECONDS = 1.0  # a build that takes longer is broken off by whoever closes the session


@contextmanager
def in_background(work: Callable[[Event], None], name: str) -> Iterator[None]:
    """Call a function in a thread of its own until the block ends.

    :param work: is given the event that tells it to end.
    :param name: the thread's.
    """
    stop = Event()
    thread = Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_SECONDS)
