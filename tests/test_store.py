"""The index folder: what is sealed is checked byte by byte, and refused with a remedy if it is not as built."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest

from index import store
from index.build import bring_up_to_date, repair
from index.encoder import embedded
from index.errors import (
    IndexCorruptError,
    IndexEncoderError,
    IndexFolderError,
    IndexFormatError,
    IndexMissingError,
)
from index.opened import OpenIndex, open_index
from index.pieces import PieceReader
from index.store import default_index, open_current

ARTICLES = {
    "a.txt": "Microsoft a investi 13 milliards de dollars.",
    "b.txt": "Azure appartient à Microsoft. OpenAI en dépend.",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text)
    bring_up_to_date(folder)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "articles"))


@pytest.fixture
def index(folder: Path) -> Path:
    return folder / ".sourcier"


def generation(index: Path) -> Path:
    (path,) = index.glob("generation-*")
    return path


def rewrite_manifest(index: Path, **fields: object) -> None:
    """Change a manifest as another Sourcier might have written it: with a checksum that fits."""
    path = generation(index)
    manifest = json.loads((path / "manifest.json").read_text())
    written = json.dumps({**manifest, **fields}).encode()
    (path / "manifest.json").write_bytes(written)
    (index / "CURRENT").write_text(f"{path.name} {hashlib.sha256(written).hexdigest()}\n")


def sealed_files(built: Path) -> list[str]:
    path = generation(built / ".sourcier")
    return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def extend(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def turn_into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def test_a_sealed_index_says_what_it_is(folder: Path, index: Path) -> None:
    manifest = open_current(index).manifest
    assert (manifest.format, manifest.documents, manifest.encoder, manifest.folder) == (
        store.FORMAT,
        2,
        "embedded",
        "..",
    )
    assert set(manifest.files) == set(sealed_files(folder)) - {"manifest.json"}
    assert {name.split("/")[0] for name in manifest.files} == {"passages.sqlite", "dense.faiss", "lexical"}
    opened = open_index(index)
    assert opened.folder == folder.resolve()
    assert opened.version == manifest.version
    assert manifest.passages == len(opened.dense) == len(opened.lexical)
    opened.close()


@pytest.mark.parametrize("damage", [truncate, extend, flip, Path.unlink, turn_into_a_folder])
def test_damage_to_any_file_is_told_with_its_name_and_the_remedy(built: Path, tmp_path: Path, damage: object) -> None:
    names = sealed_files(built)
    assert len(names) >= 5
    for number, name in enumerate(names):
        copy = Path(shutil.copytree(built / ".sourcier", tmp_path / str(number)))
        damage(generation(copy) / name)  # type: ignore[operator]
        with pytest.raises(IndexCorruptError, match=re.escape(name)) as caught:
            open_index(copy)
        assert "run `sourcier index FOLDER --repair`" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage\n",
        b"\xff\xfe\x00",
        b"generation-000001\n",
        b"../../etc " + b"0" * 64 + b"\n",
        b"generation-000009 " + b"0" * 64 + b"\n",
    ],
)
def test_a_damaged_pointer_is_told_with_the_remedy(index: Path, content: bytes) -> None:
    (index / "CURRENT").write_bytes(content)
    with pytest.raises(IndexCorruptError, match=r"is damaged: .*--repair"):
        open_current(index)


def test_a_damaged_index_is_rebuilt_on_demand_and_only_then(folder: Path, index: Path) -> None:
    flip(generation(index) / "dense.faiss")
    with pytest.raises(IndexCorruptError):
        bring_up_to_date(folder)
    assert bring_up_to_date(folder, rebuild=True).added == 2
    assert open_current(index).path.name == "generation-000002"
    (index / "CURRENT").write_text("garbage")
    assert bring_up_to_date(folder, rebuild=True).rebuilt
    assert [path.name for path in index.glob("generation-*")] == ["generation-000003"]


def test_no_index_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match=r"no index at .*: run `sourcier index FOLDER -i"):
        open_index(tmp_path)
    with pytest.raises(IndexMissingError):
        open_index(tmp_path / "none")


@pytest.mark.parametrize("other", [store.FORMAT - 1, store.FORMAT + 1, None, "x"])
def test_another_format_is_refused_with_both_versions(index: Path, other: object) -> None:
    rewrite_manifest(index, format=other, something_new=[1])
    with pytest.raises(IndexFormatError, match=f"has format {other}, this Sourcier reads {store.FORMAT}: .*--rebuild"):
        open_current(index)


@pytest.mark.parametrize("fields", [{"encoder_identity": "0123456789abcdef"}, {"dim": 7}])
def test_another_encoder_is_refused_with_both_identities(index: Path, fields: dict[str, object]) -> None:
    rewrite_manifest(index, **fields)
    with pytest.raises(IndexEncoderError, match=f"was built by embedded .*{next(iter(fields.values()))}.*--rebuild"):
        open_index(index)


def test_words_of_another_embedded_model_are_refused_with_both_identities(folder: Path, index: Path) -> None:
    rewrite_manifest(index, words_identity="0123456789abcdef")
    mine = embedded().identity
    with pytest.raises(
        IndexEncoderError,
        match=rf"the words of the index at .* by embedded 0123456789abcdef, this is {mine}: run .*FOLDER --rebuild`",
    ):
        open_index(index)
    with pytest.raises(IndexEncoderError, match="--rebuild"):
        bring_up_to_date(folder)
    assert bring_up_to_date(folder, rebuild=True).added == 2
    assert open_current(index).manifest.words_identity == mine
    open_index(index).close()


def test_an_index_of_the_format_before_is_refused_until_it_is_rebuilt(folder: Path, index: Path) -> None:
    rewrite_manifest(index, format=3)
    with pytest.raises(IndexFormatError, match=r"has format 3, this Sourcier reads 4: run .*--rebuild"):
        bring_up_to_date(folder)
    assert bring_up_to_date(folder, rebuild=True).added == 2


def test_a_passages_words_are_those_of_its_text(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_index(index)
    passages, _ = opened.passages.passages(range(2))
    expected = {passage.passage_id: embedded().words(passage.text) for passage in passages}
    monkeypatch.setattr(PieceReader, "words_of", lambda *_: pytest.fail("a passage was read again"))
    for passage in passages:
        got = opened.words(passage)
        assert np.array_equal(got.offsets, expected[passage.passage_id].offsets)
        assert np.array_equal(got.rows, expected[passage.passage_id].rows)
        assert np.array_equal(got.weights, expected[passage.passage_id].weights)
        assert opened.words(passage) is got
    opened.close()


@pytest.mark.parametrize("question", ["Qui a investi dans Azure ?", "Who?", "détiendra-t-il 27 % ?", "", "\u200b"])
def test_a_questions_vector_comes_from_its_words(index: Path, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_index(index)
    words = embedded().words(question)
    expected = embedded().encode_queries([question])
    monkeypatch.setattr(PieceReader, "words_of", lambda *_: pytest.fail("the question was read again"))
    vector = opened.query_vector(question, words)
    assert (vector.shape, vector.dtype) == ((1, embedded().dim), np.float32)
    assert vector == pytest.approx(expected, abs=1e-5)
    opened.close()


def test_parts_that_do_not_belong_together_are_refused(index: Path) -> None:
    rewrite_manifest(index, passages=99)
    with pytest.raises(IndexCorruptError, match="should hold 99 passages, has 2 vectors and 2 lexical entries"):
        open_index(index)


def test_generations_go_once_nobody_reads_them(folder: Path, index: Path) -> None:
    reader = open_index(index)
    for number in (2, 3):
        (folder / "c.txt").write_text(f"Un texte de plus, le numéro {number}.")
        bring_up_to_date(folder)
        names = [f"generation-{each:06d}" for each in range(1, number + 1)]
        assert sorted(path.name for path in index.glob("generation-*")) == names
    ids = [passage_id for passage_id, _ in reader.lexical.search("Azure", "fr", 5)]
    assert [passage.text for passage in reader.passages.passages(ids)[0]] == [ARTICLES["b.txt"]]
    assert reader.dense.search(reader.encoder.encode_queries(["Azure"]), 2)[1].shape == (1, 2)
    reader.close()
    (folder / "c.txt").write_text("Un texte de plus, le dernier.")
    bring_up_to_date(folder)
    assert sorted(path.name for path in index.glob("generation-*")) == ["generation-000003", "generation-000004"]


@pytest.mark.skipif(sys.platform == "win32", reason="has other locks")
def test_a_generation_is_kept_for_its_reader_where_only_writers_may_lock(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    real = fcntl.flock

    def flock(file: int, how: int) -> None:
        """Lock as NFS does."""
        needed = os.O_RDONLY if how & fcntl.LOCK_SH else os.O_RDWR
        opened = fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE
        if how & (fcntl.LOCK_SH | fcntl.LOCK_EX) and opened not in (needed, os.O_RDWR):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    test_generations_go_once_nobody_reads_them(folder, index)


def test_what_is_no_generation_is_left_alone(folder: Path, tmp_path: Path) -> None:
    thesis = tmp_path / "mine" / "generation-000001" / "thesis.txt"
    thesis.parent.mkdir(parents=True)
    thesis.write_text("à moi")
    for number in range(3):
        (folder / "c.txt").write_text(f"Le numéro {number}.")
        bring_up_to_date(folder, tmp_path / "mine")
    assert thesis.read_text() == "à moi"


def test_builds_are_counted_beyond_a_million(folder: Path, index: Path) -> None:
    (index / "generation-999998").mkdir()
    for number in range(4):
        (folder / "c.txt").write_text(f"Le numéro {number}.")
        bring_up_to_date(folder)
        open_index(index).close()
    assert sorted(path.name for path in index.glob("generation-*")) == ["generation-1000001", "generation-1000002"]
    assert [each.path.name for each in store.sealed_generations(index)] == ["generation-1000002", "generation-1000001"]


def test_a_sealed_generation_stays_where_its_pointer_cannot_be_read_just_then(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_replace, real_read = os.replace, Path.read_text

    def read_text(self: Path, *args: Any, **options: Any) -> str:
        if self.name == "CURRENT":
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real_read(self, *args, **options)

    def replace(source: Path, target: Path) -> None:
        real_replace(source, target)
        monkeypatch.setattr(Path, "read_text", read_text)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (folder / "c.txt").write_text("Un texte de plus.")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(IndexFolderError, match="cannot write"):
            bring_up_to_date(folder)
    monkeypatch.setattr(Path, "read_text", real_read)
    opened = open_index(index)
    assert len(opened.passages.documents()) == 3
    opened.close()


def test_a_reader_that_builds_overtake_opens_the_newest(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_read = store.read_current
    overtaken: Iterator[int] = iter(range(2))

    def read_then_be_overtaken(index: Path) -> store.Generation:
        seen = real_read(index)
        for number in overtaken:
            (folder / "c.txt").write_text(f"Le numéro {number}.")
            with monkeypatch.context() as patch:
                patch.setattr(store, "read_current", real_read)
                bring_up_to_date(folder)
        return seen

    monkeypatch.setattr(store, "read_current", read_then_be_overtaken)
    assert open_current(index).path.name == "generation-000003"


def test_files_that_no_build_wrote_do_no_harm(folder: Path, index: Path) -> None:
    bring_up_to_date(folder)  # copied files were touched
    (index / "CURRENT.new").write_text("half")
    (index / "generation-000007").mkdir()
    (index / "generation-old").mkdir()
    (index / "notes.txt").write_text("à moi")
    assert not bring_up_to_date(folder).rebuilt
    (folder / "c.txt").write_text("Un texte de plus.")
    assert bring_up_to_date(folder).added == 1
    assert sorted(path.name for path in index.iterdir()) == [
        *("CURRENT", "generation-000002", "generation-000008", "generation-old", "lock", "notes.txt")
    ]


def refuse_writing(monkeypatch: pytest.MonkeyPatch, *where: Path) -> None:
    real = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: real(path, mode) and not (mode & os.W_OK and Path(path) in where)
    )


def test_the_index_lies_beside_its_articles(folder: Path) -> None:
    assert default_index(folder) == folder / ".sourcier"
    assert default_index(folder / "none") != folder / "none" / ".sourcier"


@pytest.mark.parametrize("read_only", ["the folder", "its index"])
def test_the_index_of_a_read_only_folder_goes_to_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_only: str
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("Un texte.")
    if read_only == "its index":
        (folder / ".sourcier").mkdir()
    link = tmp_path / "link"
    link.symlink_to(folder)
    refuse_writing(monkeypatch, folder, folder / ".sourcier", link, link / ".sourcier")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name, appauthor: str(tmp_path / "cache" / name))
    index = default_index(folder)
    assert index.parent == tmp_path / "cache" / "sourcier"
    assert default_index(link) == index
    bring_up_to_date(folder)
    opened = open_index(index)
    assert opened.folder == folder.resolve()
    assert opened.generation.manifest.folder == str(folder.resolve())
    opened.close()


def test_the_folder_of_articles_is_no_index(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    before = sorted(folder.rglob("*"))
    for index in (folder, tmp_path / "link"):
        for build in (bring_up_to_date, repair):
            with pytest.raises(IndexFolderError, match=r"cannot be the folder of articles itself .*: leave -i out"):
                build(folder, index)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("place", ["a file", "under a file"])
def test_an_index_that_cannot_be_written_is_told_with_the_remedy(folder: Path, place: str) -> None:
    file = folder / "a.txt"
    index = file if place == "a file" else file / "index"
    with pytest.raises(IndexFolderError, match=r"cannot write the index at .*: choose another folder for it with -i"):
        bring_up_to_date(folder, index, rebuild=True)
    assert file.read_text() == ARTICLES["a.txt"]


def test_an_index_that_moves_with_its_folder_still_knows_it(folder: Path, tmp_path: Path) -> None:
    bring_up_to_date(folder)  # copied files were touched
    moved = folder.rename(tmp_path / "moved")
    assert not bring_up_to_date(moved).rebuilt
    opened = open_index(moved / ".sourcier")
    assert opened.folder == moved.resolve()
    opened.close()


def test_an_index_may_be_read_only(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_writing(monkeypatch, generation(index) / "lexical")
    before = {path: path.stat().st_mtime_ns for path in index.rglob("*")}
    opened = OpenIndex(open_current(index))
    assert len(opened.lexical.search("Azure", "fr", 3)) == 1
    assert len(opened.passages.documents()) == 2
    opened.close()
    assert {path: path.stat().st_mtime_ns for path in index.rglob("*")} == before


def test_whoever_may_read_one_file_of_an_index_may_read_all(index: Path) -> None:
    path = generation(index)
    modes = {file.stat().st_mode for file in path.rglob("*") if file.is_file()}
    assert modes == {(path / "manifest.json").stat().st_mode}
