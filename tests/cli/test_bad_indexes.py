"""Folders and indexes that cannot be used: one line, the remedy, the right exit code, nothing lost."""

import json
import re
import shutil

import pytest
from command_line import STARGATE, fails, spoil


def test_the_folder_is_missing_empty_or_unreadable(own, run):
    fails(run("ask", "x", "nowhere"), 1, "^sourcier: no folder at nowhere: check the path$")
    fails(run("info", "nowhere"), 1, "^sourcier: no folder at nowhere: check the path$")
    fails(run("ask", "x", own / "000_6bf0d6dca34366c9.txt"), 1, "is a file: give the folder that holds it")
    empty = own.parent / "empty"
    empty.mkdir()
    fails(run("ask", "x", empty), 1, r"the folder .*empty holds no file: put articles \(\.txt, \.md\) in it")
    (empty / "a.pdf").write_bytes(b"%PDF")
    (empty / "b.txt").write_bytes(b"  \n")
    fails(
        run("ask", "x", empty), 1, r"no article in .*empty could be read, 2 skipped \(a\.pdf: .*\): put \.txt or \.md"
    )
    assert not (empty / ".sourcier" / "CURRENT").exists()


def test_no_folder_at_all(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (["ask", "x"], ["index"], ["info"], ["verify"], ["batch", "-"]):
        fails(run(*words), 2, "no folder given, and there is no `seeds` here: name the folder of articles")


def test_names_from_outside_cannot_break_the_line(own, run):
    fails(run("ask", "x", "no\nwhere\033[2J"), 1, re.escape(r"no folder at no\nwhere\x1b[2J: check the path"))


# Indexes.


def manifest(**fields):
    return lambda data: json.dumps({**json.loads(data), **fields}).encode()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "manifest.json",
            manifest(format=99),
            r"has format 99, this Sourcier reads \d+: run `sourcier index FOLDER --rebuild`",
        ),
        (
            "manifest.json",
            manifest(encoder_identity="feed"),
            r"was built by embedded feed \(.*\), this is [0-9a-f]{16} \(.*\): run",
        ),
        (
            "manifest.json",
            manifest(encoder="/no/such/model"),
            r"cannot load the model '/no/such/model' \(.*\): give the folder",
        ),
        (
            "passages.sqlite",
            lambda data: data.replace(b"Oracle", b"Orakel"),
            r"is damaged: passages\.sqlite was altered",
        ),
        (
            "dense.faiss",
            lambda data: data[:100],
            r"is damaged: dense\.faiss has 100 bytes instead of [\d,]+; run `sourcier",
        ),
    ],
)
def test_an_index_that_cannot_be_used_says_how_to_mend_it(own, run, name, change, message):
    spoil(own, name, change)
    fails(run("ask", STARGATE, own), 1, message)
    fails(run("info", own), 1, message)
    code, out, err = run("index", own, "--rebuild")
    assert (code, err) == (0, "")
    assert "5 articles" in out
    assert run("ask", STARGATE, own)[1].startswith("500 millions de dollars\n")


def test_an_altered_manifest_or_pointer_is_noticed(own, run):
    index = own / ".sourcier"
    generation = index / (index / "CURRENT").read_text().split()[0]
    (generation / "manifest.json").write_text("{}")
    fails(
        run("ask", STARGATE, own),
        1,
        "manifest.json was altered after it was built; run `sourcier index FOLDER --repair`",
    )
    (index / "CURRENT").write_text("somewhere else")
    fails(run("ask", STARGATE, "-i", index), 1, "CURRENT does not name a generation; run")


def test_another_model_than_the_index_s(own, run):
    fails(
        run("ask", STARGATE, own, "--model", "some-model"), 1, "'embedded', not 'some-model': leave --model out, or run"
    )


def test_an_index_alone(own, run):
    fails(run("ask", STARGATE, "-i", "none"), 1, "^sourcier: no index at none: run `sourcier index FOLDER -i none`$")
    moved = own.parent / "moved"
    run("index", own, "-i", moved)
    assert run("ask", STARGATE, "-i", moved)[1].startswith("500 millions de dollars\n")
    (own / "001_eb3ee6aa52e1339d.txt").unlink()
    assert "articles  4" in (run("ask", STARGATE, "-i", moved) and run("info", "-i", moved)[1])  # brought up to date
    shutil.rmtree(own)
    code, out, err = run("ask", STARGATE, "-i", moved)
    assert code == 0
    assert out.startswith("500 millions de dollars\n")
    assert err == f"sourcier: {own} is gone: answering from the index as it stands\n"
