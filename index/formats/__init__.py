"""The formats that are read: bytes in, text and what the file says of itself out. One file a format.

Text and Markdown are read here. The others need libraries that parse what strangers wrote:
they are read in another process, so that a file can harm nothing but its own reading.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from index.formats.extracted import Extracted
from index.formats.markdown import read as read_markdown
from index.formats.text import read as read_text

__all__ = ["FORMATS", "READERS", "Extracted"]


def _apart(name: str, data: bytes) -> Extracted:
    from index.formats.workers import read_apart

    return read_apart(name, data)


READERS: dict[str, Callable[[bytes], Extracted]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": partial(_apart, "html"),
    ".htm": partial(_apart, "html"),
    ".xhtml": partial(_apart, "html"),
    ".pdf": partial(_apart, "pdf"),
    ".docx": partial(_apart, "docx"),
    ".epub": partial(_apart, "epub"),
}
"""Each format's reader, by suffix; it raises a DocumentError if the bytes are not of its format."""
FORMATS = "articles are " + ", ".join(READERS)
