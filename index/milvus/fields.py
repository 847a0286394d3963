"""What a collection of Milvus has of each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["int", "text", "dense", "sparse"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a collection.

    `size` counts the bytes of a text at most, or the dimensions of a dense vector; `key` says that rows go by it;
    `indexed` that rows are chosen by it, and `index` how dense vectors are searched.
    """

    name: str
    kind: Kind
    size: int = 0
    key: bool = False
    indexed: bool = False
    index: str = "FLAT"
