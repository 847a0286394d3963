"""Where a request comes from. Headers that say so, such as X-Forwarded-For, are not believed: anyone may send them."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from index.errors import UsageError

_HOME = 64  # bits: whoever has one IPv6 address commonly has all that begin alike
Place = tuple[socket.AddressFamily, socket.SocketKind, int, Any]


def address_of(scope: Scope) -> str:
    """Return the address of a client, as far as it tells one client from another."""
    named = _ip(scope)
    if isinstance(named, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((named, _HOME), strict=False))
    return str(named) if named else "unknown"


def is_local(scope: Scope) -> bool:
    """Tell whether a client is on this machine."""
    named = _ip(scope)
    return named is not None and named.is_loopback


def is_browser(headers: Headers) -> bool:
    """Tell whether a request comes from a browser, even if from a script of a page in it."""
    if headers.get("user-agent", "").startswith("Mozilla/") or "origin" in headers:
        return True
    return wants_page(headers) or any(name.startswith("sec-fetch-") for name in headers)


def wants_page(headers: Headers) -> bool:
    """Tell whether a person is to read the answer."""
    return "text/html" in headers.get("accept", "")


def place_of(host: str, port: int) -> Place:
    """Return where to listen, as `socket` wants it.

    :raises UsageError: if there is no such machine.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"no machine is named {host!r}: give --host an address of this one") from None
    return family, kind, protocol, place


def is_beyond(place: Place) -> bool:
    """Tell whether others than this machine reach a place."""
    named = ipaddress.ip_address(place[3][0].partition("%")[0])
    return not _plain(named).is_loopback


def _ip(scope: Scope) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return _plain(ipaddress.ip_address((scope.get("client") or ("",))[0].partition("%")[0]))
    except ValueError:
        return None


def _plain(
    named: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an IPv4 address as such, where a socket of both kinds wraps it."""
    return getattr(named, "ipv4_mapped", None) or named
