"""`--store` as far as no server is needed: what is refused, and what stands in for the flag."""

import sys

import pytest
from command_line import GOLD, STARGATE, environment, fails, sourcier

from index.milvus.address import Address
from qa import settings as settings_module
from qa.opening import index_of
from qa.settings import Settings

STORE = "milvus://127.0.0.1:9/articles"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ask", STARGATE, "--store", STORE, "-i", "x"], "--store and --index name two places of one index"),
        (
            ["ask", STARGATE, "seeds", "--store", STORE],
            "only `sourcier index` reads the folder seeds: leave FOLDER out",
        ),
        (["batch", "-", "seeds", "--store", STORE], "only `sourcier index` reads the folder seeds"),
        (["serve", "seeds", "--store", STORE], "only `sourcier index` reads the folder seeds"),
        (["eval", GOLD, "seeds", "--store", STORE], "only `sourcier index` reads the folder seeds"),
        (["calibrate", GOLD, "seeds", "--store", STORE], "only `sourcier index` reads the folder seeds"),
        (["ask", STARGATE, "--store", STORE, "--model", "m"], "leave --model out"),
        (["serve", "--store", STORE, "--watch"], "leave --watch out, for a newer index is noticed by itself"),
        (["serve", "--store", STORE, "--watch", "--mcp", "stdio"], "leave --watch out"),
        (["index", "--store", STORE], "name the folder of articles that the store is to hold"),
        (["index", "seeds", "--store", STORE, "--repair"], "give --rebuild to write a store afresh"),
        (["index", "seeds", "--store", STORE, "--watch"], "run `sourcier index` again when the articles have changed"),
        (["index", "seeds", "--part", "1/2"], "--part is of an index that many machines write: name it with --store"),
        (["index", "seeds", "--store", STORE, "--part", "3/2"], "'3/2' is no part: give i/n"),
        (["index", "seeds", "--store", STORE, "--part", "0/2"], "'0/2' is no part"),
        (["index", "seeds", "--store", STORE, "--part", "one"], "'one' is no part"),
        (["ask", STARGATE, "--store", "articles"], "'articles' is no address of a store"),
        (["ask", STARGATE, "--store", "milvus://host"], "names no collection that Milvus takes"),
        (["ask", STARGATE, "--store", "milvus://ann:secret@host/articles"], "SOURCIER_MILVUS_TOKEN"),
        (["ask", STARGATE, "--store", f"{STORE}?index=BEST"], "is no kind of index"),
        (["index", "seeds", "--store", "https://host/articles"], "is no address of a store"),
    ],
)
def test_wrong_usage_is_told_without_a_server(own, run, words, message):
    done = run(*words)
    fails(done, 2, message)
    assert "secret" not in done[2]


def test_a_store_needs_pymilvus(own, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    for words in (["ask", STARGATE], ["index", "seeds"]):
        fails(run(*words, "--store", STORE), 2, r"pymilvus.*pip install")


def test_a_store_that_nobody_keeps_is_one_line(own, run, monkeypatch):
    connection = pytest.importorskip("index.milvus.connection")
    monkeypatch.setattr(connection, "PATIENCE", 0.01)
    for words in (["ask", STARGATE], ["serve"], ["index", "seeds"]):
        fails(run(*words, "--store", STORE), 1, f"^sourcier: {STORE}: .*see that Milvus runs")


def test_variable_and_settings_file_stand_in_for_the_flag(own, run, monkeypatch):
    (own.parent / "sourcier.toml").write_text('store = "by-file"\n')
    fails(run("ask", STARGATE), 2, "'by-file' is no address")
    monkeypatch.setenv("SOURCIER_STORE", "by-variable")
    fails(run("ask", STARGATE), 2, "'by-variable' is no address")
    fails(run("ask", STARGATE, "--store", "by-flag"), 2, "'by-flag' is no address")


def test_what_is_named_first_wins_over_the_other_place_of_an_index(own, run, monkeypatch):
    (own.parent / "sourcier.toml").write_text('store = "by-file"\n')
    assert run("ask", STARGATE, "-i", own / ".sourcier")[0] == 0
    monkeypatch.setenv("SOURCIER_INDEX", str(own / ".sourcier"))
    assert run("ask", STARGATE)[0] == 0
    fails(run("ask", STARGATE, "--store", "by-flag"), 2, "'by-flag' is no address")
    monkeypatch.setenv("SOURCIER_STORE", "by-variable")
    fails(run("ask", STARGATE), 2, "SOURCIER_STORE and SOURCIER_INDEX name two places of one index")
    monkeypatch.delenv("SOURCIER_STORE")
    monkeypatch.delenv("SOURCIER_INDEX")
    (own.parent / "sourcier.toml").write_text('store = "by-file"\nindex = "here"\n')
    fails(run("ask", STARGATE), 2, "the keys store and index of sourcier.toml name two places of one index")


def test_a_folder_of_the_settings_is_for_those_who_read_it(own, run, monkeypatch):
    """The same settings serve `index`, which fills the store, and `ask`, which asks it."""
    monkeypatch.setenv("SOURCIER_FOLDER", "seeds")
    monkeypatch.setenv("SOURCIER_STORE", "by-variable")
    for words in (["ask", STARGATE], ["index"]):
        fails(run(*words), 2, "'by-variable' is no address")


def test_commands_that_take_no_store_pass_over_it(own, run, monkeypatch):
    monkeypatch.setenv("SOURCIER_STORE", STORE)
    assert run("verify", "--index", own / ".sourcier")[0] == 0
    fails(run("info", own), 2, "a store answers as it stands")


def test_gold_that_brings_its_articles_is_asked_of_them_alone(own, run, monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCIER_STORE", STORE)
    gold = tmp_path / "gold.json"
    told = (
        '{"id": "1", "question": "Combien mesure le phare ?", "answers": [{"text": "58 mètres", "answer_start": 22}]}'
    )
    context = "Le phare de Kerlan a 58 mètres de haut."
    told = told.replace("22", str(context.index("58")))
    gold.write_text(f'{{"data": [{{"paragraphs": [{{"context": "{context}", "qas": [{told}]}}]}}]}}', "utf-8")
    assert run("eval", gold)[0] == 0
    fails(run("eval", gold, "--store", "nowhere"), 2, "'nowhere' is no address")


def test_side_files_of_a_store_have_a_folder_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setattr(Address, "side", property(lambda _: tmp_path))
    assert index_of(Settings(None, None, None, None, STORE)) == tmp_path
    assert "store" in settings_module._KEYS


def test_asking_on_disk_imports_nothing_of_milvus(own):
    script = (
        "import sys; from qa.cli import main; main(['ask', 'Qui dirige Microsoft ?', 'seeds', '--json']);"
        "assert not {name for name in sys.modules if name.startswith(('index.milvus', 'pymilvus', 'grpc'))}"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=own.parent, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_real_command_says_it_too(own):
    fails(sourcier("ask", STARGATE, "--store", "x", cwd=own.parent), 2, "'x' is no address of a store")
