"""Re-read the files on disk, and tell of every citation what became of it since its answer was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.errors import InputError, VerificationError
from qa.cited_files import Files, Finding, Place, Status
from qa.cited_lines import CitedAnswer, read_answer
from qa.textfile import open_text

__all__ = ["Checked", "CheckedCitation", "Files", "Verification", "tally", "verify_answers", "verify_file"]

_LOST = (Status.CHANGED, Status.GONE, Status.UNREADABLE)  # from the file; another may hold it


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """A citation as its answer tells it, and what became of it."""

    number: int
    quote: str
    cited: Place
    found: Finding


@dataclass(frozen=True, slots=True)
class Checked:
    """A line of answers, checked. `answer` is None where the line is none, and `problem` says why."""

    line: int
    answer: CitedAnswer | None
    citations: tuple[CheckedCitation, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked: answers that cite, their citations by status, and lines and answers with a problem.

    `refused` and `failed` count the questions without an answer, which cite nothing.
    """

    answers: int
    citations: int
    counts: Mapping[Status, int]
    refused: int = 0
    failed: int = 0
    problems: int = 0

    @property
    def lost(self) -> int:
        """How many citations stand in the folder no more."""
        return sum(count for status, count in self.counts.items() if not status.stands)

    def require(self) -> None:
        """Pass if every citation stands, be it elsewhere.

        :raises VerificationError: if not, with the remedy.
        """
        told = []
        if self.lost:
            told.append(f"{self.lost} of {self.citations} citations no longer stand: ask their questions again")
        if self.problems:
            told.append(f"{self.problems} lines cannot be trusted: make them again by `batch` or `ask --json`")
        if told:
            raise VerificationError("; ".join(told))


def verify_answers(lines: Iterable[str], folder: Path) -> list[Checked]:
    """Check every citation of answers, one JSON object of schema 1 a line, past those that do not stand.

    :param folder: the folder of articles, as it is now.
    :return: what became of each line that is not blank, in order; `tally` counts.
    :raises InputError: if there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"no folder at {folder}: give the folder of articles that was asked")
    files = Files(folder)
    checked = [_checked(number, line, files) for number, line in enumerate(lines, start=1) if line.strip()]
    lost = [told for each in checked for told, citation in _pairs(each) if citation.found.status in _LOST]
    places = iter(files.elsewhere(lost))
    return [_with_elsewhere(each, places) for each in checked]


def verify_file(path: Path, folder: Path) -> list[Checked]:
    """Check a file of answers, as `verify_answers` does.

    :raises InputError: if the file or the folder cannot be read.
    """
    with open_text(path) as lines:
        return verify_answers(lines, folder)


def tally(checked: Iterable[Checked]) -> Verification:
    """Count what was checked."""
    counts: Counter[Status] = Counter()
    outcomes: Counter[str] = Counter()
    citing = problems = 0
    for each in checked:
        counts.update(citation.found.status for citation in each.citations)
        outcomes[each.answer.outcome if each.answer else "none"] += 1
        citing += bool(each.citations)
        problems += each.problem is not None
    every = {status: counts[status] for status in Status}
    return Verification(citing, counts.total(), every, outcomes["refused"], outcomes["failed"], problems)


def _checked(number: int, line: str, files: Files) -> Checked:
    try:
        answer = read_answer(line, f"line {number}")
    except InputError as error:
        return Checked(number, None, problem=str(error))
    citations = []
    for told in answer.citations:
        sentence = told["sentence"]
        bounds = (sentence["start"], sentence["end"])
        cited = Place(told["source"], told["line"], told["start"], told["end"], bounds, told.get("page"))
        citations.append(CheckedCitation(told["number"], told["quote"], cited, files.check(told)))
    problem = f"line {number}: {answer.problem}" if answer.problem else None
    return Checked(number, answer, tuple(citations), problem)


def _pairs(each: Checked) -> Iterator[tuple[Mapping[str, Any], CheckedCitation]]:
    return zip(each.answer.citations if each.answer else (), each.citations, strict=True)


def _with_elsewhere(each: Checked, places: Iterator[Place | None]) -> Checked:
    """Return a line with the next places, in order, of those of its citations that are lost."""
    citations = [
        replace(citation, found=replace(citation.found, elsewhere=next(places)))
        if citation.found.status in _LOST
        else citation
        for citation in each.citations
    ]
    return replace(each, citations=tuple(citations))
