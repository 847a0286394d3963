"""What goes in and out of the REST endpoints: JSON read strictly, and errors told as objects, on one line."""

from __future__ import annotations

import functools
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ParamSpec

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from index.errors import (
    BusyError,
    DocumentError,
    FolderError,
    IndexBusyError,
    IndexStoreError,
    SourcierError,
    UsageError,
)
from qa.show import one_line
from qa.types import SCHEMA
from qa.web.folder import ExistsError, UnknownError
from qa.web.rate import RateError
from qa.web.whole import parse

_JSON = "application/json"
_BUSY, _TOO_MANY = 503, 429
_STATUSES: tuple[tuple[type[SourcierError], int], ...] = (
    (UsageError, 400),
    (UnknownError, 404),
    (ExistsError, 409),
    (DocumentError, 422),
    (FolderError, 422),
    (BusyError, _BUSY),
    (IndexBusyError, _BUSY),
    (IndexStoreError, _BUSY),
    (SourcierError, 500),
)
_P = ParamSpec("_P")
_Endpoint = Callable[_P, Awaitable[Response]]
_log = logging.getLogger(__name__)


async def read_json(request: Request) -> object:
    """Return what the body of a request says.

    :raises UsageError: if it is not JSON, in UTF-8, and said to be so.
    """
    # No form of another site can say so, and a script of one would have to ask first.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise UsageError(f"the body is not said to be JSON: send the header Content-Type: {_JSON}")
    try:
        told = parse(await request.body())
        json.dumps(told, ensure_ascii=False).encode()  # half a character can be escaped, and not be told again
    except UnicodeEncodeError:
        raise UsageError("the body holds half a character: send whole ones") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    return told


def reply(told: Mapping[str, Any], status: int = 200) -> Response:
    """Return an object as a response."""
    return JSONResponse(told, status, headers={"Cache-Control": "no-store"})


def problem(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as a response."""
    told = {"schema": SCHEMA, "id": None, "error": {"kind": kind, "message": one_line(message)}}
    return JSONResponse(told, status, headers={"Cache-Control": "no-store", **(headers or {})})


def guarded(endpoint: _Endpoint[_P]) -> _Endpoint[_P]:
    """Return an endpoint that tells its errors as objects."""

    @functools.wraps(endpoint)
    async def guarding(*args: _P.args, **kwargs: _P.kwargs) -> Response:
        try:
            return await endpoint(*args, **kwargs)
        except RateError as error:
            return problem(_TOO_MANY, error.kind, str(error), {"Retry-After": str(error.wait)})
        except SourcierError as error:
            status = next(status for kind, status in _STATUSES if isinstance(error, kind))
            return problem(status, error.kind, str(error), {"Retry-After": "1"} if status == _BUSY else None)
        except ClientDisconnect:
            return problem(400, "usage", "the body ended early")
        except Exception:  # a bug: its details are for who serves
            _log.exception("an endpoint failed")
            return problem(500, "error", "internal error")

    return _as_called(guarding, endpoint)


def forbidden(endpoint: _Endpoint[_P]) -> _Endpoint[_P]:
    """Return what stands for an endpoint that changes the folder where none may."""

    @functools.wraps(endpoint)
    async def forbidding(*_: _P.args, **__: _P.kwargs) -> Response:
        return problem(403, "read_only", "this server is read-only: nothing of the folder can be changed through it")

    return _as_called(forbidding, endpoint)


def _as_called(guard: _Endpoint[_P], endpoint: _Endpoint[_P]) -> _Endpoint[_P]:
    """Return a guard with the endpoint's arguments, their types read where the endpoint stands."""
    guard.__signature__ = inspect.signature(endpoint, eval_str=True)  # type: ignore[attr-defined]
    return guard
