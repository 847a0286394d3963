"""What the page's events do. Gradio's endpoints answer whoever calls them: each handler checks what it is given."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import gradio as gr

from index.errors import BusyError, IndexStoreError, SourcierError
from qa.discreet import without_places
from qa.export import conversation_jsonl, conversation_markdown
from qa.feedback import one_line_comment
from qa.live import LiveSession
from qa.question import MAX_CHARS
from qa.scope import Scope
from qa.show import one_line
from qa.turnstile import Entrance
from qa.types import Answer
from qa.ui.browsing import Filter, Listing, of_now, scope_of
from qa.ui.card import turn_card, welcome
from qa.ui.folder_view import folder_view
from qa.ui.masthead import masthead
from qa.ui.places import parse_places, parse_reach
from qa.ui.reactions import Turn, asked_before, parse_reaction, react
from qa.ui.reader import source_at
from qa.ui.text import shown
from qa.ui.thread import EXPORTS, thread
from qa.ui.view import Sheet, View, scope_notice
from qa.ui.words import Words, words_of

_PASSAGES = 10  # that a card lists
_OFFERED = 4


class Suggests(Protocol):
    """What offers questions."""

    def opening(self, language: str, n: int) -> tuple[str, ...]:
        """Return questions to begin with."""

    def near(
        self, answer: Answer, language: str, n: int, *, asked: Sequence[str] = (), scope: Scope | None = None
    ) -> tuple[str, ...]:
        """Return questions to ask instead of one that was refused."""


class Desk:
    """The handlers, and what they share. `sheet` is what Gradio keeps of the page that an event comes from.

    Those that change one thing return that; others return a list.
    """

    def __init__(
        self, live: LiveSession, turnstile: Entrance, suggests: Suggests, read_only: bool = False, login: bool = False
    ) -> None:
        self.live = live
        self.turnstile = turnstile
        self.suggests = suggests
        self.read_only = read_only
        self.login = login

    def show(self, view: View, words: Words) -> list[Any]:
        """Return all that a view decides: the conversation, the card, the right side, the scope."""
        told = thread(view.turns, view.current, words)
        return [told, self.card(view, words), self.side(view, words), scope_notice(view.scope, words)]

    def masthead(self, words: Words) -> str:
        """Return the head of the page."""
        with self.live.lease() as session:
            articles = session.index.generation.manifest.documents
        return masthead(articles, words, self.login)

    def card(self, view: View, words: Words) -> str:
        """Return the card of the view's turn, or the welcome."""
        if view.turn is None:
            return welcome(words, self.suggests.opening(words.language, _OFFERED))
        return turn_card(view.turn, words)

    def side(self, view: View, words: Words) -> str:
        """Return what the right side holds: an article, or the folder; or why neither can be shown."""
        try:
            with self.live.lease() as session:
                if view.places:
                    return source_at(session, view.places, view.at, words, view.reach)
                return folder_view(Listing.of(session, view.listed), view.listed, words, self.read_only)
        except IndexStoreError as error:
            return f'<p class="sr-note sr-paper">{shown(self._failed(error, words))}</p>'

    async def answer(self, question: object, language: object, sheet: Sheet) -> list[Any]:
        """Answer a question: a turn more, its card, its first source in the reader; last, what was answered."""
        words = words_of(language)
        if not isinstance(question, str) or not question.strip():
            return [*_nothing(4), ""]
        if len(question) > MAX_CHARS:
            return [*_nothing(4, words.too_long), ""]
        try:
            turn = await self.turnstile.run(self._ask, question, words, sheet.view)
        except BusyError:
            return [*_nothing(4, words.busy), ""]
        except SourcierError as error:
            return [*_nothing(4, self._failed(error, words)), ""]
        return [*self.show(sheet.change(lambda view: view.with_turn(turn)), words), question]

    def _failed(self, error: SourcierError, words: Words) -> str:
        return f"{words.failed} {without_places(str(error), self.live)}"

    def _ask(self, question: str, words: Words, view: View) -> Turn:
        with self.live.lease() as session:
            scope = of_now(view.scope, session)
            answer = session.ask(question, k=_PASSAGES, previous=asked_before(view.turns), scope=scope)
        if not answer.abstained:
            return Turn(answer)
        asked = [turn.answer.question.text for turn in view.turns]
        return Turn(answer, self.suggests.near(answer, words.language, _OFFERED - 1, asked=asked, scope=view.scope))

    async def example(self, language: object, sheet: Sheet, event: gr.EventData) -> list[Any]:
        """Answer a question that the page offered; what is being written in the box stays."""
        return (await self.answer(_sent(event).get("question"), language, sheet))[:-1]

    def offer(self, language: object, sheet: Sheet) -> object:
        """Return the card once more, for what there is to offer by now."""
        return self.card(sheet.view, words_of(language))

    def pick(self, language: object, sheet: Sheet, event: gr.EventData) -> list[Any]:
        """Go back to a turn of the conversation."""
        turn = next((turn for turn in sheet.view.turns if turn.id == _sent(event).get("turn")), None)
        if turn is None:
            return _nothing(4)
        return self.show(sheet.change(lambda view: view.at_turn(turn.id)), words_of(language))

    def forget(self, language: object, sheet: Sheet) -> list[Any]:
        """Begin a new conversation; the scope stays."""
        return self.show(sheet.change(lambda view: replace(view, turns=()).at_turn(None)), words_of(language))

    def place(self, language: object, sheet: Sheet, event: gr.EventData) -> object:
        """Show what a clicked citation leads to."""
        sent = _sent(event)
        try:
            places, at = parse_places(sent.get("places"), sent.get("at"))
        except ValueError:
            return _skipped()
        reach = parse_reach(sent.get("reach"))
        view = sheet.change(lambda view: replace(view, places=places, at=at, reach=reach))
        return self.side(view, words_of(language))

    def browse(self, language: object, sheet: Sheet, event: gr.EventData) -> list[Any]:
        """Show the folder, filtered; the head counts its articles."""
        words = words_of(language)
        listed = Filter.parse(_sent(event))
        view = sheet.change(lambda view: replace(view, places=(), at=0, listed=listed))
        return [self.side(view, words), self.masthead(words)]

    def limit(self, language: object, sheet: Sheet, event: gr.EventData) -> object:
        """Ask only the articles that the filter lets through, or the whole folder again."""
        words, scope, listed = words_of(language), None, sheet.view.listed
        if _sent(event).get("on"):
            try:
                with self.live.lease() as session:
                    if not listed.found(session.index.catalogue):
                        return _skipped(words.folder.none)
                    scope = scope_of(session, listed)
            except IndexStoreError as error:
                return _skipped(self._failed(error, words))
        sheet.change(lambda view: replace(view, scope=scope))
        return scope_notice(scope, words)

    def react(self, language: object, sheet: Sheet, event: gr.EventData) -> object:
        """Keep what a button says of an answer of this conversation, and offer to comment on it."""
        words = words_of(language)
        try:
            turn_id, reaction = parse_reaction(_sent(event).get("value"))
        except ValueError:
            return _skipped(words.no_such_answer)
        return self._said(sheet, turn_id, reaction, "", words)

    def remark(self, language: object, sheet: Sheet, event: gr.EventData) -> object:
        """Keep a comment on a reaction."""
        sent = _sent(event)
        text = sent.get("text")
        comment = one_line_comment(text) if isinstance(text, str) else ""
        return self._said(sheet, str(sent.get("turn")), None, comment, words_of(language)) if comment else _skipped()

    def _said(self, sheet: Sheet, turn_id: str, reaction: str | None, comment: str, words: Words) -> object:
        """Keep a reaction or a comment; return the card with it."""
        try:
            turns = react(self.live.kept, sheet.view.turns, turn_id, reaction, comment)
        except ValueError:
            return _skipped(words.no_such_answer)
        except SourcierError as error:  # for who serves the page: it names a place on this machine
            sys.stderr.write(one_line(f"sourcier: {error}") + "\n")
            return _skipped(words.not_kept)
        said = {turn.id: turn for turn in turns if turn.id == turn_id}
        view = sheet.change(lambda view: replace(view, turns=tuple(said.get(turn.id, turn) for turn in view.turns)))
        return self.card(view, words)

    def save(self, language: object, sheet: Sheet, event: gr.EventData) -> object:
        """Return the conversation as a file's content, for the script to save."""
        words, turns = words_of(language), sheet.view.turns
        form = _sent(event).get("form")
        if form not in EXPORTS or not turns:
            return _skipped()
        answers = [turn.answer for turn in turns]
        if form == "md":
            told = conversation_markdown(answers, words.language, self.live.folder.name)
        else:
            told = conversation_jsonl(answers)
        # An id makes it new each time, so that saving the same twice is noticed.
        return f'<pre data-name="sourcier.{form}" data-id="{Turn(answers[-1]).id}">{shown(told)}</pre>'


def _nothing(outputs: int, why: str = "") -> list[Any]:
    """Say why, if there is anything to say, and leave all as it is: an error would cover the conversation."""
    return [_skipped(why)] * outputs


def _skipped(why: str = "") -> object:
    if why:
        gr.Warning(shown(why), title="Sourcier")
    return gr.skip()


def _sent(event: gr.EventData) -> Mapping[str, Any]:
    """Return what came with an event: anything may, and its attributes expect a dict."""
    data = event._data  # noqa: SLF001
    return data if isinstance(data, dict) else {}
