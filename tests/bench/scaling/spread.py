"""Many measurements, told in a few numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

_HUNDRED = 100


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, between two of them by their distance.

    :param share: in per cent, from 0 to 100.
    :raises ValueError: if there is no value, or the share is out of range.
    """
    if not values or not 0 <= share <= _HUNDRED:
        raise ValueError(f"{len(values)} values, share {share}: want at least one, and 0 to {_HUNDRED}")
    ordered = sorted(values)
    place = share / _HUNDRED * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Return how many there are, p50, p95, p99, and the mean."""
    found = {f"p{share}": round(percentile(milliseconds, share), 3) for share in (50, 95, 99)}
    return {"n": len(milliseconds), **found, "mean": round(statistics.fmean(milliseconds), 3)}
