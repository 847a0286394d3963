"""The REST endpoints: what `qa.service` answers over HTTP, and articles put into the folder and taken out."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.routing import Match

from index.errors import BusyError, UsageError
from qa.in_turn import ask_in_turn
from qa.service import ASK_FIELDS, ASK_MANY_FIELDS, PASSAGES_FIELDS, Service, fields_of, read_many
from qa.turnstile import Entrance, Turnstile
from qa.web import shapes
from qa.web.exchange import forbidden, guarded, problem, read_json, reply
from qa.web.folder import Folder
from qa.web.openapi import body, described, openapi_of
from qa.web.openapi_page import page_of
from qa.web.rate import charge

_Guard = Callable[[Callable[..., Awaitable[Response]]], Callable[..., Awaitable[Response]]]
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ASKED, _CHANGED = (400, 429, 500, 503), (400, 403, 500, 503)
_UPLOADS = 4  # received at a time, each held in memory
_FILE = body("application/octet-stream", {})
_Source = Annotated[str, Path(description="The file, by its path below the folder.")]
_Replace = Annotated[
    str,
    Query(description="`true` overwrites an article of that name.", json_schema_extra={"enum": ["true", "false"]}),
]


def router(service: Service, turnstile: Entrance, read_only: bool = False) -> APIRouter:
    """Return the endpoints below `/api`, their OpenAPI document, and its page.

    :param turnstile: that of the event loop; whatever asks goes through it.
    :param read_only: whether the endpoints that change the folder refuse to.
    """
    routes = APIRouter(prefix="/api")
    _add_questions(routes, service, turnstile)
    _add_folder(routes, service, forbidden if read_only else guarded)
    _add_description(routes)
    return routes


def _add_questions(routes: APIRouter, service: Service, turnstile: Entrance) -> None:
    @routes.post("/ask", **described("ask", shapes.Answer, *_ASKED, takes=shapes.AskRequest))
    @guarded
    async def ask(request: Request) -> Response:
        """Answer a question word for word, with citations; or refuse, and say why."""
        asked = {"question": None, **fields_of(await read_json(request), ASK_FIELDS)}
        return reply(await turnstile.run(service.ask, **asked))

    @routes.post("/ask_many", **described("ask_many", shapes.Answers, *_ASKED, takes=shapes.AskManyRequest))
    @guarded
    async def ask_many(request: Request) -> Response:
        """Answer up to 200 questions, in their order. One that cannot be asked becomes an error in its place."""
        asked = {"questions": None, **fields_of(await read_json(request), ASK_MANY_FIELDS)}
        questions = read_many(**asked)
        charge(request.scope, len(questions) - 1)
        return reply(await ask_in_turn(service, turnstile, questions, gone=request.is_disconnected))

    @routes.post("/passages", **described("passages", shapes.Passages, *_ASKED, takes=shapes.PassagesRequest))
    @guarded
    async def passages(request: Request) -> Response:
        """Find the passages nearest to a question, without reading an answer out of them."""
        asked = {"question": None, **fields_of(await read_json(request), PASSAGES_FIELDS)}
        return reply(await turnstile.run(service.passages, **asked))


def _add_folder(routes: APIRouter, service: Service, changing: _Guard) -> None:
    folder, changes = Folder(service.live), Turnstile(running=1, left_at_end=True)
    shared = service.live.store.shared
    looking, changing = (guarded, forbidden) if shared else (changing, changing)  # to refresh is then to look, no more
    receiving = 0

    @routes.get("/documents", **described("documents", shapes.Documents, 400, 500, 503))
    @guarded
    async def documents() -> Response:
        """List the articles of the folder, and the files that were skipped, each with why."""
        return reply(await to_thread(service.documents))

    @routes.get("/index", **described("index", shapes.Build, 500, 503))
    @guarded
    async def index() -> Response:
        """Tell which state of the folder is asked, and how bringing the index up to date stands."""
        return reply(await to_thread(folder.build))

    @routes.post("/index", **described("refresh", shapes.Build, 403, 500, 503, status=202))
    @looking
    async def refresh() -> Response:
        """Begin to bring the index up to date; `GET /api/index` tells how it goes."""
        service.live.refresh_soon()
        return reply(await to_thread(folder.build), 202)

    told = described("add", shapes.Added, *_CHANGED, 409, 422, status=201)

    @routes.put("/documents/{source:path}", **told, openapi_extra={"requestBody": _FILE})
    @changing
    async def add(request: Request, source: _Source, replace: _Replace = "false") -> Response:
        """Put an article into the folder: the body is the file's bytes. It is indexed in the background."""
        nonlocal receiving
        if replace not in ("true", "false"):
            raise UsageError("replace is true or false")
        if receiving >= _UPLOADS:
            raise BusyError(f"busy: {_UPLOADS} files are being received: send this one in a moment")
        receiving += 1
        try:
            return reply(await changes.run(folder.add, source, await request.body(), replace == "true"), 201)
        finally:
            receiving -= 1

    @routes.delete("/documents/{source:path}", **described("remove", shapes.Removed, *_CHANGED, 404, 422))
    @changing
    async def remove(source: _Source) -> Response:
        """Take an article out of the folder. It is kept in the index folder, and can be put back."""
        return reply(await changes.run(folder.remove, source))

    @routes.post("/put_back", **described("put_back", shapes.Added, *_CHANGED, 404, 409, takes=shapes.PutBackRequest))
    @changing
    async def put_back(request: Request) -> Response:
        """Put a removed article back where it was."""
        told = {"kept": None, **fields_of(await read_json(request), ("kept",))}
        return reply(await changes.run(folder.put_back, told["kept"]))


def _add_description(routes: APIRouter) -> None:
    document = cache(lambda: openapi_of(routes))  # of every endpoint, those added after this one included

    @routes.get("/openapi.json", include_in_schema=False)
    @guarded
    async def openapi() -> Response:
        return reply(document())

    @routes.get("", include_in_schema=False)
    @routes.get("/", include_in_schema=False)
    @guarded
    async def page(request: Request) -> Response:
        return HTMLResponse(page_of(document(), str(request.base_url).rstrip("/")))

    @routes.api_route("/{rest:path}", methods=_METHODS, include_in_schema=False)
    @guarded
    async def unknown(request: Request) -> Response:
        known = [route for route in routes.routes if route.matches(request.scope)[0] is Match.PARTIAL]
        methods = sorted({method for route in known for method in getattr(route, "methods", ())})
        if methods:
            told = f"this endpoint is called with {' or '.join(methods)}"
            return problem(405, "method", told, {"Allow": ", ".join(methods)})
        return problem(404, "not_found", "there is no such endpoint: GET /api lists them")
