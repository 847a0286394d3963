"""Questions, gold and answers: any file of them is read, or refused in one line with the reason."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from answer_lines import TEXT, cite, line
from fuzzing import EDITS, QUESTIONS, Edits, one_line, spoilt, tried
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InputError, SourcierError
from qa.formats import BadLine, QuestionLine, read_questions
from qa.gold import open_gold
from qa.verify import tally, verify_file

GOLD = (Path(__file__).parent / "data" / "seeds_gold.jsonl").read_bytes().splitlines()[0]
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def check_questions(path: Path) -> None:
    try:
        items = list(read_questions(path))
    except SourcierError as error:
        one_line(error)
        return
    for item in items:
        if isinstance(item, BadLine):
            assert isinstance(item.error, SourcierError)
            one_line(item.error)
        else:
            item.question.encode()
            assert all(isinstance(earlier, str) for earlier in item.previous)


@pytest.mark.parametrize("suffix", QUESTIONS)
@tried(400)
@given(data=st.binary(max_size=120), edits=EDITS)
def test_any_file_of_questions(tmp_path: Path, suffix: str, data: bytes, edits: Edits) -> None:
    path = tmp_path / f"questions{suffix}"
    for content in (data, spoilt(QUESTIONS[suffix], edits)):
        path.write_bytes(content)
        check_questions(path)
        try:
            asked = list(read_questions("-", io.BytesIO(content)))
        except SourcierError as error:
            one_line(error)
        else:
            assert all(item.line > 0 for item in asked)


_letters = st.characters(exclude_categories=("Cs",))
_asked = st.tuples(
    st.text(_letters, max_size=8).map(str.strip),
    st.text(_letters, max_size=20),
    st.sampled_from(["", "fr", "EN", "und"]),
)
Asked = Sequence[tuple[str, str, str]]


def as_lines(asked: Asked) -> str:
    return "\n\n".join(json.dumps(dict(zip(("id", "q", "language"), each, strict=True))) for each in asked)


def as_table(asked: Asked, delimiter: str, line_end: str) -> str:
    file = io.StringIO(newline="")
    quoting = csv.QUOTE_MINIMAL if line_end == "\r\n" else csv.QUOTE_ALL  # or it leaves a lone "\r" bare
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([("ID", " Question", "language"), *asked])
    return file.getvalue()


@tried(300)
@given(asked=st.lists(_asked, max_size=5, unique_by=lambda each: each[0]), line_end=st.sampled_from(["\n", "\r\n"]))
def test_questions_that_were_written_are_read(tmp_path: Path, asked: Asked, line_end: str) -> None:
    asked = [each for each in asked if each[0]]
    languages = [{"fr": "fr", "EN": "en"}.get(language) for _, _, language in asked]

    def read(name: str, text: str) -> list[QuestionLine]:
        (tmp_path / name).write_bytes(text.encode("utf-8-sig"))
        items = list(read_questions(tmp_path / name))
        assert [(item.id, item.language) for item in items if isinstance(item, QuestionLine)] == [
            (name, language) for (name, _, _), language in zip(asked, languages, strict=True)
        ]
        return [item for item in items if isinstance(item, QuestionLine)]

    lines = as_lines(asked)
    told = read("a.jsonl", lines)
    assert [(item.line, item.question) for item in told] == [(1 + 2 * n, each[1]) for n, each in enumerate(asked)]
    assert list(read_questions("-", io.BytesIO(lines.encode()))) == told
    for name, delimiter in (("a.csv", ","), ("b.csv", ";"), ("c.csv", "\t"), ("a.tsv", "\t")):
        told = read(name, as_table(asked, delimiter, line_end))
        assert [item.question for item in told] == [each[1].strip() for each in asked]
        ahead = [as_table(asked[:n], delimiter, line_end) for n in range(len(asked))]
        assert [item.line for item in told] == [1 + len(re.findall("\r\n|\r|\n", text)) for text in ahead]


@tried(200)
@given(lines=st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n")), max_size=5))
def test_each_line_of_a_text_is_a_question(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "a.txt").write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    told = [(item.line, item.question) for item in read_questions(tmp_path / "a.txt") if isinstance(item, QuestionLine)]
    assert told == [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]


@pytest.mark.parametrize("head", ['id;question;"langue\n1;Qui ?\n', 'question,"a"b\nQui ?\n', '"question'])
def test_a_first_line_with_a_quote_that_is_open(tmp_path: Path, head: str) -> None:
    path = tmp_path / "questions.csv"
    path.write_text(head)
    with pytest.raises(InputError, match=r"line 1: invalid CSV \(.*\): close every quote"):
        list(read_questions(path))


def gold_and_answers(path: Path, folder: Path) -> None:
    for read in (lambda: open_gold(path, folder), lambda: open_gold(path), lambda: tally(verify_file(path, folder))):
        try:
            read()
        except SourcierError as error:
            one_line(error)


@tried(400)
@given(edits=EDITS, data=st.binary(max_size=120))
def test_any_gold_and_any_answers(tmp_path: Path, edits: Edits, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT.encode())
    for name, good in (("a.jsonl", GOLD), ("b.jsonl", line(cite()).encode()), ("c.json", QUESTIONS[".json"])):
        for content in (data, spoilt(good, edits), good + b"\n" + data):
            (tmp_path / name).write_bytes(content)
            gold_and_answers(tmp_path / name, tmp_path)


@tried(600)
@given(path=st.integers(0, 60), value=_json, name=st.sampled_from(["gold", "answers", "questions", "squad"]))
def test_json_that_holds_something_else(tmp_path: Path, path: int, value: Any, name: str) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT.encode())
    good = {
        "gold": GOLD,
        "answers": line(cite()),
        "questions": QUESTIONS[".jsonl"].splitlines()[0],
        "squad": QUESTIONS[".json"],
    }
    told = json.loads(good[name])
    places = list(_places(told))
    holder, key = places[path % len(places)]
    holder[key] = value
    file = tmp_path / ("a.json" if name == "squad" else "a.jsonl")
    file.write_text(json.dumps(told))
    check_questions(file)
    gold_and_answers(file, tmp_path)


def _places(told: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container in a JSON value with every key of it."""
    for key, value in list(told.items() if isinstance(told, dict) else enumerate(told)):
        yield told, key
        if isinstance(value, dict | list):
            yield from _places(value)
