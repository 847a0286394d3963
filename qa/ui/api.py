"""The public endpoints of the page's own protocol: what `qa.service` answers, for Gradio's clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec

import gradio as gr

from index.errors import SourcierError
from qa.in_turn import ask_in_turn
from qa.service import Service, read_many
from qa.session import DEFAULT_K
from qa.turnstile import Entrance

Endpoint = Callable[..., Any]
_P = ParamSpec("_P")


def endpoints(service: Service, turnstile: Entrance) -> dict[str, Endpoint]:
    """Return the functions that Gradio is to offer, each by its name.

    :param turnstile: that of the event loop; whatever asks goes through it.
    """

    async def answered(function: Callable[_P, dict[str, Any]], *args: _P.args, **kwargs: _P.kwargs) -> dict[str, Any]:
        try:
            return await turnstile.run(function, *args, **kwargs)
        except SourcierError as error:
            raise refusal(str(error)) from None

    # Gradio reads these types to describe the endpoints, and checks none of them.
    async def ask(
        question: str,
        k: int = DEFAULT_K,
        language: str | None = None,
        previous: list[str] | None = None,
        sources: list[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> dict[str, Any]:
        """Answer a question, word for word and with citations. Returns an object of schema 1."""
        return await answered(service.ask, question, k, language, previous, sources, since, until)

    async def ask_many(questions: list[Any], k: int = DEFAULT_K, request: gr.Request | None = None) -> dict[str, Any]:
        """Answer up to 200 questions, in order: strings, or objects with the arguments of ask and an id."""
        from qa.web.rate import charge  # its page to log in takes words of this one

        try:
            asked = read_many(questions, k)
            if request and request.request:
                charge(request.request.scope, len(asked) - 1)
            return await ask_in_turn(service, turnstile, asked)
        except SourcierError as error:
            raise refusal(str(error)) from None

    async def passages(
        question: str,
        k: int = DEFAULT_K,
        language: str | None = None,
        sources: list[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> dict[str, Any]:
        """Find the passages nearest to a question, without reading an answer out of them."""
        return await answered(service.passages, question, k, language, sources, since, until)

    async def documents() -> dict[str, Any]:
        """List the articles of the folder, and the files that were skipped, each with why."""
        return await answered(service.documents)

    return {"ask": ask, "ask_many": ask_many, "passages": passages, "documents": documents}


def refusal(message: str) -> gr.Error:
    """Return an error that tells its caller one line, and prints no traceback here."""
    return gr.Error(message, title="Sourcier", print_exception=False)
