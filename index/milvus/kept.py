"""What was fetched lately, so that it is not fetched again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Keeps the values that were asked for last. Safe to share between threads.

    :param most: how many are kept.
    :param fetch: returns the values of some keys, those that there are.
    """

    def __init__(self, most: int, fetch: Callable[[Sequence[Key]], Mapping[Key, Value]]) -> None:
        self._most, self._fetch = most, fetch
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def __call__(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """Return the values of some keys: those not kept are fetched, all at once."""
        asked = dict.fromkeys(keys)
        with self._lock:
            found = {key: self._values[key] for key in asked if key in self._values}
            for key in found:
                self._values.move_to_end(key)
        if missing := [key for key in asked if key not in found]:
            fetched = self._fetch(missing)
            found |= fetched
            with self._lock:
                self._values |= fetched
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
        return found
