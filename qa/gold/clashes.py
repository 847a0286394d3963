"""Questions of gold that clash: asked twice, with other answers, or in two splits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from qa.copies import copies
from qa.gold.findings import Finding, Kind
from qa.normalise import answer_words
from qa.question import fold
from qa.types import Example

Asked = tuple[str, str]
"""A language, and a question in it without its case, accents and marks."""


def asked(example: Example) -> Asked:
    """Return what two questions share that are the same."""
    return example.language, same_question(example.question)


def same_question(question: str) -> str:
    """Return a question without its case, accents and marks; as it is where it has no word."""
    return " ".join(re.findall(r"\w+", fold(question))) or question


def answers_of(example: Example) -> frozenset[tuple[str, ...]]:
    """Return the answers that a question accepts, each as the words that are compared."""
    return frozenset(tuple(answer_words(answer)) for answer in example.answers)


def clashes(examples: Sequence[Example]) -> Iterator[Finding]:
    """Yield what is wrong between questions, each told of the later one."""
    seen: dict[Asked, list[Example]] = defaultdict(list)
    for example in examples:
        yield from _repeats(example, seen[asked(example)])
        seen[asked(example)].append(example)
    yield from _near_leaks(examples)


def _repeats(example: Example, before: Sequence[Example]) -> Iterator[Finding]:
    against = next((other for other in before if _contradicts(example, other)), None)
    if against:
        told = f"asks what {against.id} asks, with other answers: keep the true ones"
        yield Finding(Kind.CONTRADICTION, example.id, told, against.id)
    apart = next((other for other in before if other.split != example.split), None)
    if apart:
        told = f"asks in the split {example.split!r} what {apart.id} asks in {apart.split!r}: keep both in one split"
        yield Finding(Kind.SPLIT_LEAK, example.id, told, apart.id)
    if before and not against and not apart:
        told = f"asks what {before[0].id} asks: remove one"
        yield Finding(Kind.DUPLICATE, example.id, told, before[0].id)


def _contradicts(one: Example, other: Example) -> bool:
    """Say whether two gold answers to one question cannot both be meant: one has none, or they share none."""
    if one.answerable != other.answerable:
        return True
    return bool(one.answers and other.answers) and not answers_of(one) & answers_of(other)


def _near_leaks(examples: Sequence[Example]) -> Iterator[Finding]:
    """Yield questions that are asked nearly alike in two splits, with an answer of the same document."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[Example]] = defaultdict(list)
    for example in examples:
        for source in dict.fromkeys(example.sources):
            for answer in sorted(answers_of(example)):
                alike[example.language, source, answer].append(example)
    told: set[tuple[str, str]] = set()
    for group in alike.values():
        for first, second in combinations(group, 2):
            pair = (first.id, second.id)
            if first.split == second.split or pair in told or asked(first) == asked(second):
                continue
            told.add(pair)
            if copies([same_question(first.question), same_question(second.question)])[1] is not None:
                message = f"asks in the split {second.split!r} nearly what {first.id} asks in {first.split!r}"
                yield Finding(Kind.SPLIT_LEAK, second.id, f"{message}: keep both in one split", first.id)
