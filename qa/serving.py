"""The commands `sourcier serve` and `sourcier password`. Each returns an exit code."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UsageError
from qa.opening import session_of, store_of_settings
from qa.settings import settings

if TYPE_CHECKING:
    from index.stores import MilvusStore

OK = 0


def serve(options: Namespace) -> int:
    """Open the chat page, and answer programs and agents."""
    from qa.live import LiveSession
    from qa.web.terms import Serving, check

    auth = options.auth if options.auth is not None else os.environ.get("SOURCIER_AUTH") or None
    serving = Serving(
        host=options.host,
        port=options.port,
        users=None if auth is None else Path(auth),
        insecure=options.insecure,
        trusted=tuple(options.trust_host),
        rate=options.rate,
        read_only=options.read_only,
        watch=options.watch,
        mcp=options.mcp,
        open_browser=not options.no_browser,
        drain=options.drain,
        metrics=options.metrics,
        metrics_token=os.environ.get("SOURCIER_METRICS_TOKEN") or None,
        secret=os.environ.get("SOURCIER_SECRET") or None,
    )
    if serving.mcp == "stdio":
        return _serve_agent(options)
    store = _store(options)
    check(serving)  # before the slow part
    with session_of(options) as session, LiveSession(session, store) as live:
        from qa.web.server import serve as serve_page

        serve_page(live, serving)
    return OK


def password(options: Namespace) -> int:
    """Set the password of a user of the page, or take the user out."""
    from qa.web.passwords import check_name, remove_user, set_password

    if options.remove:
        remove_user(options.file, options.user)
        sys.stdout.write(f"{options.user} is no longer in {options.file}\n")
        return OK
    name = check_name(options.user)
    known = set_password(options.file, name, _typed(name))
    told = "has another password" if known else "is"
    sys.stdout.write(f"{name} {told} in {options.file}\n")
    return OK


def _serve_agent(options: Namespace) -> int:
    from qa.changeover import keeping_current
    from qa.live import LiveSession
    from qa.service import Service
    from qa.web.agent import serve_stdio

    store = _store(options)
    with session_of(options) as session, LiveSession(session, store) as live, keeping_current(live):
        if not options.watch:
            serve_stdio(Service(live))
        else:
            from qa.watch import watching

            with watching(live):
                serve_stdio(Service(live))
    return OK


def _store(options: Namespace) -> MilvusStore | None:
    """Return the store to answer from, if one is named.

    :raises UsageError: if a folder is to be followed as well.
    """
    chosen = settings(options)
    if chosen.store is None:
        return None
    if options.watch:
        raise UsageError("a store has no folder to follow: leave --watch out, for a newer index is noticed by itself")
    return store_of_settings(chosen)


def _typed(name: str) -> str:
    """Return a password, typed twice at a terminal, or else the first line of standard input."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise UsageError("no password on standard input: write it on one line")
        return line
    from qa.web.passwords import check_password

    typed = check_password(getpass.getpass(f"password of {name}: "))
    if getpass.getpass("the same once more: ") != typed:
        raise UsageError("the two passwords differ: nothing is changed")
    return typed
