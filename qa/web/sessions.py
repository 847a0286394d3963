"""Who is logged in: by a random token that the browser keeps, and that is known here by its digest alone."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from qa.web.passwords import Hash
from qa.web.users import Users

IDLE = 12 * 3_600  # seconds
_OLDEST = 7 * 24 * 3_600  # seconds: a token that was stolen and is used does not last for ever


@dataclass(frozen=True, slots=True)
class _Login:
    user: str
    hash: Hash
    began: float
    used: float


class Sessions:
    """The logins that last. One ends when it is idle, when its user's password changes, or by `end`."""

    def __init__(self, users: Users, most: int = 4_096, clock: Callable[[], float] = time.monotonic) -> None:
        self._users, self._most, self._clock = users, most, clock
        self._logins: OrderedDict[bytes, _Login] = OrderedDict()  # the one used last at the end

    def __len__(self) -> int:
        return len(self._logins)

    def begin(self, user: str, fitted: Hash) -> str:
        """Return the token of a new login. Where there are too many, the one that was idle longest ends."""
        token, now = secrets.token_urlsafe(32), self._clock()
        self._logins[_digest(token)] = _Login(user, fitted, now, now)
        while len(self._logins) > self._most:
            self._logins.popitem(last=False)
        return token

    def user(self, token: str) -> str | None:
        """Return whose token it is; None if nobody's, or no longer."""
        key, now = _digest(token), self._clock()
        login = self._logins.get(key)
        if login is None:
            return None
        over = now - login.used > IDLE or now - login.began > _OLDEST
        if over or self._users.hash_of(login.user) != login.hash:
            del self._logins[key]
            return None
        self._logins[key] = replace(login, used=now)
        self._logins.move_to_end(key)
        return login.user

    def end(self, token: str) -> None:
        """End a login, if it is one."""
        self._logins.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
