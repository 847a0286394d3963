"""Building: incremental, equal to a fresh build, and never at the cost of the index that stands."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import index.build as build_module
from index import changes, collect, dense, documents, lexical, libraries, locks, sealing
from index.build import bring_up_to_date, repair
from index.encoder import embedded
from index.errors import (
    FolderError,
    IndexBusyError,
    IndexEncoderError,
    IndexFolderError,
    IndexMissingError,
    ModelError,
    SourcierError,
)
from index.opened import open_index
from index.pieces import PieceReader
from index.store import open_current
from qa.cli import main

ROOT = Path(__file__).parent.parent
ARTICLES = {
    "a.txt": "Microsoft a investi 13 milliards de dollars dans OpenAI.",
    "b.txt": "Azure appartient à Microsoft. " * 60,
    "en.md": "# The deal\n\nOracle runs the cloud that OpenAI rents.",
}
MakeFolder = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def folder(make_folder: MakeFolder) -> Path:
    return make_folder(ARTICLES)


def contents(index: Path) -> dict[str, Any]:
    """Return all that an index answers with: documents, texts, sentences, and each passage's words and vector."""
    opened = open_index(index)
    told = {}
    for info in opened.passages.documents():
        passages = opened.passages.passages_of(info.doc_id)
        vectors = opened.dense.vectors(np.asarray([passage.passage_id for passage in passages], np.int64))
        words = [passage.words for passage in passages]
        told[info.source] = (info, opened.passages.text(info.doc_id), passages, words, vectors.tobytes())
    told["found"] = opened.lexical.search("Microsoft Azure cloud milliards", "und", 100)
    opened.close()
    return told


def answers(index: Path) -> bool:
    opened = open_index(index)
    found = opened.lexical.search("milliards", "fr", 5)
    opened.close()
    return len(found) == 1


def age(folder: Path) -> None:
    """Make all files look long untouched: those touched just before a build are read again to be sure."""
    for path in folder.rglob("*"):
        if path.is_file() and ".sourcier" not in path.parts:
            os.utime(path, ns=(1, 1_000_000_000))


def test_a_first_build_tells_what_it_did(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = bring_up_to_date(folder, progress=lambda done, of: seen.append((done, of)))
    assert (report.documents, report.added, report.changed, report.removed, report.rebuilt) == (3, 3, 0, 0, True)
    assert report.passages == open_current(folder / ".sourcier").manifest.passages
    assert report.skipped == ()
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("long_ago", [True, False])
def test_nothing_is_built_where_nothing_changed(folder: Path, long_ago: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if long_ago:
        age(folder)
        monkeypatch.setattr(changes, "_FRESH_NS", 0)  # when they were last touched cannot be set
        monkeypatch.setattr(changes, "sha256_of", lambda path: pytest.fail(f"{path} was read again"))
    first = bring_up_to_date(folder)
    second = bring_up_to_date(folder)
    assert not second.rebuilt
    assert (second.version, second.documents, second.passages) == (first.version, first.documents, first.passages)
    assert (second.added, second.changed, second.removed) == (0, 0, 0)
    assert [path.name for path in (folder / ".sourcier").glob("generation-*")] == ["generation-000001"]


def test_each_kind_of_change_is_counted(folder: Path) -> None:
    bring_up_to_date(folder)
    (folder / "a.txt").write_text("Microsoft n'a rien investi.")
    (folder / "b.txt").unlink()
    (folder / "c.txt").write_text("Un article de plus.")
    (folder / "d.txt").write_text("Et un autre.")
    report = bring_up_to_date(folder)
    assert (report.added, report.changed, report.removed, report.documents) == (2, 1, 1, 4)
    assert "investi 13" not in contents(folder / ".sourcier")["a.txt"][1]


def test_a_change_of_the_same_size_at_the_same_moment_is_seen(folder: Path) -> None:
    path = folder / "a.txt"
    before = path.stat()
    bring_up_to_date(folder)
    path.write_text(ARTICLES["a.txt"].replace("13", "31"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert bring_up_to_date(folder).changed == 1


def test_only_changed_passages_are_read_again_and_each_of_them_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date(folder)
    read: list[str] = []
    real = PieceReader.words_of

    def words_of(self: PieceReader, texts: list[str]) -> Any:
        read.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(PieceReader, "words_of", words_of)
    (folder / "c.txt").write_text("Un article de plus.")
    bring_up_to_date(folder)
    assert read == ["Un article de plus."]


def test_vectors_and_words_stand_beside_their_passages_however_many_wait(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "c.txt").write_text("Oracle loue des serveurs à OpenAI. " * 100)
    bring_up_to_date(folder)
    for name in ("b.txt", "d.txt", "e.txt"):  # unchanged ones before, between and after
        (folder / name).write_text(f"Microsoft a signé {name}. " * 100)
    monkeypatch.setattr(collect, "_BATCH", 3)
    bring_up_to_date(folder)
    opened = open_index(folder / ".sourcier")
    ids, texts = zip(*((passage_id, text) for passage_id, _, text in opened.passages.all_passages()), strict=True)
    assert len(ids) > 15
    assert np.array_equal(opened.dense.vectors(np.asarray(ids)), embedded().encode_passages(texts))
    for passage in opened.passages.passages(ids)[0]:
        assert np.array_equal(opened.words(passage).rows, embedded().words(texts[passage.passage_id]).rows)
    opened.close()


@settings(max_examples=12, deadline=None)
@given(
    states=st.lists(
        st.dictionaries(
            st.sampled_from(["a.txt", "b.txt", "c.txt", "sous/d.md"]),
            st.sampled_from([*ARTICLES.values(), "", "Le pacte.\n\n" + "Un mot. " * 200]),
            min_size=1,
        ).filter(lambda files: any(files.values())),
        min_size=2,
        max_size=4,
    )
)
def test_any_history_ends_in_the_index_that_a_fresh_build_makes(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("articles")
    for files in states:
        for path in [path for path in folder.rglob("*") if path.is_file() and ".sourcier" not in path.parts]:
            path.unlink()
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        report = bring_up_to_date(folder)
    elsewhere = tmp_path_factory.mktemp("index")
    assert report.version == bring_up_to_date(folder, elsewhere).version
    assert contents(folder / ".sourcier") == contents(elsewhere)


def test_two_builds_of_one_folder_answer_alike(folder: Path, tmp_path: Path) -> None:
    first, second = bring_up_to_date(folder, tmp_path / "one"), bring_up_to_date(folder, tmp_path / "two")
    assert first.version == second.version
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    (folder / "a.txt").write_text("Autre chose.")
    assert bring_up_to_date(folder, tmp_path / "one").version != first.version


def test_an_index_inside_the_folder_does_not_index_itself(folder: Path) -> None:
    assert bring_up_to_date(folder, folder / "index").skipped == ()
    assert not bring_up_to_date(folder, folder / "index").rebuilt


def test_an_index_follows_its_user_to_another_folder(folder: Path, tmp_path: Path) -> None:
    age(folder)
    bring_up_to_date(folder, tmp_path / "index")
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    bring_up_to_date(copy, tmp_path / "index")
    opened = open_index(tmp_path / "index")
    assert opened.folder == copy.resolve()
    opened.close()


def upgraded(patch: pytest.MonkeyPatch, library: str) -> None:
    """Let a library have another version than it has."""
    told = {**libraries.versions(), library: "0.1"}
    for module in (libraries, build_module):
        patch.setattr(module, "versions", lambda: told)


class TestAnIndexThatCannotBeWritten:
    """Such as one in an image, whose files have other times than those it was built from."""

    @pytest.fixture(autouse=True)
    def sealed(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        bring_up_to_date(folder)

        def refuse(index: Path) -> Any:
            raise locks.unwritable(index, OSError(30, "Read-only file system"))

        monkeypatch.setattr(build_module, "build_lock", refuse)

    def test_it_is_asked_as_it_stands_while_the_articles_say_the_same(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        age(folder)
        assert not bring_up_to_date(folder).rebuilt
        upgraded(monkeypatch, "lxml")
        assert not bring_up_to_date(folder).rebuilt

    @pytest.mark.parametrize("change", ["changed", "added", "removed", "photo"])
    def test_a_change_is_told(self, folder: Path, change: str) -> None:
        if change == "removed":
            (folder / "a.txt").unlink()
        else:
            name = {"changed": "a.txt", "added": "c.txt", "photo": "photo.jpg"}[change]
            (folder / name).write_text("Autre chose.")
        with pytest.raises(IndexFolderError, match="Read-only file system"):
            bring_up_to_date(folder)


class TestUpgradedLibraries:
    @pytest.fixture
    def index(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return an index that an older library cut otherwise, and refused a file of."""
        (folder / "d.txt").write_text("Un texte. " * 100)
        real = collect.document_of

        def document_of(data: bytes, source: str) -> Any:
            if source == "a.txt":
                raise documents.DocumentError("holds what is not known yet")
            return real(data, source)

        with monkeypatch.context() as patch:
            upgraded(patch, "lxml")
            patch.setattr(collect, "passages_of", partial(collect.passages_of, max_chars=300))
            patch.setattr(collect, "document_of", document_of)
            assert bring_up_to_date(folder).documents == 3
            assert not bring_up_to_date(folder).rebuilt
        return folder / ".sourcier"

    @pytest.mark.parametrize("build", [bring_up_to_date, repair])
    def test_every_article_is_read_anew_and_the_result_is_a_fresh_builds(
        self, folder: Path, index: Path, tmp_path: Path, build: Callable[[Path], Any]
    ) -> None:
        before = open_current(index).manifest
        open_index(index).close()  # which may be asked still
        report = build(folder)
        assert (report.added, report.changed, report.removed, report.skipped) == (1, 0, 0, ())
        assert report.upgraded == (f"lxml 0.1 is now {libraries.versions()['lxml']}",)
        assert report.version != before.version
        assert report.version == bring_up_to_date(folder, tmp_path / "fresh").version
        assert contents(index) == contents(tmp_path / "fresh")
        assert not bring_up_to_date(folder).rebuilt

    def test_vectors_of_equal_texts_are_kept_unless_words_are_cut_by_another_tokenizer(
        self, folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[str] = []
        real = PieceReader.words_of
        monkeypatch.setattr(PieceReader, "words_of", lambda self, texts: (read.extend(texts), real(self, texts))[1])
        bring_up_to_date(folder)
        assert ARTICLES["a.txt"] in read
        assert ARTICLES["en.md"] not in read
        read.clear()
        upgraded(monkeypatch, "tokenizers")
        assert bring_up_to_date(folder).changed == 0
        assert {ARTICLES["a.txt"], ARTICLES["en.md"]} <= {*read}

    def test_it_is_told(self, folder: Path, index: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for _ in range(2):
            assert main(["index", str(folder)]) == 0
        assert capsys.readouterr().err.count("sourcier: every article was read anew: lxml 0.1 is now") == 1


class TestSkippedFiles:
    def test_bad_files_among_good_ones_are_skipped_and_named(self, folder: Path, make_folder: MakeFolder) -> None:
        make_folder({"bad.txt": b"\x00\x01\x02", "empty.md": b"", "photo.jpg": b"x", "big.txt": b"x"})
        os.truncate(folder / "big.txt", 33_000_000)
        report = bring_up_to_date(folder)
        assert report.documents == 3
        assert [entry.source for entry in report.skipped] == ["bad.txt", "big.txt", "empty.md", "photo.jpg"]
        assert report.skipped[1].reason == "is larger than 32 MB: split it into articles"
        again = bring_up_to_date(folder)
        assert not again.rebuilt
        assert again.skipped == report.skipped

    def test_a_file_that_vanishes_after_the_scan_is_skipped_and_named(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = documents.scan

        def scan_then_lose(folder: Path, index: Path | None) -> Any:
            seen = real(folder, index)
            (folder / "a.txt").unlink()
            return seen

        with monkeypatch.context() as patch:
            patch.setattr(build_module, "scan", scan_then_lose)
            report = bring_up_to_date(folder)
        assert [(entry.source, entry.reason) for entry in report.skipped] == [
            ("a.txt", "cannot be read (No such file or directory)")
        ]
        assert bring_up_to_date(folder).skipped == ()

    def test_a_file_is_read_once_its_permissions_allow_it(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        age(folder)
        real = os.access
        with monkeypatch.context() as patch:
            patch.setattr(os, "access", lambda path, mode: real(path, mode) and Path(path).name != "a.txt")
            report = bring_up_to_date(folder)
            assert [entry.source for entry in report.skipped] == ["a.txt"]
            assert not bring_up_to_date(folder).rebuilt
        assert bring_up_to_date(folder).added == 1

    def test_a_skipped_file_that_is_gone_is_no_longer_named(self, folder: Path, make_folder: MakeFolder) -> None:
        make_folder({"photo.jpg": b"x"})
        assert len(bring_up_to_date(folder).skipped) == 1
        (folder / "photo.jpg").unlink()
        assert bring_up_to_date(folder).skipped == ()

    def test_a_file_that_is_passed_over_for_another_reason_is_told_anew(self, folder: Path) -> None:
        for target in ("nowhere", "link.txt"):
            (folder / "link.txt").unlink(missing_ok=True)
            (folder / "link.txt").symlink_to(target)
            reason = bring_up_to_date(folder).skipped[0].reason
        assert reason == f"cannot be read ({os.strerror(errno.ELOOP)})"

    def test_a_name_that_reads_like_one_that_is_not_utf8_is_no_change(self, folder: Path) -> None:
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text("Un texte.")
        (folder / "caf\\xe9.txt").write_text("Un autre.")
        assert bring_up_to_date(folder).documents == 4
        assert not bring_up_to_date(folder).rebuilt

    def test_a_time_that_no_database_holds_is_no_error(self, folder: Path) -> None:
        for seconds in (2**34, -(2**34)):
            with contextlib.suppress(OSError, OverflowError):  # nor do most file systems
                os.utime(folder / "a.txt", (seconds, seconds))
            bring_up_to_date(folder)
            assert not bring_up_to_date(folder).rebuilt

    def test_a_name_that_is_not_utf8_is_named(self, folder: Path) -> None:
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text("Un texte.")
        assert [entry.source for entry in bring_up_to_date(folder).skipped] == ["caf\\xe9.txt"]
        assert not bring_up_to_date(folder).rebuilt


class TestNothingToIndex:
    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({}, "holds no file: put articles"),
            ({"x.jpg": b"x"}, r"no article in .* could be read, 1 skipped \(x.jpg: format .jpg is not read"),
            (
                {"a.txt": b"", "b.txt": b"\0"},
                r"could be read, 2 skipped \(a.txt: is empty.*put .txt or .md articles in it",
            ),
        ],
    )
    def test_it_is_a_folder_error_and_leaves_no_index(
        self, make_folder: MakeFolder, files: dict[str, bytes], message: str
    ) -> None:
        folder = make_folder(files)
        with pytest.raises(FolderError, match=message) as caught:
            bring_up_to_date(folder)
        assert "\n" not in str(caught.value)
        with pytest.raises(IndexMissingError):
            open_index(folder / ".sourcier")

    @pytest.mark.parametrize("loss", ["emptied", "spoilt", "removed"])
    def test_the_old_index_stays(self, folder: Path, tmp_path: Path, loss: str) -> None:
        index = tmp_path / "index"
        bring_up_to_date(folder, index)
        for path in folder.iterdir():
            if loss == "spoilt":
                path.write_bytes(b"\0")
            else:
                path.unlink()
        if loss == "removed":
            folder.rmdir()
        with pytest.raises(FolderError):
            bring_up_to_date(folder, index)
        with pytest.raises(FolderError):
            bring_up_to_date(folder, index, rebuild=True)
        assert answers(index)
        assert [path.name for path in index.glob("generation-*")] == ["generation-000001"]

    def test_a_missing_folder_is_told_with_the_remedy_and_nothing_is_written(self, tmp_path: Path) -> None:
        with pytest.raises(FolderError, match=r"no folder at .*: check the path"):
            bring_up_to_date(tmp_path / "none")
        assert list(tmp_path.iterdir()) == []


class TestEncoders:
    def test_the_indexs_own_encoder_goes_on_and_another_is_refused(self, folder: Path) -> None:
        bring_up_to_date(folder, model="embedded")
        assert not bring_up_to_date(folder).rebuilt
        with pytest.raises(IndexEncoderError, match=r"built by the encoder 'embedded', not 'other': .*--rebuild"):
            bring_up_to_date(folder, model="other")
        with pytest.raises(ModelError):
            bring_up_to_date(folder, model="no-such-org/other", rebuild=True)
        assert answers(folder / ".sourcier")


class TestInterruption:
    @pytest.fixture
    def index(self, folder: Path) -> Path:
        bring_up_to_date(folder)
        (folder / "c.txt").write_text("Un article de plus.")
        return folder / ".sourcier"

    @pytest.mark.parametrize(
        ("owner", "name"),
        [
            (lexical.LexicalIndex, "write"),
            (dense.DenseIndex, "save"),
            (build_module, "seal"),
            (sealing, "_sync"),
            (os, "replace"),
        ],
    )
    @pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
    def test_a_build_that_fails_leaves_the_old_generation_alone(
        self, folder: Path, index: Path, owner: Any, name: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fail)
            expected = IndexFolderError if isinstance(error, OSError) else KeyboardInterrupt
            with pytest.raises(expected):
                bring_up_to_date(folder)
        assert [path.name for path in index.glob("generation-*")] == ["generation-000001"]
        assert answers(index)
        assert bring_up_to_date(folder).added == 1

    def test_a_full_disk_is_one_line_with_a_remedy(
        self, folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(sealing, "_sync", fail)
        with pytest.raises(
            IndexFolderError, match=rf"cannot write the index at {index} \(No space left on device\): choose"
        ):
            bring_up_to_date(folder)

    def test_a_build_that_fails_amid_the_terms_says_nothing_else(
        self, folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(**_: object) -> None:
            raise ValueError("No space left on device")

        said: list[object] = []
        monkeypatch.setattr(sys, "unraisablehook", said.append)
        monkeypatch.setattr(lexical.tantivy, "Document", fail)
        assert main(["index", str(folder)]) == 1
        assert capsys.readouterr().err.count("\n") == 1
        gc.collect()
        assert said == []

    def test_an_error_after_the_swap_leaves_the_new_generation_alone(
        self, folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.replace

        def replace_then_fail(source: Path, target: Path) -> None:
            real(source, target)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", replace_then_fail)
            with pytest.raises(KeyboardInterrupt):
                bring_up_to_date(folder)
        assert open_current(index).path.name == "generation-000002"
        assert answers(index)

    @pytest.mark.parametrize("moment", ["index.lexical.LexicalIndex.write", "index.sealing._sync", "os.replace"])
    def test_a_killed_build_leaves_the_old_generation_answering(self, folder: Path, index: Path, moment: str) -> None:
        module, name = moment.rsplit(".", 1)
        script = f"""
import os, signal, sys
from pathlib import Path
import index.lexical, index.sealing
from index.build import bring_up_to_date
{module}.{name} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
bring_up_to_date(Path(sys.argv[1]))
"""
        done = subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, timeout=60, check=False)
        assert done.returncode == -signal.SIGKILL
        assert (index / "generation-000002").exists()
        assert answers(index)
        assert bring_up_to_date(folder).added == 1
        assert sorted(path.name for path in index.glob("generation-*")) == ["generation-000001", "generation-000003"]

    @pytest.mark.parametrize("moment", ["first", "before the vectors", "before the seal"])
    def test_an_index_removed_in_mid_build_is_an_error_and_the_next_build_is_whole(
        self, folder: Path, index: Path, moment: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner, name = {
            "first": (build_module, "PassageWriter"),
            "before the vectors": (lexical.LexicalIndex, "write"),
            "before the seal": (build_module, "seal"),
        }[moment]
        real = getattr(owner, name)

        def remove_then_go_on(*args: Any) -> Any:
            shutil.rmtree(index)
            return real(*args)

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, remove_then_go_on)
            with pytest.raises(SourcierError, match="index") as caught:
                bring_up_to_date(folder)
        assert "\n" not in str(caught.value)
        assert bring_up_to_date(folder).added == 4


class TestTwoBuilds:
    def test_the_second_gives_up_after_a_while(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        bring_up_to_date(folder)
        monkeypatch.setattr(locks, "_LOCK_SECONDS", 0.1)
        with locks.build_lock(folder / ".sourcier"):
            assert not bring_up_to_date(folder).rebuilt
            (folder / "c.txt").write_text("Un article de plus.")
            with pytest.raises(
                IndexBusyError,
                match=rf"another build \(process {os.getpid()} on .+\) is writing .*: wait for it to end",
            ):
                bring_up_to_date(folder)
        assert bring_up_to_date(folder).added == 1

    @pytest.mark.parametrize("standing", [True, False])
    def test_the_second_waits_and_finds_the_work_done(self, folder: Path, standing: bool) -> None:
        if standing:
            bring_up_to_date(folder)
            (folder / "c.txt").write_text("Un article de plus.")
        reports = []
        builds = [threading.Thread(target=lambda: reports.append(bring_up_to_date(folder))) for _ in range(3)]
        with locks.build_lock(folder / ".sourcier"):
            for build in builds:
                build.start()
            time.sleep(0.5)  # all three have scanned, and wait
            assert reports == []
        for build in builds:
            build.join()
        assert sorted(report.rebuilt for report in reports) == [False, False, True]
        assert len({report.version for report in reports}) == 1
