"""The formats that are read: bytes in, text and what the file says of itself out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.dates import iso_date
from index.decoding import decode

_FRONT_MATTER_MAX = 65_536
_TITLE_MAX = 120


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a format's reader makes of a file's bytes."""

    text: str
    extraction: str
    title: str | None = None
    date: str | None = None
    body_start: int = 0
    markdown: bool = False


def _read_text(data: bytes) -> Extracted:
    return Extracted(decode(data), "text/1")


def _read_markdown(data: bytes) -> Extracted:
    text = decode(data)
    meta, body_start = _front_matter(text[:_FRONT_MATTER_MAX])
    return Extracted(
        text,
        "markdown/1",
        title=" ".join(meta.get("title", "").split())[:_TITLE_MAX] or None,
        date=iso_date(meta.get("date", "")),
        body_start=body_start,
        markdown=True,
    )


def _front_matter(head: str) -> tuple[dict[str, str], int]:
    """Return the fields of a YAML header that are plain text, and where the article begins after it.

    What is no YAML mapping is no header: it stays part of the article.
    """
    from frontmatter.default_handlers import YAMLHandler

    handler = YAMLHandler()
    opening = handler.FM_BOUNDARY.match(head)
    closing = handler.FM_BOUNDARY.search(head, opening.end()) if opening else None
    if not opening or not closing:
        return {}, 0
    import yaml

    try:
        meta = handler.load(head[opening.end() : closing.start()], Loader=yaml.BaseLoader)  # text alone, no merge keys
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, 0
    if not isinstance(meta, dict):
        return {}, 0
    fields = {key: value for key, value in meta.items() if isinstance(key, str) and isinstance(value, str)}
    return {key: value.encode("utf-8", "replace").decode() for key, value in fields.items()}, closing.end()


READERS: dict[str, Callable[[bytes], Extracted]] = {
    ".txt": _read_text,
    ".text": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
}
"""Each format's reader, by suffix."""
FORMATS = "articles are " + ", ".join(READERS)
