"""Settings, and values that are wrong: where each comes from, and how it is refused."""

import os
import shutil
import subprocess

import pytest
from command_line import COMMAND, GOLD, STARGATE, environment, fails, sourcier


def test_flags_then_variables_then_the_settings_file(own, run, make_folder, monkeypatch):
    lighthouse = make_folder({"phare.txt": "Le phare de la Vieille mesure 27 mètres."})
    for name in ("by_file", "by_variable", "by_flag"):
        shutil.copytree(lighthouse, own.parent / name)
    (own.parent / "sourcier.toml").write_text('folder = "by_file"\n')
    assert "in by_file/.sourcier" in run("index")[1]
    monkeypatch.setenv("SOURCIER_FOLDER", "by_variable")
    assert "in by_variable/.sourcier" in run("index")[1]
    assert "in by_flag/.sourcier" in run("index", "by_flag")[1]
    monkeypatch.setenv("SOURCIER_INDEX", "elsewhere")
    assert "in elsewhere" in run("index")[1]
    assert "in by_flag_too" in run("index", "-i", "by_flag_too", "by_flag")[1]
    monkeypatch.setenv("SOURCIER_MODEL", "some-model")
    fails(run("index"), 1, "not 'some-model'")


def test_the_real_command_reads_them_too(own):
    done = sourcier("info", cwd=own.parent / "seeds", SOURCIER_FOLDER=str(own))
    assert done.stdout.startswith(f"folder    {own}\n")
    (own.parent / "sourcier.toml").write_text('folder = "nowhere"\n')
    fails(sourcier("info", cwd=own.parent), 1, "no folder at nowhere")


def test_an_index_named_by_a_variable_is_never_that_of_the_default_folder(own, run, make_folder, monkeypatch):
    """An index of other articles must not be written over because a folder `seeds` happens to be here."""
    lighthouse = make_folder({"phare.txt": "Le phare de la Vieille mesure 27 mètres."})
    run("index", lighthouse, "-i", "mine")
    monkeypatch.setenv("SOURCIER_INDEX", "mine")
    assert run("ask", "Combien mesure le phare de la Vieille ?")[1].startswith("27 mètres\n")
    assert f"folder    {lighthouse}\n" in run("info")[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("folder = ", r"^sourcier: sourcier\.toml cannot be read \(Invalid value .*\): mend or remove it$"),
        ('port = "1"', "sourcier.toml has an unknown key 'port': it may set folder, index, model, reader"),
        ("folder = 3", "sourcier.toml sets folder to 3: write a text in double quotes"),
        ('index = ["a"]', r"sourcier\.toml sets index to \['a'\]: write a text in double quotes"),
        ('folder = "a\\u0000b"', r"sourcier\.toml sets folder to 'a\\x00b'"),
    ],
)
def test_a_settings_file_that_is_wrong(own, run, content, message):
    (own.parent / "sourcier.toml").write_text(content)
    fails(run("ask", STARGATE), 2, message)


# Questions, figures, answers that are wrong.


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["ask", "x" * 2001], 2, "^sourcier: the question has 2,001 characters, the most is 2,000: shorten it$"),
        (["ask", "x", "-k", "0"], 2, "^sourcier: -k is 0: give a number from 1 to 100$"),
        (["batch", "-", "-k", "101"], 2, "-k is 101: give a number from 1 to 100"),
        (["eval", "none.jsonl"], 1, "no file at none.jsonl: check the path"),
        (["eval", GOLD, "--split", "no"], 2, "holds no question of the split 'no': leave --split out"),
        (["eval", GOLD, "--fail-under", "recall@5"], 2, "'recall@5' is not METRIC=VALUE: write it as recall@5=0.9"),
        (["eval", GOLD, "--fail-under", "em=nan"], 2, "'em=nan' is not METRIC=VALUE"),
        (
            ["eval", GOLD, "--fail-under", "speed=1"],
            2,
            "--fail-under speed: no such figure: there are recall@1, recall@3",
        ),
        (["eval", GOLD, "--fail-under", "median_ms=1"], 2, "median_ms: no such figure"),
        (["verify", "none.jsonl"], 1, "no file at none.jsonl: check the path"),
        (["verify", "a.jsonl", "-i", "b"], 2, "either ANSWERS or, with --index, an index: give one of them"),
    ],
)
def test_wrong_values_are_named_with_a_remedy(own, run, words, code, message):
    fails(run(*words), code, message)


def test_a_figure_that_no_question_counts_for(own, run):
    (own.parent / "gold.jsonl").write_text(
        '{"id": "a", "question": "Qui a peint ?", "answers": [], "sources": [], "language": "fr", "split": "x"}'
    )
    code, out, err = run("eval", "gold.jsonl", own, "--fail-under", "em=0.5")
    assert code == 2
    assert "all" in out
    assert err == "sourcier: --fail-under em: no question of gold counts for it: leave it out\n"


def test_a_question_in_broken_bytes(own):
    done = subprocess.run(
        [*map(os.fsencode, COMMAND), b"ask", b"caf\xe9 ?", os.fsencode(own)],
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"sourcier: the question holds half a character ('\\udce9'): type it again, as UTF-8\n"
