"""Who is logged in, where several processes serve the same people: the token itself says it, signed by their secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from qa.web.passwords import Hash
from qa.web.sessions import IDLE
from qa.web.users import Users

_AHEAD = 300  # seconds by which the clocks of two machines may differ
_LONGEST = 1_024  # characters of a token
_NONCE = 12  # bytes
_KEPT = 4_096


class SignedSessions:
    """Logins that are known wherever the same secret and users are. Each lasts `IDLE` seconds, used or not.

    One ends before when its user's password changes, everywhere; and by `end` in this process alone.
    """

    def __init__(self, users: Users, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._users, self._clock = users, clock
        self._key = hmac.digest(secret.encode(), b"sourcier login", "sha256")
        self._over: OrderedDict[bytes, None] = OrderedDict()  # by digest

    def begin(self, user: str, fitted: Hash) -> str:
        """Return the token of a new login."""
        told = json.dumps([user, int(self._clock()), secrets.token_hex(_NONCE)]).encode()
        return f"{_text(told)}.{_text(self._signature(told, fitted))}"

    def user(self, token: str) -> str | None:
        """Return whose token it is; None if nobody's, or no longer."""
        told, _, signed = token.partition(".")
        try:
            said, signature = _bytes(told), _bytes(signed)
            user, began, _ = json.loads(said) if len(token) <= _LONGEST else ("", 0, "")
        except (ValueError, TypeError, RecursionError):
            return None
        fitted = self._users.hash_of(user) if isinstance(user, str) else None
        if fitted is None or not hmac.compare_digest(signature, self._signature(said, fitted)):
            return None
        # What is signed was said by a process that knows the secret.
        return user if -_AHEAD <= self._clock() - began <= IDLE and _digest(said) not in self._over else None

    def end(self, token: str) -> None:
        """End a login, if it is one."""
        if self.user(token) is not None:
            self._over[_digest(_bytes(token.partition(".")[0]))] = None
            while len(self._over) > _KEPT:
                self._over.popitem(last=False)

    def _signature(self, told: bytes, fitted: Hash) -> bytes:
        return hmac.digest(self._key, told + b"\n" + str(fitted).encode(), "sha256")


def _digest(told: bytes) -> bytes:
    return hashlib.sha256(told).digest()


def _text(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Return what was written so.

    :raises ValueError: if nothing is written so.
    """
    try:
        told = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError from error
    if _text(told) != text:
        raise ValueError
    return told
