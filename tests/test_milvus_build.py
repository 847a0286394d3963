"""A build in Milvus writes what one on disk does, and after any change no more than that change asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from milvus_memory import ALIAS, Memory, MemoryClient, contents
from milvus_places import Place
from numpy.typing import NDArray
from pdf_files import pdf

from index import libraries, one_generation
from index.build import bring_up_to_date
from index.encoder import embedded
from index.errors import (
    FolderError,
    IndexBusyError,
    IndexEncoderError,
    IndexFormatError,
    IndexStoreError,
    UsageError,
)
from index.milvus import building, sealing, starting, writing
from index.milvus.address import Address
from index.milvus.client import Client
from index.milvus.opened import open_remote
from index.milvus.schema import BLOB_FIELDS, MANIFEST_KEY, Names, blob
from index.opened import open_index
from index.protocols import Index
from index.types import BuildReport

MakeFolder = Callable[[Mapping[str, str | bytes]], Path]
ASKED = ("Quelle norme pour les batteries ?", "What do batteries charge in?", "norme 2025", "baleines")
FILES: dict[str, str | bytes] = {
    "été.txt": "L'été\n\nLes batteries de la norme se rechargent.\n\nLaisser un commentaire\n\n" + "Bien ! " * 9000,
    "en/standards.txt": "The charging standard\n\nThe charging standard for batteries dates from 2019.\r\n" * 9,
    "long.md": "---\ntitle: Longue\ndate: 2024-02-03\n---\n# Longue\n\n" + "La norme est une norme de plus. " * 200,
    "pages.pdf": pdf([[(50, 700, "La norme de la page une.")], [(50, 700, "Les batteries de la page deux.")]]),
    "empty.txt": "",
    "broken.pdf": b"no pdf",
    "table.xlsx": b"x",
}
MEMORY = Address.parse(f"milvus://memory/{ALIAS}")


class Stored:
    """A store in memory that a test builds into, and what was asked of it."""

    def __init__(self) -> None:
        self.memory, self.steps = Memory(), list[str]()

    def build(self, folder: Path, **options: Any) -> BuildReport:
        """Build a folder."""
        self.steps.clear()
        return building.build(MEMORY, folder, **options)

    @property
    def written(self) -> list[str]:
        """The steps of the last build that changed anything."""
        return [step for step in self.steps if step in ("upsert", "patch", "delete", "point", "drop")]


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Stored:
    """Return a store in memory."""
    stored = Stored()
    monkeypatch.setattr(building, "Client", lambda address: MemoryClient(address, stored.memory, stored.steps.append))
    return stored


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which files a build reads."""
    noted: list[str] = []
    real = writing.read_bytes

    def read_bytes(folder: Path, source: str) -> bytes:
        noted.append(source)
        return real(folder, source)

    monkeypatch.setattr(writing, "read_bytes", read_bytes)
    return noted


def told(index: Index) -> dict[str, Any]:
    """Return what an index answers from, the ids of its passages aside."""
    documents = index.passages.documents()
    passages = {info.source: index.passages.passages_of(info.doc_id) for info in documents}
    names = {each.passage_id: (source, each.start) for source, listed in passages.items() for each in listed}
    manifest = replace(index.generation.manifest, files={}, scanned_ns=0, folder="")
    return {
        "documents": documents,
        "texts": [index.passages.text(info.doc_id) for info in documents],
        "pages": [index.passages.page(info.doc_id, 0) for info in documents],
        "passages": [
            (replace(each, passage_id=0), each.words.hex()) for listed in passages.values() for each in listed
        ],
        "states": index.passages.file_states(),
        "skipped": index.passages.skipped(),
        "hashes": index.passages.skipped_hashes(),
        "manifest": manifest,
        "folder": index.folder,
        "bm25": [
            sorted((round(score, 4), names[number]) for number, score in index.lexical.search(asked, language, 50))
            for asked in ASKED
            for language in ("fr", "en")
        ],
        "frequencies": [index.lexical.frequency(term) for term in ("norm", "batter", "standard", "nothing")],
    }


def check_alike(folder: Path, index: Path, address: Address, **options: Any) -> BuildReport:
    """Bring the index on disk and that in Milvus up to date, and check that they are the same, reports too."""
    expected = bring_up_to_date(folder, index)
    report = building.build(address, folder, **options)
    assert report == expected
    with ExitStack() as stack:
        local = stack.enter_context(closing(open_index(index)))
        remote = stack.enter_context(closing(open_remote(address)))
        assert told(remote) == told(local)
    return report


def test_the_index_is_as_on_disk_after_any_change(place: Place, make_folder: MakeFolder, tmp_path: Path) -> None:
    folder, index, address = make_folder(FILES), tmp_path / "index", place()
    report = check_alike(folder, index, address)
    assert (report.added, len(report.skipped), report.rebuilt) == (4, 3, True)
    assert not check_alike(folder, index, address).rebuilt
    (folder / "long.md").write_text("Tout à fait autre chose, sur les batteries.")
    (folder / "en/standards.txt").rename(folder / "en/renamed.txt")
    (folder / "empty.txt").write_text("Une norme de plus.")
    (folder / "pages.pdf").unlink()
    (folder / "notes.odt").write_text("")
    report = check_alike(folder, index, address)
    assert (report.added, report.changed, report.removed, report.rebuilt) == (2, 1, 2, True)
    (folder / "été.txt").unlink()
    check_alike(folder, index, address)
    assert not check_alike(folder, index, address).rebuilt
    with closing(Client(address)) as client:
        assert client.pointed(address.collection) == Names(address.collection).sealed(3)


def test_what_is_alike_is_not_read_again(stored: Stored, make_folder: MakeFolder, read: list[str]) -> None:
    folder = make_folder(FILES)
    stored.build(folder)
    assert sorted(read) == sorted(name for name in FILES if name != "table.xlsx")
    read.clear()
    assert not stored.build(folder).rebuilt
    assert stored.written == []
    (folder / "long.md").write_text("Autre chose.")
    stored.build(folder)
    assert read == ["long.md"]


def test_a_file_that_was_touched_is_noted_and_nothing_sealed(stored: Stored, make_folder: MakeFolder) -> None:
    folder = make_folder(FILES)
    stored.build(folder)
    os.utime(folder / "long.md", ns=(1, 1))
    report = stored.build(folder)
    assert (report.rebuilt, stored.written) == (False, ["patch"])
    assert stored.build(folder).rebuilt is False
    assert stored.written == []
    (row,) = [row for name, rows in stored.memory.rows.items() for row in rows.values() if row.get("mtime_ns") == 1]
    assert row["source"] == "long.md"


def test_a_change_of_a_file_that_looks_the_same_is_seen(stored: Stored, make_folder: MakeFolder) -> None:
    folder = make_folder({"a.txt": "Il y a 3 baleines.", "b.txt": "Rien."})
    stored.build(folder)
    state = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("Il y a 4 baleines.")
    os.utime(folder / "a.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    assert stored.build(folder).changed == 1


def test_a_rebuild_begins_anew(stored: Stored, make_folder: MakeFolder, read: list[str]) -> None:
    folder = make_folder(FILES)
    stored.build(folder)
    before = contents(stored.memory)
    read.clear()
    report = stored.build(folder, rebuild=True)
    assert (report.rebuilt, len(read)) == (True, 6)
    assert contents(stored.memory) == before
    assert len([name for name in stored.memory.rows if "_passages_" in name]) == 2  # readers may still ask the first
    stored.build(folder, rebuild=True)
    assert len([name for name in stored.memory.rows if "_passages_" in name]) == 2


def test_another_version_of_a_library_reads_all_anew(
    stored: Stored, make_folder: MakeFolder, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(FILES)
    stored.build(folder)
    read.clear()
    now = {**libraries.versions(), "lxml": "another"}
    for module in (libraries, sealing, starting):
        monkeypatch.setattr(module, "versions", lambda: now)
    report = stored.build(folder)
    assert (report.rebuilt, len(report.upgraded), len(read)) == (True, 1, 6)
    assert "lxml" in report.upgraded[0]
    assert not stored.build(folder).rebuilt


def test_another_encoder_is_refused(stored: Stored, make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_folder(FILES)
    stored.build(folder)
    with pytest.raises(IndexEncoderError, match=r"built by the encoder 'embedded', not 'other/model': leave --model"):
        stored.build(folder, model="other/model")
    before = contents(stored.memory)
    monkeypatch.setattr(embedded(), "identity", "another")
    with pytest.raises(IndexEncoderError, match=r"this is another \(\d+\): run `.* --store .* --rebuild`"):
        stored.build(folder)
    assert contents(stored.memory) == before
    stored.build(folder, rebuild=True)
    assert contents(stored.memory) != before


class Counted:
    """An encoder that notes what it is given."""

    name, identity, dim = "counted", "counted", 4

    def __init__(self) -> None:
        self.texts: list[str] = []

    def fits(self, texts: Sequence[str]) -> list[bool]:
        return [True] * len(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return np.asarray([[len(text), 1, 2, 3] for text in texts], np.float32)

    encode_queries = encode_passages


def test_vectors_that_take_long_are_made_once(
    stored: Stored, make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted()
    for module in (starting, one_generation):
        monkeypatch.setattr(module, "load_encoder", lambda _: counted)
    folder = make_folder({"a.txt": "\n\n".join(f"La norme {number}. " * 40 for number in range(9)), "b.txt": "Rien."})
    stored.build(folder, model="counted")
    first = len(counted.texts)
    with (folder / "a.txt").open("a") as file:
        file.write("\n\nUne phrase de plus.")
    assert stored.build(folder).changed == 1
    assert first > 5
    assert len(counted.texts) <= first + 2
    appended = contents(stored.memory)
    stored.build(folder, rebuild=True, model="counted")
    assert contents(stored.memory) == appended


def test_a_folder_without_articles_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    nowhere = Address.parse("milvus://localhost:1/articles")
    with pytest.raises(FolderError, match="no folder at"):
        building.build(nowhere, tmp_path / "missing")
    with pytest.raises(FolderError, match="holds no file"):
        building.build(nowhere, tmp_path)


def test_a_collection_of_somebody_else_is_left_alone(stored: Stored, make_folder: MakeFolder) -> None:
    client = MemoryClient(MEMORY, stored.memory)
    client.create(ALIAS, BLOB_FIELDS, {})
    with pytest.raises(UsageError, match="choose another name"):
        stored.build(make_folder(FILES))
    del stored.memory.rows[ALIAS]
    client.create("theirs", BLOB_FIELDS, {})
    client.point(ALIAS, "theirs")
    with pytest.raises(UsageError, match="stands for theirs, which is not ours"):
        stored.build(make_folder(FILES))
    assert stored.memory.rows.keys() == {"theirs"}


def test_another_format_is_built_anew_if_asked(stored: Stored, make_folder: MakeFolder) -> None:
    folder = make_folder(FILES)
    stored.build(folder)
    rows = stored.memory.rows[stored.memory.aliases[ALIAS]]
    rows[MANIFEST_KEY] = blob(MANIFEST_KEY, '{"milvus_format": 99, "manifest": {"format": 1}}')
    with pytest.raises(IndexFormatError, match="--rebuild"):
        stored.build(folder)
    assert stored.build(folder, rebuild=True).documents == 4


def test_rows_that_the_store_lost_are_told(stored: Stored, make_folder: MakeFolder) -> None:
    folder = make_folder(FILES)
    stored.build(folder)
    before = stored.memory.aliases[ALIAS]
    (name,) = [name for name in stored.memory.rows if "_passages_" in name]
    stored.memory.rows[name].popitem()
    (folder / "more.txt").write_text("Un article de plus.")
    for _ in range(2):
        with pytest.raises(IndexStoreError, match=r"holds 5 documents and \d+ passages of part 1/1 instead of 5 and"):
            stored.build(folder)
    assert stored.memory.aliases[ALIAS] == before
    assert stored.build(folder, rebuild=True).documents == 5


def test_a_build_that_is_overtaken_again_and_again_says_so(
    stored: Stored, make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(FILES)
    monkeypatch.setattr(MemoryClient, "pointed", lambda *_: f"{ALIAS}_g{len(stored.steps):06d}")
    monkeypatch.setattr(starting, "sealed_of", lambda *_: None)
    with pytest.raises(IndexBusyError, match="another build was sealed meanwhile: run the same command again"):
        stored.build(folder)


def test_progress_is_told(stored: Stored, make_folder: MakeFolder) -> None:
    folder = make_folder(FILES)
    seen: list[tuple[int, int]] = []
    stored.build(folder, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(number, 6) for number in range(7)]


def test_articles_are_written_a_batch_at_a_time(
    stored: Stored, make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder({f"{number}.txt": f"L'article numéro {number}, des baleines." for number in range(40)})
    stored.build(folder)
    whole = contents(stored.memory)
    monkeypatch.setattr(writing, "_BATCH", 3)
    stored.memory.rows.clear()
    stored.memory.aliases.clear()
    stored.build(folder)
    assert contents(stored.memory) == whole
    assert stored.written.count("upsert") > 20
