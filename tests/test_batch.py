"""Batches: one result a line, in order, whatever happens to one of them."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from index.errors import InputError, QuestionError, SourcierError, UsageError
from qa.batch import COLUMNS, BatchReport, csv_sink, open_output, run_batch
from qa.formats import BadLine, QuestionLine
from qa.gold import read_gold
from qa.question import MAX_CHARS
from qa.schema import answer_json
from qa.session import Session

ITEMS = [
    QuestionLine(1, "fr", "Quelle part d'OpenAI revient à Microsoft ?"),
    BadLine(2, None, InputError("q.jsonl line 2: invalid JSON: write it well")),
    QuestionLine(3, "long", "x" * (MAX_CHARS + 1)),
    QuestionLine(4, "none", ""),
    QuestionLine(5, "en", "Who runs Microsoft?", "en"),
]


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def timeless(told):
    return {name: value for name, value in told.items() if name != "timings_ms"}


@pytest.fixture
def refusing(monkeypatch):
    """A session whose third question fails as told, and whose others are abstained from."""

    def session(error):
        class Failing(Session):
            def __init__(self):
                self.asked = 0

            def ask(self, text, question_id=None, k=5, language=None, previous=(), scope=None):
                self.asked += 1
                if self.asked == 3:
                    raise error
                return refusal

        return Failing()

    from qa.question import read_question
    from qa.types import Answer, Reason

    refusal = Answer(read_question("", "x"), None, Reason.EMPTY_QUESTION, 0.0)
    return session


def test_a_batch_equals_one_by_one(seeds_session, tmp_path):
    out, done = tmp_path / "out.jsonl", []
    report = run_batch(seeds_session, ITEMS, out, 3, lambda *told: done.append(told))

    told = lines(out)
    answered = sum(entry.get("answer") is not None for entry in told)
    assert report == BatchReport(asked=5, answered=answered, abstained=3 - answered, failed=2)
    assert [entry["id"] for entry in told] == ["fr", None, "long", "none", "en"]
    for place in (0, 3, 4):
        item = ITEMS[place]
        alone = answer_json(seeds_session.ask(item.question, item.id, 3, item.language))
        assert timeless(told[place]) == timeless(alone)
    assert told[1]["error"] == {"kind": "input", "message": str(ITEMS[1].error), "line": 2}
    assert told[2]["error"]["kind"] == QuestionError.kind
    assert told[2]["error"]["line"] == 3
    assert told[3]["reason"] == "empty_question"
    assert len(told[0]["passages"]) == 3
    assert done == [(n, 0) for n in range(1, 6)]
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_language_given_is_used(seeds_session, tmp_path):
    run_batch(
        seeds_session, [QuestionLine(1, "a", "OpenAI", "fr"), QuestionLine(2, "b", "OpenAI", "en")], tmp_path / "o"
    )
    assert [told["language"] for told in lines(tmp_path / "o")] == ["fr", "en"]


def test_earlier_questions_are_read_with_theirs(seeds_session, tmp_path):
    items = [
        QuestionLine(1, "a", "Et Stargate ?", previous=("Combien coûte Windsurf ?",)),
        QuestionLine(2, "b", "Et Stargate ?"),
        QuestionLine(3, "c", "Et Stargate ?", previous=("Qui ?",) * 21),
    ]
    run_batch(seeds_session, items, tmp_path / "o")
    read, alone, failed = lines(tmp_path / "o")
    assert (read["question"], read["read_as"]) == ("Et Stargate ?", "Combien coûte Stargate ?")
    assert read["answer"] == seeds_session.ask("Combien coûte Stargate ?").text
    assert (alone["question"], alone["read_as"]) == ("Et Stargate ?", None)  # a line knows nothing of those before it
    assert failed["error"]["kind"] == QuestionError.kind
    assert failed["error"]["message"].startswith("21 earlier questions, the most is 20")


def test_each_line_is_there_before_the_next_question_is_read(seeds_session, tmp_path):
    out = tmp_path / "out.jsonl"

    def items():
        for number in range(3):
            if number:
                assert len(lines(tmp_path / "out.jsonl.partial")) == number
            yield QuestionLine(number + 1, f"q{number}", "Who runs Microsoft?")

    assert run_batch(seeds_session, items(), out).asked == 3


def test_standard_output_takes_any_letter(seeds_session, monkeypatch):
    for encoding, shown in (("utf-8", b"\xc3\xa0"), ("ascii", rb"\u00e0")):
        console = io.TextIOWrapper(io.BytesIO(), encoding)
        monkeypatch.setattr(sys, "stdout", console)
        run_batch(seeds_session, ITEMS[:1])
        assert shown in console.buffer.getvalue()
        assert json.loads(console.buffer.getvalue())["question"] == ITEMS[0].question
        monkeypatch.undo()


def test_an_interruption_keeps_what_was_answered_and_the_earlier_output(refusing, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("earlier\n")
    with pytest.raises(KeyboardInterrupt, match=r"what was answered is in .*out\.jsonl\.partial"):
        run_batch(refusing(KeyboardInterrupt()), [QuestionLine(n, "x", "?") for n in range(5)], out)
    assert out.read_text() == "earlier\n"
    assert len(lines(tmp_path / "out.jsonl.partial")) == 2


def test_a_fault_of_ours_is_not_written_off_as_a_failed_question(refusing, tmp_path):
    with pytest.raises(ZeroDivisionError):
        run_batch(refusing(ZeroDivisionError()), [QuestionLine(n, "x", "?") for n in range(5)], tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
def test_a_full_disk_is_told():
    told = pytest.raises(SourcierError, match=r"cannot write /dev/full \(No space left on device\)$")
    with told, open_output(FULL) as write:
        write({"id": "a"})
    assert FULL.is_char_device()  # a device is written to, never replaced


@pytest.mark.parametrize(
    ("out", "questions"), [("q.jsonl", "q.jsonl"), ("q.jsonl", "q.jsonl.partial"), ("link.jsonl", "q.jsonl")]
)
def test_the_questions_are_never_written_over(tmp_path, out, questions):
    (tmp_path / questions).write_text("precious")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "q.jsonl")
    with pytest.raises(UsageError, match="write to another file"), open_output(tmp_path / out, tmp_path / questions):
        pass
    assert (tmp_path / questions).read_text() == "precious"


@pytest.mark.parametrize("name", ["", "missing/out.jsonl"])
def test_an_output_that_cannot_be_written_is_told_before_anything_is_asked(refusing, tmp_path, name):
    session = refusing(ZeroDivisionError())
    with pytest.raises(UsageError, match=r"cannot write .*: give a file in a folder"):
        run_batch(session, [QuestionLine(1, "x", "?")], tmp_path / name)
    assert session.asked == 0


def test_csv(seeds_session, tmp_path):
    out = tmp_path / "out.CSV"
    examples = read_gold(Path(__file__).parent / "data" / "seeds_gold.jsonl")
    answers = map(seeds_session.ask, [example.question for example in examples])
    answer = next(answer for answer in answers if answer.citations)
    run_batch(seeds_session, [QuestionLine(1, "x", answer.question.text), *ITEMS[1:]], out)
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")  # or Excel takes it for something else than UTF-8
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    first = answer.citations[0]
    assert rows[0] == {
        "id": "x",
        "question": answer.question.text,
        "answer": answer.text,
        "confidence": str(round(answer.confidence, 4)),
        "source": first.source,
        "line": str(first.line),
        "quote": first.quote,
        "reason": "",
        "page": "",
    }
    assert rows[1]["reason"] == f"input: {ITEMS[1].error}"
    assert (rows[3]["answer"], rows[3]["reason"]) == ("", "empty_question")
    assert [row["id"] for row in rows] == ["x", "", "long", "none", "en"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", '=HYPERLINK("x")']
)
def test_no_cell_of_a_csv_is_a_formula(text):
    file = io.StringIO(newline="")
    sink = csv_sink(file)
    sink({"id": text, "question": text, "error": {"kind": "input", "message": text}})
    sink(
        {
            "id": "a",
            "answer": text,
            "confidence": 0.5,
            "reason": None,
            "citations": [{"source": text, "line": 3, "page": 7, "quote": text}],
        }
    )
    header, failed, answered = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert tuple(header) == COLUMNS
    assert failed == ["'" + text, "'" + text, "", "", "", "", "", "input: " + text, ""]
    assert answered == ["a", "", "'" + text, "0.5", "'" + text, "3", "'" + text, "", "7"]


def test_harmless_cells_stay_as_they_are():
    file = io.StringIO(newline="")
    csv_sink(file)({"id": "a", "answer": "27 % (1=2)", "confidence": -0.5, "reason": "no_match", "citations": []})
    assert file.getvalue().splitlines()[1] == "a,,27 % (1=2),-0.5,,,,no_match,"
