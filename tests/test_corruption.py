"""Damage to any byte of an index: it is told with the remedy, or changes no answer, and never ends the process.

`SOURCIER_CORRUPTIONS` is how many damages are tried, 150 by default.
"""

from __future__ import annotations

import faulthandler
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from index_contents import contents

from index import changes as changes_module
from index.build import bring_up_to_date, repair
from index.errors import IndexCorruptError, IndexMissingError
from index.opened import open_index
from index.pieces import PieceReader
from qa.cli import main
from qa.feedback import FEEDBACK_FILE
from qa.session import Session

CORRUPTIONS = int(os.environ.get("SOURCIER_CORRUPTIONS", "150"))
REMEDY = "run `sourcier index FOLDER --repair`"
ARTICLES = {
    "a.txt": "Microsoft a investi 13 milliards de dollars dans OpenAI.",
    "b.txt": "Azure appartient à Microsoft. OpenAI en dépend. " * 40,
    "bad.txt": "\0",
    "en.md": "# The deal\n\nOracle runs the cloud that OpenAI rents.",
}
Damage = Callable[[bytearray, random.Random], None]


def flip_a_bit(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def overwrite(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[start : start + 64] = chance.randbytes(min(64, len(data) - start))


def cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def cut_out(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 5_000)]


def zero_a_sector(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data)) // 512 * 512
    data[start : start + 512] = bytes(min(512, len(data) - start))


def append(data: bytearray, chance: random.Random) -> None:
    data += chance.randbytes(chance.randrange(1, 100))


DAMAGES: list[Damage] = [flip_a_bit, flip_a_bit, overwrite, cut, cut_out, zero_a_sector, append]


@pytest.fixture
def folder(make_folder: Callable[[Mapping[str, str]], Path]) -> Path:
    folder = make_folder(ARTICLES)
    bring_up_to_date(folder)
    return folder


@pytest.fixture
def index(folder: Path) -> Path:
    return folder / ".sourcier"


def put(path: Path, data: bytes | bytearray) -> None:
    """Let a file hold other bytes, in a new file: to cut one short that is mapped ends whoever reads the map."""
    beside = path.with_name("beside")
    beside.write_bytes(data)
    beside.replace(path)


def files_of(index: Path) -> list[Path]:
    return sorted(path for path in index.rglob("*") if path.is_file())


def test_damage_is_told_or_does_no_harm(folder: Path, index: Path) -> None:
    assert faulthandler.is_enabled()  # an opening that ended the process would say where
    chance = random.Random(CORRUPTIONS)
    whole = contents(index)
    files = files_of(index)
    assert len(files) >= 8
    refused = dict.fromkeys(files, 0)
    for number in range(CORRUPTIONS):
        path = files[number % len(files)]
        before = path.read_bytes()
        data = bytearray(before)
        if data:
            chance.choice(DAMAGES)(data, chance)
        put(path, data)
        if bytes(data) == before:
            assert contents(index) == whole
            continue
        told = None
        try:
            assert contents(index) == whole, (path, number)
        except IndexCorruptError as error:
            told = str(error)
            refused[path] += 1
        assert told is None or (told.endswith(REMEDY) and "\n" not in told)
        put(path, before)
    assert contents(index) == whole
    never = {path.name for path, times in refused.items() if not times}
    assert never <= {"lock", ".tantivy-meta.lock"}


@pytest.mark.parametrize("name", ["CURRENT", "manifest.json", "passages.sqlite", "dense.faiss", "meta.json"])
@pytest.mark.parametrize("damage", [flip_a_bit, cut, "removed"])
def test_an_index_is_repaired(folder: Path, index: Path, name: str, damage: Damage | str) -> None:
    whole = contents(index)
    (path,) = (path for path in files_of(index) if path.name == name)
    if isinstance(damage, str):
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        damage(data, random.Random(1))
        path.write_bytes(data)
    with pytest.raises(IndexMissingError if (name, damage) == ("CURRENT", "removed") else IndexCorruptError):
        open_index(index)
    assert main(["index", str(folder), "--repair"]) == 0
    assert contents(index) == whole
    assert not bring_up_to_date(folder).rebuilt


@pytest.mark.parametrize("name", ["manifest.json", "meta.json", "CURRENT"])
def test_a_repair_embeds_nothing_again_where_passages_and_vectors_are_intact(
    folder: Path, index: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = (path for path in files_of(index) if path.name == name)
    path.write_bytes(path.read_bytes()[:-1])
    read: list[str] = []
    real = PieceReader.words_of

    def words_of(self: PieceReader, texts: list[str]) -> object:
        read.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(PieceReader, "words_of", words_of)
    repair(folder)
    assert bool(read) == (name == "manifest.json")  # which alone says what the others should be


def test_a_repair_takes_the_generation_before_where_the_last_one_is_damaged(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "new.txt").write_text("Un article de plus.")
    bring_up_to_date(folder)
    whole = contents(index)
    vectors = index / "generation-000002" / "dense.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1])
    read: list[str] = []
    real = PieceReader.words_of
    with monkeypatch.context() as patch:
        patch.setattr(PieceReader, "words_of", lambda self, texts: (read.extend(texts), real(self, texts))[1])
        repair(folder)
    assert read == ["Un article de plus."]
    assert contents(index) == whole


@pytest.mark.parametrize("said", ['"embeddee"', "[" * 100_000])
def test_a_repair_does_not_believe_a_damaged_manifest(folder: Path, index: Path, said: str) -> None:
    whole = contents(index)
    manifest = index / "generation-000001" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"encoder": "embedded"', f'"encoder": {said}'))
    assert repair(folder).documents == 3
    assert contents(index) == whole


def test_a_repair_reads_every_article(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = changes_module.sha256_of
    monkeypatch.setattr(changes_module, "sha256_of", lambda path: (seen.append(path.name), real(path))[1])
    assert repair(folder).documents == 3
    assert seen == sorted(ARTICLES)


def test_what_is_repaired_is_told(folder: Path, index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = index / "generation-000001" / "dense.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1])
    assert main(["index", str(folder), "--repair"]) == 0
    told = capsys.readouterr()
    assert "dense.faiss has" in told.err
    assert told.out.startswith("3 articles")
    assert main(["index", str(folder), "--repair"]) == 0
    assert "no damage" in capsys.readouterr().err


def test_a_damaged_calibration_is_told_and_set_aside(folder: Path, index: Path) -> None:
    for content in (b"", b"{", b"[]", b"\xff", b'{"format": 99}', b"[" * 100_000):
        (index / "calibration.json").write_bytes(content)
        with Session.of_folder(folder) as session:
            assert session.set_aside
            assert session.ask("Combien Microsoft a-t-il investi ?").index_version == session.index.version


def test_damaged_feedback_does_no_harm(folder: Path, index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (index / FEEDBACK_FILE).write_bytes(b'\xff{"schema"\n\0')
    assert main(["ask", "Combien Microsoft a-t-il investi ?", str(folder)]) == 0
    assert not bring_up_to_date(folder).rebuilt
    assert (index / FEEDBACK_FILE).read_bytes() == b'\xff{"schema"\n\0'


def test_a_file_left_beside_the_passages_is_not_taken_for_theirs(folder: Path, index: Path) -> None:
    whole = contents(index)
    passages = index / "generation-000001" / "passages.sqlite"
    other = sqlite3.connect(passages.with_name("other"))
    other.execute("CREATE TABLE t (x)")
    other.close()
    for suffix in ("-wal", "-journal", "-shm"):
        shutil.copyfile(passages.with_name("other"), passages.with_name(passages.name + suffix))
    assert contents(index) == whole


def open_files() -> int:
    listed = Path("/proc/self/fd")
    return len(list(listed.iterdir())) if listed.exists() else 0


def test_open_index_lets_go_of_what_it_refuses(index: Path) -> None:
    meta = index / "generation-000001" / "dense.faiss"
    meta.write_bytes(b"")
    before = open_files()
    for _ in range(5):
        with pytest.raises(IndexCorruptError):
            open_index(index)
    assert open_files() <= before
