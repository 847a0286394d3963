"""The page served by a process of its own, watched for any attempt to reach another machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent
_WATCHED = """
import socket, sys
connect = socket.socket.connect
def watched(self, where):
    if not isinstance(where, str) and where[0] not in ("127.0.0.1", "::1", "localhost"):
        print("ELSEWHERE", where, file=sys.stderr, flush=True)
    return connect(self, where)
socket.socket.connect = watched
import json
from pathlib import Path
from qa.live import LiveSession
from qa.session import Session
from qa.web.server import Serving, serve
told = json.loads(sys.argv[2])
users = Path(told.pop("users")) if "users" in told else None
with LiveSession(Session.of_index(Path(sys.argv[1]))) as live:
    serve(live, Serving(port=0, users=users, **told))
"""
_SECONDS = 90  # for a slow machine to import Gradio


@dataclass
class Served:
    """A page being served: its address, and what its process has said."""

    url: str = ""
    told: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    returncode: int | None = None


@contextmanager
def served(index: Path, **terms: Any) -> Iterator[Served]:
    """Serve the page of an index until the block ends, then stop it as Ctrl-C would.

    :param terms: fields of `Serving`.
    """
    command = [sys.executable, "-c", _WATCHED, str(index), json.dumps(terms, default=str)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=_ROOT, env=environment, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    page, ready = Served(), threading.Event()

    def read(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))
            ready.set()
        ready.set()

    readers = [
        threading.Thread(target=read, args=(process.stdout, page.told), daemon=True),
        threading.Thread(target=read, args=(process.stderr, page.complaints), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        ready.wait(_SECONDS)
        found = re.search(r"http://\S+/", "\n".join(page.told))
        assert found, f"the page was not served: {page.complaints}"
        page.url = found.group()
        yield page
    finally:
        process.send_signal(signal.SIGINT)
        try:
            page.returncode = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for reader in readers:
            reader.join(5)
        process.stdout.close()
        process.stderr.close()
