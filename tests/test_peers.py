"""The benchmark beside Sourcier's peers: what it draws, keeps, computes and prints; no peer is run."""

import importlib
import importlib.util
import json
import lzma
from pathlib import Path

import pytest

PEERS = Path(__file__).parent / "bench" / "peers"
STAMP = {"commit": "abc", "date": "2026-01-02"}


@pytest.fixture
def peers(monkeypatch):
    """The modules of the benchmark, which import one another as the command does."""
    monkeypatch.syspath_prepend(PEERS)
    return importlib.import_module


def write_texts(data: Path, language: str, texts: list[str]) -> None:
    (data / "qa").mkdir(parents=True, exist_ok=True)
    told = {"data": [{"paragraphs": [{"context": text} for text in texts]}]}
    (data / "qa" / f"some.{language}.json.xz").write_bytes(lzma.compress(json.dumps(told).encode()))


@pytest.fixture
def data(tmp_path):
    write_texts(tmp_path / "data", "fr", [f"Texte {n} " + "mot " * 30 for n in range(10)] * 2)
    write_texts(tmp_path / "data", "en", [f"Text {n} " + "word " * 30 for n in range(40)] + ["short", "long" * 2000])
    return tmp_path / "data"


def test_drawing_is_the_same_every_time_and_half_french_where_it_can_be(peers, data, tmp_path):
    sampling = peers("sampling")
    texts = sampling.read_texts(data)
    assert {language: len(found) for language, found in texts.items()} == {"fr": 10, "en": 40}
    drawn = sampling.draw(texts, 16)
    assert drawn == sampling.draw(sampling.read_texts(data), 16)
    assert sum(each["language"] == "fr" for each in drawn) == 8
    assert len({each["text"] for each in drawn}) == len({each["id"] for each in drawn}) == 16
    assert sum(each["language"] == "fr" for each in sampling.draw(texts, 30)) == 10
    assert len(sampling.draw(texts, 50)) == 50
    path, digest = sampling.write_lines(tmp_path, "drawn", drawn)
    assert (path, digest) == sampling.write_lines(tmp_path, "drawn", drawn)
    assert digest in path.name
    assert digest != sampling.write_lines(tmp_path, "drawn", drawn[1:])[1]
    with pytest.raises(peers("errors").BenchError, match="51 paragraphs are asked for, and there are 50"):
        sampling.draw(texts, 51)


def test_questions_are_drawn_in_both_languages_in_turn(peers):
    sampling = peers("sampling")
    questions = [{"id": str(n), "language": "fr" if n % 3 else "en", "text": "?"} for n in range(30)]
    drawn = sampling.draw_questions(questions, 10)
    assert [each["language"] for each in drawn] == ["fr", "en"] * 5
    assert len({each["id"] for each in drawn}) == 10
    assert [each["id"] for each in sampling.thin(questions, 3)] == sorted(
        (each["id"] for each in sampling.thin(questions, 3)), key=int
    )
    assert len(sampling.thin(questions, 3)) == 6


def test_ranks_and_measures_by_hand(peers):
    quality = peers("quality")
    assert quality.rank_of("b", ["a", "a", "b"]) == 2
    assert quality.rank_of("c", ["a", "b"]) == 0
    assert quality.rank_of("x", [*"abcdefghij", "x"]) == 0
    values = {name: list(each) for name, each in quality.values_of([1, 2, 6, 10, 0]).items()}
    assert values["recall@1"] == [1, 0, 0, 0, 0]
    assert values["recall@5"] == [1, 1, 0, 0, 0]
    assert values["recall@10"] == [1, 1, 1, 1, 0]
    assert values["MRR@10"] == pytest.approx([1, 1 / 2, 1 / 6, 1 / 10, 0])
    assert values["nDCG@10"] == pytest.approx([1, 0.63093, 0.35621, 0.28906, 0], abs=1e-5)


def test_differences_are_paired(peers):
    plan, quality = peers("plan"), peers("quality")
    cells = {
        plan.quality_cell("sourcier", "passages"): {"input": "x", "ranks": {"fr->fr": [1, 1, 1, 2]}},
        plan.quality_cell("bm25s", "bm25"): {"input": "x", "ranks": {"fr->fr": [1, 2, 2, 1]}},
        plan.quality_cell("txtai", "dense"): {"input": "other", "ranks": {"fr->fr": [1]}},
        plan.quality_cell("haystack", "dense"): {"no": "it cannot", "input": "x"},
    }
    told = quality.figures(cells)
    assert list(told) == ["sourcier, passages", "txtai, dense", "bm25s"]
    mean, low, high = told["bm25s"]["fr->fr"]["sourcier_minus"]["recall@1"]
    assert (mean, low <= mean <= high) == (0.25, True)
    assert "sourcier_minus" not in told["sourcier, passages"]["fr->fr"]
    assert "sourcier_minus" not in told["txtai, dense"]["fr->fr"]


def test_results_are_kept_at_once_and_gone_on_with(peers, tmp_path):
    results = peers("results")
    path = tmp_path / "results.json"
    kept = results.Results(path)
    kept.put("a", {"runs": [], "input": "1"})
    kept.put("b", {"no": "a network error", "failed": True, "input": "1"})
    kept.put("c", {"no": "it cannot", "input": "1"})
    again = results.Results(path)
    assert again.cell("a", "1") == {"runs": [], "input": "1"}
    assert again.cell("a", "2") is None  # measured on something else
    assert again.cell("b", "1") is None  # what failed is tried again
    assert again.cell("c", "1") is not None  # what cannot be is not


@pytest.mark.parametrize(
    ("text", "said"), [("{", "is no JSON"), ("[]", "holds no results"), ('{"schema": 9, "cells": {}}', "schema 1")]
)
def test_a_file_that_is_no_results_file(peers, tmp_path, text, said, capsys):
    path = tmp_path / "results.json"
    path.write_text(text, "utf-8")
    with pytest.raises(peers("errors").BenchError, match=said):
        peers("results").Results(path)
    assert peers("table").main([str(path)]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--peers", "nobody"], "no peer 'nobody'"),
        (["--sizes", "many"], "--sizes many: give whole numbers"),
        (["--runs", "0"], "--runs 0: give 1 or more"),
        (["--threads", "9999"], "cores, give at most that many"),
        (["--out", "missing/results.json"], "no such folder"),
        ([], "--data names the folder"),
    ],
)
def test_wrong_usage_is_one_line(peers, tmp_path, monkeypatch, flags, said, capsys):
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("peers_main", PEERS / "__main__.py")
    peers("plan")
    command = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(command)
    given = ["--data", str(tmp_path), "--out", str(tmp_path / "r.json"), "--work", str(tmp_path / "work"), *flags]
    assert command.main(given) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def small_results(peers) -> dict:
    plan, quality = peers("plan"), peers("quality")
    cells = {}
    for name, mode, ranks, cpu in (("sourcier", "passages", [1, 1, 2, 1], 2.0), ("bm25s", "bm25", [1, 2, 0, 1], 1.0)):
        every = {direction: ranks for direction in plan.DIRECTIONS}
        cells[plan.quality_cell(name, mode)] = {"input": "x", "ranks": every, **STAMP}
        cells[plan.install_cell(name)] = {"bytes": 5e8, "bytes_without_torch": 1e8, "versions": {"bm25s": "0.3"}}
        run = {"cpu": cpu, "wall": cpu, "index_cpu": cpu, "peak_bytes": 4e7, "disk_bytes": 1e6}
        cells[plan.index_cell(name, 100, 1)] = {"runs": [run, {**run, "cpu": 3 * cpu}, {**run, "cpu": 2 * cpu}]}
        warm = {"p50_ms": 6.5, "p95_ms": 8.25, "peak_bytes": 3e7}
        cells[plan.warm_cell(name, mode, 100, 1)] = {"runs": [warm]}
        cells[plan.cold_cell(name, mode, 100)] = {"runs": [{"wall": 0.5}]}
    cells[plan.install_cell("verbatim-rag")] = {"no": "cannot be installed", "failed": True}
    runs = [{"command": "python tests/bench/peers --data DATA", **STAMP}]
    told = {"schema": 1, "machine": {"processor": "Test CPU"}, "runs_of_the_command": runs, "cells": cells}
    return {**told, "quality": quality.figures(cells), "peers": {"bm25s": {"notes": ["BM25 alone"]}}}


def test_the_tables_of_a_small_file(peers, tmp_path, capsys):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(small_results(peers)), "utf-8")
    picture = tmp_path / "out.png"
    assert peers("table").main([str(path), "--plot", str(picture)]) == 0
    told = capsys.readouterr().out
    assert "| recall@1, with 95 % intervals | fr→fr | en→fr | fr→en | en→en |" in told
    assert "| sourcier, passages | **0.750** [" in told
    assert "| bm25s | 0.500 [" in told
    assert "| sourcier minus, recall@1, paired |" in told
    assert "| bm25s | +0.250 [" in told
    assert "| sourcier, passages | 4.0 [2.0, 6.0] | 1.00 | 2.00 |" in told
    assert "| bm25s | 2.0 [1.0, 3.0] | 0.50 |" in told
    assert "| verbatim-rag | – (1) |" in told
    assert "| verbatim-rag, dense | – (1) |" in told
    assert "| sourcier, passages | 40 | 30 | 1.0 | 500 | 100 |" in told
    assert told.count("(1) no: verbatim-rag: cannot be installed") == 1
    assert "- bm25s 0.3: BM25 alone." in told
    assert "Measured 2026-01-02 at abc, on Test CPU" in told
    rows = [line for line in told.splitlines() if line.startswith("|")]
    heads = {line.count("|") for line in rows}
    assert heads == {6, 7, 9}  # quality and differences, sizes, times: no row is short of a column
    assert 0 < picture.stat().st_size < 300_000


def test_nothing_to_draw(peers, tmp_path, capsys):
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"schema": 1, "cells": {}}), "utf-8")
    assert peers("table").main([str(path), "--plot", str(tmp_path / "out.png")]) == 1
    assert "nothing to draw" in capsys.readouterr().err
