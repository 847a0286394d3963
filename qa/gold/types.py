"""Gold as it was read: the questions, and the articles that it may bring with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qa.types import Example


@dataclass(frozen=True, slots=True)
class Gold:
    """Questions with what they accept.

    `write` writes the articles that gold brings with it into an empty folder, and returns
    their number; None where the questions are about a folder of the user's. `names` are what
    a run calls the files, where that is not their own name. `notices` say what a user should
    know of what was read.
    """

    examples: tuple[Example, ...]
    write: Callable[[Path], int] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
