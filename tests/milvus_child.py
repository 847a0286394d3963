"""Builds in Milvus that are killed, in processes of their own: what `test_milvus_crash` forks."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from index.encoder import embedded
from index.language import _model
from index.libraries import versions
from index.milvus import building
from index.milvus.address import Address
from index.milvus.connection import Connection
from index.milvus.library import pymilvus
from index.milvus.part import Part

embedded().encode_passages([f"what every child would load anew {embedded().identity}"])
_model()
versions()
pymilvus()


def build(address: str, folder: Path, step: int = 0, answered: bool = False, told: Pipe | None = None) -> None:
    """Build; be killed at a call of the server, before it is made or once it is answered. Tell how many there were."""
    steps = 0
    real = Connection.call

    def call(self: Connection, operation: Callable[[Any, float], Any], *options: Any, **named: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == step and not answered:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(self, operation, *options, **named)
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Connection.call = call  # type: ignore[method-assign]
    building.build(Address.parse(address), folder)
    if told:
        told.send(steps)


def build_part(address: str, folder: Path, part: str) -> None:
    """Build a part."""
    building.build(Address.parse(address), folder, part=Part.parse(part))


def build_many(address: str, folder: Path, times: int) -> None:
    """Let every article say another number, and build; many times."""
    for number in range(1, times + 1):
        write_numbered(folder, number)
        building.build(Address.parse(address), folder)


def write_numbered(folder: Path, number: int) -> None:
    """Write articles that all say one number, of lengths that change with it."""
    for place in range(6):
        text = f"L'état est le numéro {number}. " * (10 * (number + place) % 37 + 1)
        (folder / f"{place}.txt").write_text(text)
