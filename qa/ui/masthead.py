"""The head of the page: its name, and what concerns all of it."""

from __future__ import annotations

from qa.ui.text import shown
from qa.ui.words import Words


def masthead(articles: int, words: Words, login: bool) -> str:
    """Return the head.

    :param articles: how many the folder has.
    :param login: offer to log out.
    """
    leave = (
        f'<form method="post" action="/logout"><button type="submit">{shown(words.logout)}</button></form>'
        if login
        else ""
    )
    theme = shown(words.theme)
    return (
        f'<header data-lang="{words.language}" data-waiting="{shown(words.waiting)}" data-lost="{shown(words.lost)}"'
        f' data-dismiss="{shown(words.dismiss)}" data-rate="{shown(words.rate)}">'
        f'<h1>Sourcier</h1><p>{shown(words.tagline)}</p><span class="sr-tools">'
        f'<button type="button" data-folder title="{shown(words.folder.open)}">{shown(words.count(articles))}</button>'
        f'<button type="button" data-theme aria-label="{theme}" title="{theme}">◐</button>{leave}</span></header>'
    )
