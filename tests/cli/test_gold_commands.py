"""`sourcier gold`: begin gold, check it, review reactions in a terminal. Run as a user runs it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import COMMAND, GOLD, SEEDS, STARGATE, environment, fails, sourcier

from qa.feedback import FEEDBACK_FILE, Feedback, read_feedback, store_feedback
from qa.gold import read_gold
from qa.session import Session

TEXT = "Le phare de Cordouan mesure 67 mètres de haut.\n"
ROW = {"id": "a", "question": "Quelle hauteur a Cordouan ?", "answers": ["67 mètres"], "sources": ["a.txt"]}


@pytest.fixture
def lights(tmp_path, monkeypatch):
    """A folder of one article, in the folder that the test runs in."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SOURCIER_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "lights"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    return folder


def write(*rows):
    Path("gold.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def test_from_nothing_to_checked_gold(lights, run):
    assert run("gold", "init", "gold.jsonl", "lights")[0] == 0
    lines = Path("gold.jsonl").read_text("utf-8").splitlines()
    first = next(line for line in lines if line.startswith("# {"))
    filled = json.loads(first.removeprefix("# ")) | {
        "question": "Quelle est la hauteur de Cordouan ?",
        "answers": ["67 mètres"],
    }
    Path("gold.jsonl").write_text("\n".join([*lines, json.dumps(filled)]), "utf-8")
    code, out, err = run("gold", "check", "gold.jsonl", "lights")
    assert (code, err) == (0, "")
    assert out.endswith("\nsound: 0 errors, 1 notice\n")
    fails(run("gold", "init", "gold.jsonl"), 2, "gold.jsonl is there already, and stays as it is: name another file")


def test_init_asks_for_nothing(lights, run):
    code, out, _ = run("gold", "init")
    assert (code, out) == (0, "gold.jsonl holds 4 lines to fill in: then run `sourcier gold check gold.jsonl`\n")
    assert "article.txt" in Path("gold.jsonl").read_text("utf-8")
    Path("gold.jsonl").unlink()
    assert run("gold", "init", "lights")[0] == 0  # a folder alone
    assert '"a.txt"' in Path("gold.jsonl").read_text("utf-8")
    fails(run("gold", "init", "other.jsonl", "nowhere"), 1, "no folder at nowhere: check the path")
    assert not Path("other.jsonl").exists()


def test_check_tells_each_error_with_its_line_and_fails(lights, run):
    gone = ROW | {"id": "b", "question": "Et sa hauteur ?", "answers": ["68 mètres"]}
    write(ROW, gone, ROW | {"id": "c", "sources": ["b.txt"], "split": "test"})
    code, out, err = run("gold", "check", "gold.jsonl", "lights")
    assert (code, err) == (1, "")
    told = out.splitlines()
    assert told[0].startswith("error: line 2, b: '68 mètres' stands no longer in a.txt; it stands nowhere now")
    assert told[1] == "error: line 3, c: asks in the split 'test' what a asks in 'gold': keep both in one split"
    assert told[2] == "error: line 3, c: b.txt is gone from lights; it stands in a.txt: change its sources"
    assert told[-2] == "3 questions: 3 fr; 2 gold, 1 test; 3 answerable (3 asked in one language only), 0 not"
    assert told[-1] == "not sound: 3 errors, 2 notices"
    code, out, _ = run("gold", "check", "gold.jsonl", "lights", "--json")
    assert (code, json.loads(out)["errors"]) == (1, 3)
    code, out, _ = run("gold", "check", "gold.jsonl", "lights", "--json", "--split", "gold")
    assert [(each["id"], each["line"]) for each in json.loads(out)["findings"]] == [("b", 2), ("", None)]
    fails(run("gold", "check", "gold.jsonl", "lights", "--split", "x"), 2, "no question of the split 'x'")


def test_check_tells_every_span_that_has_moved(lights, run):
    spans = [{"start": 0, "end": 9, "text": "67 mètres"}]
    asked = ("Quelle hauteur a Cordouan ?", "Combien mesure-t-il ?")
    write(*({"question": text, "document": "a.txt", "spans": spans} for text in asked))
    code, out, _ = run("gold", "check", "gold.jsonl", "lights")
    at = TEXT.index("67")
    assert code == 1
    assert out.count(f"that stands at {at}:{at + 9} now") == 2


def test_check_names_what_is_missing(lights, run):
    write(ROW)
    fails(run("gold", "check", "gold.jsonl"), 2, "no folder given.* name the folder")
    fails(run("gold", "check", "none.jsonl", "lights"), 1, "no file at none.jsonl: check the path")
    Path("gold.jsonl").write_text("{", "utf-8")
    fails(run("gold", "check", "gold.jsonl", "lights"), 1, "gold.jsonl line 1: invalid JSON")


def test_check_takes_squad_by_itself(lights, run):
    asked = {"id": "1", "question": "Quelle est la hauteur ?", "answers": [{"text": "67 mètres", "answer_start": 0}]}
    told = {"data": [{"title": "T", "paragraphs": [{"context": TEXT, "qas": [asked]}]}]}
    Path("squad.json").write_text(json.dumps(told), "utf-8")
    code, out, err = run("gold", "check", "squad.json")
    assert (code, err) == (0, "")
    assert "1 questions: 1 fr; 1 squad" in out


def test_check_takes_a_beir_folder_by_itself(lights, run):
    beir = Path("beir")
    (beir / "qrels").mkdir(parents=True)
    (beir / "corpus.jsonl").write_text(json.dumps({"_id": "d", "title": "", "text": TEXT}) + "\n", "utf-8")
    asked = [json.dumps({"_id": name, "text": "Quelle est la hauteur du phare ?"}) for name in "pq"]
    (beir / "queries.jsonl").write_text("\n".join(asked), "utf-8")
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\np\td\t1\nq\td\t1\n", "utf-8")
    code, out, err = run("gold", "check", "beir")
    assert (code, err) == (0, "")
    assert "notice: q: asks what p asks: remove one" in out
    assert "2 questions: 2 fr; 2 test; 2 answerable" in out


@pytest.mark.parametrize("split", ["dev", "test"])
def test_each_split_of_the_gold_of_the_seeds_is_sound(run, split):
    code, out, _ = run("gold", "check", GOLD, SEEDS, "--split", split)
    assert code == 0, out


def test_help_reads_no_gold(lights):
    script = "import sys, qa.cli; qa.cli._parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert "qa.gold_arguments" in done.stdout.split()
    assert not {"qa.gold", "index.documents", "numpy", "qa.feedback"} & set(done.stdout.split())
    done = sourcier("gold", cwd=lights.parent)
    assert done.returncode == 2
    assert "ACTION" in done.stderr


@pytest.fixture
def reacted(lights):
    """The folder with its index, and reactions kept there: a right answer, and a refusal."""
    with Session.of_folder(lights) as session:
        for place, question in enumerate(("Combien mesure le phare de Cordouan ?", "Qui a peint Guernica ?")):
            answer = session.ask(question)
            store_feedback(lights / ".sourcier", Feedback.of_answer(answer, "right", feedback_id=f"{place:016x}"))
    return lights


def in_terminal(folder, *typed, words=()):
    """Run the review in a terminal of its own, with what is typed; return its exit code and what it shows."""
    pty = pytest.importorskip("pty")
    above, below = pty.openpty()
    where = () if "-i" in words else (str(folder),)
    command = [*COMMAND, "gold", "from-feedback", *where, "-o", "gold.jsonl", *words]
    done = subprocess.Popen(
        command, stdin=below, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), cwd=folder.parent
    )
    os.close(below)
    for key in typed:
        os.write(above, key.encode() + b"\n")
        time.sleep(0.05)
    told = done.communicate(timeout=60)[0].decode()
    os.close(above)
    return done.returncode, told


def test_reactions_become_gold_in_a_terminal(reacted, run):
    code, told = in_terminal(reacted, "a", "u", "y")
    assert code == 0, told
    assert told.endswith("\n2 accepted into gold.jsonl, 0 rejected, 0 skipped, 0 there already\n")
    assert "[a] accept answer and source, [t] type the right answer, [s] skip" in told
    answered, refused = read_gold(Path("gold.jsonl"))
    assert (answered.question, answered.sources) == ("Combien mesure le phare de Cordouan ?", ("a.txt",))
    assert (answered.split, refused.answerable) == ("feedback", False)
    assert run("gold", "check", "gold.jsonl", "lights")[0] == 0
    code, told = in_terminal(reacted)
    assert (code, "but for 2 decided before (--again asks of them too)" in told) == (0, True)
    code, told = in_terminal(reacted, words=["--again"])
    assert code == 0, told
    assert told.count("asks this already") == 2


def test_an_index_alone_may_be_named(reacted):
    code, told = in_terminal(reacted, "a", "q", words=["-i", "lights/.sourcier"])
    assert (code, "1 accepted into gold.jsonl" in told) == (0, True)


def test_a_review_that_ends_early_keeps_what_was_accepted(reacted):
    code, told = in_terminal(reacted, "a", "q", words=["--split", "dev"])
    assert (code, "1 accepted into gold.jsonl" in told) == (0, True)
    (kept,) = read_gold(Path("gold.jsonl"))
    assert kept.split == "dev"
    code, told = in_terminal(reacted, "\x04")  # Ctrl-D
    assert (code, "0 accepted into" in told) == (0, True)


def test_without_a_terminal_nothing_becomes_gold(reacted):
    done = sourcier("gold", "from-feedback", "lights", "-o", "gold.jsonl", cwd=reacted.parent, stdin="a\nu\ny\n")
    fails(done, 2, "asks a person of each reaction: run it in a terminal")
    assert not Path("gold.jsonl").exists()


def test_damaged_lines_are_told_and_the_rest_is_asked_of(reacted):
    path = reacted / ".sourcier" / FEEDBACK_FILE
    path.write_bytes(b"{\n" + path.read_bytes())
    assert len(read_feedback(reacted / ".sourcier").feedback) == 2
    code, told = in_terminal(reacted, "s", "s")
    assert code == 0
    assert "feedback.jsonl line 1 is passed over: no whole line of JSON\n" in told
    assert "0 accepted into gold.jsonl, 0 rejected, 2 skipped" in told


def test_no_reactions_are_told(lights):
    shutil.copytree(lights, lights.parent / "more")
    code, told = in_terminal(lights.parent / "more")
    assert code == 0
    assert told.startswith("no reaction waits in ")
    code, told = in_terminal(lights, words=["--split", " "])
    assert (code, "--split is empty" in told) == (2, True)
    code, told = in_terminal(lights.parent / "nowhere")
    assert (code, "no folder at" in told) == (1, True)


def test_reactions_change_no_answer(reacted, run):
    code, out, _ = run("ask", STARGATE, "lights", "--json")
    assert code == 0
    assert run("verify", "--index", "lights/.sourcier")[0] == 0
    assert json.loads(out)["schema"] == 1
