"""A body read as a whole before it is passed on, for those who look into it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NoReturn

from starlette.types import Message, Receive

_TOO_MUCH = "JSON too deep, or with a number that is none or too long"
_DEEPEST = 100


async def read_whole(receive: Receive) -> bytes | None:
    """Return what a request sends; None if its client left before the end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body.extend(message.get("body", b""))
        if not message.get("more_body", False):
            return bytes(body)


def once_more(body: bytes, receive: Receive) -> Receive:
    """Return a receiving end that gives a body as if it came now, and then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def parse(body: bytes) -> object:
    """Return what JSON says, if no reader of it after this one could stumble over it.

    :raises ValueError: if it is none, or too deep, with what is wrong.
    """
    try:
        told: object = json.loads(body.decode(), parse_constant=_no_number)
        json.dumps(told, allow_nan=False)  # a number such as 1e999 becomes an infinite one
    except UnicodeDecodeError:
        raise ValueError("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"invalid JSON ({error.msg}, line {error.lineno} column {error.colno})") from None
    except (ValueError, RecursionError):
        raise ValueError(_TOO_MUCH) from None
    if _is_deep(told):
        raise ValueError(_TOO_MUCH)
    return told


def _is_deep(told: object) -> bool:
    """Tell whether a value is nested deeper than any that is meant."""
    level: list[object] = [told]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(told: object) -> Iterable[object]:
    if isinstance(told, dict):
        return told.values()
    return told if isinstance(told, list) else ()


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)
