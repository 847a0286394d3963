"""The OpenAPI document: what each endpoint takes and gives, with an example of both."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from qa.web import shapes
from qa.web.examples import SHOWN

_REFUSALS = {
    400: "the request is not what it should be",
    403: "this server is read-only",
    404: "there is no such article",
    409: "an article has that place already",
    422: "no article can be made of it, or it cannot be moved",
    429: "too many questions a minute: ask again after the seconds of `Retry-After`",
    500: "the index cannot be used, or there is a bug",
    503: "too many ask at once, or the store of the index is away: ask again after the seconds of `Retry-After`",
}
_GIVEN = ("200", "201", "202")
JSON = "application/json"
_TEMPLATE = "#/components/schemas/{model}"
_TAKEN = (shapes.AskRequest, shapes.AskManyRequest, shapes.PassagesRequest, shapes.PutBackRequest)
_ABOUT = (
    "Questions in French or English, answered word for word from a folder of articles, with citations or a clear"
    " refusal. Bodies are JSON in UTF-8 with the header `Content-Type: application/json`. Fields that are not"
    " described are refused. An error is an object like an answer: `schema`, `id` and `error` with `kind` and"
    " `message`, one line that names the remedy. Where the server asks for a password, send it as HTTP Basic (`curl -u"
    " NAME`): it answers 401 without; 413 is a body too large, and 429 too many calls of one machine."
)


def described(
    name: str, gives: type[BaseModel], *refusals: int, takes: type[BaseModel] | None = None, status: int = 200
) -> dict[str, Any]:
    """Return what FastAPI is to know of an endpoint.

    :param name: what generated clients call it, and its examples go by.
    :param refusals: the statuses that it refuses with.
    :param takes: what its body is.
    """
    told: dict[str, Any] = {
        "operation_id": name,
        "summary": name.replace("_", " ").capitalize(),
        "status_code": status,
        "response_model": gives,
        "response_description": (gives.__doc__ or "").strip(),
        "responses": {code: {"model": shapes.Problem, "description": _REFUSALS[code]} for code in refusals},
    }
    if takes:
        reference = {"$ref": _TEMPLATE.format(model=takes.__name__)}
        told["openapi_extra"] = {"requestBody": body(JSON, reference)}
    return told


def body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a body."""
    return {"required": True, "content": {kind: {"schema": schema}}}


def openapi_of(routes: APIRouter) -> dict[str, Any]:
    """Return the OpenAPI document of the endpoints."""
    try:
        release = version("sourcier")
    except PackageNotFoundError:  # run from a checkout
        release = "0"
    document = get_openapi(
        title="Sourcier",
        version=release,
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=routes.routes,
    )
    _, taken = models_json_schema([(shape, "validation") for shape in _TAKEN], ref_template=_TEMPLATE)
    document["components"]["schemas"].update(taken["$defs"])
    for methods in document["paths"].values():
        for told in methods.values():
            _show(told)
    return document


def _show(told: dict[str, Any]) -> None:
    """Add an endpoint's examples: not before, since FastAPI takes what is null out of them."""
    sent, given = SHOWN[told["operationId"]]
    if sent is not None:
        told["requestBody"]["content"][JSON]["example"] = sent
    for status, response in told["responses"].items():
        if status in _GIVEN:
            response["content"][JSON]["example"] = given
