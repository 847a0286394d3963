"""A conversation as a file: Markdown to read, JSON lines to check by `sourcier verify`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import count

from qa.schema import answer_json
from qa.show import one_line
from qa.types import Answer, AnswerKind, Citation, Reason

_FRENCH: dict[Reason | str, str] = {
    Reason.NO_MATCH: "Pas de réponse\u00a0: aucun passage ne parle assez directement de ce qui est demandé.",
    Reason.LOW_CONFIDENCE: "Pas de réponse\u00a0: des passages en parlent, mais aucun ne répond assez sûrement.",
    Reason.EMPTY_QUESTION: "Pas de réponse\u00a0: la question est vide.",
    Reason.NOT_A_QUESTION: "Pas de réponse\u00a0: ce texte ne contient aucun mot, ce n’est pas une question.",
    "title": "Conversation avec Sourcier",
    "folder": "Dossier\u00a0: ",
    "exported": "Exportée le ",
    "index": "Version de l’index\u00a0: ",
    "read_as": "Question lue ainsi\u00a0: ",
    "nothing": "Aucune question n’a été posée.",
    "high": "Confiance élevée",
    "fair": "Confiance moyenne",
    "low": "Confiance faible, à vérifier dans la source",
    "percent": "\u00a0%",
    "agree": "Les sources concordent\u00a0:",
    "figures": "Les chiffres diffèrent\u00a0:",
    "dates": "Les dates diffèrent\u00a0:",
    "others": "Autres sources\u00a0:",
    "source": "Source\u00a0:",
    "line": "ligne",
    "undated": "sans date",
    "copy": "copie de ",
    "open": "«\u00a0",
    "close": "\u00a0»",
    "empty": "(vide)",
}
_ENGLISH: dict[Reason | str, str] = {
    Reason.NO_MATCH: "No answer: no passage speaks directly enough of what is asked.",
    Reason.LOW_CONFIDENCE: "No answer: some passages speak of it, but none answers surely enough.",
    Reason.EMPTY_QUESTION: "No answer: the question is empty.",
    Reason.NOT_A_QUESTION: "No answer: this text holds no word, it is not a question.",
    "title": "Conversation with Sourcier",
    "folder": "Folder: ",
    "exported": "Exported on ",
    "index": "Index version: ",
    "read_as": "Read as: ",
    "nothing": "No question was asked.",
    "high": "High confidence",
    "fair": "Fair confidence",
    "low": "Low confidence, check it in the source",
    "percent": "%",
    "agree": "The sources agree:",
    "figures": "Figures differ:",
    "dates": "Dates differ:",
    "others": "Other sources:",
    "source": "Source:",
    "line": "line",
    "undated": "undated",
    "copy": "a copy of ",
    "open": "“",
    "close": "”",
    "empty": "(empty)",
}
_Words = Mapping[Reason | str, str]
_SURE, _FAIR = 0.8, 0.5  # from these confidences on, the word for it changes
_DATES = (AnswerKind.DATE, AnswerKind.YEAR)
_DIGITS = 12  # of a SHA-256
_LIVE = re.compile(r"[\\`*{}\[\]<>#|~&$^]|(?<![^\W_])_|_(?![^\W_])|:(?=/)|(?<=www)\.(?=\w)|@", re.IGNORECASE)
_OPENS = re.compile(r"([-+=!]|\d{1,9}(?=[.)]))(.?)")


def conversation_markdown(
    answers: Sequence[Answer], language: str, folder_name: str = "", on: date | None = None
) -> str:
    """Return a conversation as Markdown; what it quotes stands in footnotes, numbered through.

    Nothing of an article or a user is live in it: their Markdown and HTML show as they were written.

    :param language: `fr` or `en`, of what is said around the answers.
    :param on: the day to date it; today by default.
    """
    words = _FRENCH if language == "fr" else _ENGLISH
    versions = dict.fromkeys(answer.index_version for answer in answers if answer.index_version)
    facts = [f"{words['exported']}{(on or date.today()).isoformat()}"]
    facts += [f"{words['folder']}{in_source(folder_name)}"] if folder_name else []
    facts += [f"{words['index']}{', '.join(map(in_source, versions))}"] if versions else []
    blocks = [f"# {words['title']}", *(f"- {fact}" for fact in facts)]
    text = blocks[0] + "\n\n" + "\n".join(blocks[1:])
    numbers, notes = count(1), []
    parts = [text]
    for answer in answers:
        own = {cited.number: next(numbers) for cited in answer.citations}
        parts += _turn(answer, own, words)
        notes += [_note(cited, own, words) for cited in answer.citations]
    if not answers:
        parts.append(words["nothing"])
    return "\n\n".join([*parts, *notes]) + "\n"


def conversation_jsonl(answers: Sequence[Answer]) -> str:
    """Return a conversation as objects of schema 1, one a line."""
    return "".join(json.dumps(answer_json(answer), ensure_ascii=False) + "\n" for answer in answers)


def in_source(text: str) -> str:
    """Return a text on one line, escaped by backslashes so that Markdown shows it as it is.

    Only what means something to a reader of Markdown is escaped: the source stays easy to read.
    """
    escaped = _LIVE.sub(r"\\\g<0>", one_line(text).strip())
    opening = _OPENS.match(escaped)
    if not opening:
        return escaped
    mark, after = opening.groups()
    return (f"{mark}\\{after}" if mark[0].isdigit() else f"\\{mark}{after}") + escaped[opening.end() :]


def _turn(answer: Answer, numbers: Mapping[int, int], words: _Words) -> Iterator[str]:
    """Yield the blocks of one question and its answer."""
    yield f"## {in_source(answer.question.text) or words['empty']}"
    if answer.read_as:
        yield f"{words['read_as']}{in_source(answer.read_as)}"
    if answer.text is None:
        yield words[answer.reason or Reason.LOW_CONFIDENCE]
        return
    first = answer.citations[0]
    yield f"**{in_source(answer.text)}**"
    yield f"{_sureness(answer.confidence, words)} ({100 * answer.confidence:.0f}{words['percent']})"
    cited = {citation.number: citation for citation in answer.citations}
    groups = answer.agreement.groups if answer.agreement else ()
    if answer.agreement and answer.agreement.verdict != "single":
        yield _told(answer, words)
        lines = []
        for group in groups:
            lines.append(f"- **{in_source(group.value)}** ({in_source(group.date or '') or words['undated']})")
            lines += [f"  - {_quoted(cited[number], numbers, words)}" for number in group.citations]
        grouped = {number for group in groups for number in group.citations}
        lines += [f"- {_quoted(each, numbers, words)}" for each in answer.citations if each.number not in grouped]
        yield "\n".join(lines)
        return
    yield f"{words['source']} {_quoted(first, numbers, words)}"
    others = [each for each in answer.citations if each is not first]
    if others:
        yield words["others"]
        yield "\n".join(f"- {_quoted(each, numbers, words)}" for each in others)


def _told(answer: Answer, words: _Words) -> str:
    if answer.agreement and answer.agreement.verdict == "agree":
        return words["agree"]
    return words["dates" if answer.question.kind in _DATES else "figures"]


def _sureness(confidence: float, words: _Words) -> str:
    return words["high" if confidence >= _SURE else "fair" if confidence >= _FAIR else "low"]


def _quoted(citation: Citation, numbers: Mapping[int, int], words: _Words) -> str:
    sentence = in_source(citation.sentence[2])
    return f"{words['open']}{sentence}{words['close']}[^{numbers[citation.number]}]"


def _note(citation: Citation, numbers: Mapping[int, int], words: _Words) -> str:
    """Return the footnote of a citation: the sentence, and where it stands."""
    where = [
        in_source(citation.title),
        in_source(citation.source),
        f"{words['line']} {citation.line}" if citation.page is None else f"page {citation.page}",
        in_source(citation.date or "") or words["undated"],
        f"SHA-256 {in_source(citation.sha256[:_DIGITS])}",
    ]
    if citation.copy_of is not None:
        where.append(f"{words['copy']}[^{numbers[citation.copy_of]}]")
    quote = f"{words['open']}{in_source(citation.sentence[2])}{words['close']}"
    return f"[^{numbers[citation.number]}]: {quote} {', '.join(where)}."
