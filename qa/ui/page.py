"""The page: a conversation on the left, the source on the right.

Gradio's "private" endpoints answer whoever calls them: each handler checks what it is given.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from index.errors import SourcierError
from index.types import DocumentInfo
from qa.followup import MAX_PREVIOUS
from qa.question import MAX_CHARS
from qa.session import Session
from qa.types import Answer
from qa.ui.api import ask_endpoint, refusal
from qa.ui.examples import examples
from qa.ui.places import Place, parse_places
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

    def blocks(self) -> gr.Blocks:
        """Lay out the page and wire it."""
        words = ENGLISH
        page = gr.Blocks(title="Sourcier", fill_width=True, analytics_enabled=False)
        with page:
            api(ask_endpoint(self.session), api_name="ask")
            turns = gr.State([])
            shown = gr.State(None)
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

            labels = [masthead, fresh, switch, chat, box, send, *chips, panel]
            quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
            page.load(self.arrive, [kept], labels, **quiet)
            switch.input(self.relabel, [switch, turns, shown], [*labels, kept], **quiet)
            fresh.click(self.forget, [switch], [chat, turns, panel, shown], **quiet)
            asked = [chat, turns, panel, shown, box]
            gr.on([send.click, box.submit], self.answer, [box, switch, turns], asked, **quiet)
            for chip in chips:
                chip.click(self.answer, [chip, switch, turns], asked, **quiet)
            panel.place(self.show, [switch], [panel, shown], **quiet)
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

    def relabel(self, language: object, turns: list[Answer], shown: Shown) -> list[Any]:
        """Say everything in another language, the conversation included."""
        words = _words(language)
        return [*self._labels(words, turns, shown), words.language]

    def forget(self, language: object) -> tuple[Any, ...]:
        """Begin a new conversation."""
        return [], [], shelf(self.documents, _words(language)), None

    def answer(self, question: object, language: object, turns: list[Answer]) -> tuple[Any, ...]:
        """Answer a question: its card in the conversation, its first source in the reader."""
        words = _words(language)
        if not isinstance(question, str) or not question.strip():
            return (gr.skip(),) * 5
        if len(question) > MAX_CHARS:
            raise refusal(words.too_long)
        try:
            answer = self.session.ask(question, previous=_asked_before(turns))
        except SourcierError as error:
            raise refusal(escape(f"{words.failed} {error}")) from None
        turns = [*turns, answer][-_KEPT:]
        places = tuple(Place.of_citation(cited, self.doc_ids[cited.source]) for cited in answer.citations)
        shown = (places, 0) if places else None
        return self._messages(turns, words), turns, self._reader(shown, words), shown, ""

    def show(self, language: object, event: gr.EventData) -> tuple[str, Shown]:
        """Show what a clicked citation leads to."""
        words = _words(language)
        data = event._data  # noqa: SLF001 - whatever was sent, its attributes expect a dict
        sent = data if isinstance(data, dict) else {}
        try:
            shown = parse_places(sent.get("places"), sent.get("at"))
        except ValueError:
            raise refusal(words.gone) from None
        return self._reader(shown, words), shown

    def _labels(self, words: Words, turns: list[Answer], shown: Shown) -> list[Any]:
        offered = self.offered(words)
        return [
            self._masthead(words),
            words.fresh,
            gr.update(value=words.language, label=words.switch),
            gr.update(value=self._messages(turns, words), label=words.conversation, placeholder=_welcome(words)),
            gr.update(placeholder=words.placeholder, label=words.placeholder),
            words.ask,
            *(gr.update(value=question, elem_classes=[f"sr-{language}"]) for language, question in offered),
            self._reader(shown, words),
        ]

    def _masthead(self, words: Words) -> str:
        told = f"{words.tagline} · {words.count(len(self.documents))}"
        return f'<div data-lang="{words.language}"><h1>Sourcier</h1><p>{escape(told)}</p></div>'

    def _messages(self, turns: list[Answer], words: Words) -> list[dict[str, str]]:
        messages = []
        for answer in turns:
            messages.append({"role": "user", "content": question_card(answer.question.text)})
            messages.append({"role": "assistant", "content": answer_card(answer, words, self.doc_ids)})
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


def _asked_before(turns: list[Answer]) -> list[str]:
    """Return the questions of a conversation as they were read, which a new one may follow up."""
    return [answer.read_as or answer.question.text for answer in turns[-MAX_PREVIOUS:]]


def _words(language: object) -> Words:
    """Return the words of a language that the browser sent; French if it sent another."""
    return WORDS.get(language, FRENCH) if isinstance(language, str) else FRENCH


def _welcome(words: Words) -> str:
    told = f'<p class="sr-hello">{escape(words.welcome)}</p><p>{escape(words.welcome_note)}</p>'
    return f'<div class="sr-welcome">{told}</div>'
