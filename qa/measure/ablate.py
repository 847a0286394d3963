"""What each part adds: BM25, dense search, the two mixed, the whole retrieval, and reading, on the same questions.

The candidates of a question are found once, and ranked by each part. BM25 and dense search
list only what they find by themselves. The mix takes the weights fitted for the two beside
late interaction, scaled to sum to 1; equal ones where both are 0. Reading puts the
passages in the order of their best readings, and those without one after them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from index.errors import InputError
from index.types import Hit, WordMatrix
from qa.answer import quote
from qa.measure.evaluation import ALL, ordered
from qa.measure.intervals import Figure, holm, interval_of_mean, paired_difference
from qa.measure.metrics import RETRIEVAL, retrieval_figures, token_f1
from qa.measure.relevance import Relevance, is_right
from qa.measure.table import LABELS, aligned
from qa.question import read_question
from qa.read import by_reading, read
from qa.retrieve import RERANKED, Candidates, find_candidates, question_words, rank
from qa.scoring import MixWeights, RetrievalWeights
from qa.session import MAX_K, Session
from qa.types import Answer, Example

SCHEMA = 1
"""The version of the JSON that an ablation is written in."""
PARTS = ("BM25", "dense", "mix", "re-rank", "reader")
READING = ("sentence", "f1")
LEAST_K = 10  # recall@10 and nDCG@10 look at so many passages
_LEXICAL, _DENSE = MixWeights(1.0, 0.0, 0.0), MixWeights(0.0, 1.0, 0.0)
_TOLD = "mrr"  # the figure whose gains the table tells
_SAID = {"sentence": "right sentence, none refused", "f1": "F1, none refused"}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much a part exceeds the one before it; `adjusted` is its p raised for the other parts (Holm 1979)."""

    difference: Figure
    p: float
    adjusted: float


@dataclass(frozen=True, slots=True)
class Ablation:
    """The figures of one part over the questions of one direction.

    Only the reader has those of reading; `gains` are those of retrieval, and the first part has none.
    """

    part: str
    direction: str
    questions: int
    figures: Mapping[str, Figure]
    gains: Mapping[str, Gain]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What each part found for a question, best first, and the figures of the best reading."""

    example: Example
    direction: str
    found: Mapping[str, tuple[str, ...]]
    said: Mapping[str, float]


def ablate(
    session: Session,
    examples: Sequence[Example],
    k: int = LEAST_K,
    progress: Progress | None = None,
    names: Mapping[str, str] | None = None,
) -> tuple[Ablation, ...]:
    """Rank the passages of every question that has an answer by each part, and measure.

    Nothing is refused: `sentence` and `f1` are those of the best reading, however unsure.

    :param k: passages to look at, at least 10; where gold judges files, as many as there may be.
    :param progress: called with the number of questions done and of all.
    :param names: what a run calls files, where that is not their own name.
    :return: the parts over all questions, in the order of `PARTS`, then those of each direction.
    :raises InputError: if no question has an answer, or gold names a file that is not in the index.
    :raises ValueError: if k is out of range.
    """
    if not LEAST_K <= k <= MAX_K:
        raise ValueError(f"k is {k}, want {LEAST_K} to {MAX_K}")
    relevance = Relevance(session.index, examples, names or {})
    answerable = [example for example in examples if example.answerable]
    if not answerable:
        raise InputError("no question has an answer, so that no part can find one: give gold that names files")
    asked = []
    for number, example in enumerate(answerable, start=1):
        asked.append(_ask(session, example, k, relevance))
        if progress:
            progress(number, len(answerable))
    relevant = {each.example.id: relevance.relevant(each.example) for each in asked}
    figures = {
        part: retrieval_figures(relevant, {each.example.id: each.found[part] for each in asked}) for part in PARTS
    }
    told = {each.direction for each in asked}
    groups = {
        name: [each for each in asked if name in (ALL, each.direction)]
        for name in ordered(told)
        if name in (ALL, *told)
    }
    return tuple(row for name, group in groups.items() for row in _rows(name, group, figures))


def _ask(session: Session, example: Example, k: int, relevance: Relevance) -> _Asked:
    index, weights = session.index, session.weights
    question = read_question(example.question, example.id)
    words = question_words(question)
    found = find_candidates(index, question, words)
    depth = MAX_K if example.grades else k
    hits = _ranked(found, words, weights.retrieval, max(depth, RERANKED))
    readings = read(index, question, words, hits["re-rank"], weights, session.reader)
    hits["reader"] = by_reading(hits["re-rank"], readings)
    best = readings[0] if readings else None
    answer = Answer(question, None, None, 0.0, best=best)
    said = {}
    if example.answers:
        text = quote(best, best.span) if best else None
        said = {"sentence": float(is_right(example, answer)), "f1": token_f1(text, example.answers)}
    return _Asked(
        example=example,
        direction=relevance.direction(example),
        found={
            part: relevance.found(example, replace(answer, passages=tuple(listed[:depth])))
            for part, listed in hits.items()
        },
        said=said,
    )


def _ranked(found: Candidates, words: WordMatrix, weights: RetrievalWeights, k: int) -> dict[str, list[Hit]]:
    """Return what each part of retrieval finds, best first."""
    mix = replace(weights, same=without_late(weights.same), cross=without_late(weights.cross))
    by_words = rank(found, words, replace(weights, same=_LEXICAL, cross=_LEXICAL), k)
    return {
        "BM25": [hit for hit in by_words if hit.lexical > 0.0],
        # dense scores are exact: what only BM25 found lies behind the k that it lists by itself
        "dense": rank(found, words, replace(weights, same=_DENSE, cross=_DENSE), k),
        "mix": rank(found, words, mix, k),
        "re-rank": rank(found, words, weights, k),
    }


def without_late(mix: MixWeights) -> MixWeights:
    """Return a mix of BM25 and dense search alone, in the proportion of the weights: equal parts where both are 0."""
    total = mix.lexical + mix.dense
    return MixWeights(mix.lexical / total, mix.dense / total, 0.0) if total else MixWeights(0.5, 0.5, 0.0)


def _rows(
    direction: str, asked: Sequence[_Asked], figures: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> list[Ablation]:
    """Return a row for each part."""
    values = {
        part: {name: [figures[part][each.example.id][name] for each in asked] for name in RETRIEVAL} for part in PARTS
    }
    gains: dict[str, dict[str, Gain]] = {part: {} for part in PARTS}
    for name in RETRIEVAL:
        apart = [paired_difference(values[now][name], values[before][name]) for before, now in pairwise(PARTS)]
        raised = holm([p for _, p in apart])
        for part, (difference, p), adjusted in zip(PARTS[1:], apart, raised, strict=True):
            gains[part][name] = Gain(difference, p, adjusted)
    rows = []
    for part in PARTS:
        told = {name: interval_of_mean(each) for name, each in values[part].items()}
        for name in READING if part == PARTS[-1] else ():
            said = [each.said[name] for each in asked if name in each.said]
            told |= {name: interval_of_mean(said)} if said else {}
        rows.append(Ablation(part, direction, len(asked), told, gains[part]))
    return rows


def to_json(ablations: Sequence[Ablation]) -> dict[str, Any]:
    """Return everything."""
    return {"schema": SCHEMA, "rows": [asdict(row) for row in ablations]}


def ablation_table(ablations: Sequence[Ablation]) -> str:
    """Return the figures with their 95 % intervals, a column a part and a block a direction."""
    lines = [["", *PARTS]]
    for direction in dict.fromkeys(row.direction for row in ablations):
        rows = [row for row in ablations if row.direction == direction]
        lines += [[""] * len(lines[0])] if len(lines) > 1 else []
        lines.append([f"{direction}, {rows[0].questions} questions", *[""] * len(PARTS)])
        for name in (*RETRIEVAL, *READING):
            cells = [str(row.figures[name]) if name in row.figures else "" for row in rows]
            if any(cells):
                lines.append([f"  {_SAID.get(name) or LABELS.get(name, name)}", *cells])
        gains = [row.gains.get(_TOLD) for row in rows]
        label = LABELS.get(_TOLD, _TOLD)
        lines.append([f"  {label}, more than the part before", *map(_apart, gains)])
        lines.append(["    p, Holm", *(f"{gain.adjusted:.4f}" if gain else "" for gain in gains)])
    return aligned(lines)


def _apart(gain: Gain | None) -> str:
    if gain is None:
        return ""
    each = gain.difference
    if each.low == each.high == 0.0:
        return "none"
    return f"{each.value:+.3f} [{each.low:+.3f}, {each.high:+.3f}]"
