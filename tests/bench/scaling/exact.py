"""How much of what an exact search finds the index finds: every passage's vector is made again, block by block."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.opened import OpenIndex

NEAREST = 10
DEPTHS = (10, 100, 200, 400)  # of the search, whose best so many may hold the nearest
_BLOCK = 2_000  # passages
_EQUAL = 1e-6  # scores closer than this are the same


def recall(given: Mapping[str, Any]) -> dict[str, Any]:
    """Compare dense search, and the candidates of retrieval, with the exact nearest passages of some questions."""
    from index.opened import open_index
    from qa.question import read_question
    from qa.retrieve import find_candidates, question_words

    questions = Path(given["questions"]).read_text("utf-8").splitlines()[: given["count"]]
    index = open_index(Path(given["index"]))
    queries = index.encoder.encode_queries(questions)
    _, found = index.dense.search(queries, min(max(DEPTHS), len(index.dense)))
    held = []
    for text in questions:
        question = read_question(text)
        candidates = find_candidates(index, question, question_words(question))
        held.append(np.asarray([passage.passage_id for passage in candidates.passages], np.int64))
    began = time.perf_counter()
    least, exact = _against_all(index, queries, [found, _padded(held)])
    wall = time.perf_counter() - began
    told = {f"within_{depth}": shared(exact[0][:, :depth], least) for depth in DEPTHS}
    return {
        "passages": len(index.dense),
        "questions": len(questions),
        "approximate": bool(getattr(index.dense, "approximate", False)),
        **told,
        "candidates": shared(exact[1], least),
        "exact_s": wall,
    }


def shared(scores: NDArray[np.float32], least: NDArray[np.float32]) -> float:
    """Return which share of the nearest is among what was found, averaged over the questions; ties count.

    :param scores: (q, n) exact scores of what was found.
    :param least: (q,) exact score of the last of the nearest.
    """
    right = np.minimum((scores >= least[:, None] - _EQUAL).sum(axis=1), NEAREST)
    return round(float(right.mean()) / NEAREST, 4)


def _against_all(
    index: OpenIndex, queries: NDArray[np.float32], listed: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Return the exact score of the last of the nearest, and those of some passages listed by question."""
    nearest = np.full((len(queries), NEAREST), -np.inf, np.float32)
    exact = [np.full(ids.shape, -np.inf, np.float32) for ids in listed]
    for first in range(0, len(index.dense), _BLOCK):
        ids = range(first, min(first + _BLOCK, len(index.dense)))
        passages, _ = index.passages.passages(ids)
        scores = queries @ index.encoder.encode_passages([passage.text for passage in passages]).T
        nearest = -np.partition(-np.concatenate([nearest, scores], axis=1), NEAREST - 1, axis=1)[:, :NEAREST]
        for some, own in zip(listed, exact, strict=True):
            rows, columns = np.nonzero((some >= ids.start) & (some < ids.stop))
            own[rows, columns] = scores[rows, some[rows, columns] - ids.start]
    return nearest.min(axis=1), exact


def _padded(lists: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return lists as rows of one length, with -1 where they are shorter."""
    rows = np.full((len(lists), max(map(len, lists))), -1, np.int64)
    for row, each in zip(rows, lists, strict=True):
        row[: len(each)] = each
    return rows
