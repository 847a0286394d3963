"""The source reader: an article around a citation, its sentence tinted and the answer marked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from index.types import DocumentInfo, Range
from qa.ui.places import Place
from qa.ui.words import Words

SHOWN = 20_000  # characters of an article on each side of what is cited
_LISTED = 60  # articles that the shelf lists
_WRAPPED = 100  # a text whose lines mostly stay below so many characters was wrapped by hand
_LINE = re.compile(r"[^\r\n]+")
_BLOCK = re.compile(r"[^\r\n]+(?:(?:\r\n?|\n)[^\r\n]+)*")


def reader(
    document: DocumentInfo,
    text: str,
    line: int,
    headings: Sequence[Range],
    places: Sequence[Place],
    at: int,
    words: Words,
) -> str:
    """Return the page of an article, at one of the places.

    :param line: the line of the place, from 1.
    :param headings: the headings of the article.
    :param places: what previous and next step through; they may lie in several articles.
    """
    place = places[at]
    dated = words.day(document.date) if document.date else words.undated
    facts = (document.source, dated, words.line.format(n=line) if place.around_end else None)
    meta = _joined(facts)
    sentence = text[place.around_start : place.around_end].strip()
    data = f'data-places="{escape(json.dumps([str(other) for other in places]))}" data-at="{at}"'
    label = escape(document.title)
    return (
        f'<article class="sr-reader" {data} aria-label="{label}">'
        f'<header class="sr-reader-head">{_steps(place, places, at, words)}'
        f'<h2 class="sr-reader-title">{label}</h2><p class="sr-meta">{escape(meta)}</p>'
        f"{_copy(sentence, f'{document.title} ({meta})', words)}</header>"
        f'<div class="sr-paper" tabindex="0" role="region" aria-label="{label}"'
        f"{_lang(document)}>{_body(text, place, headings, words)}</div></article>"
    )


def shelf(documents: Sequence[DocumentInfo], words: Words) -> str:
    """Return the list of the articles, each to be opened."""
    items = []
    for document in documents[:_LISTED]:
        meta = _joined((document.source, words.day(document.date) if document.date else words.undated))
        items.append(
            f'<li><button type="button" class="sr-doc" value="{escape(str(Place(document.doc_id, 0, 0, 0, 0)))}">'
            f'<span class="sr-title"{_lang(document)}>{escape(document.title)}</span>'
            f'<span class="sr-meta">{escape(meta)}</span></button></li>'
        )
    rest = len(documents) - _LISTED
    more = f'<p class="sr-meta">{escape(words.more.format(n=rest))}</p>' if rest > 0 else ""
    return (
        f'<div class="sr-shelf"><h2>{escape(words.shelf)}</h2><p class="sr-note">{escape(words.shelf_note)}</p>'
        f"<ol>{''.join(items)}</ol>{more}</div>"
    )


def gone(words: Words) -> str:
    """Return what stands for an article that is no longer there."""
    return f'<div class="sr-shelf"><p class="sr-note">{escape(words.gone)}</p></div>'


def _joined(facts: Sequence[str | None]) -> str:
    return " · ".join(fact for fact in facts if fact)


def _lang(document: DocumentInfo) -> str:
    return f' lang="{escape(document.language)}"' if document.language in ("fr", "en") else ""


def _steps(place: Place, places: Sequence[Place], at: int, words: Words) -> str:
    """Return where this place stands among the others, and the ways to them."""
    phrase = words.source_of if place.end > place.start else words.passage if place.around_end else words.article
    back = f'<button type="button" class="sr-close" data-close>{escape(words.close)}</button>'
    told = f'<span class="sr-eyebrow">{escape(phrase.format(i=at + 1, n=len(places)))}</span>'
    if len(places) == 1:
        return f'<div class="sr-steps">{back}{told}</div>'
    buttons = [
        f'<button type="button" data-step="{step}" aria-label="{escape(name)}" title="{escape(name)}"'
        f"{'' if 0 <= at + step < len(places) else ' disabled'}>{arrow}</button>"
        for step, name, arrow in ((-1, words.previous, "←"), (1, words.following, "→"))
    ]
    return f'<nav class="sr-steps">{back}{told}<span class="sr-arrows">{"".join(buttons)}</span></nav>'


def _copy(sentence: str, reference: str, words: Words) -> str:
    if not sentence:
        return ""
    copied = escape(f"{words.quoted(sentence)} — {reference}")
    return (
        f'<button type="button" class="sr-copy" data-copy="{copied}" data-copied="{escape(words.copied)}">'
        f"{escape(words.copy)}</button>"
    )


def _body(text: str, place: Place, headings: Sequence[Range], words: Words) -> str:
    """Return the article's text, cut to what surrounds the place, as paragraphs."""
    start = max(0, place.around_start - SHOWN)
    end = min(len(text), max(place.around_end, place.around_start) + SHOWN)
    before = f'<p class="sr-cut">{escape(words.cut_before)}</p>' if start else ""
    after = f'<p class="sr-cut">{escape(words.cut_after)}</p>' if end < len(text) else ""
    inside = [heading for heading in headings if heading[0] < end and start < heading[1]]
    paragraphs = []
    for first, last in _paragraphs(text, start, end):
        announced = any(heading[0] <= first and last <= heading[1] + 2 for heading in inside)
        tag = "h3" if announced else "p"
        paragraphs.append(f"<{tag}>{_marked(text, first, last, place)}</{tag}>")
    return before + "".join(paragraphs) + after


def _paragraphs(text: str, start: int, end: int) -> Iterator[Range]:
    """Yield the paragraphs of [start, end): lines, or blocks of lines where lines were wrapped by hand."""
    lines = [match.span() for match in _LINE.finditer(text, start, end)]
    lengths = sorted(last - first for first, last in lines if text[first:last].strip())
    wrapped = bool(lengths) and "\n\n" in text.replace("\r", "") and lengths[-1] < _WRAPPED
    for match in (_BLOCK if wrapped else _LINE).finditer(text, start, end):
        if match.group().strip():
            yield match.span()


def _marked(text: str, start: int, end: int, place: Place) -> str:
    """Return a paragraph, its share of the cited sentence tinted, its share of the answer marked."""
    edges = {start, end}
    edges.update(e for e in (place.start, place.end, place.around_start, place.around_end) if start < e < end)
    pieces = []
    for first, last in pairwise(sorted(edges)):
        piece = escape(text[first:last])
        if place.start <= first and last <= place.end:
            piece = f"<mark>{piece}</mark>"
        if place.around_start <= first and last <= place.around_end:
            piece = f'<span class="sr-tint">{piece}</span>'
        pieces.append(piece)
    return "".join(pieces)
