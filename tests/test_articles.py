"""Articles put into a folder and taken out of it: whole or not at all, inside it, and never lost."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import articles
from index.articles import REMOVED, add_article, put_back, remove_article
from index.build import bring_up_to_date
from index.documents import MAX_FILE_BYTES, scan
from index.errors import DocumentError, FolderError
from index.formats import READERS

TEXT = "Le phare de Kerlan coûte cent euros.\n".encode()
OTHER = "Le phare de Kerlan coûte mille euros.\n".encode()


@pytest.fixture
def folder(make_folder) -> Path:
    return make_folder({"old.txt": "La météo de demain sera douce.\n", "sub/deep.md": "# Titre\n\nUn texte.\n"})


def everything(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kept_name(index: Path, kept: Path) -> str:
    return kept.relative_to(index / REMOVED).parts[0]


def refusal(function, *args, **options) -> str:
    with pytest.raises(DocumentError) as caught:
        function(*args, **options)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.isprintable()
    return message


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("name", ["OLD.txt", "old.TXT", "sub/Deep.md", "caf\u00e9.txt", "CAFE\u0301.TXT"])
def test_a_name_that_other_systems_take_for_one_that_is_there_is_refused(folder, name, replace):
    add_article(folder, "cafe\u0301.txt", TEXT)
    if (folder / name).exists():
        pytest.skip("this system takes them for the same as well")
    before = everything(folder)
    assert "take for the same" in refusal(add_article, folder, name, OTHER, replace)
    assert everything(folder) == before


@pytest.mark.parametrize("name", ["new.txt", "a/b/c.md", "L'été à Brest.TXT", "sub/new.markdown", "x.text"])
def test_an_article_is_added(folder, name):
    before = everything(folder)
    assert add_article(folder, name, TEXT) == name
    assert everything(folder) == {**before, name: TEXT}
    assert name in [state.source for state in scan(folder)[0]]
    mask = os.umask(0)
    os.umask(mask)
    assert (folder / name).stat().st_mode & 0o777 == 0o666 & ~mask  # as any file that is saved there


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "visible file"),
        ("/etc/passwd.txt", "visible file"),
        ("../out.txt", "visible file"),
        ("sub/../../out.txt", "visible file"),
        ("./a.txt", "visible file"),
        ("a//b.txt", "visible file"),
        ("a.txt/", "visible file"),
        (".hidden.txt", "visible file"),
        (".sourcier/a.txt", "visible file"),
        ("sub/.txt", "visible file"),
        ("..\\out.txt", "backslash"),
        ("a\n.txt", "control character"),
        ("a\0.txt", "control character"),
        ("a\x7f.txt", "control character"),
        ("a\u2028b.txt", "control character"),
        ("a\udce9.txt", "control character"),
        ("\u202etxt.exe.txt", "not seen"),
        ("a\u200b.txt", "not seen"),
        ("a\U000e0001.txt", "not seen"),
        ("a\ufffd.txt", "not seen"),
        ("C:a.txt", "Windows"),
        ("what?.txt", "Windows"),
        ("CON.txt", "Windows"),
        ("con/a.txt", "Windows"),
        ("nul.tar.md", "Windows"),
        ("com1 .txt", "Windows"),
        ("lpt².txt", "Windows"),
        ("sub./a.txt", "Windows"),
        ("sub /a.txt", "Windows"),
        ("é" * 99 + ".txt", "200 bytes"),
        ("notes.xlsx", "notes.xlsx: format .xlsx is not read: articles are .txt, .text, .md, .markdown"),
        ("notes", "format (none) is not read"),
        ("a.txt.exe", "format .exe is not read"),
    ],
)
def test_a_name_that_is_no_articles_is_refused(folder, name, said):
    before = everything(folder.parent)
    assert said in refusal(add_article, folder, name, TEXT)
    assert said in refusal(add_article, folder, name, TEXT, replace=True)
    assert everything(folder.parent) == before


def test_names_that_only_look_reserved_are_taken(folder):
    for name in ("console.txt", "com.txt", "com10.txt", "aux-armes.md", "L’été.txt", "a..txt", "é" * 98 + ".txt"):
        assert add_article(folder, name, TEXT) == name


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\t ", "is empty"),
        (b"---\ntitle: A\n---\n", "is empty"),
        (b"\0\1\2\0", "new.md"),
        (b"%PDF-1.7\n\0\0\xff", "new.md"),
        (b"x" * (MAX_FILE_BYTES + 1), "larger than 32 MB"),
    ],
)
def test_bytes_that_are_no_article_are_refused(folder, data, said):
    before = everything(folder)
    assert said in refusal(add_article, folder, "new.md", data)
    assert everything(folder) == before


def test_what_is_there_is_replaced_only_if_that_is_said(folder):
    before = everything(folder)
    assert "is there already" in refusal(add_article, folder, "old.txt", TEXT)
    assert everything(folder) == before
    add_article(folder, "old.txt", TEXT, replace=True)
    assert everything(folder) == {**before, "old.txt": TEXT}
    add_article(folder, "new.txt", TEXT, replace=True)  # whether or not it was there
    (folder / "dir.txt").mkdir()
    for replace in (False, True):
        assert "no regular file" in refusal(add_article, folder, "dir.txt", TEXT, replace=replace)
        assert "cannot be written" in refusal(add_article, folder, "old.txt/new.txt", TEXT, replace=replace)


@pytest.mark.parametrize("replace", [False, True])
def test_no_link_is_followed(folder, tmp_path, replace):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.txt").write_bytes(OTHER)
    (folder / "out").symlink_to(outside)
    (folder / "again").symlink_to(folder / "sub")
    (folder / "round").symlink_to(folder / "round")
    (folder / "theirs.txt").symlink_to(outside / "theirs.txt")
    (folder / "nowhere.txt").symlink_to(outside / "new.txt")
    before = everything(tmp_path)
    for name in ("out/new.txt", "out/theirs.txt", "out/a/new.txt", "again/new.txt", "round/new.txt"):
        assert "behind a link" in refusal(add_article, folder, name, TEXT, replace=replace)
    for name in ("theirs.txt", "nowhere.txt"):
        assert "no regular file" in refusal(add_article, folder, name, TEXT, replace=replace)
    for name in ("out/theirs.txt", "again/deep.md", "theirs.txt", "nowhere.txt"):
        assert "link" in refusal(remove_article, folder, folder / ".sourcier", name)
    assert everything(tmp_path) == before


def test_the_folder_itself_may_be_a_link(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert add_article(tmp_path / "link", "sub/new.txt", TEXT) == "sub/new.txt"
    kept = remove_article(tmp_path / "link", folder / ".sourcier", "sub/new.txt")
    assert kept.read_bytes() == TEXT


def test_a_folder_that_is_none_is_told(folder, tmp_path):
    for function in (
        lambda at: add_article(at, "a.txt", TEXT),
        lambda at: remove_article(at, tmp_path / "index", "a.txt"),
        lambda at: put_back(at, tmp_path / "index", "20250101T000000Z-00000000"),
    ):
        with pytest.raises(FolderError, match="no folder"):
            function(tmp_path / "none")
        with pytest.raises(FolderError, match="is a file"):
            function(folder / "old.txt")


def test_the_index_takes_no_article(folder):
    index = folder / "kept"
    bring_up_to_date(folder, index)
    assert "in the index" in refusal(add_article, folder, "kept/a.txt", TEXT, index=index)
    assert "in the index" in refusal(add_article, folder, "kept/removed/a.txt", TEXT, index=index)
    assert add_article(folder, "a.txt", TEXT, index=index) == "a.txt"


@pytest.mark.parametrize("links", [True, False])
def test_of_many_that_come_at_once_one_wins(folder, monkeypatch, links):
    if not links:  # as on some file systems

        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    add_article(folder, "first.txt", TEXT)  # what reads it is loaded once
    barrier = Barrier(8)

    def add(number: int) -> int | None:
        barrier.wait()
        try:
            add_article(folder, "same.txt", b"Article %d.\n" % number)
        except DocumentError as error:
            assert "is there already" in str(error)  # noqa: PT017
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        won = [number for number in pool.map(add, range(8)) if number is not None]
    assert len(won) == 1
    assert (folder / "same.txt").read_bytes() == b"Article %d.\n" % won[0]
    assert not list(folder.glob(".sourcier-*"))


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("step", ["fsync", "replace_or_link"])
def test_a_failure_leaves_what_was_there(folder, monkeypatch, replace, step):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    name = "old.txt" if replace else "new.txt"
    before = everything(folder)
    for function in ("fsync",) if step == "fsync" else ("replace", "link"):
        monkeypatch.setattr(os, function, fail)
    assert "No space left on device" in refusal(add_article, folder, name, TEXT, replace=replace)
    monkeypatch.undo()
    assert everything(folder) == before


@given(st.text(max_size=20), st.sampled_from(["", ".txt", ".md", ".pdf", "/a.txt"]))
def test_any_name_is_refused_or_becomes_an_article_in_the_folder(name, suffix):
    with tempfile.TemporaryDirectory() as here:
        folder = Path(here) / "articles"
        folder.mkdir()
        try:
            source = add_article(folder, name + suffix, TEXT)
        except DocumentError as error:
            assert str(error).isprintable()  # noqa: PT017
            assert everything(Path(here)) == {}
        else:
            assert everything(Path(here)) == {f"articles/{source}": TEXT}
            assert [state.source for state in scan(folder)[0]] == [source]
            index = folder / ".sourcier"
            kept = kept_name(index, remove_article(folder, index, source))
            assert scan(folder)[0] == []
            assert put_back(folder, index, kept) == source
            assert everything(Path(here)) == {f"articles/{source}": TEXT}


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("index_name", [".sourcier", "kept"])
@pytest.mark.parametrize("source", ["old.txt", "sub/deep.md"])
def test_what_is_removed_is_kept_and_put_back(folder, monkeypatch, source, index_name, across):
    if across:  # from one file system to another

        def refuse(*_: object) -> None:
            raise OSError(errno.EXDEV, "Invalid cross-device link")

        monkeypatch.setattr(os, "rename", refuse)
        monkeypatch.setattr(os, "link", refuse)
    index = folder / index_name
    bring_up_to_date(folder, index)
    data, seen = (folder / source).read_bytes(), (folder / source).stat()
    kept = remove_article(folder, index, source)
    assert kept.is_relative_to(index / REMOVED)
    assert kept.as_posix().endswith(f"/{source}")
    assert kept.read_bytes() == data
    assert not (folder / source).exists()
    for number in range(4):  # builds leave it as it is, and see no article in it
        add_article(folder, f"more{number}.txt", b"Article %d.\n" % number)
        report = bring_up_to_date(folder, index)
        assert report.rebuilt
        assert report.skipped == ()
        assert source not in [state.source for state in scan(folder, index)[0]]
    bring_up_to_date(folder, index, rebuild=True)
    assert put_back(folder, index, kept_name(index, kept)) == source
    assert (folder / source).read_bytes() == data
    assert (folder / source).stat().st_mtime_ns == seen.st_mtime_ns
    assert list((index / REMOVED).iterdir()) == []


def test_one_name_may_be_removed_again_and_again(folder, tmp_path):
    kept = []
    for number in range(3):
        add_article(folder, "a.txt", b"Article %d.\n" % number)
        kept.append(remove_article(folder, tmp_path / "index", "a.txt"))
    assert [path.read_bytes() for path in kept] == [b"Article %d.\n" % number for number in range(3)]


def test_putting_back_overwrites_nothing(folder, tmp_path):
    index = tmp_path / "index"
    kept = remove_article(folder, index, "old.txt")
    add_article(folder, "old.txt", TEXT)
    assert "is there already" in refusal(put_back, folder, index, kept_name(index, kept))
    assert (folder / "old.txt").read_bytes() == TEXT
    assert kept.exists()
    (folder / "old.txt").unlink()
    put_back(folder, index, kept_name(index, kept))
    assert "no removed article" in refusal(put_back, folder, index, kept_name(index, kept))


def test_nothing_is_put_back_through_a_link(folder, tmp_path):
    index, outside = tmp_path / "index", tmp_path / "outside"
    kept = remove_article(folder, index, "sub/deep.md")
    outside.mkdir()
    shutil.rmtree(folder / "sub")
    (folder / "sub").symlink_to(outside)
    assert "behind a link" in refusal(put_back, folder, index, kept_name(index, kept))
    assert list(outside.iterdir()) == []
    assert kept.exists()


@pytest.mark.parametrize(
    "kept",
    ["", ".", "..", "../removed", "/etc", "a\0b", "20250101T000000Z-0000000\u0660", "20250101T000000Z-00000000\n"],
)
def test_a_name_under_which_nothing_is_kept(folder, tmp_path, kept):
    (tmp_path / "index" / REMOVED).mkdir(parents=True)
    (tmp_path / "index" / REMOVED / "a.txt").write_bytes(TEXT)
    assert "no removed article" in refusal(put_back, folder, tmp_path / "index", kept)


def test_what_is_kept_in_another_way_is_left_to_the_user(folder, tmp_path):
    index, name = tmp_path / "index", "20250101T000000Z-00000000"
    (index / REMOVED / name).mkdir(parents=True)
    assert "holds 0 files" in refusal(put_back, folder, index, name)
    for file in ("a.txt", "b.txt"):
        (index / REMOVED / name / file).write_bytes(TEXT)
    assert "holds 2 files" in refusal(put_back, folder, index, name)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "/",
        "none.txt",
        "../out.txt",
        "sub",
        "sub/",
        "sub/../old.txt",
        ".hidden.txt",
        "./old.txt",
        "a\0.txt",
        "x.xlsx",
    ],
)
def test_only_an_article_is_removed(folder, tmp_path, source):
    (tmp_path / "out.txt").write_bytes(TEXT)
    (folder / ".hidden.txt").write_bytes(TEXT)
    (folder / "x.xlsx").write_bytes(TEXT)
    before = everything(tmp_path)
    refusal(remove_article, folder, tmp_path / "index", source)
    refusal(remove_article, folder, tmp_path / "index", str(folder / "old.txt"))
    assert everything(tmp_path) == before


def test_nothing_in_the_index_is_removed(folder):
    index = folder / "kept"
    index.mkdir()
    (index / "a.txt").write_bytes(TEXT)
    assert "in the index" in refusal(remove_article, folder, index, "kept/a.txt")


@pytest.mark.parametrize("name", ["what?.txt", "a\nb.txt", "con.txt", " x .txt", "é" * 120 + ".txt"])
def test_whatever_a_build_reads_can_be_removed_and_put_back(folder, tmp_path, name):
    """Names that would not be taken in may be there all the same."""
    (folder / name).write_bytes(TEXT)
    assert name in [state.source for state in scan(folder)[0]]
    kept = remove_article(folder, tmp_path / "index", name)
    assert put_back(folder, tmp_path / "index", kept_name(tmp_path / "index", kept)) == name
    assert (folder / name).read_bytes() == TEXT


def test_a_move_that_fails_half_way_leaves_the_article(folder, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = everything(folder)
    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(os, "fsync", fail)
    assert "No space left on device" in refusal(remove_article, folder, tmp_path / "index", "old.txt")
    monkeypatch.undo()
    assert everything(folder) == before
    assert everything(tmp_path / "index") == {}


def test_every_format_that_is_read_can_be_added(folder):
    made = {path.suffix: path for path in (Path(__file__).parent / "data" / "formats").glob("pandoc.*")}
    made |= {".pdf": made[".docx"].with_name("chromium.pdf"), ".htm": made[".html"], ".xhtml": made[".html"]}
    for suffix in READERS:
        add_article(folder, f"new{suffix}", made[suffix].read_bytes() if suffix in made else TEXT)
        assert PurePosixPath(f"new{suffix}").suffix == suffix
    assert articles.REMOVED == "removed"
