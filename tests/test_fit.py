"""Fitting the weights, on a few of the seeds' own questions."""

import json
import shutil
from pathlib import Path

import pytest

from qa.features import FEATURES
from qa.fit import main
from qa.weights import load_weights

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"


@pytest.fixture
def gold(tmp_path):
    lines = (HERE / "data" / "seeds_gold.jsonl").read_text("utf-8").splitlines()
    dev = [line for line in lines if json.loads(line)["split"] == "dev"]
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(dev[:12] + dev[-4:]), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "seeds"
    copy.mkdir()
    for path in SEEDS.glob("*.txt"):
        shutil.copyfile(path, copy / path.name)
    return copy


def test_what_is_fitted_can_be_loaded(gold, folder, tmp_path, capsys):
    squad = {"data": [{"paragraphs": [{"context": "Le pont, long de 343 m, date de 2004.", "qas": [
        {"id": "a", "question": "De quand date le pont ?", "answers": [{"text": "2004", "answer_start": 32}]},
    ]}]}]}  # fmt: skip
    (tmp_path / "squad.json").write_text(json.dumps(squad), "utf-8")
    out = tmp_path / "weights.json"
    words = [str(gold), str(folder), "--squad", str(tmp_path / "squad.json"), "--out", str(out)]
    assert main(words) == 0
    fitted = load_weights(out)
    assert fitted.thresholds == load_weights().thresholds
    assert fitted.retrieval == load_weights().retrieval
    weights = dict(zip(fitted.sentence.names, fitted.sentence.weights, strict=True))
    assert tuple(weights) == FEATURES
    assert weights["heading"] == weights["asks"] == 0.0
    assert weights["late"] > 0.0
    assert "questions" in capsys.readouterr().err
    assert not (folder / ".sourcier").exists()


def test_gold_that_is_missing_changes_nothing(folder, tmp_path, capsys):
    out = tmp_path / "weights.json"
    assert main([str(tmp_path / "none.jsonl"), str(folder), "--out", str(out)]) == 1
    assert capsys.readouterr().err == f"sourcier: no file at {tmp_path / 'none.jsonl'}: check the path\n"
    assert not out.exists()
