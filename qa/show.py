"""An answer as a person reads it in a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qa.types import Answer, Citation, Reason
from qa.values import DATES

_BOLD, _PLAIN = "\033[1m", "\033[0m"
_SPACE = re.compile(r"[\t-\r\x1c-\x1f \x85\u2028\u2029]+")  # no-break spaces belong to the words
# What would steer the terminal, or turn the order of its letters: articles may hold anything.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WORDS: dict[str, dict[Reason | str, str]] = {
    "fr": {
        Reason.NO_MATCH: "Pas de réponse : le dossier ne parle pas de cela.",
        Reason.LOW_CONFIDENCE: "Pas de réponse assez sûre dans ce dossier.",
        Reason.EMPTY_QUESTION: "Pas de question : posez-en une, en français ou en anglais.",
        Reason.NOT_A_QUESTION: "Ce n’est pas une question : il y manque un mot qui dise de quoi elle parle.",
        "line": "ligne",
        "sure": "confiance",
        "also": "Autres sources",
        "figures": "Les chiffres diffèrent",
        "dates": "Les dates diffèrent",
        "agree": "Les sources concordent",
        "copy": "aussi dans",
        "of": "copie de",
        "beside": "dans la même phrase",
        "nearest": "Les passages les plus proches",
        "languages": "Sourcier lit le français et l’anglais : posez la question dans l’une de ces langues.",
        "undated": "sans date",
        "colon": "\u00a0:",
        "percent": "\u00a0%",
        "read_as": "Question lue ainsi",
    },
    "en": {
        Reason.NO_MATCH: "No answer here: the folder does not speak of this.",
        Reason.LOW_CONFIDENCE: "No answer that is sure enough in this folder.",
        Reason.EMPTY_QUESTION: "No question: ask one, in French or English.",
        Reason.NOT_A_QUESTION: "That is no question: it takes a word that says what it is about.",
        "line": "line",
        "sure": "confidence",
        "also": "Other sources",
        "figures": "Figures differ",
        "dates": "Dates differ",
        "agree": "The sources agree",
        "copy": "also in",
        "of": "a copy of",
        "beside": "in the same sentence",
        "nearest": "The nearest passages",
        "languages": "Sourcier reads French and English: ask in one of them.",
        "undated": "undated",
        "colon": ":",
        "percent": "%",
        "read_as": "Read as",
    },
}
_NEAREST = 3
_WIDTH = 110


def show(answer: Answer, colour: bool) -> str:
    """Return an answer as lines of text: white space is one space, control characters show as `�`.

    :param colour: whether the answer stands in bold, by terminal codes; asterisks mark
        it in its sentence otherwise.
    """
    words = _WORDS["fr" if answer.question.language == "fr" else "en"]
    read_as = [f"{words['read_as']}{words['colon']} {one_line(answer.read_as)}", ""] if answer.read_as else []
    if answer.reason is not None:
        lines = [*read_as, words[answer.reason]]
        if answer.question.language == "und" and answer.passages:
            lines.append(words["languages"])
        near = answer.passages[:_NEAREST]
        if near:
            lines += ["", f"{words['nearest']}{words['colon']}"]
            lines += [f"  {one_line(hit.document.source)}  {_short(hit.passage.text)}" for hit in near]
        return "\n".join(lines)

    first, *others = answer.citations
    lines = [*read_as, _strong(first.quote, colour, mark=False), ""]
    lines += [f"  {_marked(first, colour)}", f"  {_place(first, words)}"]
    lines.append(f"  {words['sure']} {100 * answer.confidence:.0f}{words['percent']}")
    lines += _beside(first, words, "  ")
    agreement = answer.agreement
    if agreement and agreement.verdict != "single":
        told = words["agree"]
        if agreement.verdict == "differ":
            told = words["dates" if answer.question.kind in DATES else "figures"]
        lines += ["", f"{told}{words['colon']}"]
        lines += [
            f"  {one_line(group.value)}  {' '.join(f'[{number}]' for number in group.citations)}"
            f"  ({group.date or words['undated']})"
            for group in agreement.groups
        ]
    if others:
        lines += ["", f"{words['also']}{words['colon']}"]
        for citation in others:
            lines += _other(citation, words, colour)
    return "\n".join(lines)


def _other(citation: Citation, words: Mapping[Reason | str, str], colour: bool) -> list[str]:
    """Return the lines of a source beside the answer's; a copy's words stand already where it is copied from."""
    place = _place(citation, words)
    if citation.copy_of is not None:
        return [f"  [{citation.number}] {words['copy']} {place}, {words['of']} [{citation.copy_of}]"]
    return [
        f"  [{citation.number}] {_marked(citation, colour)}",
        f"      {place}",
        *_beside(citation, words, " " * 6),
    ]


def _beside(citation: Citation, words: Mapping[Reason | str, str], indent: str) -> list[str]:
    if not citation.beside:
        return []
    return [f"{indent}{words['beside']}{words['colon']} {', '.join(map(one_line, citation.beside))}"]


def _place(citation: Citation, words: Mapping[Reason | str, str]) -> str:
    place = f"{words['line']} {citation.line}" if citation.page is None else f"page {citation.page}"
    where = f"{one_line(citation.source)}, {place}{words['colon']}"
    return f"{where} {one_line(citation.title)} ({citation.date or words['undated']})"


def _marked(citation: Citation, colour: bool) -> str:
    start, _, sentence = citation.sentence
    before, after = citation.start - start, citation.end - start
    if citation.quote == sentence:
        return one_line(sentence)
    return one_line(sentence[:before]) + _strong(citation.quote, colour, mark=True) + one_line(sentence[after:])


def _strong(text: str, colour: bool, mark: bool) -> str:
    text = one_line(text)
    if colour:
        return f"{_BOLD}{text}{_PLAIN}"
    return f"**{text}**" if mark else text


def _short(text: str) -> str:
    flat = one_line(text).strip()
    return flat if len(flat) <= _WIDTH else flat[:_WIDTH].rsplit(None, 1)[0] + "…"


def one_line(text: str) -> str:
    """Return a text on one line, harmless to a terminal."""
    return _CONTROL.sub("�", _SPACE.sub(" ", text))
