"""The conversation: each question with what came of it, to go back to, and the ways to take it away."""

from __future__ import annotations

from collections.abc import Sequence

from qa.ui.reactions import Turn
from qa.ui.text import shown
from qa.ui.words import Words

EXPORTS = ("md", "jsonl")


def thread(turns: Sequence[Turn], current: str | None, words: Words) -> str:
    """Return the list of a conversation's turns, the oldest first.

    :param current: the id of the turn whose card is shown.
    """
    items = "".join(f"<li>{_turn(turn, turn.id == current, words)}</li>" for turn in turns)
    listed = f"<ol>{items}</ol>" if items else f'<p class="sr-note">{shown(words.conversation_empty)}</p>'
    return (
        f'<nav class="sr-thread" aria-label="{shown(words.conversation)}"><h2>{shown(words.conversation)}</h2>'
        f"{listed}{_ways_out(words) if items else ''}</nav>"
    )


def _turn(turn: Turn, current: bool, words: Words) -> str:
    answer = turn.answer
    told = answer.text or words.refused
    refused = " sr-refused" if answer.abstained else ""
    here = ' aria-current="true"' if current else ""
    return (
        f'<button type="button" class="sr-turn" value="{shown(turn.id)}"{here}>'
        f'<span class="sr-asked">{shown(answer.question.text)}</span>'
        f'<span class="sr-told{refused}"><bdi>{shown(told)}</bdi></span></button>'
    )


def _ways_out(words: Words) -> str:
    saves = "".join(
        f'<button type="button" data-save="{form}">{shown(name)}</button>'
        for form, name in zip(EXPORTS, words.exports, strict=True)
    )
    return (
        f'<div class="sr-ways"><span>{shown(words.export)}</span>{saves}'
        f'<button type="button" data-fresh>{shown(words.fresh)}</button></div>'
    )
