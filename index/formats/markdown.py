"""Markdown: the file itself, decoded, with what its YAML header says."""

from __future__ import annotations

from index.dates import iso_date
from index.decoding import decode
from index.formats.extracted import Extracted, one_line

_FRONT_MATTER_MAX = 65_536


def read(data: bytes) -> Extracted:
    """Return the text of a Markdown file, its header included.

    :raises DocumentError: if the bytes are no text.
    """
    text = decode(data)
    meta, body_start = _front_matter(text[:_FRONT_MATTER_MAX])
    return Extracted(
        text,
        "markdown/1",
        title=one_line(meta.get("title")),
        date=iso_date(meta.get("date", "")),
        body_start=body_start,
        markdown=True,
        author=one_line(meta.get("author")),
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
