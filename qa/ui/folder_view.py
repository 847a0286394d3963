"""The view of the folder: its articles, what became of each file, and the ways to add and remove some."""

from __future__ import annotations

from dataclasses import asdict

from index.documents import MAX_FILE_BYTES
from index.formats import READERS
from index.types import DocumentInfo, Skipped
from qa.ui.browsing import PAGE, Filter, Listing
from qa.ui.places import Place
from qa.ui.text import data, shown
from qa.ui.words import Words

_LANGUAGES = ("fr", "en")


def folder_view(listing: Listing, chosen: Filter, words: Words, read_only: bool) -> str:
    """Return the list of a folder's articles, with what can be done to it.

    :param read_only: files are neither added nor removed.
    """
    told = words.folder
    rows = [_row(each, listing.sizes.get(each.source, 0), words, read_only) for each in listing.documents]
    rows += [_skipped(each, words) for each in listing.skipped]
    rest = listing.found - chosen.most if listing.listed else 0
    more = (
        f'<button type="button" class="sr-plain" data-more="{chosen.most + PAGE}">'
        f"{shown(told.more.format(n=min(rest, PAGE)))}</button>"
        if rest > 0
        else ""
    )
    counted = f"{listing.found} / {words.count(listing.all)}" if chosen else words.count(listing.all)
    none = told.none if listing.listed else told.many
    body = _table(rows, words) if rows else f'<p class="sr-note">{shown(none)}</p>'
    return (
        f'<div class="sr-folder" data-version="{shown(listing.version)}" data-most="{chosen.most}"'
        f' data-words="{data(_for_script(words))}"><header class="sr-folder-head">'
        f'<div class="sr-steps"><button type="button" class="sr-close" data-close>{shown(words.close)}</button>'
        f"<h2>{shown(told.title)}</h2><span class='sr-count'>{shown(counted)}</span>"
        f"{'' if read_only else _changing(words)}</div>{_filter(chosen, words, bool(listing.found))}"
        f'<p class="sr-status" role="status"></p></header>'
        f'<div class="sr-files" tabindex="0" role="region" aria-label="{shown(told.title)}">{body}{more}'
        f'<p class="sr-note"><a href="/api" target="_blank" rel="noopener">{shown(told.for_programs)}</a></p></div>'
        "</div>"
    )


def _changing(words: Words) -> str:
    told = words.folder
    largest = words.size(MAX_FILE_BYTES)
    note = told.drop.format(formats=", ".join(READERS), size=largest)
    return (
        f'<span class="sr-changing"><label class="sr-add"><input type="file" multiple accept="{",".join(READERS)}">'
        f"<span>{shown(told.add)}</span></label>"
        f'<button type="button" data-reindex>{shown(told.reindex)}</button></span>'
        f'<span class="sr-note sr-drop">{shown(note)}</span>'
    )


def _filter(chosen: Filter, words: Words, found: bool) -> str:
    told = words.folder
    dates = "".join(
        f'<label>{shown(label)} <input type="date" name="{name}" value="{shown(value)}"></label>'
        for name, label, value in (("since", told.since, chosen.since), ("until", told.until, chosen.until))
    )
    limit = f'<button type="button" data-limit>{shown(told.only_these)}</button>' if found else ""
    acting = f'{limit}<button type="button" data-clear>{shown(told.clear)}</button>' if chosen else ""
    return (
        f'<form class="sr-filter" role="search"><input type="search" name="find" aria-label="{shown(told.find)}"'
        f' placeholder="{shown(told.find)}" value="{shown(chosen.find)}" maxlength="200">{dates}{acting}</form>'
    )


def _table(rows: list[str], words: Words) -> str:
    heads = "".join(f'<th scope="col">{shown(each)}</th>' for each in words.folder.columns)
    return f'<table class="sr-table"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _row(document: DocumentInfo, size: int, words: Words, read_only: bool) -> str:
    told = words.folder
    language = f' lang="{document.language}"' if document.language in _LANGUAGES else ""
    remove = (
        f'<button type="button" class="sr-plain" data-remove="{shown(document.source)}"'
        f' aria-label="{shown(f"{told.remove}: {document.source}")}">{shown(told.remove)}</button>'
    )
    return (
        f'<tr><td><button type="button" class="sr-doc" value="{shown(str(Place.of_document(document)))}">'
        f'<span class="sr-title"{language}>{shown(document.title)}</span>'
        f'<span class="sr-meta">{shown(document.source)}</span></button></td>'
        f"<td>{shown(words.dated(document.date))}</td>"
        f"<td>{shown(told.languages.get(document.language, document.language))}</td>"
        f"<td>{shown(words.size(size))}</td><td>{shown(told.indexed)} {'' if read_only else remove}</td></tr>"
    )


def _skipped(skipped: Skipped, words: Words) -> str:
    told = words.folder.skipped.format(reason=skipped.reason)
    return (
        f'<tr class="sr-skipped"><td><span class="sr-title">{shown(skipped.source)}</span></td>'
        f'<td colspan="4">{shown(told)}</td></tr>'
    )


def _for_script(words: Words) -> dict[str, object]:
    """Return what the script that uploads says, and what it checks first."""
    told = asdict(words.folder)
    names = ("indexing", "built", "unchanged", "sure", "removed", "put_back", "too_large", "wrong_format", "exists")
    said: dict[str, object] = {name: told[name] for name in (*names, "replace", "failed")}
    largest = {"largest": MAX_FILE_BYTES, "size": words.size(MAX_FILE_BYTES)}
    return {**said, **largest, "formats": list(READERS), "remove": told["remove"], "close": words.close}
