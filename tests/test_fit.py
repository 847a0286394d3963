"""Fitting the weights, on a few of the seeds' own questions."""

import json
import shutil
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from pool_files import write_sets

from index.types import Passage
from qa.features import FEATURES
from qa.fit import main
from qa.fit_confidence import Told
from qa.fit_sets import Asked, RememberingReader, read_sets
from qa.question import read_question
from qa.reader import embedded_reader
from qa.thresholds import choose_thresholds
from qa.types import TokenScores
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
    write_sets(tmp_path / "data", tmp_path / "translations")
    out = tmp_path / "weights.json"
    words = [str(gold), str(folder), "--data", str(tmp_path / "data"), "--out", str(out)]
    assert main([*words, "--translations", str(tmp_path / "translations")]) == 0
    fitted = load_weights(out)
    assert fitted.retrieval == load_weights().retrieval
    assert fitted.reader == embedded_reader().identity
    weights = dict(zip(fitted.sentence.names, fitted.sentence.weights, strict=True))
    assert tuple(weights) == FEATURES
    assert weights["heading"] == weights["asks"] == 0.0
    assert weights["late"] > 0.0
    assert all(0.0 < threshold < 1.0 for threshold in fitted.thresholds.values())
    told = capsys.readouterr().err
    assert "fr->fr: the best sentence is right for" in told
    assert "AUROC" in told
    assert not (folder / ".sourcier").exists()


def test_nothing_is_read_twice():
    class Counting:
        name = identity = "counting"
        asked: ClassVar[list[str]] = []

        def scores(self, question, passages):
            self.asked += [passage.text for passage in passages]
            return [TokenScores(np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0), len(p.text)) for p in passages]

    reader = RememberingReader(Counting())
    passages = [Passage(n, "d", 0, len(text), text, ()) for n, text in enumerate(("a", "bb", "ccc"))]
    assert [each.none for each in reader.scores("?", passages[:2])] == [1, 2]
    assert [each.none for each in reader.scores("?", passages)] == [1, 2, 3]
    assert [each.none for each in reader.scores("!", passages[:1])] == [1]
    assert Counting.asked == ["a", "bb", "ccc", "a"]


def test_thresholds_by_hand():
    question = read_question("Qui dirige Microsoft ?")
    cases = [(0.9, True, True), (0.7, True, True), (0.6, False, False), (0.4, True, True), (0.3, False, True)]
    told = [
        Told(Asked(question, (), np.asarray([has]), 1.0, "a", "fr->fr", True), {}, right) for _, right, has in cases
    ]
    chosen = choose_thresholds(told, np.asarray([sure for sure, _, _ in cases]))
    assert 0.6 < chosen["name"] <= 0.7  # 2 of 4 answered rightly, and 1 of 1 refused; from 0.4 on 3 of 4, and none
    assert chosen["figure"] == 0.5  # nothing to choose it by


def test_gold_that_is_missing_changes_nothing(folder, tmp_path, capsys):
    out = tmp_path / "weights.json"
    assert main([str(tmp_path / "none.jsonl"), str(folder), "--data", str(tmp_path), "--out", str(out)]) == 1
    assert capsys.readouterr().err == f"sourcier: no file at {tmp_path / 'none.jsonl'}: check the path\n"
    assert not out.exists()


def test_a_question_and_its_translation_are_never_parted(gold, folder, tmp_path):
    write_sets(tmp_path / "data", tmp_path / "translations")
    (tmp_path / "scratch").mkdir()
    sets = read_sets(gold, folder, tmp_path / "data", tmp_path / "translations", tmp_path / "scratch")
    own = {example.id: example.split for example in sets[0].examples}
    for each in sets:
        each.index.close()
    pairs = [example for example in own if example.endswith("-fr") and f"{example[:-2]}en" in own]
    assert len(pairs) > 3
    assert all(own[example] == own[f"{example[:-2]}en"] for example in pairs)
    assert len(set(own.values())) == len(own) - len(pairs)
