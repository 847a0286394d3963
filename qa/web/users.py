"""Who may enter: the file of passwords, read again when it changes, and the slow check of a password."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from index.errors import UsageError
from qa.notices import warn
from qa.web.passwords import LONGEST, Hash, hashed, normal, read_users
from qa.web.slowdown import Slowdown

_REMEMBERED = 1_024  # right passwords
_QUEUE = 16  # checks that may wait for theirs: each takes a core and 32 MiB
_TYPOS = 5  # of an address, before it has to wait: several people may share one


class Users:
    """The users of a file. A change of it holds from the next request on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._stamp_now()
        self._users = read_users(path)
        if not self._users:
            raise UsageError(f"{path} names no user: `sourcier password {path} USER` adds one")

    def hash_of(self, name: str) -> Hash | None:
        """Return the hash of a user's password, or None if there is no such user."""
        stamp = self._stamp_now()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._users = read_users(self._path)
            except UsageError as error:
                warn(f"the users stay those of before: {error}")
        return self._users.get(name)

    def _stamp_now(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a name and a password: the user and the hash that fitted; or how many seconds to wait."""

    user: str | None = None
    hash: Hash | None = None
    wait: int = 0


class Doorkeeper:
    """Checks passwords, one at a time, and ever more slowly for those who guess."""

    def __init__(self, users: Users, clock: Callable[[], float] = time.monotonic) -> None:
        self.users = users
        self._names = Slowdown(clock=clock)
        self._addresses = Slowdown(free=_TYPOS, clock=clock)
        self._one = asyncio.Semaphore(1)
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, Hash] = OrderedDict()  # by digest: no password is kept
        self._checking: dict[bytes, asyncio.Task[Verdict]] = {}
        # For names that are nobody's, so that they take as long.
        self._nobody = hashed(secrets.token_hex())

    async def check(self, name: str, password: str, address: str) -> Verdict:
        """Tell whether a name and a password belong together. Equal calls at a time are checked once."""
        name, password = normal(name), normal(password)
        digest = hmac.digest(self._key, repr((name, password)).encode(), "sha256")
        known = self._right.get(digest)
        if known is not None and known == self.users.hash_of(name):
            self._right.move_to_end(digest)
            return Verdict(name, known)
        task = self._checking.get(digest)
        if task is None:
            wait = max(self._names.wait(name), self._addresses.wait(address), int(len(self._checking) >= _QUEUE))
            if wait:
                return Verdict(wait=wait)
            # Counted before it is known, or many guesses could be made at a time.
            self._names.failed(name)
            self._addresses.failed(address)
            task = asyncio.create_task(self._check(name, password, address, digest))
            self._checking[digest] = task
            task.add_done_callback(partial(self._done, digest))
        return await asyncio.shield(task)

    async def _check(self, name: str, password: str, address: str, digest: bytes) -> Verdict:
        expected = self.users.hash_of(name)
        async with self._one:
            fits = len(password) <= LONGEST and await asyncio.to_thread((expected or self._nobody).fits, password)
        if expected is None or not fits:
            return Verdict()
        self._names.forget(name)
        self._addresses.forget(address)
        self._right[digest] = expected
        while len(self._right) > _REMEMBERED:
            self._right.popitem(last=False)
        return Verdict(name, expected)

    def _done(self, digest: bytes, _: asyncio.Task[Verdict]) -> None:
        self._checking.pop(digest, None)
