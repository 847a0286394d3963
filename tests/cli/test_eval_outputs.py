"""What `sourcier eval` writes and compares, run as a user runs it; that its figures are right is tested elsewhere."""

import json
import re

import pytest
from command_line import fails

ARTICLES = {
    "a.txt": "Le phare de la Vieille mesure 27 mètres.\n",
    "b.txt": "Le phare de Nividic fut allumé en 1936.\n",
}
GOLD = [
    {"id": "high", "question": "Combien de mètres mesure la Vieille ?", "answers": ["27 mètres"], "sources": ["a.txt"]},
    {"id": "lit", "question": "When was the Nividic lighthouse lit?", "answers": ["1936"], "sources": ["b.txt"]},
    {"id": "none", "question": "Qui a peint Guernica ?", "answers": []},
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "lights"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, "utf-8")
    write(tmp_path / "gold.jsonl", GOLD)
    return folder


def write(path, told):
    path.write_text("".join(f"{json.dumps(each)}\n" for each in told), "utf-8")


def test_reports_in_every_form(folder, run, tmp_path):
    reports = [word for name in ("r.json", "r.md", "r.html") for word in ("--report", name)]
    code, out, err = run("eval", "gold.jsonl", folder, *reports, "--ablate")
    assert (code, err) == (0, "")
    assert re.search(r"^ +BM25 +dense +mix +re-rank +reader$", out, re.MULTILINE)
    assert [each["id"] for each in json.loads((tmp_path / "r.json").read_text("utf-8"))["per_question"]] == [
        *("high", "lit", "none")
    ]
    page, text = (tmp_path / "r.html").read_text("utf-8"), (tmp_path / "r.md").read_text("utf-8")
    assert "<svg" in page
    for told in (page, text):
        assert "gold.jsonl" in told
        assert "re-rank" in told


def test_a_change_is_told(folder, run, tmp_path):
    code, before, _ = run("eval", "gold.jsonl", folder, "--json")
    (tmp_path / "before.json").write_text(before, "utf-8")
    code, out, err = run("eval", "gold.jsonl", folder, "--compare", "before.json")
    assert (code, err) == (0, "")
    assert "3 questions, compared with before.json\nboth are made of the same, as far as they tell\n" in out
    assert out.endswith("questions changed: 0\n")

    (folder / "a.txt").write_text("Le phare de la Vieille est haut. Il en est content.\n", "utf-8")
    write(tmp_path / "gold.jsonl", [*GOLD[:2], {**GOLD[2], "question": "Qui a sculpté Guernica ?"}])
    code, out, _ = run("eval", "gold.jsonl", folder, "--compare", "before.json", "--report", "r.html")
    assert code == 0
    assert "2 questions, compared with before.json\nnot compared, whose gold changed: 1 (none)\nindex: " in out
    assert re.search(r"^  high, fr->fr: now (wrong|refused).*: Combien de mètres mesure la Vieille \?$", out, re.M)
    assert "compared with before.json" in (tmp_path / "r.html").read_text("utf-8")
    told = json.loads(run("eval", "gold.jsonl", folder, "--compare", "before.json", "--ablate", "--json")[1])
    assert [each["id"] for each in told["comparison"]["changed"]] == ["high"]
    assert {row["part"] for row in told["ablation"]["rows"]} == {"BM25", "dense", "mix", "re-rank", "reader"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--report", "r.pdf"], 2, r"cannot report into r\.pdf: name a \.html, \.md or \.json file"),
        (["--report", "no/r.md"], 2, r"cannot write no/r\.md \(no such folder\)"),
        (["--compare", "none.json"], 1, r"no file at none\.json: check the path"),
        (["--compare", "gold.jsonl"], 1, r"gold\.jsonl.*: give a file that `sourcier eval GOLD --json` wrote"),
    ],
)
def test_what_cannot_be_written_or_read_is_told_before_anything_is_asked(folder, run, words, code, says):
    fails(run("eval", "gold.jsonl", folder, *words), code, says)
    assert not (folder / ".sourcier").exists()


def test_nothing_to_compare_with(folder, run, tmp_path):
    (tmp_path / "before.json").write_text(run("eval", "gold.jsonl", folder, "--json")[1], "utf-8")
    write(tmp_path / "gold.jsonl", [{**GOLD[0], "id": "another"}])
    fails(run("eval", "gold.jsonl", folder, "--compare", "before.json"), 1, "no question in common with this gold")


def test_gold_without_a_question_is_no_score_of_0(folder, run, tmp_path):
    (tmp_path / "gold.jsonl").write_text("# {}\n", "utf-8")
    fails(run("eval", "gold.jsonl", folder), 1, r"gold\.jsonl holds no question")


def test_nothing_to_take_apart(folder, run, tmp_path):
    write(tmp_path / "gold.jsonl", GOLD[2:])
    fails(run("eval", "gold.jsonl", folder, "--ablate"), 1, "no question has an answer")
