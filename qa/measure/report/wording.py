"""How a report calls things, writes numbers, and explains its figures."""

from __future__ import annotations

from collections.abc import Sequence

from qa.measure.evaluation import ALL, FIGURES, Evaluation, Row
from qa.measure.intervals import Figure
from qa.measure.metrics import RETRIEVAL
from qa.measure.reliability import Reliability
from qa.measure.table import LABELS, remarks

HEADLINE = {
    "recall@5": "recall@5",
    "mrr": "MRR",
    "sentence": "right sentence cited",
    "refused": "unanswerable refused",
    "citations_valid": "citations that verify",
}
"""The figures set large."""
EXPLAINED = {
    "recall@1": "Of the passages that hold an answer, or the files that gold names, the share found in first place:"
    " where there are several, it cannot reach 1.",
    "recall@3": "The share of them found in the first three places.",
    "recall@5": "The share of them found in the first five places.",
    "recall@10": "The share of them found in the first ten places.",
    "mrr": "One over the rank of the first of them: 1 if it always comes first, 0.5 if always second.",
    "map": "The precision down to each of them, in the mean: late ones count too.",
    "ndcg@10": "How near the order of the first ten is to the best order, where relevance may have grades.",
    "em": "The share of answerable questions whose answer is an accepted one, but for case, articles and punctuation;"
    " a refusal misses.",
    "f1": "How many words an answer shares with the nearest accepted one; a refusal shares none.",
    "em_all": "Exact match where a question without an answer counts as 1 if it is refused, as SQuAD 2.0 counts it.",
    "f1_all": "F1, counted in the same way.",
    "sentence": "The share of answerable questions whose cited sentence holds an accepted answer in an accepted file.",
    "answered": "The share of answerable questions that got an answer, right or wrong.",
    "refused": "The share of questions without an answer in the articles that rightly got none.",
    "citations_valid": "The share of citations found again, character by character, in their file.",
    "median_ms": "The milliseconds that half of the questions took at most; loading is not counted.",
    "p95_ms": "The milliseconds that 95 % of the questions took at most.",
}
"""A sentence a figure."""
EXPLAINED_TOO = {
    "interval": "95 % intervals: where two of them lie well apart, chance alone hardly explains the difference.",
    "gap": "By how much the best direction exceeds the worst; an interval that holds 0 shows no sure difference.",
    "AUROC": "How often a right answer has more confidence than a wrong one: 0.5 is a coin, 1 is never mistaken.",
    "ECE": "By how much confidence misses the share that is right, on the average question: lower is better.",
    "AURC": "The mean share of wrong ones among the surest, over every share answered: lower is better.",
}
CONFIDENCE = ("direction", "questions", "right", "answered", "of them right", "AUROC", "ECE", "AURC")
"""The columns of the measures of confidence."""
_TEN = 10
_DIRECTION = 24  # characters shown of a direction


def figure_of(row: Row, name: str) -> Figure | None:
    """Return a figure with its interval, if the row has it."""
    return row.figure(name) if row.figures.get(name) is not None else None


def label(name: str) -> str:
    """Return what a figure is called."""
    return LABELS.get(name, name)


def direction(name: str) -> str:
    """Return what a direction is called."""
    told = name if len(name) <= _DIRECTION else f"{name[:_DIRECTION]}…"
    return "all questions" if name == ALL else told.replace("->", " → ")


def share(figure: Figure | None) -> str:
    """Return a share with its interval; nothing for None."""
    return f"{figure.value:.3f} ({span(figure)})" if figure else ""


def span(figure: Figure) -> str:
    """Return an interval."""
    return f"{figure.low:.3f} to {figure.high:.3f}".replace("-", "−")


def percent(share: float, unit: str = "\u00a0%") -> str:
    """Return a share as a whole percentage."""
    return f"{100 * share:.0f}{unit}"


def milliseconds(value: float, unit: str = "\u00a0ms") -> str:
    """Return a time, in whole milliseconds from ten on."""
    return f"{value:,.0f}{unit}" if value >= _TEN else f"{value:.1f}{unit}"


def figures_told(evaluation: Evaluation) -> list[str]:
    """Return the names of the figures that some question counts for."""
    return [name for name in FIGURES if any(row.figures.get(name) is not None for row in evaluation.rows)]


def by_kind(names: Sequence[str]) -> dict[str, list[str]]:
    """Return figures by what they are about."""
    kinds: dict[str, list[str]] = {"Finding the passages": [], "Answering": [], "Speed": []}
    for name in names:
        kind = "Finding the passages" if name in RETRIEVAL else "Speed" if name.endswith("_ms") else "Answering"
        kinds[kind].append(name)
    return {kind: told for kind, told in kinds.items() if told}


def cell(row: Row, name: str) -> tuple[str, str]:
    """Return a figure and its interval; empty where there is none."""
    value = row.figures.get(name)
    if value is None:
        return "", ""
    if figure := figure_of(row, name):
        return f"{figure.value:.3f}", span(figure)
    return milliseconds(value, ""), ""


def confidence_cells(row: Reliability) -> list[str]:
    """Return the measures of confidence of a direction, for the columns of `CONFIDENCE`."""
    figures = (row.precision, row.auroc, row.ece, row.aurc)
    shares = (share(row.right), f"{row.answered:.3f}", *map(share, figures))
    return [direction(row.direction), f"{row.questions:,}", *shares]


def notes(evaluation: Evaluation) -> list[str]:
    """Return what a reader of the figures should know."""
    told = [f"{line[:1].upper()}{line[1:]}." for line in remarks(evaluation)]
    if evaluation.seen:
        told.append(f"Confidence was calibrated on {evaluation.seen:,} of these very questions, which flatters it.")
    return told


def made_of(evaluation: Evaluation) -> dict[str, str]:
    """Return what the figures depend on, without what was not set."""
    return {name: value for name, value in evaluation.made_of.items() if value}


def explained(evaluation: Evaluation) -> dict[str, str]:
    """Return a sentence for every figure of a report, by what the figure is called."""
    told = {label(name): EXPLAINED[name] for name in figures_told(evaluation) if name in EXPLAINED}
    skipped = {"gap"} if not evaluation.gap else set()
    skipped |= set() if evaluation.confidence else {"AUROC", "ECE", "AURC"}
    return {**told, **{name: text for name, text in EXPLAINED_TOO.items() if name not in skipped}}
