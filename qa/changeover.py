"""Notices that another process has made a newer index, so that this one answers from it, too."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from threading import Event
from typing import Protocol

from index.errors import IndexStoreError, SourcierError
from qa.background import in_background
from qa.notices import warn

_LOOK_SECONDS = 1.0  # a look reads two small files
_LONGEST_SECONDS = 60.0


class Reopenable(Protocol):
    """What answers from an index, such as a live session."""

    def reopen(self) -> None:
        """Answer from the live generation.

        :raises SourcierError: if it cannot be opened.
        """


def keep_current(live: Reopenable, stop: Event, seconds: float = _LOOK_SECONDS) -> None:
    """Answer from whatever generation is live, until `stop` is set. That one cannot be opened is told once.

    :param seconds: how long to wait before each look; twice as long after each that found trouble, up to a minute,
        since what cannot be opened is read to its end each time. A store that is away is asked as often as ever.
    """
    told: str | None = None
    wait = seconds
    while not stop.wait(wait):
        trouble, costly = _trouble(live)
        if trouble and trouble != told and not stop.is_set():
            warn(f"{trouble} (the index before it is still asked)" if costly else trouble)
        told = trouble
        wait = min(2 * wait, max(seconds, _LONGEST_SECONDS)) if costly else seconds


def keeping_current(live: Reopenable) -> AbstractContextManager[None]:
    """Do so in the background until the block ends."""
    return in_background(partial(keep_current, live), "sourcier-changeover")


def _trouble(live: Reopenable) -> tuple[str | None, bool]:
    """Reopen; return what is in the way, in one line, and whether finding that out took long."""
    try:
        live.reopen()
    except IndexStoreError as error:
        return str(error), False
    except SourcierError as error:
        return str(error), True
    except OSError as error:  # such as too many open files
        return f"the index cannot be opened ({error.strerror or error})", True
    return None, False
