"""Articles that gold brings with it, written into a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from index.errors import InputError


def write_articles(articles: Iterable[tuple[str, str]], folder: Path, origin: Path) -> int:
    """Write articles one by one into a folder, which is made if it is not there.

    :param articles: the path of each below the folder, and its text; newlines stay as they are.
    :param origin: where they come from, for an error.
    :return: the number of articles.
    :raises InputError: if the folder holds anything.
    :raises OSError: if it cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: give an empty folder to write the articles of {origin} into")
    written = 0
    for source, text in articles:
        path = folder / source
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="")
        written += 1
    return written
