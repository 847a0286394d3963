"""Those who fail wait, longer each time."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_WAIT = 300  # seconds
_FORGOTTEN = 3_600  # seconds after which an old failure no longer counts


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last: float
    until: float


class Slowdown:
    """How long each name has to wait: 1, 2, 4... seconds after its failures, but for the first `free` ones."""

    def __init__(self, free: int = 0, most: int = 4_096, clock: Callable[[], float] = time.monotonic) -> None:
        self._free, self._most, self._clock = free, most, clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()  # those who failed last at the end

    def __len__(self) -> int:
        return len(self._failures)

    def wait(self, name: str) -> int:
        """Return the seconds still to wait, 0 if none."""
        found = self._found(name)
        return max(0, math.ceil(found.until - self._clock())) if found else 0

    def failed(self, name: str) -> None:
        """Count a failure."""
        now, found = self._clock(), self._found(name)
        count = found.count + 1 if found else 1
        # No power of two is as large as its exponent may get.
        steps = min(count - self._free - 1, LONGEST_WAIT.bit_length())
        until = now + min(2**steps, LONGEST_WAIT) if steps >= 0 else now
        self._failures[name] = _Failures(count, now, until)
        self._failures.move_to_end(name)
        while len(self._failures) > self._most:
            self._failures.popitem(last=False)

    def forget(self, name: str) -> None:
        """Count from the start again."""
        self._failures.pop(name, None)

    def _found(self, name: str) -> _Failures | None:
        found = self._failures.get(name)
        return found if found and self._clock() - found.last < _FORGOTTEN else None
