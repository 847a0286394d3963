"""A build of a large folder that is killed goes on where it stopped, and ends in the index of a fresh build."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from index_contents import contents

from index import build as build_module
from index import changes as changes_module
from index import collect, libraries
from index.build import bring_up_to_date, repair
from index.encoder import embedded
from index.errors import FolderError, IndexFolderError
from index.opened import PASSAGES
from index.resume import UNDER_WAY, VECTORS
from index.store import open_current

MakeFolder = Callable[[Mapping[str, str | bytes]], Path]
ARTICLES: dict[str, str | bytes] = {
    **{f"{number:02}.txt": f"L'article numéro {number}. Azure appartient à Microsoft. " * 20 for number in range(30)},
    **{"07.txt": b"\0", "11.md": "", "photo.jpg": b"x"},
}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, passages in (("_BATCH", 2), ("_COPIED", 2), ("_COMMIT", 4)):
        monkeypatch.setattr(collect, name, passages)
    monkeypatch.setattr(changes_module, "_FRESH_NS", 0)


@pytest.fixture
def folder(make_folder: MakeFolder) -> Path:
    return make_folder(ARTICLES)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the files that are read, as builds go."""
    sources: list[str] = []
    real = collect.read_bytes
    monkeypatch.setattr(collect, "read_bytes", lambda where, source: (sources.append(source), real(where, source))[1])
    return sources


def stop(folder: Path, index: Path, after: int, error: BaseException | None = None, **options: Any) -> None:
    """Build until so many files were looked at, and be stopped."""
    raised = error or KeyboardInterrupt()

    def progress(done: int, _: int) -> None:
        if done == after:
            raise raised

    with pytest.raises(IndexFolderError if isinstance(raised, OSError) else type(raised)):
        bring_up_to_date(folder, index, progress=progress, **options)


def safe(index: Path, asked: str = "SELECT source FROM documents UNION SELECT source FROM skipped") -> set[Any]:
    """Return what the generation under way holds, as one who takes over after a kill would see it: its files."""
    begun = [path.parent for path in index.glob(f"generation-*/{UNDER_WAY}")]
    if not begun:
        return set()
    (path,) = begun
    copy = Path(shutil.copytree(path, index.parent / "copy"))
    with closing(sqlite3.connect(copy / PASSAGES)) as db:
        found = {value for (value,) in db.execute(asked)}
    shutil.rmtree(copy)
    return found


def check(folder: Path, index: Path) -> None:
    """Check that an index is that of a fresh build, and that nothing is left of what it went on from."""
    fresh = index.parent / "fresh"
    bring_up_to_date(folder, fresh)
    assert contents(index) == contents(fresh)
    generation = open_current(index)
    assert {name.split("/")[0] for name in generation.manifest.files} == {"passages.sqlite", "dense.faiss", "lexical"}
    assert {path.name for path in generation.path.iterdir()} == {
        *("passages.sqlite", "dense.faiss", "lexical", "manifest.json")
    }
    assert not bring_up_to_date(folder, index).rebuilt
    shutil.rmtree(fresh)


@pytest.mark.skipif(sys.platform == "win32", reason="no process forks there")
@pytest.mark.parametrize("standing", [False, True])
def test_a_build_killed_again_and_again_reads_no_file_that_is_safe_twice(
    folder: Path, index: Path, tmp_path: Path, standing: bool
) -> None:
    import crash_child
    from test_crash import FORKS, run

    chance, log = random.Random(standing), tmp_path / "read"
    resumed = 0
    for round_number in range(int(os.environ.get("SOURCIER_CRASHES", "20")) // 5):
        if standing:
            bring_up_to_date(folder, index)
            for number in range(0, 30, 2):
                (folder / f"{number:02}.txt").write_text(f"Un autre texte, le {round_number}. " * 50)
        receiver, sender = FORKS.Pipe(duplex=False)
        arguments = (folder, tmp_path / "counted", log, 0, sender)
        assert run(crash_child.build_in_small_steps, *arguments) == 0
        steps = receiver.recv()
        shutil.rmtree(tmp_path / "counted")
        for _ in range(6):
            before = safe(index)
            log.write_text("")
            run(crash_child.build_in_small_steps, folder, index, log, chance.randint(1, steps))
            assert not before & {*log.read_text().split()}
            resumed += bool(before)
        bring_up_to_date(folder, index)
        check(folder, index)
        shutil.rmtree(index)
    assert resumed


def test_a_build_that_is_stopped_goes_on(folder: Path, index: Path, read: list[str]) -> None:
    stop(folder, index, 20)
    done = safe(index) - {"photo.jpg"}
    assert 10 < len(done) <= 20
    assert {"07.txt", "11.md"} <= done
    read.clear()
    seen: list[int] = []
    report = bring_up_to_date(folder, index, progress=lambda number, _: seen.append(number))
    assert not done & {*read}
    assert seen == [*range(len(done), 32)]
    assert (report.documents, report.added, report.changed, report.removed) == (29, 29, 0, 0)
    assert [each.source for each in report.skipped] == ["07.txt", "11.md", "photo.jpg"]
    check(folder, index)


def test_all_that_was_read_stays_where_the_end_fails(
    folder: Path, index: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(build_module.LexicalIndex, "write", full)
        with pytest.raises(IndexFolderError, match="No space left"):
            bring_up_to_date(folder, index)
    read.clear()
    bring_up_to_date(folder, index)
    assert read == []
    check(folder, index)


@pytest.mark.parametrize("change", ["changed", "touched", "removed", "added", "refused", "another photo"])
def test_what_changed_meanwhile_is_read_again(folder: Path, index: Path, read: list[str], change: str) -> None:
    stop(folder, index, 20)
    path = folder / "05.txt"
    if change == "changed":
        path.write_text("Oracle loue des serveurs à OpenAI. " * 100)
    elif change == "touched":
        os.utime(path, ns=(1, 1))
    elif change == "removed":
        path.unlink()
    elif change == "added":
        (folder / "04b.txt").write_text("Un article de plus.")
    elif change == "refused":
        (folder / "07.txt").write_text("Un article, maintenant.")
    else:
        (folder / "photo.jpg").rename(folder / "04.jpg")
    read.clear()
    bring_up_to_date(folder, index)
    assert "02.txt" not in read
    check(folder, index)


def test_a_file_touched_just_before_is_looked_at_again(
    folder: Path, index: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "_FRESH_NS", 10**18)
    looked_at: list[str] = []
    real = changes_module.sha256_of
    monkeypatch.setattr("index.resume.sha256_of", lambda path: (looked_at.append(path.name), real(path))[1])
    stop(folder, index, 20)
    read.clear()
    bring_up_to_date(folder, index)
    assert looked_at[:5] == ["00.txt", "01.txt", "02.txt", "03.txt", "04.txt"]
    assert "00.txt" not in read


@pytest.mark.parametrize("other", ["library", "folder", "rebuild", "repair", "damage", "note"])
def test_what_another_build_left_is_not_gone_on_with(
    folder: Path, index: Path, tmp_path: Path, read: list[str], other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(folder, index, 20)
    (begun,) = index.glob("generation-*")
    build: Callable[..., Any] = bring_up_to_date
    if other == "library":
        told = {**libraries.versions(), "lxml": "0.1"}
        for module in (libraries, build_module):
            monkeypatch.setattr(module, "versions", lambda: told)
    elif other == "folder":
        folder = Path(shutil.copytree(folder, tmp_path / "copy of it"))
    elif other == "damage":
        (begun / PASSAGES).write_bytes(b"no database " * 1000)
    elif other == "note":
        (begun / UNDER_WAY).write_text("[]")
    elif other == "repair":
        build = repair
    read.clear()
    if other == "rebuild":
        bring_up_to_date(folder, index, rebuild=True)
    else:
        build(folder, index)
    assert read[0] == "00.txt"
    assert [path.name for path in index.glob("generation-*")] == ["generation-000002"]
    check(folder, index)


def test_a_stopped_rebuild_goes_on(folder: Path, index: Path, read: list[str]) -> None:
    bring_up_to_date(folder, index)
    stop(folder, index, 20, rebuild=True)
    read.clear()
    bring_up_to_date(folder, index, rebuild=True)
    assert "00.txt" not in read
    check(folder, index)


def test_little_that_was_done_is_removed(make_folder: MakeFolder, index: Path) -> None:
    folder = make_folder({f"{number}.txt": "Un texte." for number in range(3)})
    stop(folder, index, 2)
    assert list(index.glob("generation-*")) == []


def test_what_a_bug_ended_is_removed(folder: Path, index: Path) -> None:
    stop(folder, index, 20, ValueError("a bug"))
    assert list(index.glob("generation-*")) == []


def test_a_folder_of_which_all_goes_away_meanwhile_is_told(folder: Path, index: Path) -> None:
    stop(folder, index, 20)
    for path in folder.iterdir():
        path.write_bytes(b"\0")
    with pytest.raises(FolderError, match="no article in"):
        bring_up_to_date(folder, index)


def test_vectors_of_a_model_are_kept(
    folder: Path, index: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, encoded = embedded(), list[str]()
    other = SimpleNamespace(name="other", identity="0" * 16, dim=ours.dim, fits=ours.fits)
    other.encode_queries = ours.encode_passages
    other.encode_passages = lambda texts: (encoded.extend(texts), ours.encode_passages(texts)[:, ::-1].copy())[1]
    for module in ("index.build", "index.one_generation"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda *_: other)
    stop(folder, index, 20, model="other")
    (vectors,) = index.glob(f"generation-*/{VECTORS}")
    with vectors.open("ab") as file:
        file.write(b"what a kill cut")
    done, kept = len(encoded), len(safe(index, "SELECT passage_id FROM passages"))
    assert 0 < kept <= done
    passages = bring_up_to_date(folder, index, model="other").passages
    assert len(encoded) == done + passages - kept
    check(folder, index)
