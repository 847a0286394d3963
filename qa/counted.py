"""What came of each question, told to whoever counts: the outcome and the times, and nothing of what was asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ParamSpec, TypeVar

from index.errors import BusyError, QuestionError, UsageError
from qa.turnstile import Entrance
from qa.types import Answer

_MS = 1e-3  # seconds
_TIMED = ("retrieve", "read")
_WRONG = (UsageError.kind, QuestionError.kind)
_P = ParamSpec("_P")
_T = TypeVar("_T")


class Endpoint(StrEnum):
    """The way a question came."""

    PAGE = "page"
    REST = "rest"
    MCP = "mcp"


class Outcome(StrEnum):
    """What came of a question."""

    ANSWERED = "answered"
    REFUSED = "refused"
    PASSAGES = "passages"  # which were all that was asked for
    INVALID = "invalid"  # no question, or with arguments that cannot be
    BUSY = "busy"
    ABANDONED = "abandoned"  # whoever asked left before its turn
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one question; `seconds` since it came, and `stages` of it, where it was looked into."""

    outcome: Outcome
    reason: str = ""
    seconds: float | None = None
    stages: Mapping[str, float] = field(default_factory=dict)


Count = Callable[[Endpoint, Came], None]


class Counted:
    """An entrance that tells what comes of each question that goes through it.

    :param count: is called from several threads.
    """

    def __init__(self, entrance: Entrance, endpoint: Endpoint, count: Count) -> None:
        self._entrance, self._endpoint, self._count = entrance, endpoint, count

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function when it is its turn, and return what it returns.

        :raises BusyError: if it gets none.
        """
        came = time.perf_counter()
        begun = left = False

        def watched() -> _T:
            nonlocal begun
            begun, waited = True, time.perf_counter() - came
            try:
                told = function(*args, **kwargs)
            except Exception as error:
                if not left:
                    wrong = isinstance(error, UsageError)
                    self._count(self._endpoint, Came(Outcome.INVALID if wrong else Outcome.ERROR))
                raise
            if not left and (found := came_of(told, waited, time.perf_counter() - came)):
                self._count(self._endpoint, found)
            return told

        try:
            return await self._entrance.run(watched)
        except BusyError:
            if not begun:
                self._count(self._endpoint, Came(Outcome.BUSY))
            raise
        except asyncio.CancelledError:
            if not begun:
                left = True
                self._count(self._endpoint, Came(Outcome.ABANDONED))
            raise


def came_of(told: object, waited: float, seconds: float) -> Came | None:
    """Return what came of a question by what it was answered with; None if it was no question.

    :param told: an object of schema 1, or what holds an `Answer` as `answer`.
    :param waited: seconds, for its turn.
    :param seconds: until now.
    """
    queue = {"queue": waited}
    answer = getattr(told, "answer", None)
    if isinstance(answer, Answer):
        return _came(answer.reason, answer.timings_ms, queue, seconds)
    if not isinstance(told, dict):
        return None
    if "error" in told:
        return Came(Outcome.INVALID if told["error"]["kind"] in _WRONG else Outcome.ERROR)
    if "abstained" in told:
        return _came(told["reason"], told["timings_ms"], queue, seconds)
    return Came(Outcome.PASSAGES, seconds=seconds, stages=queue) if "passages" in told else None


def _came(reason: str | None, timings_ms: Mapping[str, float], queue: Mapping[str, float], seconds: float) -> Came:
    stages = {stage: timings_ms[stage] * _MS for stage in _TIMED if stage in timings_ms}
    return Came(Outcome.REFUSED if reason else Outcome.ANSWERED, str(reason or ""), seconds, {**queue, **stages})
