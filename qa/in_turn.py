"""Many questions in one call, which must not keep others from asking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from index.errors import BusyError
from qa.schema import error_json
from qa.service import Service, many_json, read_many
from qa.session import DEFAULT_K
from qa.turnstile import Entrance


async def ask_in_turn(
    service: Service,
    turnstile: Entrance,
    questions: object,
    k: object = DEFAULT_K,
    gone: Callable[[], Awaitable[bool]] | None = None,
) -> dict[str, Any]:
    """Answer as `Service.ask_many` does, each question taking a place of its own, one after the other.

    A question that finds no place becomes an error in its own, unless it is the first.

    :param gone: tells whether nobody waits for the answers any longer; the other questions are then left.
    :raises UsageError: if they are no list, or too many.
    :raises BusyError: if the first finds no place.
    """
    answers: list[dict[str, Any]] = []
    for item in read_many(questions, k):
        if gone and await gone():
            break
        try:
            answers.append(await turnstile.run(service.ask_one, item))
        except BusyError as error:
            if not answers:
                raise
            named = item.get("id")
            answers.append(error_json(named if isinstance(named, str) else None, error))
    return many_json(answers)
