"""The command line: whatever its words, it ends with a code that is known, and tells why in words."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from answer_lines import TEXT, cite, line
from fuzzing import QUESTIONS, tried
from hypothesis import event, given
from hypothesis import strategies as st

from qa.cli import main

COMMANDS = ["index", "ask", "batch", "serve", "password", "eval", "calibrate", "gold", "verify", "info"]
OPTIONS = [
    *("--rebuild", "--repair", "--json", "-k", "--in", "--since", "--until", "--after", "-o", "-i", "--index"),
    *("--reset", "--split", "--precision", "--report", "--compare", "--ablate", "--run", "--qrels"),
    *("--unanswerable", "--fail-under", "--reliability", "--hide-answers", "--port", "--host", "--rate", "--mcp"),
    *("--auth", "--read-only", "--no-browser", "--remove", "--version", "--help", "-h", "--", "-", "init", "check"),
    *("from-feedback", "leave-out"),
]
VALUES = [
    *("articles", "none", "a.txt", "articles/a.txt", "questions.csv", "gold.jsonl", "answers.jsonl", "squad.json"),
    *("out.json", "out.csv", "out.md", "idx", "0", "1", "5", "-1", "101", "0.9", "nan", "2024", "2024-13"),
    *("recall@5=0.9", "em=", "dev", "sous/", "stdio"),
]
_junk = st.text(st.characters(exclude_characters="/\\\0~", exclude_categories=("Cs",)), max_size=12)
_word = st.one_of(st.sampled_from(OPTIONS), st.sampled_from(VALUES), st.sampled_from(VALUES), _junk)
SOUND = [
    *("index articles", "ask Quelle_part_? articles", "ask Quelle_part_? articles --json -k 2", "info articles --json"),
    *("batch questions.csv articles", "batch - articles", "batch questions.csv articles -o out.csv"),
    *("verify answers.jsonl articles", "verify - articles --json", "verify -i articles", "eval squad.json"),
    *("eval gold.jsonl articles", "eval gold.jsonl articles --ablate --report out.md", "gold init new.jsonl articles"),
    *("gold check gold.jsonl articles --json", "gold from-feedback articles -o new.jsonl", "index articles --repair"),
    *("calibrate gold.jsonl articles", "calibrate articles --reset", "ask Et_lui_? articles --after Qui_? --in a.txt"),
]
_any_line = st.tuples(st.sampled_from(COMMANDS), st.lists(_word, max_size=5)).map(lambda told: [told[0], *told[1]])
_nearly_sound = st.tuples(
    st.sampled_from(SOUND).map(str.split), st.lists(st.tuples(st.booleans(), st.integers(1, 6), _word), max_size=2)
).map(lambda told: changed(*told))


def changed(words: list[str], edits: list[tuple[bool, int, str]]) -> list[str]:
    """Return a command line with other words in the place of some, or between them."""
    for instead, at, word in edits:
        words = [*words[:at], word, *words[at + instead :]]
    return words


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a folder that holds a file of each sort, where what waits for people or clients ends at once."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_bytes(TEXT.encode())
    files = {"questions.csv": QUESTIONS[".csv"], "squad.json": QUESTIONS[".json"], "answers.jsonl": line(cite())}
    gold = json.dumps({"question": "Quelle part ?", "answers": ["27 %"], "sources": ["a.txt"], "split": "dev"})
    for name, content in {**files, "gold.jsonl": gold, "a.txt": "Un texte."}.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qa.serving.serve", lambda options: 0)
    monkeypatch.setattr("qa.serving.password", lambda options: 0)
    return tmp_path


@tried(600)
@given(words=_any_line | _nearly_sound | _nearly_sound, typed=st.binary(max_size=60))
def test_any_command_line_ends_with_a_code_and_no_traceback(place: Path, words: list[str], typed: bytes) -> None:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), "utf-8", errors="surrogateescape"))
        try:
            code = main(words)
        except SystemExit as exited:  # argparse's way
            code = int(exited.code or 0)
    event(f"{words[0]} ended with {code}")
    assert code in (0, 1, 2, 3, 130), words
    assert "Traceback" not in err.getvalue(), words
    assert code != 1 or err.getvalue() or out.getvalue(), words
