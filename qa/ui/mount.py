"""The page put into an application, and let go of again."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.routing import Mount

from qa.ui.page import style

_ICON = Path(__file__).parent / "icon.png"


def mount_page(app: FastAPI, page: gr.Blocks) -> None:
    """Put the page at the root of an application. What is to stand before it must be there already."""
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        show_error=False,
        footer_links=[],
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        favicon_path=str(_ICON),
        **style(),
    )


def let_go(app: FastAPI) -> None:
    """End the connections that open pages hold."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, App):
            route.app.stop_event.set()
