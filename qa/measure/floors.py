"""The least values that a build asks of figures: `--fail-under METRIC=VALUE`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.errors import UsageError
from qa.measure.evaluation import BOUNDED, Evaluation


@dataclass(frozen=True, slots=True)
class Floor:
    """A figure, and the least value that it may have."""

    name: str
    least: float


def read_floor(text: str) -> Floor:
    """Return what METRIC=VALUE asks.

    :raises UsageError: if it has not that form, or there is no such figure.
    """
    name, _, value = text.partition("=")
    try:
        name, least = name.strip(), float(value)
    except ValueError:
        least = math.nan
    if not math.isfinite(least):
        raise UsageError(f"--fail-under {text!r} is not METRIC=VALUE: write it as recall@5=0.9")
    if name not in BOUNDED:
        raise UsageError(f"--fail-under {name}: no such figure: there are {', '.join(BOUNDED)}")
    return Floor(name, least)


def missed(floors: Sequence[Floor], evaluation: Evaluation) -> Iterator[str]:
    """Yield what lies under its floor, in words.

    :raises UsageError: if no question counts for a figure that is asked of.
    """
    overall = evaluation.overall()
    for floor in floors:
        if floor.name not in overall:
            raise UsageError(f"--fail-under {floor.name}: no question of gold counts for it: leave it out")
        if overall[floor.name] < floor.least:
            yield f"{floor.name} is {overall[floor.name]:.3f}, under {floor.least:g}"
