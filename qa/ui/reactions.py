"""Reactions to the answers of a conversation: their buttons, and what a click keeps.

A click names an answer by an id that only its own conversation holds; the texts that are kept
are those that the server gave, never the browser's.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa.feedback import MAX_COMMENT, REACTIONS, Feedback, store_feedback
from qa.followup import MAX_PREVIOUS
from qa.types import Answer
from qa.ui.text import shown
from qa.ui.words import Words


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer of a conversation, what to ask instead if it is a refusal, and what was said of it."""

    answer: Answer
    instead: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    reaction: str | None = None
    comment: str = ""


def asked_before(turns: Sequence[Turn]) -> list[str]:
    """Return the questions of a conversation as they were read, which a new one may follow up."""
    return [turn.answer.read_as or turn.answer.question.text for turn in turns[-MAX_PREVIOUS:]]


def parse_reaction(sent: object) -> tuple[str, str]:
    """Return the answer's id and the reaction that a button's value names.

    :raises ValueError: if it names none. Buttons come back from the browser: anyone can write one.
    """
    turn_id, _, reaction = sent.partition(":") if isinstance(sent, str) else ("", "", "")
    if reaction not in REACTIONS:
        raise ValueError("no reaction")
    return turn_id, reaction


def react(index: Path, turns: Sequence[Turn], turn_id: str, reaction: str | None, comment: str = "") -> list[Turn]:
    """Keep a reaction, or a comment on the one before, beside the index; return the conversation with it.

    :param reaction: None for that of the answer, which then must have one.
    :raises ValueError: if the conversation holds no such answer.
    :raises SourcierError: if it cannot be kept, as `store_feedback` says.
    """
    place = next((place for place, turn in enumerate(turns) if turn.id == turn_id), None)
    if place is None or (reaction or turns[place].reaction) is None:
        raise ValueError("no such answer")
    turn = turns[place]
    said = replace(turn, reaction=reaction or turn.reaction, comment=comment or turn.comment)
    if said != turn:
        previous = asked_before(turns[:place])
        kept = Feedback.of_answer(turn.answer, str(said.reaction), said.comment, previous, feedback_id=turn.id)
        store_feedback(index, kept)
    return [*turns[:place], said, *turns[place + 1 :]]


def reaction_row(turn: Turn, words: Words) -> str:
    """Return the buttons under an answer, and the line for a comment once one of them was chosen."""
    offered = zip(REACTIONS, words.reactions, strict=True)
    buttons = "".join(
        f'<button type="button" class="sr-react" value="{shown(turn.id)}:{reaction}"'
        f' aria-pressed="{"true" if reaction == turn.reaction else "false"}">{shown(told)}</button>'
        for reaction, told in offered
        if turn.answer.citations or reaction != "wrong_source"
    )
    noted = words.noted[bool(turn.comment)] if turn.reaction else ""
    told = f'<span class="sr-noted" role="status">{shown(noted)}</span>'
    row = f'<div class="sr-reactions"><span>{shown(words.react)}</span>{buttons}{told}</div>'
    return row + (_remark(turn, words) if turn.reaction and not turn.comment else "")


def _remark(turn: Turn, words: Words) -> str:
    return (
        f'<form class="sr-remark" data-turn="{shown(turn.id)}">'
        f'<input type="text" maxlength="{MAX_COMMENT}" autocomplete="off" aria-label="{shown(words.remark)}"'
        f' placeholder="{shown(words.remark)}"><button type="submit">{shown(words.remark_send)}</button></form>'
    )
