"""The source reader: an article around a citation, its sentence tinted and the answer marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.types import DocumentInfo, Range
from qa.session import Session
from qa.ui.places import Place
from qa.ui.text import data, shown
from qa.ui.words import Words

SHOWN = 20_000  # characters of an article on each side of what is cited, at first
_MORE = 8  # times as many each time that more is asked for
_WRAPPED = 100  # a text whose lines mostly stay below so many characters was wrapped by hand
_LINE = re.compile(r"[^\r\n]+")
_BLOCK = re.compile(r"[^\r\n]+(?:(?:\r\n?|\n)[^\r\n]+)*")


def source_at(session: Session, places: Sequence[Place], at: int, words: Words, reach: tuple[int, int] = (0, 0)) -> str:
    """Return the article that one of the places is in, as the session has it.

    :param reach: how often more was asked for of what comes before, and of what comes after.
    """
    place, passages = places[at], session.index.passages
    try:
        document = passages.document(place.doc_id)
    except KeyError:
        return _notice(words.gone, places, at, words)
    if not place.is_of(document):
        return _notice(words.changed, places, at, words, document.title)
    headings = [
        (sentence.start, sentence.end)
        for passage in passages.passages_of(place.doc_id)
        for sentence in passage.sentences
        if sentence.heading
    ]
    line, page = passages.line(place.doc_id, place.start), passages.page(place.doc_id, place.start)
    return reader(document, passages.text(place.doc_id), line, headings, places, at, words, reach, page=page)


def reader(
    document: DocumentInfo,
    text: str,
    line: int,
    headings: Sequence[Range],
    places: Sequence[Place],
    at: int,
    words: Words,
    reach: tuple[int, int] = (0, 0),
    *,
    page: int | None = None,
) -> str:
    """Return the page of an article, at one of the places.

    :param line: the line of the place, from 1.
    :param headings: the headings of the article.
    :param places: what previous and next step through; they may lie in several articles.
    :param reach: as in `source_at`.
    :param page: that of the place, from 1, if the file has pages.
    """
    place = places[at]
    facts = (document.source, words.dated(document.date), words.place(line, page) if place.around_end else "")
    meta = " · ".join(fact for fact in facts if fact)
    sentence = text[place.around_start : place.around_end].strip()
    label = shown(document.title)
    language = f' lang="{shown(document.language)}"' if document.language in ("fr", "en") else ""
    copied = _copy(sentence, f"{document.title} ({meta})", words) if sentence else ""
    return (
        f'<article class="sr-reader" {_stepping(places, at)} aria-label="{label}">'
        f'<header class="sr-reader-head">{_steps(places, at, words, copied)}'
        f'<h2 class="sr-reader-title"{language}>{label}</h2><p class="sr-meta">{shown(meta)}</p></header>'
        f'<div class="sr-paper" tabindex="0" role="region" aria-label="{shown(words.source_place)}"'
        f"{language}>{_body(text, place, headings, words, reach)}</div></article>"
    )


def _notice(told: str, places: Sequence[Place], at: int, words: Words, title: str = "") -> str:
    """Return what stands for an article that is not there as it was."""
    heading = f'<h2 class="sr-reader-title">{shown(title)}</h2>' if title else ""
    return (
        f'<article class="sr-reader" {_stepping(places, at)}><header class="sr-reader-head">'
        f'{_steps(places, at, words)}{heading}</header><p class="sr-note sr-paper">{shown(told)}</p></article>'
    )


def _stepping(places: Sequence[Place], at: int) -> str:
    return f'data-places="{data([str(place) for place in places])}" data-at="{at}"'


def _steps(places: Sequence[Place], at: int, words: Words, copied: str = "") -> str:
    """Return where this place stands among the others, and the ways to them."""
    place = places[at]
    phrase = words.source_of if place.end > place.start else words.passage if place.around_end else words.article
    back = f'<button type="button" class="sr-close" data-close>{shown(words.close)}</button>'
    told = f'<span class="sr-eyebrow">{shown(phrase.format(i=at + 1, n=len(places)))}</span>'
    buttons = "".join(
        f'<button type="button" data-step="{step}" aria-label="{shown(name)}" title="{shown(f"{name} ({words.keys})")}"'
        f"{'' if 0 <= at + step < len(places) else ' disabled'}>{arrow}</button>"
        for step, name, arrow in ((-1, words.previous, "←"), (1, words.following, "→"))
    )
    arrows = f'<span class="sr-arrows">{buttons}</span>' if len(places) > 1 else ""
    return f'<div class="sr-steps">{back}{told}{arrows}{copied}</div>'


def _copy(sentence: str, reference: str, words: Words) -> str:
    copied = shown(f"{words.quoted(sentence)} — {reference}")
    return (
        f'<button type="button" class="sr-copy" data-copy="{copied}" data-copied="{shown(words.copied)}">'
        f"{shown(words.copy)}</button>"
    )


def _cut(words: str, reach: tuple[int, int], side: str) -> str:
    return (
        f'<p class="sr-cut"><button type="button" class="sr-plain" data-reach="{data(reach)}" data-side="{side}">'
        f"{shown(words)}</button></p>"
    )


def _body(text: str, place: Place, headings: Sequence[Range], words: Words, reach: tuple[int, int]) -> str:
    """Return the article's text, cut to what surrounds the place, as paragraphs."""
    back, on = reach
    start = max(0, place.around_start - SHOWN * _MORE**back)
    end = min(len(text), max(place.around_end, place.around_start) + SHOWN * _MORE**on)
    before = _cut(words.cut_before, (back + 1, on), "before") if start else ""
    after = _cut(words.cut_after, (back, on + 1), "after") if end < len(text) else ""
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
        piece = shown(text[first:last])
        if place.start <= first and last <= place.end:
            piece = f"<mark>{piece}</mark>"
        if place.around_start <= first and last <= place.around_end:
            piece = f'<span class="sr-tint">{piece}</span>'
        pieces.append(piece)
    return "".join(pieces)
