"""The benchmark of growth, run: every step of a small folder, each in a process of its own."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no wait4 there", allow_module_level=True)

SCALE = Path(__file__).parent / "bench" / "scale.py"
PLACES = ("forge", "mill", "hall", "barn", "bridge", "tower", "lake", "school", "station", "market")
DAYS = ("Monday", "Tuesday", "Thursday", "Friday", "Saturday")


@pytest.fixture
def material(tmp_path):
    """Files of sentences and questions in both languages."""
    english = [f"People of the valley meet near the {place} every {day}." for place in PLACES for day in DAYS]
    french = [f"Les gens de la vallée se retrouvent près du {place} chaque {day}." for place in PLACES for day in DAYS]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(map("\t".join, zip(english, french, strict=True))), "utf-8")
    for language, told in (("en", "Where do people meet on {}?"), ("fr", "Où se retrouve-t-on le {} ?")):
        asked = [{"question": told.format(f"{day} {number}")} for day in DAYS for number in range(10)]
        paragraphs = [{"context": (english if language == "en" else french)[0], "qas": asked}]
        squad = json.dumps({"data": [{"title": "t", "paragraphs": paragraphs}]})
        (tmp_path / f"asked.{language}.json").write_text(squad, "utf-8")
    return [path, tmp_path / "asked.en.json", tmp_path / "asked.fr.json"]


def scale(*arguments):
    return subprocess.run([sys.executable, SCALE, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_every_step_of_a_small_folder(material, tmp_path):
    out, work = tmp_path / "r.jsonl", tmp_path / "work"
    few = (
        "--planted",
        4,
        "--absent",
        2,
        "--questions",
        8,
        "--compared",
        8,
        "--fresh",
        1,
        "--work",
        work,
        "--passages",
        "150",
    )
    done = scale("run", "--sentences", *material, "--out", out, *few)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    steps = [
        "make",
        "index",
        "disk",
        "open",
        "cold",
        "warm",
        "warm",
        "recall",
        "planted",
        "resume",
        "unchanged",
        "update",
    ]
    assert [row["step"] for row in rows] == steps
    told = {row["step"]: row for row in rows}
    assert all(row["peak_bytes"] > 10_000_000 for row in rows if "peak_bytes" in row)
    assert {"processor", "cores", "memory_bytes", "system", "python"} <= told["index"]["machine"].keys()

    articles, passages = told["make"]["articles"], told["index"]["passages"]
    assert told["index"]["articles"] == told["index"]["read"] == told["index"]["changed"] == articles
    assert 75 < passages < 300
    parts = told["disk"]["a_passage"]
    assert parts["total"] == pytest.approx(parts["text"] + parts["beyond_the_text"], abs=0.2)
    assert told["disk"]["total_bytes"] == pytest.approx(parts["total"] * passages, rel=0.01)
    assert {"retrieval", "whole"} <= told["warm"]["ms"].keys()
    assert told["warm"]["ms"]["whole"]["n"] == 8
    assert told["recall"]["candidates"] == told["recall"]["within_10"] == 1.0  # a small index is searched exactly
    assert told["planted"]["planted"]["n"] == 2 * told["make"]["planted"] == 8
    assert told["planted"]["absent"]["n"] == 4
    assert told["planted"]["planted"]["found@5"] > 0.5
    assert told["resume"]["same"]
    assert articles / 2 <= told["resume"]["killed_after"] < articles
    assert told["unchanged"]["changed"] == told["unchanged"]["read"] == 0
    assert told["unchanged"]["version"] == told["index"]["version"] != told["update"]["version"]
    assert told["update"]["changed"] == min(10, articles)

    assert scale("plot", out, tmp_path / "growth.png").returncode == 0
    assert (tmp_path / "growth.png").stat().st_size > 10_000
    table = scale("table", out)
    assert f"| passages | {passages:,} |" in table.stdout


def test_wrong_usage_is_told_on_one_line(material, tmp_path):
    done = scale("run", "--sentences", material[0], "--out", tmp_path / "r.jsonl", "--steps", "index,fly")
    assert done.returncode == 2
    assert "no step fly: there are index, disk" in done.stderr
    done = scale("plot", tmp_path / "none.jsonl", tmp_path / "p.png")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "give a file that `scale.py run` wrote" in done.stderr


def test_a_folder_that_stands_is_not_made_again(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(SCALE.parent)
    course = importlib.import_module("scaling.course")
    made, told = [], []
    monkeypatch.setattr(
        course, "run_step", lambda step, **given: made.append((step, given.get("seed"))) or {"articles": 1}
    )
    monkeypatch.setattr(course.time, "sleep", lambda seconds: None)

    def measure(seed, steps=()):
        asked = course.Course([], 10, seed, 1, 1, 1, 1, 1, steps)
        course.measure(asked, tmp_path, 50, lambda step, row: told.append(step))

    monkeypatch.setattr(course._Place, "index", lambda place: None)
    for seed in (1, 1, 2):
        measure(seed)
    assert made == [("make", 1), ("make", 2)]
    measure(2, ("update",))
    measure(2, ("update",))
    measure(2, ("index",))
    assert [step for step, _ in made[2:]] == ["change", "build"] * 2 + ["make"]
    assert told == ["make", "make", "update", "update", "make"]
