"""The scripts that stand in the page as it is sent may run; one that comes into it later, by whatever mistake, may not.

Gradio writes its configuration into the page as a script, which no fixed policy can name.
"""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


class Scripts:
    """ASGI middleware. Names the scripts of the page, each by its hash, in a policy that allows no other."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the page back until it is whole, since the policy is sent before it."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        # Compressed, the page could not be read here.
        scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"accept-encoding"]}
        start: Message = {}
        whole = bytearray()

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            whole.extend(message.get("body", b""))
            if not message.get("more_body", False):
                MutableHeaders(scope=start).append("Content-Security-Policy", policy_of(bytes(whole)))
                await send(start)
                await send({**message, "body": bytes(whole)})

        await self.app(scope, receive, hold)


def policy_of(page: bytes) -> str:
    """Return the policy that lets the scripts of a page run, and no others but this server's own.

    Gradio compiles templates and event handlers, which is what `unsafe-eval` is for.
    """
    hashes = [base64.b64encode(hashlib.sha256(found).digest()).decode() for found in _INLINE.findall(page)]
    return " ".join(("script-src 'self' 'unsafe-eval'", *(f"'sha256-{each}'" for each in dict.fromkeys(hashes))))
