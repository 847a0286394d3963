"""Articles of any bytes, and good ones gone bad, are read and cut soundly, or refused in one line."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fuzzing import EDITS, Edits, one_line, spoilt, tried
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import _splitter, passages_of
from index.documents import document_of
from index.errors import DocumentError
from index.formats import READERS, workers
from index.types import Document

DATA = Path(__file__).parent / "data"
SEED = next((Path(__file__).parent.parent / "seeds").glob("*.txt"))
GOOD = {path.name: path.read_bytes() for path in sorted((DATA / "formats").glob("libre*.*"))} | {
    "seed.txt": SEED.read_bytes()[:3_000],
    "head.md": b"---\ntitle: T\ndate: 2024-05-06\ntags: [a, &x b, *x]\n---\n# Titre\n\nUn texte.\n\n```\ncode\n```\n",
}


def spoilt_inside(data: bytes, part: int, edits: Edits) -> bytes:
    """Return an archive of which one part is spoilt, and the archive itself is whole."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(kept, "w") as new:
        names = archive.namelist()
        for number, name in enumerate(names):
            content = archive.read(name)
            new.writestr(name, spoilt(content, edits) if number == part % len(names) else content)
    return kept.getvalue()


def load(data: bytes, name: str) -> None:
    """Read an article: it is sound and is cut into exact slices, or is refused."""
    try:
        document = document_of(data, name)
    except DocumentError as error:
        one_line(error)
        return
    text = document.text
    assert text.strip()
    text.encode()
    if name.endswith((".txt", ".md")) and b"\0" not in data:
        with suppress(UnicodeDecodeError):
            assert text == data.decode("utf-8-sig")
    for start, end in (*document.headings, *document.left_out):
        assert 0 <= start <= end <= len(text)
    assert [*document.pages] == sorted(document.pages)
    assert all(0 <= page <= len(text) for page in document.pages)
    assert document.date is None or re.fullmatch(r"\d{4}(-\d\d){0,2}", document.date)
    check_passages(document, 700)


def check_passages(document: Document, size: int) -> None:
    passages, text, position = passages_of(document, max_chars=size), document.text, 0
    covered = bytearray(len(text))
    for start, end in document.left_out:
        covered[start:end] = b"\1" * (end - start)
    for passage in passages:
        assert position <= passage.start < passage.end <= len(text)
        assert text[passage.start : passage.end] == passage.text
        assert all(passage.start <= each.start < each.end <= passage.end for each in passage.sentences)
        covered[passage.start : passage.end] = b"\1" * len(passage.text)
        position = passage.end
    assert not "".join(ch for ch, seen in zip(text, covered, strict=True) if not seen).strip()


@pytest.fixture(scope="module", autouse=True)
def _readers() -> Iterator[None]:
    yield
    workers.close()


@pytest.mark.parametrize("name", GOOD)
def test_what_is_spoilt_below_is_good(name: str) -> None:
    assert document_of(GOOD[name], name).text.strip()
    load(GOOD[name], name)


@pytest.mark.parametrize("suffix", READERS)
@tried(100)
@given(data=st.binary(max_size=500) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_an_article_or_none(suffix: str, data: bytes) -> None:
    start = {".pdf": b"%PDF-1.7\n", ".docx": b"PK\3\4", ".epub": b"PK\3\4", ".md": b"---\n"}.get(suffix, b"<html>")
    load(data, "a" + suffix)
    load(start + data, "a" + suffix)


@pytest.mark.parametrize("name", GOOD)
@tried(150)
@given(edits=EDITS, part=st.integers(0, 30))
def test_a_good_article_gone_bad(name: str, edits: Edits, part: int) -> None:
    load(spoilt(GOOD[name], edits), name)
    if zipfile.is_zipfile(io.BytesIO(GOOD[name])):
        load(spoilt_inside(GOOD[name], part, edits), name)


@tried(400)
@given(text=st.text(min_size=1, max_size=400) | st.text(" .\n\r#é?!a\u0301;", max_size=400), size=st.integers(1, 300))
def test_the_pieces_of_any_text_make_it_up(text: str, size: int) -> None:
    assert "".join(_splitter(size).split_text(text)) == text
    document = Document("id", "a.txt", "A", text, "fr", None, None, "0" * 64, "text/1")
    check_passages(document, size)
