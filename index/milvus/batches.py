"""Rows cut into what one call takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BATCH_ROWS, BATCH_BYTES = 1000, 8_000_000
_NUMBER = 8
_FLOAT = 4


def weight(row: Mapping[str, Any]) -> int:
    """Return about how many bytes a row takes on its way."""
    return sum(len(name) + _weight(value) for name, value in row.items())


def _weight(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, Mapping):
        return _NUMBER * len(value)
    return _FLOAT * len(value) if hasattr(value, "__len__") else _NUMBER


def batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Cut rows into batches that one call takes, in their order; a row too heavy for one is a batch of its own."""
    batch: list[dict[str, Any]] = []
    heavy = 0
    for row in rows:
        weighs = weight(row)
        if batch and (len(batch) == BATCH_ROWS or heavy + weighs > BATCH_BYTES):
            yield batch
            batch, heavy = [], 0
        batch.append(dict(row))
        heavy += weighs
    if batch:
        yield batch
