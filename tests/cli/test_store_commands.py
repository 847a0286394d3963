"""Every command that takes `--store`, end to end, against a Milvus of the test's own."""

from __future__ import annotations

import itertools
import json
import re
import shutil

import pytest
from command_line import STARGATE, fails, lines, sourcier

_NUMBERS = itertools.count()
QUESTION = "Combien coûte le phare de Kerlan ?"
ARTICLES = {
    "kerlan.txt": "Le phare de Kerlan coûte 100 euros. Il fut achevé par la commune.\n",
    "meteo.txt": "La météo de demain sera douce.\n",
    "news/port.txt": "The harbour of Brest opens at noon. Ships pay forty euros a day.\n",
    "news/pain.txt": "Le pain est cuit à sept heures au village de Plougastel.\n",
}
VERSION = r"version [0-9a-f]{12}"


@pytest.fixture
def url(milvus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return f"{milvus.url}/commands_{next(_NUMBERS)}"


@pytest.fixture
def folder(make_folder):
    return make_folder(ARTICLES)


def told_of(run, url):
    code, out, _ = run("info", "--store", url, "--json")
    assert code == 0
    return json.loads(out)


def test_a_store_is_filled_asked_measured_and_filled_again(run, url, folder, tmp_path, monkeypatch):
    fails(run("ask", QUESTION, "--store", url), 1, f"no index at {url}: .*`sourcier index FOLDER --store {url}`")
    code, out, err = run("index", folder, "--store", url)
    assert (code, err) == (0, "")
    assert re.fullmatch(rf"4 articles, 4 passages \(4 added, 0 changed, 0 removed\); {VERSION} in {url}\n", out)
    again = run("index", folder, "--store", url)[1]
    assert re.fullmatch(rf"4 articles, 4 passages \(up to date\); {VERSION} in {url}\n", again)

    assert told_of(run, url)["since"] == {"new": [], "changed": [], "gone": []}
    shutil.move(folder, tmp_path / "elsewhere")  # whoever asks needs no folder
    told = told_of(run, url)
    assert (told["since"], told["index"]["path"], told["index"]["generation"]) == (None, url, "generation-000001")
    assert [each["source"] for each in told["files"]] == sorted(ARTICLES)
    assert f"index     {url}/generation-000001 (format" in run("info", "--store", url)[1]
    with monkeypatch.context() as patched:
        patched.setattr("index.milvus.catalogue.MOST_LISTED", 3)
        fails(run("info", "--store", url), 2, "4 articles are too many to list")
    code, out, err = run("ask", QUESTION, "--store", url)
    assert (code, err) == (0, "")
    assert out.startswith("100 euros\n")
    told = json.loads(run("ask", QUESTION, "--store", url, "--json", "--in", "kerlan.txt")[1])
    assert (told["answer"], told["citations"][0]["source"], len(told["passages"])) == ("100 euros", "kerlan.txt", 1)
    assert told["index"]["version"] in again
    fails(run("ask", QUESTION, "--store", url, "--in", "sud/"), 2, "no article is named 'sud/'")

    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": "a", "question": QUESTION}) + '\n{"id": "b"}\n', "utf-8")
    code, out, _ = run("batch", questions, "--store", url)
    assert code == 1
    assert [each.get("answer") for each in lines(out)] == ["100 euros", None]

    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"question": QUESTION, "answers": ["100 euros"], "sources": ["kerlan.txt"]}), "utf-8")
    code, out, err = run("eval", gold, "--store", url, "--json")
    assert code == 0, err
    assert json.loads(out)["per_question"][0]["answer"] == "100 euros"
    assert "citations are checked against what the store keeps" in err
    assert re.search(r'"citations_valid": [1-9]', out)

    folder = tmp_path / "elsewhere"
    (folder / "kerlan.txt").write_text(ARTICLES["kerlan.txt"].replace("100", "2500"), "utf-8")
    (folder / "meteo.txt").unlink()
    out = run("index", folder, "--store", url)[1]
    assert re.fullmatch(rf"3 articles, 3 passages \(0 added, 1 changed, 1 removed\); {VERSION} in {url}\n", out)
    assert run("ask", QUESTION, "--store", url)[1].startswith("2500 euros\n")
    out = run("index", folder, "--store", url, "--rebuild")[1]
    assert re.fullmatch(rf"3 articles, 3 passages \(.*\); {VERSION} in {url}\n", out)


def test_parts_say_which_are_waited_for_and_the_last_one_seals(run, url, folder, monkeypatch):
    code, out, err = run("index", folder, "--store", url, "--part", "2/3")
    assert (code, err) == (0, "")
    told = f"part 2/3 written to {url}, which answers as before until these are: 1, 3"
    assert re.fullmatch(rf"\d articles, \d passages \(.*\); {told}\n", out)
    fails(run("ask", QUESTION, "--store", url), 1, f"no index at {url}: wait for all parts")
    assert "until these are: 1\n" in run("index", folder, "--store", url, "--part", "3/3")[1]
    assert "until these are: 1\n" in run("index", folder, "--store", url, "--part", "2/3")[1]
    out = run("index", folder, "--store", url, "--part", "1/3")[1]
    assert re.fullmatch(rf"4 articles, 4 passages \(4 added, 0 changed, 0 removed\); {VERSION} in {url}\n", out)
    monkeypatch.setenv("SOURCIER_STORE", url)
    assert run("ask", QUESTION)[1].startswith("100 euros\n")


def test_a_store_says_what_the_same_folder_says(run, url, indexed, tmp_path):
    """The real commands, of the seeds: the same answer, word for word, with the same citations."""
    done = sourcier("index", indexed, "--store", url, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for question in ("Combien Microsoft a-t-il ajouté par la suite, en plus du milliard ?", STARGATE):
        here = sourcier("ask", question, indexed, "--json", cwd=tmp_path)
        there = sourcier("ask", question, "--json", cwd=tmp_path, SOURCIER_STORE=url)
        assert there.stderr == ""
        told, expected = json.loads(there.stdout), json.loads(here.stdout)
        for each in (told, expected):
            del each["timings_ms"]
            for passage in each["passages"]:
                passage["score"] = round(passage["score"], 5)
            each["confidence"] = round(each["confidence"], 6)
        assert told == expected


def test_confidence_is_fitted_to_a_store_and_kept_on_this_machine(run, url, folder, tmp_path):
    assert run("index", folder, "--store", url)[0] == 0
    gold = tmp_path / "gold.jsonl"
    known = {"question": QUESTION, "answers": ["100 euros"], "sources": ["kerlan.txt"]}
    unknown = [{"question": f"Qui a peint le tableau numéro {number} ?", "answers": []} for number in range(15)]
    known_too = [{**known, "question": f"{QUESTION[:-2]} en {year} ?"} for year in range(1990, 2005)]
    gold.write_text("".join(json.dumps(each) + "\n" for each in [*known_too, *unknown]), "utf-8")
    code, out, err = run("calibrate", gold, "--store", url)
    assert code == 0, err
    (kept,) = (tmp_path / "data").rglob("calibration.json")
    assert f"kept in {kept}" in out
    assert run("calibrate", "--reset", "--store", url)[1] == f"{kept} removed\n"
