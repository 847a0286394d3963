"""Archives and pages made to harm: refused before they are unpacked, or read without harm."""

from __future__ import annotations

import io
import struct
import zipfile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import DocumentError
from index.formats import READERS, epub, html
from index.formats import docx as docx_format
from index.formats.archive import open_archive
from index.formats.workers import read_apart

READ = {"DOCX": docx_format.read, "EPUB": epub.read}
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def letter(text: str = "Microsoft a investi dix milliards.") -> dict[str, bytes]:
    buffer = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(text)
    document.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def book(chapter: bytes = b"<p>Un livre.</p>", head: bytes = b"") -> dict[str, bytes]:
    return {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        b'<rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>',
        "o/p.opf": b'<?xml version="1.0"?>' + head + b'<package xmlns="http://www.idpf.org/2007/opf"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>T</dc:title></metadata><manifest>'
        b'<item id="a" href="a%20b.xhtml" media-type="application/xhtml+xml"/></manifest>'
        b'<spine><itemref idref="a"/></spine></package>',
        "o/a b.xhtml": b"<html><body>" + chapter + b"</body></html>",
    }


MADE = {"DOCX": letter, "EPUB": book}


@pytest.mark.parametrize("what", MADE)
def test_a_bomb_is_refused_before_it_is_unpacked(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(MADE[what]() | {"z.xml": b"\0" * 50_000_000})
    assert len(data) < 100_000

    def unpacked(*_: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(zipfile.ZipFile, "read", unpacked)
    monkeypatch.setattr(zipfile.ZipFile, "open", unpacked)
    with pytest.raises(DocumentError, match=r"^unpacks to \d+ files and 50,\d{3},\d{3} bytes, far too much for a"):
        READ[what](data)


def test_an_archive_that_says_less_than_it_holds_is_refused() -> None:
    data = packed(book() | {"o/a b.xhtml": b"<p>" + b"a" * 5_000_000})
    true, told = struct.pack("<I", 5_000_003), struct.pack("<I", 90)
    assert data.count(true) == 2
    with pytest.raises(DocumentError, match=r"^is damaged at"):
        epub.read(data.replace(true, told))


def test_parts_that_overlap_are_refused() -> None:
    data = packed({"a": b"x" * 9000}, zipfile.ZIP_STORED)
    at = data.rindex(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    entry = data[at:end]
    directory = entry * 50
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 50, 50, len(directory), at, 0)
    with pytest.raises(DocumentError, match="its parts overlap"):
        open_archive(data[:at] + directory + tail, "EPUB")


@pytest.mark.parametrize("entities", [LAUGHS, OUTSIDE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(entities: bytes, encoding: str) -> None:
    parts = letter()
    body = parts["word/document.xml"].decode().partition("?>")[2].replace("dix", "&c;")
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' + entities.decode() + body
    parts["word/document.xml"] = declared.encode(encoding)
    with pytest.raises(DocumentError, match=r"^declares XML entities"):
        docx_format.read(packed(parts))
    with pytest.raises(DocumentError, match=r"^declares XML entities"):
        epub.read(packed(book(head=entities)))


def test_entities_of_a_chapter_mean_nothing() -> None:
    parts = book()
    parts["o/a b.xhtml"] = OUTSIDE + b"<html><body><p>Avant &a; apr&egrave;s.</p></body></html>"
    text = epub.read(packed(parts)).text
    assert "root:" not in text
    assert "Avant &a; après." in text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\n1 0 obj", r"^is a PDF file: let its name end in \.pdf$"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><p>x", r"^is an HTML page: let its name end in \.html$"),
        (b"<HTML><p>x", r"^is an HTML page"),
    ],
)
def test_the_source_of_another_format_is_no_text(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        READERS[".txt"](data)
    assert READERS[".txt"](b"On <html> tags: ").text == "On <html> tags: "


def test_a_chapter_says_what_it_says_now() -> None:
    """Notes are raised figures, and what was struck out or hidden is not said."""
    chapter = (
        '<p>En 2019<a epub:type="noteref" href="#n">1</a>, <a role="doc-noteref" href="#n"><sup>2</sup></a> 30 m<sup>2'
        '</sup>, la 2<sup>e</sup> <del>non</del><s>non</s><i hidden="">non</i>tour.<a role="doc-backlink" href="#r">↩'
        "</a></p>"
    )
    assert epub.read(packed(book(chapter.encode()))).text == "En 2019¹, ² 30 m², la 2e tour."


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({}, "is no EPUB file"),
        ({"META-INF/container.xml": b"<a/>"}, "is no EPUB file: it names no package"),
        ({"META-INF/container.xml": b"<a"}, "its list of parts is damaged"),
        ({**book(), "o/a b.xhtml": b"\x00\x01"}, "is not text"),
        ({name: data for name, data in book().items() if name != "o/a b.xhtml"}, "has no 'o/a b.xhtml'"),
        (
            {**book(), "META-INF/encryption.xml": b'<e><CipherReference URI="o/a%20b.xhtml"/></e>'},
            "is protected against copying",
        ),
    ],
)
def test_a_book_that_is_none_is_refused(parts: dict[str, bytes], says: str) -> None:
    with pytest.raises(DocumentError) as error:
        epub.read(packed(parts))
    assert says in str(error.value)


def test_a_document_that_is_none_is_refused() -> None:
    for data in (b"", b"PK", packed({}), packed({"word/document.xml": b"<a/>"}), packed(book())):
        with pytest.raises(DocumentError, match=r"^is no DOCX file"):
            docx_format.read(data)


def test_a_page_nested_without_end_is_read_or_refused() -> None:
    page = b"<html><body>" + b"<div>" * 100_000 + b"<p>Au fond, il y a un texte.</p>"
    told = "is nested too deeply"
    try:
        assert len(read_apart("html", page).text) < 1000
    except DocumentError as error:
        told = str(error)
    assert told == "is nested too deeply"


def test_scripts_styles_and_hidden_text_are_no_article() -> None:
    said = "".join(
        f"<p>Le paragraphe {n} de cet article dit que Microsoft a investi {n} milliards en 2019.</p>" for n in range(9)
    )
    page = (
        "<html><head><title>Le pacte</title><script>var secret = 'x'</script><style>p { color: red }</style></head>"
        "<body>"
        f"<nav><a href='/'>Accueil</a></nav><article><h1>Le pacte</h1>{said}<script>alert('y')</script>"
        "<noscript>Activez</noscript><!-- secret --><img src='http://x.invalid/a.png' alt='secret'></article>"
        "<footer>Mentions secret</footer></body></html>"
    )
    text = html.read(page.encode()).text
    assert all(f"Le paragraphe {n} " in text for n in range(9))
    assert not any(word in text for word in ("secret", "alert", "color", "Accueil", "Mentions"))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["DOCX", "EPUB"]),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
    st.floats(0.5, 1),
)
def test_damaged_archives_are_read_or_refused(what: str, flips: list[tuple[float, int]], kept: float) -> None:
    data = bytearray(packed(MADE[what]()))
    for place, value in flips:
        data[int(place * len(data))] = value
    try:
        found = read_apart(what.lower(), bytes(data[: int(kept * len(data))] if kept < 0.9 else data))
    except DocumentError:
        return
    assert found.text.encode().decode() == found.text


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text("<>/&;='\"!-[]pdivabéx \n", max_size=300).map(str.encode))
def test_any_bytes_are_a_page_or_a_document_error(data: bytes) -> None:
    told = ""
    try:
        read_apart("html", data)
    except DocumentError as error:
        told = str(error)
    assert "\n" not in told
