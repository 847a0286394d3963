"""Figures: retrieval by ir_measures, answers by exact match and token F1 as in SQuAD."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from qa.normalise import answer_words

RETRIEVAL = {
    "recall@1": "R@1",
    "recall@3": "R@3",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr": "RR",
    "map": "AP",
    "ndcg@10": "nDCG@10",
}
"""The retrieval figures, and what ir_measures calls them."""


def retrieval_figures(
    relevant: Mapping[str, Mapping[str, int]], run: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Return the retrieval figures of every question.

    Recall is the share of the relevant passages among the first k: where there are
    more than k of them, it cannot reach 1.

    :param relevant: the ids of what is relevant to each question, and how much, from 1.
    :param run: the ids found for each question, best first.
    :return: the figures of each question in `relevant`; 0 if the run misses it or nothing is relevant.
    """
    import ir_measures

    figures = {question: dict.fromkeys(RETRIEVAL, 0.0) for question in relevant}
    names = {ir_measures.parse_measure(measure): name for name, measure in RETRIEVAL.items()}
    qrels = {question: dict(grades) for question, grades in relevant.items() if grades}
    scores = {q: {passage: -rank for rank, passage in enumerate(found)} for q, found in run.items() if q in qrels}
    if scores:
        for told in ir_measures.iter_calc(list(names), qrels, scores):
            figures[told.query_id][names[told.measure]] = float(told.value)
    return figures


def exact_match(text: str | None, answers: Sequence[str]) -> float:
    """Return 1 if a text equals an accepted answer, else 0.

    :param text: None for an abstention, which is right if no answer is accepted.
    """
    if text is None or not answers:
        return float(text is None and not answers)
    words = answer_words(text)
    return float(any(words == answer_words(answer) for answer in answers))


def token_f1(text: str | None, answers: Sequence[str]) -> float:
    """Return the F1 of a text's words against those of the accepted answer nearest to it.

    :param text: None for an abstention, which is right if no answer is accepted.
    """
    if text is None or not answers:
        return float(text is None and not answers)
    words = Counter(answer_words(text))
    return max(_f1(words, Counter(answer_words(answer))) for answer in answers)


def _f1(found: Counter[str], wanted: Counter[str]) -> float:
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return a percentile, interpolated linearly, or None of nothing.

    :param share: from 0 to 100.
    """
    return float(np.percentile(values, share)) if values else None
