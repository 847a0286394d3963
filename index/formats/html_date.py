"""When a page says that it was published: what it states of itself, and nothing that it merely mentions."""

from __future__ import annotations

import itertools
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.dates import dateline, iso_date

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# A page made by a program says `created` of its file: that is no date of the article.
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "citation_publication_date",
    "citation_date",
    "dc.date.issued",
    "dcterms.issued",
    "publication_date",
    "publish_date",
    "publish-date",
    "publishdate",
    "published_time",
    "pubdate",
    "dcterms.date",
    "dc.date",
    "date",
)
_ARTICLE = re.compile(r"Article|Posting|Report|Book|ScholarlyWork|CreativeWork")
_PAGE = "WebPage"
_EITHER_WAY = re.compile(r"\s*\d\d?[/.]\d\d?[/.]")  # the day or the month first, one cannot tell
_CHANGED = re.compile(r",?\s*\b(?:mise? à jour|modifiée?|(?:last )?(?:updated|modified))", re.IGNORECASE)
_PARTS = re.compile("[|·•\u2013\u2014]")
_TIMES = 50  # are looked at
_PROSE = 200  # characters: with a paragraph as long, the article has begun
_BLOCKS = frozenset(["p", "div", "h1", "h2", "h3", "header", "ul", "ol", "figure", "br", "section"])
_DEEPEST = 20
_ASIDE = "ancestor::aside or ancestor::nav or ancestor::footer or ancestor::*[contains(@class, 'comment')]"


def published(tree: HtmlElement) -> str | None:
    """Return the ISO date on which a page says it was published: in its head, its data, or by a marked time."""
    said = {_name(meta): meta.get("content") or "" for meta in reversed(tree.xpath(".//meta[@content]"))}
    stated = [said[name] for name in _PUBLISHED if name in said]
    data = [found for script in tree.xpath(".//script[contains(@type, 'ld+json')]") for found in _in_data(script.text)]
    return next(filter(None, map(_iso, [*_by_kind(data), *stated])), None) or _by_time(tree)


def _by_kind(data: list[tuple[str, str]]) -> list[str]:
    """Return the dates of articles, then those of pages: a video or a comment has one of its own."""
    return [date for kind, date in data if _ARTICLE.search(kind)] + [date for kind, date in data if _PAGE in kind]


def _name(meta: HtmlElement) -> str:
    return (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()


def _iso(said: str) -> str | None:
    return None if _EITHER_WAY.match(said) else iso_date(said)


def _in_data(script: str | None) -> Iterator[tuple[str, str]]:
    try:
        waiting = deque([(json.loads(script or "null"), 0)])
    except (ValueError, RecursionError):
        return
    while waiting:
        value, depth = waiting.popleft()
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if isinstance(value, dict) and isinstance(value.get("datePublished"), str):
            yield str(value.get("@type")), value["datePublished"]
        if depth < _DEEPEST:
            waiting.extend((child, depth + 1) for child in children)


def _by_time(tree: HtmlElement) -> str | None:
    """Return the date of the first time that is marked as the publication's, else of one in a date line at the head."""
    first = tree.xpath(f".//time[not({_ASIDE})]")[:_TIMES]
    times = [(time, _iso(time.get("datetime") or time.text_content())) for time in first]
    marked = (day for time, day in times if day and _is_marked(time))
    prose = tree.xpath(f".//p[string-length(.) > {_PROSE}]")
    days = dict(times)
    head = itertools.takewhile(lambda node: node not in prose[:1], tree.iter("p", "time"))
    return next(marked, None) or next(
        (day for node in head if (day := days.get(node)) and _in_date_line(node, day)), None
    )


def _is_marked(time: HtmlElement) -> bool:
    marks = f"{time.get('itemprop', '')} {time.get('class', '')}".lower()
    return "published" in marks or "entry-date" in marks or time.get("pubdate") is not None


def _in_date_line(time: HtmlElement, day: str) -> bool:
    before: list[str] = []
    for node in time.xpath("preceding-sibling::node()"):
        if getattr(node, "tag", None) in _BLOCKS:
            before = []
        elif isinstance(node, str):
            before.append(node)
        elif isinstance(node.tag, str):  # a comment has a function
            before.append(node.text_content())
    lead = _PARTS.split("".join(before))[-1]
    after = _CHANGED.split(time.tail or "")[0]
    return not _CHANGED.search(lead) and dateline(f"{lead} {day}{after}") == day
