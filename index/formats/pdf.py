"""PDF: its text in reading order, without heads and feet, and where each page of it starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.errors import DocumentError
from index.formats.extracted import MAX_CHARS, Extracted, one_line
from index.formats.pdf_heads import without_heads
from index.formats.pdf_order import columns_of
from index.formats.pdf_text import join
from index.formats.pdf_words import Piece, pieces_of

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_PAGES = 2_000
_MARK = b"%PDF-"
_MARK_WITHIN = 1024
_LOOKED_AT = 5  # pages in which a scan shows its pictures
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_MEANINGLESS = re.compile("[\ue000-\uf8ff\ufffd]")  # private, or unknown: a font that tells no characters
_MEANINGLESS_SHARE = 0.3
_NO_TITLE = re.compile(
    r"untitled|sans titre|document\s*\d*|microsoft (?:word|powerpoint)\b.*"
    r"|.*\.(?:docx?|od[tp]|pdf|tex|dvi|indd|pptx?|html?)",
    re.IGNORECASE,
)


def read(data: bytes) -> Extracted:
    """Return the text of a PDF file.

    :raises DocumentError: if the bytes are none, or it has no text.
    """
    import pypdfium2

    if _MARK not in data[:_MARK_WITHIN]:
        raise DocumentError("is no PDF file")
    try:
        file = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
            raise DocumentError("is protected by a password: save it without") from error
        raise DocumentError("is a damaged PDF file: save it again from the program that made it") from error
    count = len(file)
    if count > MAX_PAGES:
        raise DocumentError(f"has {count:,} pages, at most {MAX_PAGES:,} are read: split it")
    read_pages = _pages(file, count)
    if not any(read_pages):
        scanned = any(_has_picture(file, number) for number in range(min(count, _LOOKED_AT)))
        raise DocumentError(
            "has no text: it is scanned (let a program for OCR add the text)"
            if scanned
            else "is empty: nothing to index"
        )
    text, pages = join(columns_of(without_heads(read_pages)))
    if len(_MEANINGLESS.findall(text)) > _MEANINGLESS_SHARE * len(text):
        raise DocumentError("has no text that can be read: its fonts do not tell their characters (OCR can help)")
    title = one_line(file.get_metadata_value("Title"))
    author = one_line(file.get_metadata_value("Author"))
    return Extracted(
        text, "pdf/1", title=None if title and _NO_TITLE.fullmatch(title) else title, author=author, pages=tuple(pages)
    )


def _pages(file: PdfDocument, count: int) -> list[list[Piece]]:
    """Return the pieces of each page."""
    import pypdfium2

    found: list[list[Piece]] = []
    size = 0
    for number in range(count):
        try:
            page = file[number]
            pieces = pieces_of(page)
            page.close()
        except pypdfium2.PdfiumError as error:
            raise DocumentError(
                f"is damaged on page {number + 1}: save it again from the program that made it"
            ) from error
        size += sum(len(piece.text) for piece in pieces)
        if size > MAX_CHARS:
            raise DocumentError(f"holds more than {MAX_CHARS:,} characters: split it into articles")
        found.append(pieces)
    return found


def _has_picture(file: PdfDocument, number: int) -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    return any(True for _ in file[number].get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3))
