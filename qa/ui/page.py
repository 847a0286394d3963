"""The page: a conversation on the left, the source on the right.

Gradio's "private" endpoints answer whoever calls them: each handler checks what it is given.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from index.errors import SourcierError
from index.types import DocumentInfo
from qa.feedback import MAX_COMMENT, one_line_comment
from qa.question import MAX_CHARS
from qa.session import Session
from qa.show import one_line
from qa.ui.api import ask_endpoint, refusal
from qa.ui.examples import examples
from qa.ui.places import Place, parse_places
from qa.ui.reactions import Turn, asked_before, parse_reaction, react, reaction_row
from qa.ui.reader import gone, reader, shelf
from qa.ui.render import answer_card, question_card
from qa.ui.words import ENGLISH, FRENCH, WORDS, Words, preferred

_HERE = Path(__file__).parent
_KEPT = 30  # turns of a conversation
_WAITING = 64  # questions, before more are turned away
Shown = tuple[tuple[Place, ...], int] | None


def style() -> dict[str, Any]:
    """Return how the page looks, as Gradio's mount wants it: system fonts, our style sheet."""
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    # Not as `css`: Gradio repeats each rule of it with a longer selector, which upsets their order.
    return {"theme": theme, "head": f"<style>{(_HERE / 'style.css').read_text('utf-8')}</style>"}


def build_page(session: Session) -> gr.Blocks:
    """Return the page of a session."""
    return _Page(session).blocks()


class _Page:
    """What the handlers share: the session, and what the page shows of its folder."""

    def __init__(self, session: Session) -> None:
        self.session = session
        documents = session.index.passages.documents()
        self.documents: list[DocumentInfo] = documents
        self.doc_ids = {document.source: document.doc_id for document in documents}
        self.examples = examples(session, documents)
        self.kept_in = session.index.generation.path.parent

    def blocks(self) -> gr.Blocks:
        """Lay out the page and wire it."""
        words = ENGLISH
        page = gr.Blocks(title="Sourcier", fill_width=True, analytics_enabled=False)
        with page:
            api(ask_endpoint(self.session), api_name="ask")
            turns = gr.State([])
            shown = gr.State(None)
            about = gr.State(None)  # the id of the answer that a comment would be on
            kept = gr.BrowserState(None, storage_key="sourcier-language", secret="sourcier")
            with gr.Row(elem_id="sr-head"):
                masthead = gr.HTML("", elem_id="sr-masthead", apply_default_css=False)
                fresh = gr.Button(words.fresh, elem_id="sr-fresh", size="sm")
                switch = gr.Radio(
                    [("Français", "fr"), ("English", "en")],
                    value=words.language,
                    label=words.switch,
                    elem_id="sr-switch",
                    container=False,
                )
            with gr.Row(elem_id="sr-main"):
                with gr.Column(elem_id="sr-talk"):
                    chat = gr.Chatbot(
                        elem_id="sr-chat",
                        label=words.conversation,
                        show_label=False,
                        buttons=[],
                        latex_delimiters=[],
                        allow_tags=False,
                        layout="panel",
                        autoscroll=False,
                        group_consecutive_messages=False,
                        height=None,
                    )
                    with gr.Row(elem_id="sr-remark", visible=False) as remark_row:
                        remark = gr.Textbox(
                            show_label=False, container=False, max_length=MAX_COMMENT, lines=1, max_lines=1
                        )
                        remark_send = gr.Button(words.remark_send, size="sm")
                    with gr.Row(elem_id="sr-ask"):
                        box = gr.Textbox(
                            show_label=False,
                            container=False,
                            max_length=MAX_CHARS,
                            lines=1,
                            max_lines=4,
                            elem_id="sr-box",
                            autofocus=True,
                        )
                        send = gr.Button(words.ask, elem_id="sr-send", variant="primary")
                    with gr.Row(elem_id="sr-examples"):
                        chips = [gr.Button("", size="sm") for _ in self.offered(words)]
                with gr.Column(elem_id="sr-source"):
                    panel = gr.HTML(
                        "",
                        elem_id="sr-panel",
                        apply_default_css=False,
                        js_on_load=(_HERE / "bridge.js").read_text("utf-8"),
                    )

            labels = [masthead, fresh, switch, chat, box, send, remark, remark_send, *chips, panel]
            quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
            page.load(self.arrive, [kept], labels, **quiet)
            switch.input(self.relabel, [switch, turns, shown], [*labels, kept], **quiet)
            commenting = [remark_row, remark, about]
            fresh.click(self.forget, [switch], [chat, turns, panel, shown, *commenting], **quiet)
            asked = [chat, turns, panel, shown, box, *commenting]
            gr.on([send.click, box.submit], self.answer, [box, switch, turns], asked, **quiet)
            for chip in chips:
                chip.click(self.answer, [chip, switch, turns], asked, **quiet)
            panel.place(self.show, [switch], [panel, shown], **quiet)
            panel.react(self.react, [switch, turns], [chat, turns, *commenting], **quiet)
            noting = [remark, switch, turns, about]
            gr.on([remark_send.click, remark.submit], self.comment, noting, [chat, turns, *commenting], **quiet)
        page.queue(max_size=_WAITING, default_concurrency_limit=2)
        return page

    def offered(self, words: Words) -> list[tuple[str, str]]:
        """Return (language, question) of each example, those of the page's language first."""
        order = sorted(self.examples, key=lambda language: language != words.language)
        return [(language, question) for language in order for question in self.examples[language]]

    def arrive(self, kept: object, request: gr.Request) -> list[Any]:
        """Fill in the words: in the language chosen before, or the browser's."""
        chosen = WORDS.get(kept) if isinstance(kept, str) else None
        return self._labels(chosen or preferred(request.headers.get("accept-language")), [], None)

    def relabel(self, language: object, turns: list[Turn], shown: Shown) -> list[Any]:
        """Say everything in another language, the conversation included."""
        words = _words(language)
        return [*self._labels(words, turns, shown), words.language]

    def forget(self, language: object) -> tuple[Any, ...]:
        """Begin a new conversation."""
        return [], [], shelf(self.documents, _words(language)), None, *_no_comment()

    def answer(self, question: object, language: object, turns: list[Turn]) -> tuple[Any, ...]:
        """Answer a question: its card in the conversation, its first source in the reader."""
        words = _words(language)
        if not isinstance(question, str) or not question.strip():
            return (gr.skip(),) * 8
        if len(question) > MAX_CHARS:
            raise refusal(words.too_long)
        try:
            answer = self.session.ask(question, previous=asked_before(turns))
        except SourcierError as error:
            raise refusal(escape(f"{words.failed} {error}")) from None
        turns = [*turns, Turn(answer)][-_KEPT:]
        places = tuple(Place.of_citation(cited, self.doc_ids[cited.source]) for cited in answer.citations)
        shown = (places, 0) if places else None
        return self._messages(turns, words), turns, self._reader(shown, words), shown, "", *_no_comment()

    def show(self, language: object, event: gr.EventData) -> tuple[str, Shown]:
        """Show what a clicked citation leads to."""
        words = _words(language)
        sent = _sent(event)
        try:
            shown = parse_places(sent.get("places"), sent.get("at"))
        except ValueError:
            raise refusal(words.gone) from None
        return self._reader(shown, words), shown

    def react(self, language: object, turns: list[Turn], event: gr.EventData) -> tuple[Any, ...]:
        """Keep what a button says of an answer of this conversation, and offer to comment on it."""
        words = _words(language)
        try:
            turn_id, reaction = parse_reaction(_sent(event).get("value"))
        except ValueError:
            return _not_kept(words.no_such_answer)
        said, problem = self._said(turns, turn_id, reaction, "", words)
        if problem:
            return _not_kept(problem)
        return self._messages(said, words), said, gr.update(visible=True), "", turn_id

    def comment(self, text: object, language: object, turns: list[Turn], about: str | None) -> tuple[Any, ...]:
        """Keep a comment on the reaction that came last."""
        words = _words(language)
        comment = one_line_comment(text) if isinstance(text, str) else ""
        if not comment or about is None:
            return (gr.skip(),) * 5
        said, problem = self._said(turns, about, None, comment, words)
        if problem:
            return _not_kept(problem)
        return self._messages(said, words), said, *_no_comment()

    def _said(
        self, turns: list[Turn], turn_id: str, reaction: str | None, comment: str, words: Words
    ) -> tuple[list[Turn], str]:
        """Return the conversation with what was said, and why it could not be kept, if so."""
        try:
            return react(self.kept_in, turns, turn_id, reaction, comment), ""
        except ValueError:
            return turns, words.no_such_answer
        except SourcierError as error:  # for who serves the page: it names a place on this machine
            sys.stderr.write(one_line(f"sourcier: {error}") + "\n")
            return turns, words.not_kept

    def _labels(self, words: Words, turns: list[Turn], shown: Shown) -> list[Any]:
        offered = self.offered(words)
        return [
            self._masthead(words),
            words.fresh,
            gr.update(value=words.language, label=words.switch),
            gr.update(value=self._messages(turns, words), label=words.conversation, placeholder=_welcome(words)),
            gr.update(placeholder=words.placeholder, label=words.placeholder),
            words.ask,
            gr.update(placeholder=words.remark, label=words.remark),
            words.remark_send,
            *(gr.update(value=question, elem_classes=[f"sr-{language}"]) for language, question in offered),
            self._reader(shown, words),
        ]

    def _masthead(self, words: Words) -> str:
        told = f"{words.tagline} · {words.count(len(self.documents))}"
        return f'<div data-lang="{words.language}"><h1>Sourcier</h1><p>{escape(told)}</p></div>'

    def _messages(self, turns: list[Turn], words: Words) -> list[dict[str, str]]:
        messages = []
        for turn in turns:
            messages.append({"role": "user", "content": question_card(turn.answer.question.text)})
            card = answer_card(turn.answer, words, self.doc_ids)
            messages.append({"role": "assistant", "content": card + reaction_row(turn, words)})
        return messages

    def _reader(self, shown: Shown, words: Words) -> str:
        """Return the article at a place, or the list of articles if there is none."""
        if shown is None:
            return shelf(self.documents, words)
        places, at = shown
        place, passages = places[at], self.session.index.passages
        try:
            document = passages.document(place.doc_id)
        except KeyError:
            return gone(words)
        text = passages.text(place.doc_id)
        headings = [
            (sentence.start, sentence.end)
            for passage in passages.passages_of(place.doc_id)
            for sentence in passage.sentences
            if sentence.heading
        ]
        line = passages.line(place.doc_id, place.start)
        return reader(document, text, line, headings, places, at, words)


def _no_comment() -> tuple[Any, ...]:
    """Return the line for a comment hidden and empty, and about no answer."""
    return gr.update(visible=False), "", None


def _not_kept(why: str) -> tuple[Any, ...]:
    """Say why, and leave all as it is: an error would cover the conversation."""
    gr.Warning(escape(why), title="Sourcier")
    return (gr.skip(),) * 5


def _sent(event: gr.EventData) -> dict[str, Any]:
    """Return what came with an event: anything may, and its attributes expect a dict."""
    data = event._data  # noqa: SLF001
    return data if isinstance(data, dict) else {}


def _words(language: object) -> Words:
    """Return the words of a language that the browser sent; French if it sent another."""
    return WORDS.get(language, FRENCH) if isinstance(language, str) else FRENCH


def _welcome(words: Words) -> str:
    told = f'<p class="sr-hello">{escape(words.welcome)}</p><p>{escape(words.welcome_note)}</p>'
    return f'<div class="sr-welcome">{told}</div>'
