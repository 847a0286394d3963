"""The arguments of `sourcier serve` and `sourcier password`."""

from __future__ import annotations

import argparse
from pathlib import Path

from qa.arguments import add_reader, add_store, add_where

DEFAULT_PORT = 7860


def add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `serve` to the commands of `sourcier`."""
    serve = commands.add_parser("serve", help="open the chat page")
    add_where(serve)
    add_store(serve)
    add_reader(serve)
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
    serve.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"the port to listen at (default: {DEFAULT_PORT})"
    )
    serve.add_argument(
        "--auth",
        metavar="FILE",
        help="let in the users of this file of passwords alone; `sourcier password` makes it (or SOURCIER_AUTH)",
    )
    serve.add_argument(
        "--insecure", action="store_true", help="serve other machines without --auth: anyone who can reach --host"
    )
    serve.add_argument(
        "--trust-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name that the page is opened by, such as a proxy's; repeat it for several",
    )
    serve.add_argument(
        "--rate",
        type=int,
        metavar="N",
        help="questions a minute of each user or address, 0 for no limit"
        " (default: 120, and no limit for this machine without --auth)",
    )
    serve.add_argument("--read-only", action="store_true", help="let nobody add or remove articles")
    serve.add_argument("--watch", action="store_true", help="follow the folder: answer from what it holds now")
    serve.add_argument(
        "--mcp",
        nargs="?",
        const="http",
        choices=("http", "stdio"),
        help="answer agents as well, at /mcp; with stdio, only the agent that started this command, and no page",
    )
    serve.add_argument(
        "--metrics",
        action="store_true",
        help="answer Prometheus at /metrics: whoever is logged in or sends SOURCIER_METRICS_TOKEN, else this machine",
    )
    serve.add_argument(
        "--drain",
        type=int,
        default=0,
        metavar="SECONDS",
        help="after SIGTERM, go on so long while /health/ready tells a balancer to send nothing more (default: 0)",
    )
    serve.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def add_password(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `password` to the commands of `sourcier`."""
    password = commands.add_parser("password", help="set the password of a user of the page")
    password.add_argument("file", type=Path, help="the file of passwords for `serve --auth`, made if need be")
    password.add_argument("user", help="the user's name")
    password.add_argument("--remove", action="store_true", help="take the user out of the file")
