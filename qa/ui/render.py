"""Answers as cards of the conversation.

The chat reads its messages as Markdown, then sanitises the HTML. Neither is trusted with
a string of an article or a user: `in_markdown` leaves nothing in it that either would read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from index.types import Hit
from qa.types import Answer, Citation, Group
from qa.ui.places import Place
from qa.ui.words import Words

_LEVELS = 5  # segments of the confidence meter
_SHORT = 48  # an answer of at most so many characters is set large
_SNIPPET = 180
_READ = re.compile(r"[\x01-\x1f!-/:-@\[-`{-~\x7f]")  # all of ASCII but letters, digits and the space


def in_markdown(text: str) -> str:
    """Return a text that shows as itself in Markdown, in HTML inside it, and in a quoted attribute.

    Punctuation and line ends become character references: so the text can neither
    start a block nor end one. Nothing outside ASCII means anything to either.
    """
    return _READ.sub(lambda match: f"&#{ord(match[0])};", text)


def question_card(text: str) -> str:
    """Return a question as a message of the chat."""
    return f'<div class="sr-question">{in_markdown(text)}</div>'


def answer_card(answer: Answer, words: Words, doc_ids: Mapping[str, str]) -> str:
    """Return an answer as a message of the chat: one line of HTML.

    :param doc_ids: the id of each source's document.
    """
    if answer.text is None:
        return _abstention(answer, words)
    first = answer.citations[0]
    groups: Sequence[Group] = answer.agreement.groups if answer.agreement else ()
    verdict = answer.agreement.verdict if answer.agreement else "single"
    told = _said(answer, words, verdict)
    apart = verdict != "single" and len(groups) > 1  # every value stands with its sentence
    parts = [_read_as(answer, words), _headline(answer.text)]
    if not apart and first.sentence[2].strip() != answer.text.strip():
        parts.append(_quoted(first, words))
    parts.append(_confidence(answer.confidence, words))
    if apart:
        parts.append(_groups(answer, groups, told, words, doc_ids))
        return f'<div class="sr-card">{"".join(parts)}</div>'
    if verdict == "agree":
        parts.append(f'<p class="sr-label">{in_markdown(told)}</p>')
    others = [group for group in groups if first.number not in group.citations]
    numbers = {number for group in others for number in group.citations}
    shown = [cited for cited in answer.citations if cited.number not in numbers]
    parts.append(_list([_citation(cited, words, doc_ids) for cited in shown]))
    if others:
        parts.append(_groups(answer, others, told, words, doc_ids))
    return f'<div class="sr-card">{"".join(parts)}</div>'


def _said(answer: Answer, words: Words, verdict: str) -> str:
    """Return what is said of the sources together. Copies of one article are one source."""
    if verdict == "agree":
        sources = sum(cited.copy_of is None for cited in answer.citations)
        return words.by_kind(words.agree, answer.question.kind).format(n=sources)
    return words.by_kind(words.differ, answer.question.kind) if verdict == "differ" else words.others


def _read_as(answer: Answer, words: Words) -> str:
    """Return the line that says how a follow-up was read; nothing for a question that was read as it was asked."""
    if answer.read_as is None:
        return ""
    return f'<p class="sr-read">{in_markdown(words.read_as.format(question=answer.read_as))}</p>'


def _headline(text: str) -> str:
    size = "sr-short" if len(text) <= _SHORT else "sr-long"
    return f'<p class="sr-answer {size}">{in_markdown(text)}</p>'


def _sentence(citation: Citation) -> str:
    """Return a citation's sentence with the quote in bold."""
    start, _, text = citation.sentence
    before, after = text[: citation.start - start], text[citation.end - start :]
    return f"{in_markdown(before)}<strong>{in_markdown(citation.quote)}</strong>{in_markdown(after)}"


def _confidence(confidence: float, words: Words) -> str:
    level = max(1, round(confidence * _LEVELS))
    told = f"{words.sureness(confidence)} ({words.percent.format(n=round(100 * confidence))})"
    segments = "".join(f'<i class="{"sr-full" if segment < level else "sr-empty"}"></i>' for segment in range(_LEVELS))
    return f'<p class="sr-confidence"><span class="sr-meter">{segments}</span> {in_markdown(told)}</p>'


def _quoted(citation: Citation, words: Words) -> str:
    """Return a citation's sentence, and the other values in it."""
    quoted = f'<p class="sr-sentence">{_sentence(citation)}</p>'
    if not citation.beside:
        return quoted
    beside = words.beside.format(values=", ".join(citation.beside))
    return f'{quoted}<p class="sr-reason">{in_markdown(beside)}</p>'


def _groups(answer: Answer, groups: Sequence[Group], label: str, words: Words, doc_ids: Mapping[str, str]) -> str:
    """Return each value with the sentences that give it; a copy's sentence stands already where it is copied from."""
    cited = {citation.number: citation for citation in answer.citations}
    told = [f'<p class="sr-label">{in_markdown(label)}</p>']
    for group in groups:
        items = [
            ("" if cited[number].copy_of else _quoted(cited[number], words)) + _citation(cited[number], words, doc_ids)
            for number in group.citations
        ]
        told.append(f'<div class="sr-group"><p class="sr-value">{in_markdown(group.value)}</p>{_list(items)}</div>')
    return f'<div class="sr-differ">{"".join(told)}</div>'


def _list(items: Sequence[str]) -> str:
    return f'<ul class="sr-cites">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _citation(citation: Citation, words: Words, doc_ids: Mapping[str, str]) -> str:
    date = words.day(citation.date) if citation.date else words.undated
    source = f"{words.also_in} {citation.source}" if citation.copy_of else citation.source
    meta = [source, date, words.line.format(n=citation.line)]
    place = Place.of_citation(citation, doc_ids[citation.source])
    return _button(place, f"[{citation.number}]", citation.title, meta, words)


def _button(place: Place, badge: str, title: str, meta: Sequence[str], words: Words) -> str:
    """Return a button that opens a place. The chat's sanitiser keeps `value`, and no `data-` or `aria-` attribute."""
    return (
        f'<button type="button" class="sr-cite" value="{in_markdown(str(place))}"'
        f' title="{in_markdown(words.open_source)}">'
        f'<span class="sr-badge">{in_markdown(badge)}</span><span class="sr-cited">'
        f'<span class="sr-title">{in_markdown(title)}</span>'
        f'<span class="sr-meta">{in_markdown(" · ".join(meta))}</span></span></button>'
    )


def _abstention(answer: Answer, words: Words) -> str:
    reason = f'<p class="sr-reason">{in_markdown(words.reasons[answer.reason])}</p>' if answer.reason else ""
    nearest = ""
    if answer.passages:
        items = [_nearest(hit, number, words) for number, hit in enumerate(answer.passages, start=1)]
        nearest = f'<p class="sr-label">{in_markdown(words.nearest)}</p>{_list(items)}'
    told = f'<p class="sr-answer sr-long">{in_markdown(words.no_answer)}</p>'
    return f'<div class="sr-card sr-none">{_read_as(answer, words)}{told}{reason}{nearest}</div>'


def _nearest(hit: Hit, number: int, words: Words) -> str:
    snippet = " ".join(hit.passage.text[: 2 * _SNIPPET].split())
    if len(snippet) > _SNIPPET:
        snippet = snippet[:_SNIPPET].rsplit(" ", 1)[0] + " …"
    date = [words.day(hit.document.date)] if hit.document.date else []
    return _button(Place.of_hit(hit), str(number), snippet, [hit.document.source, *date], words)
