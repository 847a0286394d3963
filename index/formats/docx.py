"""DOCX: its paragraphs, headings, lists and tables in order, a line each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.dates import iso_date
from index.errors import DocumentError
from index.formats.archive import open_archive, part, refuse_entities
from index.formats.extracted import Extracted, joined, one_line, raised

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.text.paragraph import CT_P
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE = f"{_W}val"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # what it stands for is there too
_PASSED_OVER = frozenset((f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", f"{_W}pPr", f"{_W}rPr", _FALLBACK))
_AROUND = frozenset(f"{_W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
_NOT_SAID = tuple(f"{_W}rPr/{_W}{name}" for name in ("strike", "dstrike", "vanish"))  # struck out, or hidden
_ALIGN = f"{_W}rPr/{_W}vertAlign"
_OFF = ("0", "false", "off", "none")
_SAID = {f"{_W}tab": "\t", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "\u2011", f"{_W}softHyphen": ""}
_DEEPEST = 200
_NO_PROPERTIES = ("Word Document", "python-docx")  # what python-docx says for a file that says nothing
_TEMPLATE = ("python-docx", "2013-12-23")  # who made the file, and when, if nobody says


def read(data: bytes) -> Extracted:
    """Return the text of a DOCX file; pictures, notes, heads and feet are passed over.

    :raises DocumentError: if the bytes are none, or it is protected or made to harm.
    """
    import docx

    with open_archive(data, "DOCX") as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                refuse_entities(part(archive, name, "DOCX"))
    try:
        document = docx.Document(io.BytesIO(data))
        lines = [(line, heading) for line, heading in _lines(document) if line]
        properties = document.core_properties
        title, author, made = properties.title, properties.author, properties.created
        if made == properties.modified:  # when a program turned it into a DOCX file
            made = None
        if (title, properties.last_modified_by) == _NO_PROPERTIES:
            title = made = None
    except DocumentError:
        raise
    except Exception as error:  # python-docx raises what its parts raise
        raise DocumentError("is no DOCX file that can be read: save it again from the program that made it") from error
    text, headings = joined(lines)
    day = made.date().isoformat() if made else ""
    by_template = (author, day) == _TEMPLATE
    return Extracted(
        text,
        "docx/1",
        title=one_line(title) or next((one_line(line) for line, _ in _titled(document)), None),
        made=None if by_template else iso_date(day),
        author=None if by_template else one_line(author),
        headings=headings,
    )


def _lines(document: Document) -> Iterator[tuple[str, bool]]:
    """Yield every line of the body, and whether it is a heading."""
    for block in _blocks(document.element.body):
        if block.tag == f"{_W}tbl":
            for row in _rows(block):
                yield row, False
        else:
            name = _style(document, block)
            heading = name == "Title" or name.startswith("Heading")
            item = not heading and (name.startswith("List ") or block.find(f"{_W}pPr/{_W}numPr") is not None)
            said = " ".join(_text(block).split())
            yield (f"- {said}" if item and said else said), heading


def _titled(document: Document) -> Iterator[tuple[str, bool]]:
    for block in _blocks(document.element.body):
        if block.tag == f"{_W}p" and _style(document, block) == "Title":
            yield " ".join(_text(block).split()), True


def _blocks(parent: Element) -> Iterator[Element]:
    """Yield paragraphs and tables in order."""
    return _within(parent, (f"{_W}p", f"{_W}tbl"))


def _within(parent: Element, tags: tuple[str, ...], depth: int = 0) -> Iterator[Element]:
    """Yield the elements of some tags, those in content controls and insertions included."""
    if depth > _DEEPEST:
        raise DocumentError("is nested too deeply")
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in _AROUND:
            yield from _within(child, tags, depth + 1)


def _rows(table: Element, depth: int = 0) -> Iterator[str]:
    """Yield the rows of a table, cells parted by tabs; a table in a cell is part of its row."""
    if depth > _DEEPEST:
        raise DocumentError("is nested too deeply")
    for row in _within(table, (f"{_W}tr",)):
        cells = []
        for cell in _within(row, (f"{_W}tc",)):
            said: list[str] = []
            for block in _blocks(cell):
                said += [_text(block)] if block.tag == f"{_W}p" else _rows(block, depth + 1)
            cells.append(" ".join(" ".join(said).split()))
        yield "\t".join(cell for cell in cells if cell)


def _style(document: Document, paragraph: CT_P) -> str:
    """Return the name of a paragraph's style, which is English whatever the program's language."""
    style_id = paragraph.style
    if not style_id:
        return ""
    from docx.enum.style import WD_STYLE_TYPE

    return document.styles.get_by_id(style_id, WD_STYLE_TYPE.PARAGRAPH).name or ""


def _text(paragraph: Element) -> str:
    """Return what a paragraph says now: insertions are in it, deletions are not."""
    pieces: list[str] = []
    waiting = [(paragraph, False)]
    while waiting:
        node, high = waiting.pop()
        if node.tag == f"{_W}t":
            said = node.text or ""
            pieces.append((high and raised(said)) or said)
        elif node.tag in _SAID:
            pieces.append(_SAID[node.tag])
        elif node.tag == f"{_W}r":
            if not any(_is_on(node, path) for path in _NOT_SAID):
                align = node.find(_ALIGN)
                high = align is not None and align.get(_VALUE) == "superscript"
                waiting.extend((child, high) for child in reversed(node))
        elif node.tag not in _PASSED_OVER:
            waiting.extend((child, high) for child in reversed(node))
    return "".join(pieces)


def _is_on(run: Element, path: str) -> bool:
    mark = run.find(path)
    return mark is not None and mark.get(_VALUE) not in _OFF
