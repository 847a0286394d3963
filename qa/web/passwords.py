"""The file of names and passwords: a line each, `name:$scrypt$...`, so that nobody can read a password out of it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import re
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from index.errors import UsageError

SHORTEST, LONGEST = 8, 1_000
"""How many characters a password has."""
_LONGEST_NAME = 64
# 32 MiB and some 0.2 s each. OWASP counts it equal to n=2**17, p=1, which takes 128 MiB: too much for a small machine.
_COST = (15, 8, 3)
_SALT, _KEY = 16, 32  # bytes
_MOST_MEMORY = 256 * 2**20
_OTHERS = 0o077
_LINE = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,90})\$([A-Za-z0-9+/]{43,86})")
_LEAST_LOG_N, _MOST_LOG_N = 14, 17


@dataclass(frozen=True, slots=True)
class Hash:
    """A password that can be checked and not read."""

    log_n: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def fits(self, password: str) -> bool:
        """Tell whether this is that password's, in a time that does not depend on how nearly it is."""
        return hmac.compare_digest(_scrypt(password, self.salt, self.log_n, self.r, self.p, len(self.key)), self.key)

    def __str__(self) -> str:
        return f"$scrypt$ln={self.log_n},r={self.r},p={self.p}${_base64(self.salt)}${_base64(self.key)}"


def hashed(password: str) -> Hash:
    """Return a new hash of a password, with a salt of its own."""
    salt = os.urandom(_SALT)
    return Hash(*_COST, salt, _scrypt(password, salt, *_COST, _KEY))


def read_hash(text: str) -> Hash:
    """Read what `str(Hash)` wrote.

    :raises ValueError: if it is none, or would take more memory than a login may.
    """
    match = _LINE.fullmatch(text)
    if not match:
        raise ValueError("this is no hash of a password")
    log_n, r, p = (int(match[n]) for n in (1, 2, 3))
    if not (_LEAST_LOG_N <= log_n <= _MOST_LOG_N and 8 <= r <= 16 and 1 <= p <= 16):  # noqa: PLR2004
        raise ValueError(f"ln={log_n},r={r},p={p} is too weak or too slow a hash")
    return Hash(log_n, r, p, _unbase64(match[4]), _unbase64(match[5]))


def normal(text: str) -> str:
    """Return a name or password as it is compared: an accent typed on one system is that of another."""
    return unicodedata.normalize("NFC", text)


def check_name(name: str) -> str:
    """Return a user's name, normalised.

    :raises UsageError: if it cannot stand in the file.
    """
    name = normal(name)
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise UsageError(f"a user's name has 1 to {_LONGEST_NAME} characters, this one {len(name)}")
    if ":" in name or name.startswith("#") or name != name.strip() or not name.isprintable():
        raise UsageError(f"{name!r} cannot be a user's name: leave out colons, and # or spaces at the ends")
    return name


def check_password(password: str) -> str:
    """Return a password that is long enough, normalised.

    :raises UsageError: if it is too short or too long.
    """
    password = normal(password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"a password has {SHORTEST} to {LONGEST:,} characters, this one {len(password)}")
    return password


def read_users(path: Path) -> dict[str, Hash]:
    """Return the users of a file, by name.

    :raises UsageError: if there is no such file, or one of its lines cannot be read.
    """
    users: dict[str, Hash] = {}
    for number, line in enumerate(_lines(path), 1):
        name, colon, told = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if not colon or check_name(name) != name or name in users:
                raise ValueError("a line is NAME:HASH, each name once")
            users[name] = read_hash(told.rstrip())
        except (ValueError, UsageError) as error:
            # Not the line itself: it may hold a password that somebody wrote there by hand.
            raise UsageError(f"{path}, line {number}: {error}: `sourcier password {path} USER` writes one") from None
    return users


def set_password(path: Path, name: str, password: str) -> bool:
    """Add a user to a file, made if need be, or give one another password; return whether that one was there.

    :raises UsageError: if the name or the password cannot be one, or the file cannot be read.
    """
    name, password = check_name(name), check_password(password)
    known = name in read_users(path) if path.exists() else False
    kept = [line for line in _lines(path) if not line.startswith(f"{name}:")] if path.exists() else []
    _write(path, [*kept, f"{name}:{hashed(password)}"])
    return known


def remove_user(path: Path, name: str) -> None:
    """Take a user out of a file.

    :raises UsageError: if there is none of that name.
    """
    name = check_name(name)
    if name not in read_users(path):
        raise UsageError(f"{path} has no user {name!r}")
    _write(path, [line for line in _lines(path) if not line.startswith(f"{name}:")])


def open_to_others(path: Path) -> bool:
    """Tell whether other users of this machine may read or write a file."""
    return os.name == "posix" and bool(path.stat().st_mode & _OTHERS)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        # Not its name: what was meant as USER:PASSWORD would be told to whoever reads the log.
        raise UsageError(
            "there is no such file of passwords: `sourcier password FILE USER` makes one, and --auth FILE takes it"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path} cannot be read as a file of passwords: {reason}") from None


def _write(path: Path, lines: list[str]) -> None:
    """Write a file in one rename, for nobody else to read."""
    path = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # its mode is 0600
        beside = Path(name)
        try:
            with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123
                file.write("".join(f"{line}\n" for line in lines))
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int, length: int) -> bytes:
    # A lone surrogate, which JSON can hold, is no character of any password.
    typed = normal(password).encode("utf-8", "replace")
    return hashlib.scrypt(typed, salt=salt, n=1 << log_n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=length)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("this is no hash of a password") from None
