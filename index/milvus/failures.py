"""What went wrong with Milvus, and what to do about it, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from index.errors import IndexStoreError
from index.milvus.address import Address
from index.milvus.credentials import CA, CERTIFICATE, TOKEN

_SHOWN = 300


class Trouble(Enum):
    """What went wrong, `{}` standing for what the server says of it, and what helps."""

    AWAY = "no server answers there{}: see that Milvus runs, that host and port are right, and whether it speaks TLS"
    SILENT = "the server does not answer in time: see whether it is overloaded, then try again"
    BUSY = "the server is not ready for more{}: it starts, limits calls or lacks memory; try again later"
    FULL = "the server is full{}: make room on its disk, or raise its quota, then run the same command again"
    REFUSED = f"the server refuses us: set {TOKEN} to user:password, or to a key, of someone who may do this"
    TLS = f"the server cannot be trusted{{}}: set {CA} to the file of the certificates that vouch for it"
    NAMESAKE = "the server's certificate is of another host: name the host as the certificate does"
    NO_TLS = "the server speaks no TLS: write milvus:// in place of milvus+tls://"
    STRANGE = "what listens there is no Milvus that we know{}: see which port Milvus has, 19530 if it was told no other"
    GONE = "the server has no such collection{}: open the index again, or build it anew"
    RELEASED = "the server has not loaded the collection{}: try again"
    OTHER = "the server fails{}: see its log"


PASSING = frozenset({Trouble.AWAY, Trouble.SILENT, Trouble.BUSY})
"""What may be over when tried again."""

_SAID = (
    (re.compile(r"\[Errno 28\]|no space left|disk (is )?full|quota exceeded|disk limit", re.IGNORECASE), Trouble.FULL),
    (re.compile(r"Hostname Verification|peer name", re.IGNORECASE), Trouble.NAMESAKE),
    (re.compile(r"WRONG_VERSION_NUMBER"), Trouble.NO_TLS),
    (re.compile(r"SSL_ERROR|CERTIFICATE|handshake", re.IGNORECASE), Trouble.TLS),
    (re.compile(r"HTTP/?[12]|http status", re.IGNORECASE), Trouble.STRANGE),
    (re.compile(r"timed out"), Trouble.SILENT),
)
"""What tells more than the code, where that says only that nobody is there, or that something failed."""

_CODES = {
    1: Trouble.OTHER,
    2: Trouble.AWAY,
    3: Trouble.BUSY,
    4: Trouble.BUSY,
    7: Trouble.FULL,
    8: Trouble.BUSY,
    9: Trouble.FULL,
    12: Trouble.BUSY,
    100: Trouble.GONE,
    101: Trouble.RELEASED,
    103: Trouble.RELEASED,
    106: Trouble.BUSY,  # from here to 905, parts of a cluster that come and go
    202: Trouble.BUSY,
    401: Trouble.BUSY,
    503: Trouble.BUSY,
    901: Trouble.BUSY,
    902: Trouble.BUSY,
    903: Trouble.BUSY,
    905: Trouble.BUSY,
    1400: Trouble.REFUSED,
    1401: Trouble.REFUSED,
    1600: Trouble.GONE,  # an alias
    1807: Trouble.BUSY,
}
_STATES = {
    "UNAVAILABLE": Trouble.AWAY,
    "CANCELLED": Trouble.AWAY,  # another thread opens the connection anew
    "DEADLINE_EXCEEDED": Trouble.SILENT,
    "RESOURCE_EXHAUSTED": Trouble.BUSY,
    "UNAUTHENTICATED": Trouble.REFUSED,
    "PERMISSION_DENIED": Trouble.REFUSED,
    "UNIMPLEMENTED": Trouble.STRANGE,
}
_CLOSED = re.compile(r"closed channel|channel closed|channel in handler", re.IGNORECASE)  # as CANCELLED
_LONG = re.compile(r"last error:|errors resolving")


def trouble_of(error: BaseException) -> Trouble:
    """Return what an error of pymilvus or gRPC means."""
    chain = list(_chain(error))
    said = " ".join(map(_said, chain))
    found = [_STATES[state] for each in chain if (state := _state(each)) in _STATES]
    found += [_CODES[code] for each in chain if (code := getattr(each, "code", None)) in _CODES]
    trouble = found[0] if found else Trouble.OTHER
    if trouble in (Trouble.AWAY, Trouble.OTHER):
        if told := next((trouble for pattern, trouble in _SAID if pattern.search(said)), None):
            return told
        if _CLOSED.search(said) or any(getattr(each, "retriable", False) is True for each in chain):
            return Trouble.AWAY
    return trouble


def failure(address: Address, error: BaseException) -> IndexStoreError:
    """Return the error to raise: one line that names the server and the remedy."""
    trouble = trouble_of(error)
    told = f"{address}: {trouble.value.format(_reason(error))}"
    if trouble is Trouble.AWAY:
        told += f", and asks for our certificate ({CERTIFICATE})" if address.tls else " (milvus+tls://)"
    return IndexStoreError(told)


def _reason(error: BaseException) -> str:
    """Return what the server, or the network, says, in brackets; empty if nothing."""
    said = " ".join(_said(list(_chain(error))[-1]).split())
    if _LONG.search(said):  # of gRPC, which begins with places and ends with what matters
        said = said.removesuffix(": OK").rpartition(": ")[2].rpartition(":")[2].strip(" ].")
    return f" ({said if len(said) <= _SHOWN else said[:_SHOWN] + '…'})" if said else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those it came from."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None:
        seen.add(id(now))
        yield now
        after = (now.__cause__, now.__context__)  # pymilvus makes errors their own cause
        now = next((each for each in after if each and id(each) not in seen and hasattr(each, "code")), None)


def _said(error: BaseException) -> str:
    """Return what an error says: that of pymilvus, of gRPC, or another."""
    message = getattr(error, "message", None)
    if isinstance(message, str) and message:
        return message
    details = getattr(error, "details", None)
    return str(details() or "") if callable(details) else str(error)


def _state(error: BaseException) -> str:
    """Return the name of gRPC's state; empty if the error is not of gRPC."""
    code = getattr(error, "code", None)
    return str(getattr(code() if callable(code) else code, "name", ""))
