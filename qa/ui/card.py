"""The answer card: the answer, its sentence, how sure it is, what other sources say, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Hit
from qa.types import Answer, Citation, Group
from qa.ui.places import Place
from qa.ui.reactions import Turn, reaction_row
from qa.ui.text import shown
from qa.ui.words import Words

_LEVELS = 5  # segments of the confidence meter
_SHORT = 48  # an answer of at most so many characters is set large
_SNIPPET = 180


def turn_card(turn: Turn, words: Words) -> str:
    """Return a question and its answer."""
    answer = turn.answer
    told = _refusal(answer, words, turn.instead) if answer.text is None else _answered(answer, answer.text, words)
    asked = f'<h2 class="sr-question">{shown(answer.question.text)}</h2>'
    return (
        f'<article class="sr-card{" sr-none" if answer.abstained else ""}" data-turn="{shown(turn.id)}">'
        f"{asked}{_read_as(answer, words)}{told}{reaction_row(turn, words)}</article>"
    )


def welcome(words: Words, examples: Sequence[str]) -> str:
    """Return what stands there before the first question."""
    offered = examples_list(words.examples, examples)
    return (
        f'<div class="sr-welcome"><h2 class="sr-hello">{shown(words.welcome)}</h2>'
        f"<p>{shown(words.welcome_note)}</p>{offered}</div>"
    )


def examples_list(label: str, examples: Sequence[str]) -> str:
    """Return questions that a click asks; nothing if there are none."""
    items = "".join(f'<li><button type="button" class="sr-example">{shown(each)}</button></li>' for each in examples)
    return f'<p class="sr-label">{shown(label)}</p><ul class="sr-examples">{items}</ul>' if items else ""


def _answered(answer: Answer, text: str, words: Words) -> str:
    first = answer.citations[0]
    groups: Sequence[Group] = answer.agreement.groups if answer.agreement else ()
    verdict = answer.agreement.verdict if answer.agreement else "single"
    told = _said(answer, words, verdict)
    apart = verdict != "single" and len(groups) > 1  # every value stands with its sentence
    parts = [_headline(text)]
    if not apart and first.sentence[2].strip() != text.strip():
        parts.append(_quoted(first, words))
    parts.append(_confidence(answer.confidence, words))
    if apart:
        parts.append(_groups(answer, groups, told, words))
    else:
        if verdict == "agree":
            parts.append(f'<p class="sr-label">{shown(told)}</p>')
        others = [group for group in groups if first.number not in group.citations]
        numbers = {number for group in others for number in group.citations}
        listed = [cited for cited in answer.citations if cited.number not in numbers]
        parts.append(_list([_citation(cited, words) for cited in listed]))
        if others:
            parts.append(_groups(answer, others, told, words))
    if answer.passages:
        label = words.more_passages.format(n=len(answer.passages))
        nearest = _list([_nearest(hit, words) for hit in answer.passages])
        parts.append(f'<details class="sr-more"><summary>{shown(label)}</summary>{nearest}</details>')
    return "".join(parts)


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
    return f'<p class="sr-read">{shown(words.read_as.format(question=answer.read_as))}</p>'


def _headline(text: str) -> str:
    size = "sr-short" if len(text) <= _SHORT else "sr-long"
    return f'<p class="sr-answer {size}"><bdi>{shown(text)}</bdi></p>'


def _sentence(citation: Citation) -> str:
    """Return a citation's sentence with the quote in bold."""
    start, _, text = citation.sentence
    before, after = text[: citation.start - start], text[citation.end - start :]
    return f"<bdi>{shown(before)}<strong>{shown(citation.quote)}</strong>{shown(after)}</bdi>"


def _confidence(confidence: float, words: Words) -> str:
    level = max(1, round(confidence * _LEVELS))
    told = f"{words.sureness(confidence)} ({words.percent.format(n=round(100 * confidence))})"
    segments = "".join(f'<i class="{"sr-full" if segment < level else "sr-empty"}"></i>' for segment in range(_LEVELS))
    return f'<p class="sr-confidence"><span class="sr-meter" aria-hidden="true">{segments}</span> {shown(told)}</p>'


def _quoted(citation: Citation, words: Words) -> str:
    """Return a citation's sentence, and the other values in it."""
    quoted = f'<p class="sr-sentence">{_sentence(citation)}</p>'
    if not citation.beside:
        return quoted
    beside = words.beside.format(values=", ".join(citation.beside))
    return f'{quoted}<p class="sr-reason">{shown(beside)}</p>'


def _groups(answer: Answer, groups: Sequence[Group], label: str, words: Words) -> str:
    """Return each value with the sentences that give it; a copy's sentence stands already where it is copied from."""
    cited = {citation.number: citation for citation in answer.citations}
    told = [f'<h3 class="sr-label">{shown(label)}</h3>']
    for group in groups:
        items = [
            ("" if cited[number].copy_of else _quoted(cited[number], words)) + _citation(cited[number], words)
            for number in group.citations
        ]
        value = f'<p class="sr-value"><bdi>{shown(group.value)}</bdi></p>'
        told.append(f'<div class="sr-group">{value}{_list(items)}</div>')
    return f'<div class="sr-differ">{"".join(told)}</div>'


def _list(items: Sequence[str]) -> str:
    return f'<ul class="sr-cites">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _citation(citation: Citation, words: Words) -> str:
    source = f"{words.also_in} {citation.source}" if citation.copy_of else citation.source
    meta = [source, words.dated(citation.date), words.place(citation.line, citation.page)]
    badge = f'<span class="sr-badge">[{citation.number}]</span>'
    return _button(Place.of_citation(citation), badge, citation.title, meta, words)


def _button(place: Place, badge: str, title: str, meta: Sequence[str], words: Words) -> str:
    """Return a button that opens a place."""
    return (
        f'<button type="button" class="sr-cite" value="{shown(str(place))}" title="{shown(words.open_source)}">'
        f'{badge}<span class="sr-cited"><span class="sr-title">{shown(title)}</span>'
        f'<span class="sr-meta">{shown(" · ".join(meta))}</span></span></button>'
    )


def _refusal(answer: Answer, words: Words, instead: Sequence[str]) -> str:
    reason = f'<p class="sr-reason">{shown(words.reasons[answer.reason])}</p>' if answer.reason else ""
    nearest = ""
    if answer.passages:
        items = _list([_nearest(hit, words) for hit in answer.passages[:5]])
        nearest = f'<h3 class="sr-label">{shown(words.nearest)}</h3>{items}'
    offered = examples_list(words.instead, instead)
    return f'<p class="sr-answer sr-long">{shown(words.no_answer)}</p>{reason}{offered}{nearest}'


def _nearest(hit: Hit, words: Words) -> str:
    snippet = " ".join(hit.passage.text[: 2 * _SNIPPET].split())
    if len(snippet) > _SNIPPET:
        snippet = snippet[:_SNIPPET].rsplit(" ", 1)[0] + " …"
    return _button(Place.of_hit(hit), "", snippet, [hit.document.source, words.dated(hit.document.date)], words)
