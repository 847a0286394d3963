"""EPUB: the chapters of a book in the order in which they are read."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.dates import iso_date
from index.decoding import decode
from index.errors import DocumentError
from index.formats.archive import open_archive, part, refuse_entities
from index.formats.extracted import MAX_CHARS, Extracted, joined, one_line, raised

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from selectolax.lexbor import LexborHTMLParser

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF_EVENT = "{http://www.idpf.org/2007/opf}event"
_CHAPTERS = ("application/xhtml+xml", "text/html")
_BREAK, _HEADING, _ITEM = "\u2029", "\ufdd0", "\ufdd1"  # where a block ends, and which ones are headings or items
_MARKS = str.maketrans("", "", _BREAK + _HEADING + _ITEM)
_HEADINGS = "h1, h2, h3, h4, h5, h6"
_BLOCKS = (
    f"{_HEADINGS}, p, div, section, article, aside, header, footer, main, blockquote, pre, figure, figcaption, ul, ol,"
    " li, dl, dt, dd, table, tr, caption, hr, br, address, body"
)
_RAISED = r"sup, a[role='doc-noteref'], a[epub\:type='noteref']"
_IN_CELLS = "td p, td div, th p, th div"  # a row is a line
_PASSED_OVER = (
    "head, script, style, nav, svg, math, img, video, audio, object, iframe, template, del, s, strike, [hidden],"
    " a[role='doc-backlink']"
)
# XHTML closes in place what HTML takes to be open: `<title/>` would swallow the chapter.
_CLOSED = re.compile(r"<([A-Za-z][\w:-]*)((?:\s[^<>]*)?)/>")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)


def read(data: bytes) -> Extracted:
    """Return the text of a book; pictures, its table of contents and scripts are passed over.

    :raises DocumentError: if the bytes are none, or it is protected or made to harm.
    """
    with open_archive(data, "EPUB") as archive:
        container = _xml(part(archive, _CONTAINER, "EPUB"))
        place = next((each.get("full-path") for each in container.iter("{*}rootfile")), None)
        if not place:
            raise DocumentError("is no EPUB file: it names no package")
        package = _xml(part(archive, place, "EPUB"))
        lines: list[tuple[str, bool]] = []
        size = 0
        for name in _chapters(archive, package, posixpath.dirname(place)):
            chapter = _lines(decode(part(archive, name, "EPUB")))
            size += sum(len(line) for line, _ in chapter)
            if size > MAX_CHARS:
                raise DocumentError(f"holds more than {MAX_CHARS:,} characters: split it into articles")
            lines += chapter
    text, headings = joined(lines)
    return Extracted(
        text,
        "epub/1",
        title=_said(package, "title"),
        date=_date(package),
        author=_said(package, "creator"),
        headings=headings,
    )


def _xml(data: bytes) -> Element:
    from lxml import etree

    refuse_entities(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError("is no EPUB file that can be read: its list of parts is damaged") from error


def _chapters(archive: zipfile.ZipFile, package: Element, folder: str) -> list[str]:
    """Return the parts that hold the chapters, in the order of the spine."""
    items = {each.get("id"): each for each in package.iter("{*}item")}
    wanted = [items[each.get("idref")] for each in package.iter("{*}itemref") if each.get("idref") in items]
    names = [
        posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in wanted
        if item.get("media-type") in _CHAPTERS and "nav" not in (item.get("properties") or "").split()
    ]
    names = list(dict.fromkeys(names))
    if _ENCRYPTION in archive.namelist():
        locked = {
            unquote(each.get("URI", "")) for each in _xml(part(archive, _ENCRYPTION, "EPUB")).iter("{*}CipherReference")
        }
        if locked.intersection(names):
            raise DocumentError("is protected against copying: its text cannot be read")
    return names


def _lines(page: str) -> list[tuple[str, bool]]:
    """Return the lines of a chapter, and whether each is a heading."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_CLOSED.sub(_opened, page.translate(_MARKS)))
    _leave_out(tree)
    for node in tree.css(_IN_CELLS):
        node.insert_after(" ")
        node.unwrap()
    for node in tree.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    for mark, nodes in ((_HEADING, _HEADINGS), (_ITEM, "li")):
        for node in tree.css(nodes):
            node.insert_before(mark)
    for node in tree.css("td, th"):
        node.insert_after(" ")
    said = tree.body.text(deep=True) if tree.body else ""
    found: list[tuple[str, bool]] = []
    marks = ""  # those of blocks whose words are in a block inside them
    for block in said.split(_BREAK):
        marks += block
        words = " ".join(marks.replace(_HEADING, " ").replace(_ITEM, " ").split())
        if words:
            item = _ITEM in marks
            found.append((f"- {words}" if item else words, _HEADING in marks and not item))
            marks = ""
    return found


def _leave_out(tree: LexborHTMLParser) -> None:
    """Take out what is no part of the chapter, and write raised figures as such."""
    for node in tree.css(_PASSED_OVER):
        node.decompose()
    for node in tree.css(_RAISED):
        if figures := raised(node.text(deep=True)):
            node.replace_with(figures)


def _opened(match: re.Match[str]) -> str:
    name, attributes = match.groups()
    return match[0] if name.lower() in _VOID else f"<{name}{attributes}></{name}>"


def _said(package: Element, name: str) -> str | None:
    return next((one_line(each.text) for each in package.iter(_DC + name) if each.text), None)


def _date(package: Element) -> str | None:
    """Return when the book came out: the date marked as that, else the first that is not of a later change."""
    dates = [(each.get(_OPF_EVENT) or "", (each.text or "").strip()) for each in package.iter(_DC + "date")]
    dates.sort(key=lambda each: each[0] not in ("publication", "original-publication"))
    return next((iso for event, said in dates if event != "modification" and (iso := iso_date(said))), None)
