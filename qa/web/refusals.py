"""What a refused request is told: a line for a person, an error object of schema 1 for a program."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response

from qa.types import SCHEMA
from qa.web.clients import wants_page


def refused(headers: Headers, status: int, kind: str, message: str, more: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a request that is refused.

    :param headers: those of the request.
    :param more: headers of the answer.
    """
    if wants_page(headers):
        return PlainTextResponse(message + "\n", status, more)
    # Gradio's own client shows `detail`.
    told = {"schema": SCHEMA, "id": None, "error": {"kind": kind, "message": message}, "detail": message}
    return JSONResponse(told, status, more)
