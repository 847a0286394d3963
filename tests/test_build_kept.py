"""What other tests of building take for granted."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from index.build import bring_up_to_date, repair
from index.encoder import embedded
from index.errors import IndexCorruptError, IndexFolderError
from index.opened import open_index
from index.passage_store import PassageStore
from index.pieces import PieceReader
from index.store import read_current


def test_the_version_tells_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Azure appartient à Microsoft.")
    own = bring_up_to_date(tmp_path)
    ours = embedded()
    other = SimpleNamespace(
        name="other", identity="0" * 16, dim=ours.dim, fits=ours.fits, encode_passages=ours.encode_passages
    )
    monkeypatch.setattr("index.build.load_encoder", lambda _: other)
    assert bring_up_to_date(tmp_path, model="other", rebuild=True).version != own.version


def test_a_repair_takes_what_is_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Azure appartient à Microsoft.")
    bring_up_to_date(tmp_path)
    (tmp_path / "b.txt").write_text("Un article de plus.")
    bring_up_to_date(tmp_path)
    read: list[str] = []
    real = PieceReader.words_of
    monkeypatch.setattr(PieceReader, "words_of", lambda self, texts: (read.extend(texts), real(self, texts))[1])
    assert repair(tmp_path).documents == 2
    assert len(list((tmp_path / ".sourcier").glob("generation-*"))) > 1
    assert not read


def test_a_file_system_without_locks_is_built_on_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    told = {name: getattr(fcntl, name) for name in ("LOCK_EX", "LOCK_SH", "LOCK_NB")}
    monkeypatch.setattr("index.locks.fcntl", SimpleNamespace(flock=refuse, **told))
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("Azure appartient à Microsoft.")
        bring_up_to_date(tmp_path)
        with closing(open_index(tmp_path / ".sourcier")) as opened:
            assert len(opened.passages.documents()) == number + 1


def test_an_index_that_cannot_be_locked_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Azure appartient à Microsoft.")

    def refuse(_: FileLock) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(IndexFolderError, match=r"does not appear to support flock\): choose another folder"):
        bring_up_to_date(tmp_path)


def test_damage_that_is_found_while_reading_is_told_with_the_remedy(tmp_path: Path) -> None:
    damaged = tmp_path / "passages.sqlite"
    damaged.write_bytes(b"no database " * 1_000)
    with (
        closing(PassageStore(damaged)) as store,
        pytest.raises(IndexCorruptError, match="sourcier index FOLDER --repair"),
    ):
        store.documents()


@pytest.mark.parametrize("name", ["other", "embedded"])
def test_a_repair_takes_no_vectors_of_another_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Of another name, or of the same name and another identity, as a new version of Sourcier has it."""
    (tmp_path / "a.txt").write_text("Azure appartient à Microsoft.")
    bring_up_to_date(tmp_path)
    ours, read = embedded(), list[str]()
    other = SimpleNamespace(name=name, identity="0" * 16, dim=ours.dim, fits=ours.fits)
    other.encode_passages = lambda texts: (read.extend(texts), ours.encode_passages(texts))[1]
    for module in ("index.build", "index.salvage"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda _: other)
    repair(tmp_path, model=name)
    assert len(read) == 1
    assert read_current(tmp_path / ".sourcier").manifest.encoder_identity == other.identity
