"""What programs may ask, whichever way they come: checked, and answered by objects of schema 1."""

from __future__ import annotations

from typing import Any

from qa.live import LiveSession
from qa.session import DEFAULT_K


class Service:
    """The four things that can be asked of a folder. Arguments may be anything: they come from elsewhere."""

    def __init__(self, live: LiveSession) -> None:
        self.live = live

    def ask(
        self,
        question: object,
        k: object = DEFAULT_K,
        language: object = None,
        previous: object = None,
        sources: object = None,
        since: object = None,
        until: object = None,
    ) -> dict[str, Any]:
        """Answer a question, word for word and with citations; return an answer of schema 1.

        :raises UsageError: if an argument is not what it should be.
        """
        raise NotImplementedError

    def ask_many(self, questions: object, k: object = DEFAULT_K) -> dict[str, Any]:
        """Answer many questions, in order; return `{"schema": 1, "answers": [...]}`.

        :param questions: strings, or objects with the arguments of `ask` and an `id`. One that
            cannot be asked becomes an error object in its place.
        :raises UsageError: if they are no list, or too many.
        """
        raise NotImplementedError

    def passages(
        self,
        question: object,
        k: object = DEFAULT_K,
        language: object = None,
        sources: object = None,
        since: object = None,
        until: object = None,
    ) -> dict[str, Any]:
        """Return the passages that are nearest to a question, without reading an answer out of them.

        :raises UsageError: if an argument is not what it should be.
        """
        raise NotImplementedError

    def documents(self) -> dict[str, Any]:
        """Return the articles of the folder, and the files that were skipped, each with why."""
        raise NotImplementedError
