"""The libraries that decide what an index holds: another version may read, cut or count the same text otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

TOKENIZERS = "tokenizers"
_DECIDING = (
    *("langchain-text-splitters", "py3langid", "tantivy", TOKENIZERS),  # cuts, languages, terms, words
    *("charset-normalizer", "python-frontmatter", "PyYAML"),
    *("trafilatura", "htmldate", "dateparser", "justext", "lxml", "lxml_html_clean"),
    *("pypdfium2", "python-docx", "selectolax"),
)


def upgrades(before: Mapping[str, str]) -> dict[str, str]:
    """Tell of each library that has another version than before which it had and has."""
    now = versions()
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return {name: f"{name} {before.get(name, 'unknown')} is now {now.get(name, 'unknown')}" for name in changed}


@cache  # what this process runs is what it began with, whatever is installed meanwhile
def versions() -> dict[str, str]:
    """Return the version of each library, and that of Unicode, by which Python tells letters."""
    told = {"Unicode": unicodedata.unidata_version}
    for name in _DECIDING:
        try:
            told[name] = version(name)
        except PackageNotFoundError:  # in a bundle that leaves out what pip notes down
            told[name] = "unknown"
    return told
