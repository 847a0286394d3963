"""What is wrong with gold, and how much of which kind there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

SCHEMA = 1


class Kind(StrEnum):
    """What may be wrong with a question. Those of `ERRORS` make figures false; the rest are worth a look."""

    GONE_DOCUMENT = "gone_document"
    GONE_ANSWER = "gone_answer"
    CONTRADICTION = "contradiction"
    SPLIT_LEAK = "split_leak"
    SPARE_ANSWER = "spare_answer"
    DUPLICATE = "duplicate"
    ANSWER_IN_QUESTION = "answer_in_question"
    LEANS = "leans"
    TOO_FEW = "too_few"


ERRORS = frozenset((Kind.GONE_DOCUMENT, Kind.GONE_ANSWER, Kind.CONTRADICTION, Kind.SPLIT_LEAK))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, of the question `id`, or of all where it is empty. `other` is the question it clashes with."""

    kind: Kind
    id: str
    message: str
    other: str | None = None

    @property
    def level(self) -> Literal["error", "notice"]:
        """How bad it is."""
        return "error" if self.kind in ERRORS else "notice"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many questions there are of which language and split, how many answerable, how many of these in one language.

    `single` are answerable questions that no other language asks with the same answers and documents.
    """

    questions: int
    languages: Mapping[str, int]
    splits: Mapping[str, int]
    answerable: int
    single: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything found in gold, in its order; `lines` are the lines that questions stand on, where it has lines."""

    counts: Counts
    findings: tuple[Finding, ...]
    lines: Mapping[str, int]

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.level == "error" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return everything, for programs."""
        return {
            "schema": SCHEMA,
            "counts": asdict(self.counts),
            "errors": self.errors,
            "notices": len(self.findings) - self.errors,
            "findings": [
                {"level": each.level, **asdict(each), "line": self.lines.get(each.id)} for each in self.findings
            ],
        }

    def told(self) -> str:
        """Say it in lines: one for each finding, then a summary."""
        return "\n".join([*map(self._told, self.findings), *self._summary()])

    def _told(self, finding: Finding) -> str:
        where = f"line {self.lines[finding.id]}, " if finding.id in self.lines else ""
        who = f"{where}{finding.id}: " if finding.id else ""
        return f"{finding.level}: {who}{finding.message}"

    def _summary(self) -> list[str]:
        counts = self.counts
        kinds = [_counted(counts.languages), _counted(counts.splits)]
        refused = counts.questions - counts.answerable
        answered = f"{counts.answerable} answerable ({counts.single} asked in one language only), {refused} not"
        notices = len(self.findings) - self.errors
        verdict = "sound" if not self.errors else "not sound"
        return [
            f"{counts.questions} questions: {'; '.join([*kinds, answered])}",
            f"{verdict}: {self.errors} error{'s' * (self.errors != 1)}, {notices} notice{'s' * (notices != 1)}",
        ]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
