"""Files to documents: which files are articles, in which encoding, with which header."""

from __future__ import annotations

import codecs
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.decoding import decode
from index.documents import MAX_FILE_BYTES, extract, read_bytes, read_document, scan
from index.errors import DocumentError, FolderError
from index.types import Document

ROOT = Path(__file__).parent.parent
FRENCH = "L’été à Noël : « 27 % » à l'œuvre, naïveté et forêt. Microsoft détient une part d'OpenAI."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes, name: str = "a.txt") -> Document:
    write(folder, name, content)
    return read_document(folder, name)


def sources(folder: Path) -> tuple[list[str], dict[str, str]]:
    found, skipped = scan(folder)
    return [state.source for state in found], {entry.source: entry.reason for entry in skipped}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
)
def test_every_usual_encoding_gives_the_same_text(tmp_path: Path, encoding: str) -> None:
    mark = codecs.BOM_UTF32_BE if encoding == "utf-32-be" else b""
    assert read(tmp_path, mark + FRENCH.encode(encoding)).text == FRENCH


def test_newlines_stay_as_they_are(tmp_path: Path) -> None:
    text = "Un.\r\nDeux.\rTrois.\nQuatre.\u2028Cinq."
    document = read(tmp_path, text)
    assert document.text == text
    assert document.text == extract(read_bytes(tmp_path, "a.txt"), "a.txt").text


def test_an_encoding_that_must_be_guessed_is_guessed() -> None:
    text = "L'été à Noël, forêt, naïveté, garçon. " * 8
    assert decode(text.encode("mac_roman")) == text
    japanese = "こんにちは世界。今日はいい天気です。" * 8
    assert decode(japanese.encode("shift_jis")) == japanese


def test_utf8_cut_in_mid_character_is_still_utf8() -> None:
    assert decode(FRENCH.encode() + "é".encode()[:1]) == FRENCH + "\ufffd"
    assert decode("été".encode("cp1252")) == "été"


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        bytes(range(256)) * 40,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(250)),
        b"texte\x00texte",
        codecs.BOM_UTF16_LE + b"\x00\xd8",
        codecs.BOM_UTF16_LE + b"a",
        bytes([1, 2, 3, 4, 5, 6, 7, 8]) * 100,
    ],
)
def test_binary_files_are_named_as_such(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^is not text .*: save it as UTF-8"):
        read(tmp_path, data)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \r\n\t", "\u00a0\u2028".encode(), codecs.BOM_UTF16_LE])
def test_empty_files_are_named_as_such(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^is empty"):
        read(tmp_path, content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=40).map(lambda text: text.encode("utf-16-le", "surrogatepass")))
def test_any_bytes_are_text_or_a_document_error(data: bytes) -> None:
    try:
        text = decode(data)
    except DocumentError:
        return
    assert "\x00" not in text
    assert text.encode().decode() == text


HEADER = (
    *("---\n", "title: Le pacte\n", "date: 2025\n", "- a\n", "? b\n", "x: &a [*a]\n", "<<: {a: 1}\n", '"\\ud800": 1\n'),
    *(
        'title: "\\ud800\\0"\n',
        "[",
        "{",
        ": ",
        "!!python/object:os.system x\n",
        "Un texte.\n",
        "\t",
        "%YAML 1.1\n",
        "é\r\n",
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(HEADER), max_size=12).map("".join))
def test_any_markdown_header_is_read_or_left_as_text(text: str) -> None:
    assert extract(text.encode(), "a.md").text == text


def test_a_front_matter_gives_title_and_date_and_is_no_part_of_the_article(tmp_path: Path) -> None:
    header = "---\r\ntitle: |\r\n  Le pacte\r\n  de 2019\r\ndate: 2025-05-12\r\ntags: [a, b]\r\n---\r\n"
    document = read(tmp_path, f"{header}\r\nMicrosoft a investi.\r\n", "a.md")
    assert (document.title, document.date, document.date_origin) == ("Le pacte de 2019", "2025-05-12", "front matter")
    assert document.text.startswith("---")
    (start, end), *rest = document.left_out
    assert (start, document.text[:end].strip(), rest) == (0, header.strip(), [])


@pytest.mark.parametrize(
    ("field", "title", "date"),
    [
        ("title: 2019\ndate: 2025", "2019", "2025"),
        ("title: yes\ndate: 12 mai 2025", "yes", "2025-05-12"),
        ("title: [a, b]\ndate: [2025]", "Un texte.", None),
        ("title: ''\ndate: 2025-13-45", "Un texte.", None),
        ('title: "a\\ud800b"', "a?b", None),
        ("date: 2025-05-12 10:00:00 +0200", "Un texte.", "2025-05-12"),
    ],
)
def test_odd_fields_of_a_front_matter(tmp_path: Path, field: str, title: str, date: str | None) -> None:
    document = read(tmp_path, f"---\n{field}\n---\nUn texte.\n", "a.md")
    assert (document.title, document.date) == (title, date)


@pytest.mark.parametrize(
    "header",
    [
        "---\ntitle: [oops\n---\n",
        "---\n- a\n- b\n---\n",
        "---\ntitle: jamais fini\n",
        "---\n---\n",
        "---\n" + "[" * 5000 + "\n---\n",
    ],
    ids=["malformed", "list", "open", "blank", "deep"],
)
def test_what_is_no_front_matter_stays_in_the_article(tmp_path: Path, header: str) -> None:
    document = read(tmp_path, f"{header}Un texte.\n", "a.md")
    assert document.text == f"{header}Un texte.\n"
    assert document.left_out == ()
    assert document.title != "jamais fini"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(DocumentError, match="is no regular file"):
        read_document(tmp_path, "a.txt")


def test_a_yaml_bomb_is_harmless(tmp_path: Path) -> None:
    merges = "\n".join(f"k{n}: &k{n}\n  <<: [*k{n - 1}, *k{n - 1}]" for n in range(1, 40))
    began = time.process_time()
    document = read(tmp_path, f"---\ntitle: Le pacte\nk0: &k0 {{a: b}}\n{merges}\ndate: *k39\n---\nUn texte.\n", "a.md")
    assert document.title == "Le pacte"
    assert time.process_time() - began < 5


def test_a_txt_file_is_text_whatever_it_begins_with(tmp_path: Path) -> None:
    assert read(tmp_path, "---\ntitle: A\n---\nUn texte.").left_out == ()


def test_title_and_date_fall_back_on_the_file_name(tmp_path: Path) -> None:
    document = read(tmp_path, "date 2025-05-13", "2025-05-12_pacte.txt")
    assert (document.title, document.date) == ("2025-05-12_pacte", "2025-05-13")
    document = read(tmp_path, FRENCH, "2025-05-12_pacte.txt")
    assert (document.date, document.date_origin) == ("2025-05-12", "file name")


def test_scan_names_what_it_passes_over(tmp_path: Path) -> None:
    for name in ("b.txt", "sous/a.MD", "é.text", ".cache", ".git/a.txt", "x.xlsx", "README"):
        write(tmp_path, name, "Un texte.")
    found, skipped = sources(tmp_path)
    assert found == ["b.txt", "sous/a.MD", "é.text"]
    assert sorted(skipped) == ["README", "x.xlsx"]
    assert skipped["x.xlsx"].startswith("format .xlsx is not read: articles are .txt")


def test_the_index_folder_holds_no_articles_wherever_it_lies(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "Un texte.")
    write(tmp_path, "index/b.txt", "Un texte.")
    write(tmp_path, "index/manifest.json", "{}")
    assert [state.source for state in scan(tmp_path, tmp_path / "index")[0]] == ["a.txt"]
    assert scan(tmp_path, tmp_path / "index")[1] == []
    assert len(scan(tmp_path)[0]) == 2


def test_links_pipes_and_odd_names_are_named_and_never_followed_or_read(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "Un texte.")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.txt").symlink_to("self.txt")
    (tmp_path / "gone.txt").symlink_to("nowhere.txt")
    (tmp_path / "good.txt").symlink_to("a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    write(tmp_path, os.fsdecode(b"caf\xe9.txt"), "Un texte.")
    write(tmp_path, os.fsdecode(b"caf\xe9.\xe9"), "Un texte.")
    found, skipped = sources(tmp_path)
    assert found == ["a.txt", "good.txt"]
    assert set(skipped) == {"loop/", "self.txt", "gone.txt", "pipe.txt", "caf\\xe9.txt", "caf\\xe9.\\xe9"}
    assert skipped["pipe.txt"] == "is no regular file"
    assert skipped["caf\\xe9.txt"] == "its name is not UTF-8: rename it"
    assert "".join(skipped.values()).encode()


def test_what_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt", "Un texte.")
    write(tmp_path, "secret.txt", "Un texte.")
    write(tmp_path, "closed/b.txt", "Un texte.")
    real_access, real_scandir = os.access, os.scandir

    def access(path: Path, mode: int) -> bool:
        return real_access(path, mode) and Path(path).name != "secret.txt"

    def scandir(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return real_scandir(path)

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(os, "scandir", scandir)
    assert sources(tmp_path) == (
        ["a.txt"],
        {
            "closed/": "the folder cannot be read (Permission denied)",
            "secret.txt": "cannot be read (Permission denied)",
        },
    )


def test_a_folder_that_may_not_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        with pytest.raises(
            FolderError, match=r"cannot read the folder .* \(Permission denied\): check its permissions"
        ):
            scan(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", refuse)
        with pytest.raises(FolderError, match="check its permissions"):
            scan(tmp_path / "inside")


def test_a_missing_folder_or_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"no folder at .*: check the path"):
        scan(tmp_path / "none")
    with pytest.raises(FolderError, match="no folder at"):
        scan(Path("a\0b"))
    with pytest.raises(FolderError, match="is a file: give the folder that holds it"):
        scan(write(tmp_path, "a.txt", "Un texte."))


def test_a_file_that_vanished_after_the_scan_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^cannot be read \(No such file"):
        read_document(tmp_path, "a.txt")


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DocumentError, match=r"^is larger than 32 MB: split it"):
        read_document(tmp_path, "a.txt")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes
    assert MAX_FILE_BYTES == 32_000_000


def test_twenty_megabytes_on_one_line_are_indexed_in_bounded_time_and_memory(tmp_path: Path) -> None:
    sentence = "Microsoft a investi treize milliards de dollars dans OpenAI, selon Les Echos. "
    write(tmp_path, "a.txt", sentence * (20_000_000 // len(sentence)))
    script = (
        "import re, sys; from pathlib import Path; from index.build import bring_up_to_date;"
        "report = bring_up_to_date(Path(sys.argv[1]));"  # getrusage would count the parent's memory too
        "print(report.passages, re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    passages, kilobytes = map(int, done.stdout.split())
    assert 28_000 < passages < 40_000
    assert kilobytes < 1_500_000
