"""The page: the conversation, the answer card, the source beside it, and how they hang together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from qa.live import LiveSession
from qa.question import MAX_CHARS
from qa.service import Service
from qa.turnstile import WAITING, Entrance
from qa.ui.api import endpoints
from qa.ui.desk import Desk, Suggests
from qa.ui.shelf import Shelf
from qa.ui.view import Sheet
from qa.ui.words import ENGLISH, WORDS, Words, preferred, words_of

_HERE = Path(__file__).parent
_PAGES = 500  # open at once, each with its conversation; Gradio would keep 10,000
_QUEUED = 4 * WAITING  # events of all kinds; questions have their own, lower bound
_SCRIPTS = ("bridge.js", "source.js", "folder.js")
# bridge.js says that an answer is under way once it takes a while.
_WAIT = "(...sent) => { document.dispatchEvent(new Event('sr-wait')); return sent; }"
_THEN = "() => { document.dispatchEvent(new CustomEvent('sr-then', { detail: '%s' })); }"
_DONE = "() => { document.dispatchEvent(new Event('sr-done')); }"
# The box is emptied of what was answered, not of what was written meanwhile.
_EMPTIED = "(now, answered) => now === answered ? '' : now"
# A tab has a key of its own, which outlives its being loaded anew, and nothing else knows.
_TAB = """(kept, tab, ...rest) => {
  try {
    tab = sessionStorage.getItem("sourcier-tab");
    if (!tab) {
      const digits = crypto.getRandomValues(new Uint8Array(16));
      tab = Array.from(digits, (each) => each.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem("sourcier-tab", tab);
    }
  } catch { tab = null; }
  return [kept, tab, ...rest];
}"""


def style() -> dict[str, Any]:
    """Return how the page looks, as Gradio's mount wants it: system fonts, our style sheets."""
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    # Not as `css`: Gradio repeats each rule of it with a longer selector, which upsets their order.
    sheets = "\n".join((_HERE / name).read_text("utf-8") for name in ("style.css", "folder.css"))
    return {"theme": theme, "head": f"<style>{sheets}</style>"}


def build_page(
    live: LiveSession, turnstile: Entrance, suggests: Suggests, read_only: bool = False, login: bool = False
) -> gr.Blocks:
    """Return the page of a folder.

    :param turnstile: what questions of every kind go through.
    :param suggests: what offers questions.
    :param read_only: the page neither adds nor removes files.
    :param login: offer to log out.
    """
    desk = Desk(live, turnstile, suggests, read_only, login)
    words = ENGLISH
    shelf = Shelf(_PAGES)
    page = gr.Blocks(title="Sourcier", fill_width=True, analytics_enabled=False)
    with page:
        for name, endpoint in endpoints(Service(live), turnstile).items():
            api(endpoint, api_name=name)
        sheet, tab, answered = gr.State(Sheet()), gr.Textbox(visible=False), gr.Textbox(visible=False)
        kept = gr.BrowserState(None, storage_key="sourcier-language", secret="sourcier")
        with gr.Row(elem_id="sr-head"):
            masthead = _html("sr-masthead")
            switch = gr.Radio(
                [("Français", "fr"), ("English", "en")],
                value=words.language,
                label=words.switch,
                elem_id="sr-switch",
                container=False,
            )
        with gr.Row(elem_id="sr-main"):
            with gr.Column(elem_id="sr-side"):
                turns = _html("sr-thread")
            with gr.Column(elem_id="sr-talk"):
                card = _html("sr-answer")
                scope = _html("sr-limits")
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
            with gr.Column(elem_id="sr-source"):
                panel = _html("sr-panel", "\n".join((_HERE / "js" / name).read_text("utf-8") for name in _SCRIPTS))
        saved = _html("sr-saved", (_HERE / "js" / "save.js").read_text("utf-8"))

        shown = [turns, card, panel, scope]
        labels = [masthead, switch, box, send, *shown]

        def relabel(words: Words, sheet: Sheet) -> list[Any]:
            return [
                desk.masthead(words),
                gr.update(value=words.language, label=words.switch),
                gr.update(placeholder=words.placeholder, label=words.placeholder),
                words.ask,
                *desk.show(sheet.view, words),
            ]

        def arrive(kept: object, tab: object, sheet: Sheet, request: gr.Request) -> list[Any]:
            """Fill in the words, in the language chosen before or the browser's, and what the tab showed before."""
            from qa.web.login import user_of  # its page to log in takes words of this one

            shelf.bring(user_of(request.request.scope) if request.request else None, tab, sheet)
            chosen = WORDS.get(kept) if isinstance(kept, str) else None
            return relabel(chosen or preferred(request.headers.get("accept-language")), sheet)

        def switched(language: object, sheet: Sheet) -> list[Any]:
            """Say everything in another language."""
            words = words_of(language)
            return [*relabel(words, sheet), words.language]

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        page.load(arrive, [kept, tab, sheet], labels, js=_TAB, **quiet)
        switch.input(switched, [switch, sheet], [*labels, kept], **quiet)
        asked = gr.on(
            [send.click, box.submit], desk.answer, [box, switch, sheet], [*shown, answered], js=_WAIT, **quiet
        )
        offered = panel.ask_example(desk.example, [switch, sheet], shown, js=_WAIT, **quiet)
        asked.then(None, [box, answered], [box], js=_EMPTIED, **quiet)
        panel.offer(desk.offer, [switch, sheet], [card], **quiet)
        panel.fresh(desk.forget, [switch, sheet], shown, **quiet)
        # Of the last three, bridge.js sends one at a time, and of those that come meanwhile the last.
        for then, event in (
            (_DONE, asked),
            (_DONE, offered),
            (_THEN % "pick_turn", panel.pick_turn(desk.pick, [switch, sheet], shown, **quiet)),
            (_THEN % "place", panel.place(desk.place, [switch, sheet], [panel], **quiet)),
            (_THEN % "browse", panel.browse(desk.browse, [switch, sheet], [panel, masthead], **quiet)),
        ):
            event.then(None, None, None, js=then, **quiet)
        panel.limit(desk.limit, [switch, sheet], [scope], **quiet)
        panel.react(desk.react, [switch, sheet], [card], **quiet)
        panel.remark(desk.remark, [switch, sheet], [card], **quiet)
        panel.save_as(desk.save, [switch, sheet], [saved], **quiet)
    page.state_session_capacity = _PAGES
    page.queue(max_size=_QUEUED, default_concurrency_limit=None)
    return page


def _html(name: str, script: str | None = None) -> gr.HTML:
    return gr.HTML("", elem_id=name, apply_default_css=False, js_on_load=script)
