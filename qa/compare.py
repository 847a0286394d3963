"""Whether sources say the same: the values that citations give, grouped, never judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from qa.types import Agreement, AnswerKind, Group
from qa.values import DATES, FIGURES, Value, compatible, same


@dataclass(frozen=True, slots=True)
class Given:
    """What a citation gives: its value, the document it stands in and that one's date.

    `sure` says that it answers the very question, as far as can be told; `copy` that its
    document is a copy of another that is cited, and counts for nothing beside it.
    """

    value: Value
    document: str
    date: str | None = None
    sure: bool = True
    copy: bool = False


def compare(kind: AnswerKind, given: Sequence[Given]) -> Agreement:
    """Group what citations give, numbered from 1: the newest group first, undated ones last.

    The sources `agree` where two or more, none of them a copy, give values that go with
    the first, and nothing else is given. They `differ` where some give figures, or dates, that cannot go together, and
    all of these surely answer the question: one that may speak of something else makes the whole uncertain. `single`
    claims nothing: further groups are other sources, and no more.
    """
    groups: list[list[int]] = []
    for number, each in enumerate(given):
        fitting = (group for group in groups if all(same(each.value, given[other].value) for other in group))
        group = next(fitting, None)
        if group is None:
            groups.append(group := [])
        group.append(number)
    listed = [_group([(number + 1, given[number]) for number in group]) for group in groups]
    listed.sort(key=lambda group: group.citations[0])
    listed.sort(key=lambda group: group.date or "", reverse=True)
    return Agreement(_verdict(kind, given), tuple(listed))


def _group(members: Sequence[tuple[int, Given]]) -> Group:
    """Return a group under the words of the first citation, the newest of its citations first."""
    newest = sorted(members, key=lambda member: member[1].date or "", reverse=True)
    return Group(members[0][1].value.words, tuple(number for number, _ in newest), newest[0][1].date)


def _verdict(kind: AnswerKind, given: Sequence[Given]) -> Literal["single", "agree", "differ"]:
    originals = [each for each in given if not each.copy]
    pairs = [
        (left, right)
        for left, right in combinations(originals, 2)
        if left.document != right.document and not compatible(left.value, right.value)
    ]
    if kind in FIGURES + DATES and pairs and all(left.sure and right.sure for left, right in pairs):
        return "differ"
    alike = all(compatible(each.value, given[0].value) for each in given)
    return "agree" if alike and len({each.document for each in originals}) > 1 else "single"
