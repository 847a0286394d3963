"""From the ranks of the right paragraphs to figures with their intervals, and to paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import ir_measures
import numpy as np
from numpy.typing import NDArray
from plan import DIRECTIONS, OURS, PEERS, K, quality_cell

MEASURES = {"recall@1": "R@1", "recall@5": "R@5", "recall@10": "R@10", "MRR@10": "RR@10", "nDCG@10": "nDCG@10"}
"""The measures, and what ir_measures calls them."""
RESAMPLES = 10_000
Values = Mapping[str, NDArray[np.float64]]
"""(questions,) values of each measure."""


def rank_of(right: str, found: Sequence[str]) -> int:
    """Return the place, from 1, of the right paragraph among those found, each counted once; 0 if it is not there."""
    found = list(dict.fromkeys(found))[:K]
    return found.index(right) + 1 if right in found else 0


def values_of(ranks: Sequence[int]) -> Values:
    """Return every question's measures; each question has one right paragraph, and nothing else is right."""
    qrels = [ir_measures.Qrel(str(question), "right", 1) for question in range(len(ranks))]
    run = [
        ir_measures.ScoredDoc(str(question), "right" if place == rank else f"other{place}", -place)
        for question, rank in enumerate(ranks)
        for place in range(1, K + 1)
    ]
    names = {ir_measures.parse_measure(told): name for name, told in MEASURES.items()}
    values = {name: np.zeros(len(ranks)) for name in MEASURES}
    for each in ir_measures.iter_calc(list(names), qrels, run):
        values[names[each.measure]][int(each.query_id)] = each.value
    return values


def interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean of some questions' values with its 95 % interval, by resampling the questions."""
    low, high = np.percentile(_shares(len(values)) @ values.astype(np.float32), (2.5, 97.5))
    return float(values.mean()), float(low), float(high)


@cache
def _shares(questions: int) -> NDArray[np.float32]:
    """Return (resamples, questions) how much each question counts when as many are drawn anew."""
    chance = np.random.default_rng(0)
    drawn = chance.integers(questions, size=(RESAMPLES, questions), dtype=np.int32)
    drawn += np.arange(RESAMPLES, dtype=np.int32)[:, None] * questions
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * questions)
    return (counts.reshape(RESAMPLES, questions) / questions).astype(np.float32)


def figures(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return, by line, each direction's measures and, where Sourcier asked the same, Sourcier minus the line.

    :param cells: those of a results file.
    """
    ours = cells.get(quality_cell(OURS, PEERS[OURS].modes[0]), {})
    told: dict[str, Any] = {}
    for peer in PEERS.values():
        for mode in peer.ranked:
            cell = cells.get(quality_cell(peer.name, mode), {})
            if "ranks" not in cell:
                continue
            paired = ours.get("ranks") if ours.get("input") == cell["input"] and peer.name != OURS else None
            told[quality_line(peer.name, mode)] = {
                direction: _direction(cell["ranks"][direction], paired and paired[direction])
                for direction in DIRECTIONS
                if cell["ranks"].get(direction)
            }
    return told


def quality_line(name: str, mode: str) -> str:
    """Return what quality tables call a peer asked in a mode."""
    peer = PEERS[name]
    return name if len(peer.ranked) == 1 and mode == peer.modes[0] else peer.line(mode)


def _direction(ranks: Sequence[int], ours: Sequence[int] | None) -> dict[str, Any]:
    values = values_of(ranks)
    told: dict[str, Any] = {"questions": len(ranks)}
    told |= {name: _rounded(interval(each)) for name, each in values.items()}
    if ours is not None:
        best = values_of(ours)
        told["sourcier_minus"] = {name: _rounded(interval(best[name] - each)) for name, each in values.items()}
    return told


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [round(number, 4) for number in numbers]
