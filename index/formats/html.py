"""HTML: the article of a page, without what the site puts around it."""

from __future__ import annotations

import codecs
import re
from itertools import takewhile
from typing import TYPE_CHECKING

from index.decoding import decode
from index.errors import DocumentError
from index.formats.extracted import Extracted, one_line, raised
from index.formats.html_date import published

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from trafilatura.settings import Document

_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_HEAD = 4096  # bytes in which a page says its encoding
_DATES = {"original_date": True, "extensive_search": False, "max_date": "2099-12-31"}  # not used: `published` says more
_NOT_SAID = ".//del | .//s | .//strike | .//*[@hidden][not(self::body)] | .//a[@role='doc-backlink']"
_LOST = ("time", "q", "output")  # trafilatura leaves out their words, or parts them from their sentence
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("dl", "ol", "ul", "table")
_PARTS = ("address", "article", "blockquote", "center", "div", "figure", "footer", "form", "header", "main", "section")
_BLOCKS = frozenset([*_HEADINGS, *_LISTS, *_PARTS, "hr", "p", "pre"])
_SENTENCE = re.compile(r"\w[»”’\")]?\s?[.!?…][\s\"»”’)]*$")
_END = 200  # characters in which a block's last word is looked for
_FEW = 250
_AS_MUCH = 0.7
_RULE = re.compile(r"\|(?:---\|)+ *\n?")  # below a table's heads


def read(data: bytes) -> Extracted:
    """Return the article of a page; scripts, menus, comments and pictures are passed over.

    :raises DocumentError: if the bytes are no text, or no page.
    """
    import trafilatura

    page = _decode(data)
    if not page.strip():
        return Extracted("", "html/1")
    try:
        tree = trafilatura.load_html(page)
        if tree is None:
            raise DocumentError("is no HTML page that can be read")
        date = published(tree)
        _prepare(tree)
        found = _extracted(tree)
        text = getattr(found, "text", None) or trafilatura.baseline(tree)[1]
        if text and ("\n" not in text or len(text) < _FEW):  # then it took all that there is, in no order
            parted = _extracted(tree, least=1)
            said = getattr(parted, "text", None) or ""
            found, text = (parted, said) if len(said) >= _AS_MUCH * len(text) else (found, text)
    except RecursionError:
        raise DocumentError("is nested too deeply") from None
    text = _RULE.sub("", text).strip()
    announced = {" ".join(head.itertext()).strip() for head in found.body.iter("head")} if found else set()
    lines = re.finditer(r"\S.*", text) if announced else ()
    return Extracted(
        text,
        "html/1",
        title=one_line(getattr(found, "title", None)),
        date=date,
        author=one_line(getattr(found, "author", None)),
        headings=tuple(line.span() for line in lines if line[0] in announced),
    )


def _extracted(tree: HtmlElement, least: int = _FEW) -> Document | None:
    """Return what trafilatura finds; of a page with fewer characters than `least` it takes whatever is there."""
    import trafilatura
    from trafilatura.settings import Document, use_config

    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(least))
    found = trafilatura.bare_extraction(
        tree,
        favor_recall=True,
        include_comments=False,
        with_metadata=True,
        date_extraction_params=_DATES,
        config=config,
    )
    return found if isinstance(found, Document) else None  # else a dictionary, for those who ask


def _prepare(tree: HtmlElement) -> None:
    """Make of a page what says the same, and of which no words are lost or run together."""
    from lxml import etree

    for node in tree.xpath(_NOT_SAID):
        node.drop_tree()
    etree.strip_tags(tree, *_LOST)
    for node in tree.xpath(".//center | .//section"):
        node.tag = "div"
    for node in tree.xpath(".//sup | .//a[@role='doc-noteref']"):
        said = raised(node.text_content())
        if said is not None:
            del node[:]
            node.text = said
    for node in tree.xpath(".//div | .//article | .//main"):
        _make_paragraph(node)
    body = tree.find("body")
    if body is not None and not tree.xpath(".//article | .//main"):  # else headings are taken for the site's
        article = body.makeelement("article")
        article.text, body.text = body.text, None
        article.extend(list(body))
        body.append(article)


def _make_paragraph(node: HtmlElement) -> None:
    """Make a paragraph of the bare words before a block's first one, or of a block that ends as a sentence does."""
    inline = list(takewhile(lambda child: child.tag not in _BLOCKS, node))
    if len(inline) == len(node):
        if node.tag == "div" and _SENTENCE.search(node.text_content()[-_END:]):
            node.tag = "p"
    elif (node.text or "").strip():
        paragraph = node.makeelement("p")
        paragraph.text, node.text = node.text, None
        paragraph.extend(inline)
        node.insert(0, paragraph)


def _decode(data: bytes) -> str:
    """Decode a page: as UTF-8, by what it says itself, else as any other file."""
    try:
        return decode(data.decode("utf-8-sig").encode())
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(data[:_HEAD])
    if declared and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = declared[1].decode("ascii")
        name = "cp1252" if name.lower() in ("iso-8859-1", "latin1", "latin-1", "us-ascii") else name  # as browsers do
        try:
            return decode(data.decode(name).encode())
        except (LookupError, ValueError):
            pass
    return decode(data)
