"""An answer as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from qa.types import Answer, Citation, Reason

_BOLD, _DIM, _PLAIN = "\033[1m", "\033[2m", "\033[0m"
_WORDS: dict[str, dict[Reason | str, str]] = {
    "fr": {
        Reason.NO_MATCH: "Pas de réponse : le dossier ne parle pas de cela.",
        Reason.LOW_CONFIDENCE: "Pas de réponse assez sûre dans ce dossier.",
        Reason.EMPTY_QUESTION: "Pas de question : posez-en une, en français ou en anglais.",
        Reason.NOT_A_QUESTION: "Ce n’est pas une question : il faut au moins un mot.",
        "line": "ligne",
        "sure": "confiance",
        "also": "Autres sources",
        "differ": "Les sources donnent des valeurs différentes",
        "agree": "Les sources concordent",
        "nearest": "Les passages les plus proches",
        "undated": "sans date",
    },
    "en": {
        Reason.NO_MATCH: "No answer here: the folder does not speak of this.",
        Reason.LOW_CONFIDENCE: "No answer that is sure enough in this folder.",
        Reason.EMPTY_QUESTION: "No question: ask one, in French or English.",
        Reason.NOT_A_QUESTION: "That is no question: it takes at least one word.",
        "line": "line",
        "sure": "confidence",
        "also": "Other sources",
        "differ": "The sources give different values",
        "agree": "The sources agree",
        "nearest": "The nearest passages",
        "undated": "undated",
    },
}
_NEAREST = 3
_WIDTH = 110


def show(answer: Answer, colour: bool) -> str:
    """Return an answer as lines of text.

    :param colour: whether bold and dim are shown by terminal codes; asterisks mark
        the answer in its sentence otherwise.
    """
    words = _WORDS["fr" if answer.question.language == "fr" else "en"]
    if answer.reason is not None:
        lines = [words[answer.reason]]
        near = answer.passages[:_NEAREST]
        if near:
            lines += ["", f"{words['nearest']}:"]
            lines += [f"  {hit.document.source}  {_short(hit.passage.text)}" for hit in near]
        return "\n".join(lines)

    first, *others = answer.citations
    lines = [_strong(first.quote, colour, mark=False), "", f"  {_marked(first, colour)}", f"  {_place(first, words)}"]
    lines.append(f"  {words['sure']} {answer.confidence:.0%}")
    agreement = answer.agreement
    if agreement and agreement.verdict != "single":
        lines += ["", f"{words[agreement.verdict]}:"]
        lines += [
            f"  {group.value}  " + " ".join(f"[{number}]" for number in group.citations) for group in agreement.groups
        ]
    if others:
        lines += ["", f"{words['also']}:"]
        for citation in others:
            lines += [f"  [{citation.number}] {_marked(citation, colour)}", f"      {_place(citation, words)}"]
    return "\n".join(lines)


def _place(citation: Citation, words: Mapping[Reason | str, str]) -> str:
    return f"{citation.source}, {words['line']} {citation.line}: {citation.title} ({citation.date or words['undated']})"


def _marked(citation: Citation, colour: bool) -> str:
    start, _, sentence = citation.sentence
    before, after = citation.start - start, citation.end - start
    if citation.quote == sentence:
        return sentence
    return sentence[:before] + _strong(citation.quote, colour, mark=True) + sentence[after:]


def _strong(text: str, colour: bool, mark: bool) -> str:
    if colour:
        return f"{_BOLD}{text}{_PLAIN}"
    return f"**{text}**" if mark else text


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDTH else flat[:_WIDTH].rsplit(None, 1)[0] + "…"
