"""On which terms a folder is served: where, to whom, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from index.errors import UsageError
from qa.notices import warn
from qa.web.clients import is_beyond, place_of
from qa.web.passwords import open_to_others
from qa.web.users import Users

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7860
_LAST_PORT = 65_535
_LONGEST_DRAIN = 3_600  # seconds
_SHORTEST_SECRET = 16  # characters: nothing slows down those who guess


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve a folder. By default to this machine alone, without a login.

    :param port: 0 takes any free one.
    :param users: the file of passwords; None lets in everybody who reaches the address.
    :param insecure: do so even where other machines reach it.
    :param trusted: more names that the server is known by.
    :param rate: questions a minute of each client; 0 for no limit, None for `rate.DEFAULT_RATE` where it matters.
    :param read_only: nothing can be put into the folder, or taken out.
    :param watch: follow the folder.
    :param drain: for how many seconds after SIGTERM to go on as before, while `/health/ready` says otherwise.
    :param metrics: answer Prometheus at `/metrics`.
    :param metrics_token: who sends it may read them without a login.
    :param secret: known to several processes, so that who logs in to one is logged in to all.
    :param mcp: also answer agents, at `/mcp`; or only the one that started this process.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    users: Path | None = None
    insecure: bool = False
    trusted: tuple[str, ...] = ()
    rate: int | None = None
    read_only: bool = False
    watch: bool = False
    mcp: Literal["http", "stdio"] | None = None
    open_browser: bool = False
    drain: int = 0
    metrics: bool = False
    metrics_token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


def check(serving: Serving) -> Users | None:
    """Return the users who may enter; None if everybody may.

    :raises UsageError: if the terms are not safe or cannot be met, with the remedy.
    """
    if not 0 <= serving.port <= _LAST_PORT:
        raise UsageError(f"port {serving.port} does not exist: choose one from 0 to {_LAST_PORT} with --port")
    if serving.rate is not None and serving.rate < 0:
        raise UsageError(f"--rate is {serving.rate}: give the questions a minute, or 0 for no limit")
    if not 0 <= serving.drain <= _LONGEST_DRAIN:
        raise UsageError(f"--drain is {serving.drain}: give the seconds, from 0 to {_LONGEST_DRAIN}")
    for name, secret in (("SOURCIER_METRICS_TOKEN", serving.metrics_token), ("SOURCIER_SECRET", serving.secret)):
        if secret is not None and len(secret) < _SHORTEST_SECRET:
            raise UsageError(f"{name} is easy to guess: give it {_SHORTEST_SECRET} characters or more")
    for name in serving.trusted:
        if not name or any(ch in name for ch in "/:*@ "):
            raise UsageError(f"--trust-host is {name!r}: give a name alone, without a scheme, port or *")
    if _is_exposed(serving) and serving.users is None and not serving.insecure:
        raise UsageError(
            f"other machines reach {_where(serving)}: ask for passwords with --auth FILE"
            " (`sourcier password FILE USER` makes it), or serve anyone who can reach it with --insecure"
        )
    return Users(serving.users) if serving.users else None


def warn_of(serving: Serving) -> None:
    """Tell what others could see."""
    if serving.users and open_to_others(serving.users):
        warn(f"other users of this machine may read {serving.users}: `chmod 600 {serving.users}` keeps it to you")
    if _is_exposed(serving):
        secret = "passwords and answers cross"
        seen = secret if serving.users else "anyone who reaches it can read the articles, which cross"
        told = f"{seen} the network unencrypted, unless a proxy with TLS stands before it"
        warn(f"other machines reach {_where(serving)}: {told}")


def _is_exposed(serving: Serving) -> bool:
    return is_beyond(place_of(serving.host, serving.port))


def _where(serving: Serving) -> str:
    return serving.host or "every address"
