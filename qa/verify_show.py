"""What became of citations, for a person and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa.cited_files import Finding, Place, Status
from qa.cited_text import excerpt
from qa.show import one_line
from qa.verify import Checked, CheckedCitation, Verification

SCHEMA = 1
_WIDTH = max(map(len, Status))
_SENTENCE = 240  # characters shown of a sentence


def show_checked(checked: Sequence[Checked], total: Verification, name: str) -> str:
    """Return the citations that are not where they were, by file, then the totals.

    :param name: what the lines of answers are called.
    """
    by_file: dict[str, list[str]] = {}
    kept: dict[str, bool] = {}
    for each in checked:
        for citation in each.citations:
            found, source = citation.found, citation.cited.source
            if found.status is not Status.UNCHANGED or found.detail:
                by_file.setdefault(source, []).extend(_lines(each, citation))
            if found.file_changed:
                kept[source] = kept.get(source, True) and found.status is Status.UNCHANGED
    told = [line for source in sorted(by_file) for line in (one_line(source), *by_file[source])]
    told += [f"{name} {one_line(each.problem)}" for each in checked if each.problem]
    told.append(_totals(total))
    told += [f"  {one_line(source)} has changed since, and still holds its quotes" for source in kept if kept[source]]
    return "\n".join(told)


def checked_json(checked: Sequence[Checked], total: Verification, folder: str) -> dict[str, Any]:
    """Return what was checked as an object: each line, each citation with its old place and its new one."""
    return {
        "schema": SCHEMA,
        "folder": folder,
        "stand": not total.lost and not total.problems,
        "totals": {
            "answers": total.answers,
            "refused": total.refused,
            "failed": total.failed,
            "problems": total.problems,
            "citations": total.citations,
            **{str(status): count for status, count in total.counts.items()},
        },
        "answers": [
            {
                "line": each.line,
                "id": each.answer.id if each.answer else None,
                "question": each.answer.question if each.answer else None,
                "outcome": each.answer.outcome if each.answer else None,
                "problem": each.problem,
                "citations": [_citation_json(citation) for citation in each.citations],
            }
            for each in checked
        ],
    }


def _lines(each: Checked, citation: CheckedCitation) -> list[str]:
    """Return the line of a citation, and below it what is known beside."""
    found, cited = citation.found, citation.cited
    where = _where(cited)
    if found.now and found.status is not Status.UNCHANGED:
        where += f", now {_where(found.now) if found.now.page else found.now.line}"
        where += f" of {found.now.source}" if found.status is Status.RENAMED else ""
    name = each.answer.id if each.answer and each.answer.id is not None else f"line {each.line}"
    what = one_line(f"{where}: {excerpt(citation.quote)} ({name}, citation {citation.number})")
    below = [found.detail or "", f"reads now: {excerpt(found.reads_now, _SENTENCE)}" if found.reads_now else ""]
    if found.elsewhere:
        below.append(f"stands word for word in {found.elsewhere.source}, {_where(found.elsewhere)}")
    return [f"  {found.status:{_WIDTH}}  {what}", *(f"      {one_line(told)}" for told in below if told)]


def _where(place: Place) -> str:
    return f"line {place.line}" if place.page is None else f"page {place.page}, line {place.line}"


def _totals(total: Verification) -> str:
    moved = [status for status in Status if status is not Status.UNCHANGED and total.counts[status]]
    shares = ", ".join(f"{total.counts[status]} {status}" for status in (Status.UNCHANGED, *moved))
    detail = f": {shares}" if moved else ""
    if total.lost:
        return f"{total.lost} of {total.citations} citations of {total.answers} answers no longer stand{detail}"
    return f"{total.citations} citations of {total.answers} answers stand word for word{detail}"


def _citation_json(citation: CheckedCitation) -> Mapping[str, Any]:
    found: Finding = citation.found
    return {
        "number": citation.number,
        "status": str(found.status),
        "quote": citation.quote,
        "cited": _place_json(citation.cited),
        "now": _place_json(found.now) if found.now else None,
        "file_changed": found.file_changed,
        "detail": found.detail,
        "reads_now": found.reads_now,
        "elsewhere": _place_json(found.elsewhere) if found.elsewhere else None,
    }


def _place_json(place: Place) -> Mapping[str, Any]:
    start, end = place.sentence
    return {
        "source": place.source,
        "line": place.line,
        "page": place.page,
        "start": place.start,
        "end": place.end,
        "sentence": {"start": start, "end": end},
    }
