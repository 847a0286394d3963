"""The public endpoint: a question in, an answer of schema 1 out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from index.errors import SourcierError
from index.types import LANGUAGES
from qa.schema import answer_json
from qa.session import DEFAULT_K, MAX_K, Session

Ask = Callable[..., dict[str, Any]]


def ask_endpoint(session: Session) -> Ask:
    """Return the function that `/ask` calls."""

    # Gradio reads these types to describe the endpoint, and checks none of them.
    def ask(
        question: str, k: int = DEFAULT_K, language: str | None = None, previous: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question, word for word and with citations. Returns an object of schema 1."""
        if not isinstance(question, str):
            raise refusal("question is a string")
        if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MAX_K:
            raise refusal(f"k is a whole number from 1 to {MAX_K}")
        if language is not None and language not in LANGUAGES:
            raise refusal("language is fr or en, or left out")
        if previous is not None and not _texts(previous):
            raise refusal("previous is a list of strings, the questions asked before, or left out")
        try:
            return answer_json(session.ask(question, k=k, language=language, previous=previous or ()))
        except SourcierError as error:
            raise refusal(str(error)) from None

    return ask


def _texts(previous: object) -> bool:
    return isinstance(previous, list) and all(isinstance(text, str) for text in previous)


def refusal(message: str) -> gr.Error:
    """Return an error that tells its caller one line, and prints no traceback here."""
    return gr.Error(message, title="Sourcier", print_exception=False)
