"""A build of few changes: it reads these alone, and ends in the index that a fresh build makes."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_contents import answers, contents

from index import build as build_module
from index import changes as changes_module
from index import collect, documents
from index.build import bring_up_to_date
from index.pieces import PieceReader
from index.store import open_current

MakeFolder = Callable[[Mapping[str, str | bytes]], Path]
_LONG_AGO = 1_000_000_000_000_000_000
_ticks = count(_LONG_AGO, 1_000)

NAMES = ["a.txt", "b.md", "c 2024-05-06.txt", "d.txt", "é.txt", "sous/a.txt", "sous/z.md", "z.txt"]
TEXTS: list[str | bytes] = [
    "Microsoft a investi 13 milliards de dollars dans OpenAI.",
    "Microsoft a investi 13 milliards de dollars dans OpenAI.\n\nAzure appartient à Microsoft.",
    "# The deal\n\nOracle runs the cloud that OpenAI rents.",
    "Azure appartient à Microsoft. " * 60,
    "Azure appartient à Microsoft. " * 60 + "\n\nLe pacte.\n\n" + "Un mot. " * 200,
    b"\0\1",
    "",
]
_name, _text = st.sampled_from(NAMES), st.sampled_from(TEXTS)
_edit = st.one_of(
    st.tuples(st.just("write"), _name, _text),
    st.tuples(st.just("remove"), _name),
    st.tuples(st.just("rename"), _name, _name),
    st.tuples(st.just("touch"), _name),
    st.tuples(st.just("build")),
)


def put(path: Path, content: str | bytes, aged: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if aged:
        touch(path)


def touch(path: Path) -> None:
    """Give a file a time of its own, long ago: one touched just now is read again to be sure."""
    tick = next(_ticks)
    os.utime(path, ns=(tick, tick))


def apply(folder: Path, edit: tuple[Any, ...], aged: bool) -> None:
    path = folder / edit[1]
    if edit[0] == "write":
        put(path, edit[2], aged)
    elif not path.exists():
        return
    elif edit[0] == "remove":
        path.unlink()
    elif edit[0] == "rename":
        (folder / edit[2]).parent.mkdir(exist_ok=True)
        path.rename(folder / edit[2])
    elif aged:
        touch(path)
    else:
        os.utime(path)


@settings(max_examples=int(os.environ.get("SOURCIER_EDIT_SCRIPTS", "25")), deadline=None)
@given(script=st.lists(_edit, min_size=3, max_size=16), aged=st.booleans())
def test_any_edits_end_in_the_index_that_a_fresh_build_makes(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[Any, ...]], aged: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if aged:
            patch.setattr(changes_module, "_FRESH_NS", 0)
        run_script(tmp_path_factory.mktemp("edits"), script, aged)


def run_script(here: Path, script: list[tuple[Any, ...]], aged: bool) -> None:
    folder = here / "articles"
    put(folder / "m.txt", "Microsoft et Azure : le texte qui reste.", aged)
    for name, text in zip(NAMES[::2], TEXTS, strict=False):
        put(folder / name, text, aged)
    bring_up_to_date(folder, here / "kept")
    for number, edit in enumerate([*script, ("build",)]):
        if edit[0] != "build":
            apply(folder, edit, aged)
            continue
        report = bring_up_to_date(folder, here / "kept")
        fresh = bring_up_to_date(folder, here / f"fresh{number}")
        assert contents(here / "kept") == contents(here / f"fresh{number}")
        assert report.skipped == fresh.skipped
        assert (report.version, report.documents, report.passages) == (fresh.version, fresh.documents, fresh.passages)
    shutil.rmtree(here)


def test_questions_are_answered_as_by_a_fresh_build(make_folder: MakeFolder, tmp_path: Path, overlap_reader) -> None:
    folder = make_folder({f"{number}.txt": TEXTS[number % 5] for number in range(12)})  # many are equal: ties
    bring_up_to_date(folder, tmp_path / "kept")
    (folder / "3.txt").unlink()
    (folder / "10.txt").rename(folder / "00.txt")
    put(folder / "5.txt", "Oracle et OpenAI ont signé. Microsoft a investi 10 milliards de dollars dans OpenAI.")
    bring_up_to_date(folder, tmp_path / "kept")
    bring_up_to_date(folder, tmp_path / "fresh")
    assert answers(tmp_path / "kept", overlap_reader) == answers(tmp_path / "fresh", overlap_reader)


@pytest.fixture
def folder(make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(changes_module, "_FRESH_NS", 0)  # when a file was last touched cannot be set
    folder = make_folder({f"{number:02}.txt": f"Le texte numéro {number} de tous." for number in range(20)})
    make_folder({"bad.txt": b"\0", "long.txt": "\n\n".join(f"Le chapitre {n}. " * 40 for n in range(6))})
    for path in folder.iterdir():
        touch(path)
    return folder


def test_only_new_and_changed_files_are_read_and_renamed_ones_keep_their_vectors(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date(folder)
    read: list[str] = []
    embedded: list[str] = []
    real_read, real_words = documents.read_bytes, PieceReader.words_of

    def read_bytes(folder: Path, source: str) -> bytes:
        read.append(source)
        return real_read(folder, source)

    def words_of(self: PieceReader, texts: list[str]) -> Any:
        embedded.extend(texts)
        return real_words(self, texts)

    monkeypatch.setattr(collect, "read_bytes", read_bytes)
    monkeypatch.setattr(changes_module, "sha256_of", lambda path: pytest.fail(f"{path} was read"))
    monkeypatch.setattr(PieceReader, "words_of", words_of)
    put(folder / "03.txt", "Un autre texte.")
    put(folder / "new.txt", "Un texte de plus.")
    (folder / "07.txt").unlink()
    (folder / "11.txt").rename(folder / "renamed.txt")
    with (folder / "long.txt").open("a") as file:
        file.write("\n\nUn dernier paragraphe.")
    report = bring_up_to_date(folder)
    assert (report.added, report.changed, report.removed, len(report.skipped)) == (2, 2, 2, 1)
    assert read == ["03.txt", "long.txt", "new.txt", "renamed.txt"]
    assert embedded[0] == "Un autre texte."
    assert embedded[-1] == "Un texte de plus."
    assert 1 <= len(embedded[1:-1]) <= 2  # of the six passages of the long article


@pytest.mark.parametrize("touched_by", [touch, partial(Path.chmod, mode=0o600)])
def test_a_touched_file_is_read_but_not_cut_again(
    folder: Path, touched_by: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date(folder)
    touched_by(folder / "03.txt")
    touched_by(folder / "bad.txt")
    with monkeypatch.context() as patch:
        patch.setattr(collect, "read_bytes", lambda _, source: pytest.fail(f"{source} was cut again"))
        report = bring_up_to_date(folder)
        assert report.rebuilt
        patch.setattr(changes_module, "sha256_of", lambda path: pytest.fail(f"{path} was read again"))
        assert not bring_up_to_date(folder).rebuilt
    assert (report.added, report.changed, report.removed, len(report.skipped)) == (0, 0, 0, 1)


def test_a_file_that_could_not_be_read_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = documents.read_bytes

    def read_bytes(folder: Path, source: str) -> bytes:
        if source == "05.txt":
            raise documents.DocumentError("cannot be read (Input/output error)")
        return real(folder, source)

    with monkeypatch.context() as patch:
        patch.setattr(collect, "read_bytes", read_bytes)
        assert len(bring_up_to_date(folder).skipped) == 2
    assert bring_up_to_date(folder).added == 1


def test_a_bad_file_that_is_repaired_with_its_size_and_just_now_is_seen(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.txt": "Un texte.", "bad.txt": b"\0\0\0"})
    before = (folder / "bad.txt").stat()
    bring_up_to_date(folder)
    (folder / "bad.txt").write_bytes(b"Oui")
    os.utime(folder / "bad.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert bring_up_to_date(folder).added == 1


@pytest.mark.skipif(sys.platform == "win32", reason="tells when a file was made, not when it was last touched")
def test_a_file_rewritten_with_its_size_and_time_long_after_is_seen(folder: Path) -> None:
    bring_up_to_date(folder)
    for name, content in (("03.txt", b"Le texte que rien n'annonce."), ("bad.txt", b"A")):
        before = (folder / name).stat()
        (folder / name).write_bytes(content[: before.st_size].ljust(before.st_size))
        os.utime(folder / name, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = (folder / name).stat()
        assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    report = bring_up_to_date(folder)
    assert (report.added, report.changed) == (1, 1)


def test_a_copied_folder_with_its_index_is_read_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bring_up_to_date(folder)
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with monkeypatch.context() as patch:
        patch.setattr(collect, "read_bytes", lambda _, source: pytest.fail(f"{source} was cut again"))
        report = bring_up_to_date(copy)
    assert (report.version, report.added, report.changed) == (whole.version, 0, 0)
    monkeypatch.setattr(changes_module, "sha256_of", lambda path: pytest.fail(f"{path} was read again"))
    assert not bring_up_to_date(copy).rebuilt


def test_a_change_that_the_file_systems_clock_is_too_coarse_to_tell_is_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    real, now = build_module.scan, time.time_ns()

    def scan(folder: Path, index: Path | None) -> Any:
        """Tell one time of all files, as where it ticks every two seconds."""
        states, passed_over = real(folder, index)
        return [replace(state, mtime_ns=now, ctime_ns=now) for state in states], passed_over

    monkeypatch.setattr(build_module, "scan", scan)
    bring_up_to_date(folder)
    later = now + 3_600_000_000_000
    for path in (folder / ".sourcier").rglob("*"):  # as if the build had taken an hour, or been copied
        os.utime(path, ns=(later, later))
    (folder / "03.txt").write_text("Le texte numéro 4 de tous.")
    assert bring_up_to_date(folder).changed == 1


def test_another_folder_of_the_same_names_sizes_and_times_is_read(folder: Path, tmp_path: Path) -> None:
    bring_up_to_date(folder, tmp_path / "index")
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    path = other / "03.txt"
    before = path.stat()
    path.write_text("Le texte numéro 4 de tous.")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert bring_up_to_date(other, tmp_path / "index").changed == 1


def test_vectors_that_are_kept_are_those_of_their_texts(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    bring_up_to_date(folder, index)
    put(folder / "000.txt", "Avant tous.")
    bring_up_to_date(folder, index)
    from index.opened import open_index

    opened = open_index(index)
    ids, _, texts = zip(*opened.passages.all_passages(), strict=True)
    assert np.array_equal(opened.dense.vectors(np.asarray(ids)), opened.encoder.encode_passages(texts))
    opened.close()
    assert open_current(index).manifest.passages == len(ids)
