"""What an index says of each file of its folder: what became of it, and how much it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_INDEXED = """
SELECT source, NULL, size, title, language, date, date_origin, extraction, passages, sentences FROM documents
"""
_SKIPPED = "SELECT source, reason, size FROM skipped"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file when it was last looked at. Of a skipped one only the reason is known, and the size if it was read.

    `date_origin` is where the date came from: front matter, text, file name. Headings count as sentences.
    """

    source: str
    reason: str | None
    size: int | None
    title: str | None = None
    language: str | None = None
    date: str | None = None
    date_origin: str | None = None
    extraction: str | None = None
    passages: int = 0
    sentences: int = 0

    @property
    def indexed(self) -> bool:
        """Whether questions are answered from it."""
        return self.reason is None


def file_facts(passages: Path) -> list[FileFacts]:
    """Return every file that a passages file tells of: by source, indexed ones first."""
    path = f"{passages.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(path, uri=True)) as db:
        rows = [*db.execute(_INDEXED), *db.execute(_SKIPPED)]
    return sorted((FileFacts(*row) for row in rows), key=lambda each: (not each.indexed, each.source))
