"""Where an index in Milvus is: `milvus://host:19530/collection`."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from index.errors import UsageError

KINDS = ("FLAT", "HNSW", "HNSW_SQ", "IVF_SQ8", "AUTOINDEX", "DISKANN", "IVF_RABITQ")
"""How Milvus may search vectors; FLAT compares with them all, and so answers as an index on disk does."""

PORT = 19530
_PLAIN, _TLS = "milvus", "milvus+tls"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")  # Milvus allows 255, of which our endings take some
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_DIGEST = 16
_FORM = "give it as milvus://HOST:19530/COLLECTION, or milvus+tls:// for an encrypted connection"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is. `collection` begins the names of all its collections, `kind` is that of its vectors' index."""

    host: str
    collection: str
    port: int = PORT
    tls: bool = False
    kind: str = KINDS[0]

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address: `milvus://host[:port]/collection[?index=KIND]`, or `milvus+tls://…`.

        :raises UsageError: if it is none; says what is wrong, and never shows a password that stood in it.
        """
        if "@" in text:
            raise UsageError("the address of a store takes no user: give user:password in SOURCIER_MILVUS_TOKEN")
        shown = repr(text.partition("?")[0])
        try:
            parts = urlsplit(text)
            port = PORT if parts.port is None else parts.port
        except ValueError:
            raise UsageError(f"{shown} is no address of a store: {_FORM}") from None
        if parts.scheme not in (_PLAIN, _TLS) or not parts.hostname or parts.fragment or not port:
            raise UsageError(f"{shown} is no address of a store: {_FORM}")
        collection = parts.path.removeprefix("/")
        if not _NAME.fullmatch(collection):
            told = "one of letters, digits and _, 200 at most, that begins with no digit"
            raise UsageError(f"{shown} names no collection that Milvus takes: {told}")
        return cls(_host(parts, shown), collection, port, parts.scheme == _TLS, _kind(parts.query))

    def __str__(self) -> str:
        """Return it as it is given."""
        scheme = _TLS if self.tls else _PLAIN
        query = f"?index={self.kind}" if self.kind != KINDS[0] else ""
        return f"{scheme}://{self.place}/{self.collection}{query}"

    @property
    def place(self) -> str:
        """The host and the port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def side(self) -> Path:
        """The local folder of what is learnt about answers from this index: calibration, feedback."""
        from platformdirs import user_data_path

        told = hashlib.sha256(f"{self.place}/{self.collection}".encode()).hexdigest()
        return user_data_path("sourcier", appauthor=False) / f"milvus-{told[:_DIGEST]}"


def _host(parts: SplitResult, shown: str) -> str:
    """Return the host, in lower case.

    :raises UsageError: if no host is called so.
    """
    host = parts.hostname or ""
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise UsageError(f"{shown} is no address of a store: [{host}] is no IPv6 address") from None
    if not _HOST.fullmatch(host):
        raise UsageError(f"{shown} is no address of a store: {host!r} is no name of a host; {_FORM}")
    return host


def _kind(query: str) -> str:
    """Return the kind of index that is asked for.

    :raises UsageError: if it is unknown, or something else is asked for.
    """
    asked = parse_qsl(query, keep_blank_values=True)
    if not asked:
        return KINDS[0]
    if [name for name, _ in asked] != ["index"]:
        raise UsageError("after the collection of a store's address, nothing but one ?index=KIND may stand")
    kind = asked[0][1].upper()
    if kind not in KINDS:
        raise UsageError(f"?index={asked[0][1]!r} is no kind of index: one of {', '.join(KINDS)}")
    return kind
