"""What the tools give, as text: for agents whose program passes them no structured result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qa.show import one_line
from qa.types import Reason

_REASONS = {
    Reason.NO_MATCH: "the folder does not speak of this",
    Reason.LOW_CONFIDENCE: "nothing in the folder is sure enough",
    Reason.EMPTY_QUESTION: "the question is empty",
    Reason.NOT_A_QUESTION: "no word of the question says what it is about",
}
_NEAREST = 3
_Told = Mapping[str, Any]


def as_text(told: _Told) -> str:
    """Return a result of `Service` as lines. Quotes are JSON strings: verbatim, and plain where they end."""
    if "answers" in told:
        return (
            "\n\n".join(f"Question {n}. {_one(each)}" for n, each in enumerate(told["answers"], 1)) or "No questions."
        )
    if "documents" in told:
        return "\n".join([*map(_document, told["documents"]), *map(_skipped, told["skipped"])]) or "No articles."
    if "answer" not in told:
        return _passages(told["passages"]) or "No passages."
    return _answer(told)


def _one(told: _Told) -> str:
    if "error" in told:
        return f"Error: {one_line(told['error']['message'])}"
    return f"{_quoted(told['question'])}\n{_answer(told)}"


def _answer(told: _Told) -> str:
    lines = [f"Read as: {_quoted(told['read_as'])}"] if told.get("read_as") else []
    if told["abstained"]:
        lines.append(f"No answer: {_REASONS[Reason(told['reason'])]} ({told['reason']}).")
        near = _passages(told["passages"][:_NEAREST])
        return "\n".join([*lines, *(["The nearest passages, which do not answer it surely:", near] if near else [])])
    lines.append(f"Answer: {_quoted(told['answer'])} (confidence {told['confidence']:.2f})")
    lines += map(_citation, told["citations"])
    agreement = told["agreement"]
    if agreement and agreement["verdict"] == "agree":
        lines.append("The sources agree.")
    if agreement and agreement["verdict"] == "differ":
        given = (
            f"{_quoted(group['value'])} {''.join(f'[{n}]' for n in group['citations'])}"
            for group in agreement["groups"]
        )
        lines.append(f"The sources differ: {'; '.join(given)}")
    return "\n".join(lines)


def _citation(told: _Told) -> str:
    page = "" if told["page"] is None else f"page {told['page']}, "
    place = f"{one_line(told['source'])}, {page}line {told['line']}, characters {told['start']} to {told['end']}"
    words = "" if told["quote"] == told["sentence"]["text"] else f"\n    quote: {_quoted(told['quote'])}"
    return (
        f"[{told['number']}] {place} ({one_line(told['title'])}; {told['date'] or 'undated'}){words}"
        f"\n    sentence: {_quoted(told['sentence']['text'])}"
    )


def _passages(told: list[_Told]) -> str:
    return "\n".join(
        f"{each['rank']}. {one_line(each['source'])}, characters {each['start']} to {each['end']}:"
        f"\n    {_quoted(each['text'])}"
        for each in told
    )


def _document(told: _Told) -> str:
    return f"{one_line(told['source'])}: {one_line(told['title'])} ({told['date'] or 'undated'}, {told['language']})"


def _skipped(told: _Told) -> str:
    return f"skipped: {one_line(told['source'])}: {one_line(told['reason'])}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
