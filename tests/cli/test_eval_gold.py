"""`sourcier eval` on every form of gold: figures worked out by hand, runs that other tools read."""

from __future__ import annotations

import json
import re
from math import log2
from pathlib import Path
from urllib.parse import unquote

import ir_measures
import pytest
from command_line import fails, sourcier

from qa.measure.metrics import RETRIEVAL

WHALES, BREAD = "MED-10/a b", "med-10/A B"
FILES = {
    "corpus.jsonl": [
        {"_id": WHALES, "title": "Songs of whales", "text": "Whales sing in the deep sea to find each other."},
        {"_id": BREAD, "title": "Bread", "text": "The baker kneads the dough and bakes bread at dawn."},
        {"_id": "void", "title": "", "text": ""},
    ],
    "queries.jsonl": [
        {"_id": "first", "text": "Why do whales sing in the deep sea?"},
        {"_id": "second one", "text": "When does the baker bake bread from the dough?"},
        {"_id": "third", "text": "Who kneads the dough at dawn?"},
        {"_id": "none relevant", "text": "Who sails the sea?"},
        {"_id": "not judged", "text": "Who eats the bread?"},
    ],
}
JUDGED = {
    "first": {WHALES: 2, BREAD: 0},
    "second one": {WHALES: 1},  # though the other one answers, and comes first
    "third": {BREAD: 1, "void": 2},
    "none relevant": {WHALES: 0, BREAD: -1},
}
# What is relevant comes first; second of two; first, while another stays unfound.
BY_HAND = {
    "recall@1": (1 + 0 + 1 / 2) / 3,
    "recall@3": (1 + 1 + 1 / 2) / 3,
    "recall@10": (1 + 1 + 1 / 2) / 3,
    "mrr": (1 + 1 / 2 + 1) / 3,
    "map": (1 + 1 / 2 + 1 / 2) / 3,
    "ndcg@10": (1 + 1 / log2(3) + 1 / (2 + 1 / log2(3))) / 3,
}


@pytest.fixture
def beir(tmp_path):
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    for name, lines in FILES.items():
        (folder / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    rows = [(query, document, str(score)) for query, judged in JUDGED.items() for document, score in judged.items()]
    told = "".join("\t".join(row) + "\n" for row in [("query-id", "corpus-id", "score"), *rows])
    (folder / "qrels" / "test.tsv").write_text(told, "utf-8")
    return folder


def test_a_beir_folder(beir, tmp_path):
    done = sourcier("eval", beir, "--json", "--run", "run.trec", "--qrels", "qrels.trec", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    figures = told["rows"][0]["figures"]
    assert {name: figures[name] for name in BY_HAND} == pytest.approx(BY_HAND)
    assert told["rows"][0]["questions"] == 3
    assert {name for name in ("em", "f1", "sentence", "refused") if figures[name] is not None} == set()

    run = list(ir_measures.read_trec_run(str(tmp_path / "run.trec")))
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec")))
    assert {(unquote(each.query_id), unquote(each.doc_id), each.relevance) for each in qrels} == {
        (query, document, score) for query, judged in JUDGED.items() for document, score in judged.items() if score > 0
    }
    assert {unquote(each.query_id) for each in run} == {"first", "second one", "third"}
    assert {unquote(each.doc_id) for each in run} == {WHALES, BREAD}
    again = ir_measures.calc_aggregate([ir_measures.parse_measure(each) for each in RETRIEVAL.values()], qrels, run)
    assert {name: again[ir_measures.parse_measure(measure)] for name, measure in RETRIEVAL.items()} == pytest.approx(
        {name: figures[name] for name in RETRIEVAL}
    )
    assert not any(path.name.startswith("sourcier") for path in tmp_path.iterdir())


def test_its_figures_are_printed(beir, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where no folder of articles is
    code, out, err = run("eval", beir, "--fail-under", "mrr=0.83")
    assert (code, err) == (0, "")
    for name, label in (("recall@1", "recall@1"), ("recall@3", "recall@3"), ("mrr", "MRR"), ("ndcg@10", "nDCG@10")):
        assert re.search(rf"^{re.escape(label)} +{BY_HAND[name]:.3f}\b", out, re.MULTILINE), out
    assert run("eval", beir, "--fail-under", "mrr=0.84")[0] == 3


def test_a_beir_folder_and_a_folder_of_articles(beir, own, run):
    fails(run("eval", beir, own), 1, r"beir brings its own articles: give it to `sourcier eval`, and leave FOLDER out$")
    fails(run("eval", own, beir), 1, r"seeds is a folder without corpus\.jsonl: give a file of gold, or a BEIR folder$")
    fails(run("calibrate", beir, own), 1, "beir brings its own articles: give it to `sourcier eval`")


def test_a_wrong_line_of_a_beir_folder_is_told_in_one(beir, run):
    with (beir / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "void", "text": ""}\n')
    fails(run("eval", beir), 1, r"corpus\.jsonl line 4: the id 'void' is that of line 3: give another$")


def test_splits_that_leave_a_choice(beir, run):
    for name in ("dev", "train"):
        (beir / "qrels" / f"{name}.tsv").write_bytes((beir / "qrels" / "test.tsv").read_bytes())
    (beir / "qrels" / "test.tsv").unlink()
    fails(run("eval", beir), 2, r"beir has the splits dev, train: choose one by --split$")


def test_spans_and_short_lines_of_ours(own, run):
    source = "001_eb3ee6aa52e1339d.txt"
    found = re.search("27\\s%", (own / source).read_text("utf-8"))
    span = {"start": found.start(), "end": found.end(), "text": found.group()}
    lines = [
        "# what is asked",
        json.dumps({"question": "Quelle est la part du capital ?", "document": source, "spans": [span]}),
        json.dumps({"question": "How much of the capital is it?", "answer": found.group(), "file": source}),
        json.dumps({"question": "Who won the football cup last year?", "answers": []}),
    ]
    gold = Path("gold.jsonl")
    gold.write_text("\n".join(lines), "utf-8")
    code, out, err = run("eval", gold, own, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)["per_question"]
    assert [(each["id"], each["answerable"], each["expected"]) for each in told] == [
        ("q1", True, [found.group()]),
        ("q2", True, [found.group()]),
        ("q3", False, []),
    ]
    (relevant,) = told[0]["relevant"]  # the one passage that the span stands in
    assert set(told[0]["relevant"]) <= set(told[1]["relevant"])
    assert relevant.startswith(f"{source}:")
    assert int(relevant.rpartition(":")[2]) <= found.start()

    lines[1] = lines[1].replace(f'"start": {span["start"]}', f'"start": {span["start"] - 1}')
    gold.write_text("\n".join(lines), "utf-8")
    place = rf"{span['start']}:{span['end']}"
    fails(run("eval", gold, own), 1, rf"^sourcier: gold\.jsonl line 2, span 1: in {source}, .* it stands at .*{place}")


def test_squad_brings_its_articles(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    context = "The lighthouse of Ar Vor has 214 steps."
    asked = {"id": "a", "question": "How many steps does it have?", "answers": [{"text": "214", "answer_start": 29}]}
    told = {"data": [{"title": "T", "paragraphs": [{"context": context, "qas": [asked]}]}]}
    Path("squad.json").write_text(json.dumps(told), "utf-8")
    code, out, err = run("eval", "squad.json", "--fail-under", "recall@1=1")
    assert (code, err) == (0, ""), out
    asked["answers"][0]["text"] = "215"
    Path("squad.json").write_text(json.dumps(told), "utf-8")
    fails(run("eval", "squad.json"), 1, r"article 1, paragraph 1, question 'a': the answer '215' stands nowhere")
