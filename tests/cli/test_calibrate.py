"""`sourcier calibrate`, and what `eval` says of confidence: run as a user runs them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import GOLD, STARGATE, environment, fails, sourcier
from PIL import Image
from test_shell import WITHOUT_OVERRIDE

STORED = Path(".sourcier", "calibration.json")
NAMES = (*(name for name in "ABCDEFGHIJKLMNOPQRST"),)


@pytest.fixture
def lights(tmp_path, monkeypatch):
    """A folder of twenty articles, and forty questions about them, half of which they answer."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "lights"
    folder.mkdir()
    told = []
    for place, name in enumerate(NAMES):
        height = f"{20 + 3 * place} mètres"
        (folder / f"{name}.txt").write_text(f"Le phare Saint-{name}ren mesure {height}.\n", "utf-8")
        common = {"language": "fr", "split": "test" if place < 2 else "dev"}
        asked = f"Combien de mètres mesure le phare Saint-{name}ren ?"
        told.append({"id": f"{name}1", "question": asked, "answers": [height], "sources": [f"{name}.txt"], **common})
        asked = f"Combien de marches compte le phare Saint-{name}ren ?"
        told.append({"id": f"{name}2", "question": asked, "answers": [], "sources": [], **common})
    (tmp_path / "gold.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in told), "utf-8")
    return folder


def test_from_gold_to_answers_and_back(lights, run):
    done = sourcier("calibrate", "gold.jsonl", lights, "--precision", "0.8", cwd=lights.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("40 questions asked; the best sentence answers ")
    assert done.stdout.endswith(f"kept in {lights / STORED}\n")
    stored = json.loads((lights / STORED).read_text("utf-8"))
    assert (stored["precision"], len(stored["asked"])) == (0.8, 40)

    code, out, _ = run("info", lights)
    assert code == 0
    assert "answers   calibration: " in out
    assert "fitted on 40 questions, answers from confidence 0." in out
    code, out, err = run("eval", "gold.jsonl", lights, "--split", "test")
    assert (code, err) == (0, "")
    assert out.endswith("confidence was calibrated on 4 of these very questions, which flatters it\n")

    assert run("calibrate", "--reset", lights) == (0, f"{lights / STORED} removed\n", "")
    assert run("calibrate", "--reset", lights) == (0, f"there is no calibration in {lights / STORED.parent}\n", "")
    assert "calibration" not in run("info", lights)[1]


def test_it_changes_what_is_answered(lights, run):
    run("calibrate", "gold.jsonl", lights)
    stored = json.loads((lights / STORED).read_text("utf-8"))
    asked = "Combien de mètres mesure le phare Saint-Aren ?"
    assert json.loads(run("ask", asked, lights, "--json")[1])["answer"] == "20 mètres"
    (lights / STORED).write_text(json.dumps({**stored, "threshold": 1.0, "precision": 1.0}))
    told = json.loads(run("ask", asked, lights, "--json")[1])
    assert (told["answer"], told["reason"]) == (None, "low_confidence")


def test_it_is_set_aside_with_a_notice(lights, run):
    run("calibrate", "gold.jsonl", lights)
    stored = json.loads((lights / STORED).read_text("utf-8"))
    (lights / STORED).write_text(json.dumps({**stored, "basis": {**stored["basis"], "reader": "another"}}))
    code, out, err = run("ask", "Combien de mètres mesure le phare Saint-Aren ?", lights)
    assert code == 0
    assert out.startswith("20 mètres\n")
    assert err.count("\n") == 1
    assert err.startswith("sourcier: the calibration of this index is set aside, it was made with the reader another, ")
    assert "answers   calibration: set aside, it was made with the reader another" in run("info", lights)[1]
    assert run("calibrate", "gold.jsonl", lights)[2] == ""  # another is being made
    assert run("ask", "Qui ?", lights)[2] == ""


def test_hidden_answers_and_the_notice_that_names_them(lights, run):
    gold = [json.loads(line) for line in Path("gold.jsonl").read_text("utf-8").splitlines()]
    answered = [each for each in gold if each["answers"]]
    more = [
        {**each, "id": f"{each['id']}b", "question": each["question"].replace("mesure", "fait")} for each in answered
    ]
    Path("gold.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in answered + more), "utf-8")
    code, out, err = run("calibrate", "gold.jsonl", lights, "--hide-answers")
    assert (code, err) == (0, "")
    assert out.startswith("80 questions asked; ")
    code, out, err = run("calibrate", "gold.jsonl", lights)
    if code == 0:  # unless every answer is right, which tells nothing apart
        assert err.startswith("sourcier: every question has an answer, as your own may not: --hide-answers asks")
    else:
        assert "every one is answered right" in err


def test_wrong_calls(lights, run):
    fails(run("calibrate"), 2, "no gold given: name a file of questions and their answers, or --reset")
    fails(
        run("calibrate", "gold.jsonl", lights, "--precision", "90"),
        2,
        r"--precision is 90: give a share above 0 and up",
    )
    fails(run("calibrate", "gold.jsonl", lights, "--precision", "nan"), 2, r"--precision is nan: give a share")
    fails(run("calibrate", "gold.jsonl", lights, "--reset"), 2, "--reset takes no gold: give the folder or index alone")
    fails(run("calibrate", "gold.jsonl", lights, "--split", "x"), 2, "holds no question of the split 'x'")
    fails(run("calibrate", "gold.jsonl", lights, "--split", "test"), 1, "4 questions are too few to calibrate on")
    fails(run("calibrate", "none.jsonl", lights), 1, "no file at none.jsonl")
    fails(run("calibrate", "gold.jsonl"), 2, "no folder given")
    fails(run("calibrate", "--reset", "nowhere"), 1, "no folder at nowhere: check the path")
    assert not (lights / STORED).exists()


def test_a_precision_out_of_reach_stores_nothing(lights, run):
    gold = [json.loads(line) for line in Path("gold.jsonl").read_text("utf-8").splitlines()]
    for each in gold[:-2]:
        if each["answers"]:
            each["answers"] = ["phare rouge"]
    (lights / "A.txt").write_text("Le phare rouge.", "utf-8")
    Path("gold.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in gold), "utf-8")
    code, out, err = run("calibrate", "gold.jsonl", lights, "--precision", "0.99")
    fails(
        (code, out, err), 1, r"99% is not reached with 10 answers or more, \d+% is: ask for less .* nothing is stored"
    )
    assert not (lights / STORED).exists()


def test_an_index_that_cannot_be_written(own):
    index = own / ".sourcier"
    (index / "calibration.json").write_text("{}")
    index.chmod(0o555)
    try:
        for words in (["calibrate", GOLD, "-i", index], ["calibrate", "--reset", "-i", index]):
            done = subprocess.run(
                [sys.executable, "-c", WITHOUT_OVERRIDE, *map(str, words)],
                capture_output=True,
                text=True,
                env=environment(),
                check=False,
            )
            fails(done, 1, r"cannot write .*\.sourcier.* \(Permission denied\): keep the index elsewhere, by -i")
    finally:
        index.chmod(0o755)


# What `eval` says of it.


def test_eval_measures_confidence(lights, run):
    code, out, err = run("eval", "gold.jsonl", lights)
    assert (code, err) == (0, "")
    table = out[out.index("confidence") :].splitlines()
    assert table[0].split()[-3:] == ["AUROC", "ECE", "AURC"]
    assert [line.split()[:2] for line in table[1:]] == [["all", "40"], ["fr->fr", "40"]]
    assert "reliability, " not in out

    code, out, _ = run("eval", "gold.jsonl", lights, "--reliability")
    assert out.count("\nreliability, ") == out.count("\nrisk and coverage, ") == 2

    code, out, _ = run("eval", "gold.jsonl", lights, "--json", "--plot", "p.png", "--fail-under", "auroc=0.3")
    assert code == 0
    told = json.loads(out)
    assert [row["direction"] for row in told["confidence"]] == ["all", "fr->fr"]
    assert set(told["confidence"][0]["auroc"]) == {"value", "low", "high"}
    assert told["confidence"][0]["curve"][-1]["coverage"] == 1
    assert told["calibrated_on"] == 0
    right = [each["right"] for each in told["per_question"]]
    assert sum(right) == pytest.approx(told["confidence"][0]["right"]["value"] * 40)
    with Image.open("p.png") as picture:
        assert picture.size == (2 * 670, 2 * 740)
    assert run("eval", "gold.jsonl", lights, "--fail-under", "auroc=1.01")[0] == 3


def test_eval_draws_nothing_where_it_cannot(lights, run):
    fails(run("eval", "gold.jsonl", lights, "--plot", "p.svg"), 2, r"cannot draw into p\.svg: name a \.png file")
    fails(run("eval", "gold.jsonl", lights, "--plot", "no/p.png"), 2, r"cannot write no/p\.png \(no such folder\)")


def test_an_answer_needs_no_picture_library(lights):
    script = "import sys; from qa.cli import main; main(sys.argv[1:]); print('PIL' in sys.modules, file=sys.stderr)"
    words = [sys.executable, "-c", script, "ask", STARGATE, str(lights)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), check=True)
    assert done.stderr == "False\n"
    shutil.rmtree(lights / ".sourcier")
