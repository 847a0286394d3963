"""An evaluation in the forms of TREC, for trec_eval and all that reads what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from qa.measure.evaluation import Evaluation


def run_lines(evaluation: Evaluation) -> Iterator[str]:
    """Yield what was found, best first, a line each; spaces in ids are written as in URLs."""
    for result in evaluation.per_question:
        for rank, name in enumerate(result.found, start=1):
            yield f"{_word(result.id)} Q0 {_word(name)} {rank} {1 / rank:.6f} sourcier"


def qrels_lines(evaluation: Evaluation) -> Iterator[str]:
    """Yield what is relevant, a line each. A question without an answer has none, as in trec_eval."""
    for result in evaluation.per_question:
        for name, grade in result.relevant.items():
            yield f"{_word(result.id)} 0 {_word(name)} {grade}"


def _word(text: str) -> str:
    return quote(text, safe="")
