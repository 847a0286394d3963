"""Plain text: the file itself, decoded."""

from __future__ import annotations

import codecs

from index.decoding import decode
from index.errors import DocumentError
from index.formats.extracted import Extracted

_OTHERS = (
    (b"%pdf-", "a PDF file", ".pdf"),
    (b"<!doctype html", "an HTML page", ".html"),
    (b"<html", "an HTML page", ".html"),
)


def read(data: bytes) -> Extracted:
    """Return the text of a plain file.

    :raises DocumentError: if the bytes are no text, or the source of another format.
    """
    head = data[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for start, what, suffix in _OTHERS:
        if head.startswith(start):
            raise DocumentError(f"is {what}: let its name end in {suffix}")
    return Extracted(decode(data), "text/1")
