"""A large index is hashed once, and again as soon as anybody has touched it; what is in doubt is hashed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from index_contents import contents

from index import checked, sealing
from index.build import bring_up_to_date, repair
from index.checked import CHECKED_FILE, Found
from index.errors import IndexCorruptError
from index.opened import open_index
from index.store import open_current, read_current
from qa.cli import main

pytestmark = pytest.mark.skipif(not checked.BELIEVED, reason="here every opening hashes all")
ARTICLES = {
    "a.txt": "Microsoft a investi 13 milliards de dollars.",
    "b.txt": "Azure appartient à Microsoft. OpenAI en dépend.",
}
LATER_NS = 10_000_000_000


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


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every index count as large, and its files as written long ago; return the names of those hashed from now."""
    names: list[str] = []
    real = checked.hashed

    def hash_it(path: Path) -> tuple[Found, bool]:
        names.append(path.name)
        return real(path)

    monkeypatch.setattr(checked, "hashed", hash_it)
    monkeypatch.setattr(checked, "time", SimpleNamespace(time_ns=lambda: time.time_ns() + LATER_NS))
    for function in (open_current, open_index):
        monkeypatch.setattr(function, "__defaults__", (0,))
    return names


def files_of(index: Path) -> list[Path]:
    """Return the files that the manifest names."""
    generation = read_current(index)
    return [generation.path / name for name in sorted(generation.manifest.files)]


def open_once(index: Path) -> None:
    open_index(index).close()


def alter(path: Path, data: bytes) -> None:
    """Write to a file in place, until its file system dates it later."""
    before = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == before:
        path.write_bytes(data)


def flip(path: Path) -> None:
    """Alter a byte, and set the time of writing back."""
    before, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    alter(path, data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def exchange(path: Path) -> None:
    """Put another file of the same size and time in its place."""
    before, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    other = path.with_name("other")
    other.write_bytes(data)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def let_rot(index: Path, name: str) -> None:
    """Alter a byte of a file as a disk does, which tells nobody."""
    (path,) = (path for path in files_of(index) if path.name == name)
    flip(path)
    told = json.loads((index / CHECKED_FILE).read_text())
    seen = path.stat()
    told["files"][name][2:] = [seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]
    (index / CHECKED_FILE).write_text(json.dumps(told))
    open_current(index)


def test_an_index_that_nobody_touches_is_hashed_once(index: Path, hashed: list[str]) -> None:
    open_once(index)
    assert sorted(hashed) == sorted(path.name for path in files_of(index))
    stamp = (index / CHECKED_FILE).read_bytes()
    hashed.clear()
    open_once(index)
    assert open_current(index).manifest.documents == 2
    assert not hashed
    assert (index / CHECKED_FILE).read_bytes() == stamp


def test_a_small_index_is_hashed_each_time(index: Path, hashed: list[str]) -> None:
    size = sum(path.stat().st_size for path in files_of(index))
    for _ in range(2):
        open_index(index, large=size).close()
    assert len(hashed) == 2 * len(files_of(index))
    assert not (index / CHECKED_FILE).exists()
    open_index(index, large=size - 1).close()
    assert (index / CHECKED_FILE).exists()


@pytest.mark.parametrize("change", [flip, exchange])
def test_altered_bytes_are_noticed_whatever_their_time_says(
    built: Path, tmp_path: Path, hashed: list[str], change: Callable[[Path], None]
) -> None:
    for number, name in enumerate(path.name for path in files_of(built / ".sourcier")):
        copy = Path(shutil.copytree(built / ".sourcier", tmp_path / str(number)))
        open_once(copy)
        (path,) = (path for path in files_of(copy) if path.name == name)
        change(path)
        hashed.clear()
        for _ in range(2):
            with pytest.raises(IndexCorruptError, match=f"{name} was altered after it was built"):
                open_once(copy)
        assert name in hashed


def test_a_file_that_was_only_touched_is_hashed_once_more(index: Path, hashed: list[str]) -> None:
    open_once(index)
    path = files_of(index)[0]
    os.utime(path)
    hashed.clear()
    for _ in range(2):
        open_once(index)
    assert hashed == [path.name]


def test_a_copy_is_hashed_once(index: Path, tmp_path: Path, hashed: list[str]) -> None:
    open_once(index)
    copy = Path(shutil.copytree(index, tmp_path / "copy"))  # its times kept
    assert (copy / CHECKED_FILE).read_bytes() == (index / CHECKED_FILE).read_bytes()
    hashed.clear()
    for _ in range(2):
        open_once(copy)
    assert len(hashed) == len(files_of(copy))


def test_an_index_that_was_moved_is_known(index: Path, tmp_path: Path, hashed: list[str]) -> None:
    open_once(index)
    hashed.clear()
    open_once(index.rename(tmp_path / "moved"))
    assert not hashed


def test_where_nothing_can_be_kept_all_is_hashed_each_time(index: Path, hashed: list[str]) -> None:
    (index / CHECKED_FILE).mkdir()
    for _ in range(2):
        open_once(index)
    assert len(hashed) == 2 * len(files_of(index))
    assert not [path for path in index.iterdir() if path.name.endswith(".new")]


def test_where_times_tell_nothing_all_is_hashed_each_time(
    index: Path, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_once(index)
    stamp = (index / CHECKED_FILE).read_bytes()
    hashed.clear()
    monkeypatch.setattr(checked, "BELIEVED", False)
    open_once(index)
    assert len(hashed) == len(files_of(index))
    assert (index / CHECKED_FILE).read_bytes() == stamp


@pytest.mark.parametrize(
    "damaged",
    [
        *(b"", b"{", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000),
        b'{"format": 1, "generation": "generation-000001"}',
        b'{"format": 1, "generation": "generation-000001", "files": [1]}',
        b'{"format": 1, "generation": "generation-000001", "files": {"dense.faiss": [1, 2]}}',
        b'{"format": 1, "generation": "generation-000001", "files": {"dense.faiss": "abcde"}}',
        b'{"format": 1, "generation": "generation-000001", "files": {"dense.faiss": null}}',
    ],
)
def test_what_is_kept_and_damaged_is_not_believed(index: Path, hashed: list[str], damaged: bytes) -> None:
    open_once(index)
    (index / CHECKED_FILE).write_bytes(damaged)
    hashed.clear()
    open_once(index)
    assert len(hashed) == len(files_of(index))
    open_once(index)
    assert len(hashed) == len(files_of(index))


@pytest.mark.parametrize("field", ["format", "generation", "sha256"])
def test_what_is_kept_of_something_else_is_not_believed(index: Path, hashed: list[str], field: str) -> None:
    open_once(index)
    told = json.loads((index / CHECKED_FILE).read_text())
    if field == "sha256":
        for values in told["files"].values():
            values[0] = "0" * 64
    else:
        told[field] = {"format": 2, "generation": "generation-000002"}[field]
    (index / CHECKED_FILE).write_text(json.dumps(told))
    hashed.clear()
    open_once(index)
    assert len(hashed) == len(files_of(index))


def test_the_next_generation_is_hashed_once(folder: Path, index: Path, hashed: list[str]) -> None:
    open_once(index)
    (folder / "c.txt").write_text("Un texte de plus.")
    bring_up_to_date(folder)
    open_once(index)
    hashed.clear()
    open_once(index)
    assert not hashed
    assert json.loads((index / CHECKED_FILE).read_text())["generation"] == "generation-000002"


def test_what_a_build_has_hashed_need_not_be_hashed_again(
    folder: Path, index: Path, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LARGE", 0)
    bring_up_to_date(folder, rebuild=True)
    assert (index / CHECKED_FILE).exists()
    hashed.clear()
    open_once(index)
    assert not hashed


@pytest.mark.parametrize("name", ["passages.sqlite", "dense.faiss"])
def test_verify_hashes_every_byte_and_the_next_opening_knows_of_the_damage(
    index: Path, hashed: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    open_current(index)
    assert main(["verify", "--index", str(index)]) == 0
    let_rot(index, name)
    assert main(["verify", "--index", str(index)]) == IndexCorruptError.exit_code
    assert f"{name} was altered after it was built" in capsys.readouterr().err
    with pytest.raises(IndexCorruptError):
        open_current(index)


@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize("name", ["passages.sqlite", "dense.faiss"])
def test_a_build_copies_nothing_that_a_disk_has_lost(
    folder: Path, index: Path, hashed: list[str], name: str, touched: bool
) -> None:
    bring_up_to_date(folder)
    open_once(index)
    let_rot(index, name)
    if touched:  # nothing to read, and yet another generation is written
        os.utime(folder / "a.txt", ns=(0, 0))
    else:
        (folder / "c.txt").write_text("Un texte de plus.")
    with pytest.raises(IndexCorruptError, match=rf"{name} was altered .*--repair"):
        bring_up_to_date(folder)
    assert read_current(index).path.name == "generation-000002"


@pytest.mark.parametrize("name", ["passages.sqlite", "dense.faiss"])
def test_a_repair_believes_only_what_it_hashes(
    folder: Path, index: Path, hashed: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_up_to_date(folder)  # copied files were touched
    whole = contents(index)
    let_rot(index, name)
    assert main(["index", str(folder), "--repair"]) == 0
    assert f"{name} was altered" in capsys.readouterr().err
    assert open_current(index, None).path.name == "generation-000003"
    assert contents(index) == whole


@pytest.mark.parametrize("name", ["passages.sqlite", "dense.faiss"])
def test_a_repair_by_itself_does_so_too(folder: Path, index: Path, hashed: list[str], name: str) -> None:
    bring_up_to_date(folder)
    whole = contents(index)
    let_rot(index, name)
    repair(folder)
    open_current(index, None)
    assert contents(index) == whole


def test_a_file_touched_while_it_is_hashed_is_not_known_again(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files_of(index)[0]
    real = hashlib.file_digest
    monkeypatch.setattr(checked, "time", SimpleNamespace(time_ns=lambda: time.time_ns() + LATER_NS))
    found, known = checked.hashed(path)
    assert known
    assert found == Found.at(path, hashlib.sha256(path.read_bytes()).hexdigest())

    def touched(*args: object) -> object:
        digest = real(*args)  # type: ignore[arg-type]
        alter(path, path.read_bytes())
        return digest

    monkeypatch.setattr(hashlib, "file_digest", touched)
    assert not checked.hashed(path)[1]


@pytest.mark.parametrize(
    ("ctime_ns", "hashed_ns", "settled"),
    [
        (1_000_000_001, 1_050_000_001, True),
        (1_000_000_001, 1_050_000_000, False),  # may have been touched again in the same tick
        (1_000_000_001, 1_000_000_000, False),  # another machine's clock
        (1_000_000_000, 2_999_999_999, False),  # a file system that tells whole seconds, perhaps every other one
        (1_000_000_000, 3_000_000_000, True),
    ],
)
def test_a_file_touched_just_before_it_is_hashed_is_not_known_again(
    ctime_ns: int, hashed_ns: int, settled: bool
) -> None:
    assert Found("", 0, 0, ctime_ns, 0).settled(hashed_ns) is settled


def test_a_fresh_file_is_hashed_again(index: Path, hashed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked, "time", SimpleNamespace(time_ns=lambda: time.time_ns() - LATER_NS))
    for _ in range(2):
        open_once(index)
    assert len(hashed) == 2 * len(files_of(index))


def test_many_may_open_it_at_once(index: Path, hashed: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_once, [index] * 32))
    hashed.clear()
    open_once(index)
    assert not hashed
    assert not [path for path in index.iterdir() if path.name.endswith(".new")]


def test_two_processes_may_open_it_at_once(index: Path, hashed: list[str]) -> None:
    script = (
        "import sys, time, types; from pathlib import Path; from index import checked; from index.store import *\n"
        f"checked.time = types.SimpleNamespace(time_ns=lambda: time.time_ns() + {LATER_NS})\n"
        "print(flush=True); sys.stdin.readline()\n"
        "for _ in range(50): (Path(sys.argv[1]) / checked.CHECKED_FILE).unlink(True); "
        "open_current(Path(sys.argv[1]), 0)"
    )
    command = [sys.executable, "-c", script, str(index)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for each in both:
        assert each.stdout
        each.stdout.readline()
    for each in both:
        each.communicate(b"\n")
    assert [each.returncode for each in both] == [0, 0]
    open_once(index)
    hashed.clear()
    open_once(index)
    assert not hashed
