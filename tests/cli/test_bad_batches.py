"""Batches that are not all well: bad lines, odd files, standard input."""

import pytest
from command_line import STARGATE, fails, lines, sourcier

from qa.batch import COLUMNS

JSONL = """\
{"id": "one", "question": "How much does Stargate cost?"}
{"id": "two", "question": "?"}

{"id": 3, "question": "Qui a peint Guernica ?", "language": "FR"}
"How much does Stargate cost?"
{"id": "five"}
{"id": "six", "question": "half a line
{"id": "one", "question": "How much does Stargate cost?"}
{"id": "eight", "question": 8}
[]
"""


def test_a_bad_line_becomes_an_error_in_its_place(indexed, tmp_path):
    (tmp_path / "q.jsonl").write_text("\ufeff" + JSONL, "utf-8")
    done = sourcier("batch", "q.jsonl", indexed, "-k", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "9 questions: 2 answered, 2 refused, 5 failed\n"
    told = lines(done.stdout)
    assert [each["id"] for each in told] == ["one", "two", "3", "q4", "five", None, "one", "eight", None]
    assert [bool(each.get("error")) for each in told] == 4 * [False] + 5 * [True]
    assert [each["reason"] for each in told[1:3]] == ["not_a_question", told[2]["reason"]]
    wrong = {each["error"]["line"]: each["error"]["message"] for each in told[4:]}
    assert all(message.startswith(f"q.jsonl line {line}: ") for line, message in wrong.items())
    assert {line: message.partition(": ")[2] for line, message in wrong.items()} == {
        6: "no question: name it question or q or query or text",
        7: 'invalid JSON (Invalid control character at, column 39): write {"question": "..."} on one line',
        8: "the id 'one' is that of line 1: give another",
        9: "the question is 8, not a text: write it in double quotes",
        10: 'neither an object nor a text: write {"question": "..."} on one line',
    }


def test_semicolons_and_quotes_in_a_table(indexed, tmp_path):
    rows = f'id;question\na;{STARGATE}\nb;"Qui a peint ""Guernica"" ; et quand ?"\nc;trop;de cellules\n'
    (tmp_path / "q.csv").write_bytes(rows.encode("utf-8-sig"))
    done = sourcier("batch", "q.csv", indexed, "-o", "out.csv", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "3 questions: 1 answered, 1 refused, 1 failed\n"
    header, first, second, third = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert header == ",".join(COLUMNS)
    assert first.startswith(f"a,{STARGATE},500 millions de dollars,")
    assert second.startswith('b,"Qui a peint ""Guernica"" ; et quand ?",,')
    assert third.endswith('"input: q.csv line 4: 3 cells, the header has 2: put the question in double quotes",')


def test_standard_input(indexed):
    asked = f'{STARGATE}\n{{"id": "x", "question": "{STARGATE}"}}\n\n'.encode() + b"caf\xe9 ?\n"
    done = sourcier("batch", "-", indexed, stdin=asked, cwd=indexed.parent)
    assert done.returncode == 1
    first, second, third = lines(done.stdout)
    assert (first["id"], second["id"], third["id"]) == ("q1", "x", None)
    assert first["answer"] == second["answer"] == "500 millions de dollars"
    assert third["error"]["message"] == "standard input line 4: not UTF-8: save the file as UTF-8"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.jsonl", None, "no file at q.jsonl: check the path"),
        ("q.xml", "<a/>", r"q\.xml has format \.xml, which is not read: questions are \.jsonl"),
        ("q.csv", "a,b\n1,2\n", "q.csv line 1: no question column: name one column question or q"),
        ("q.json", "[]", "q.json: want an object with the field 'data': give a SQuAD file"),
        ("q.txt", "q".encode("utf-16"), "q.txt is UTF-16: save it as UTF-8"),
    ],
)
def test_a_file_of_questions_that_cannot_be_read(own, run, name, content, message):
    if content is not None:
        (own.parent / name).write_bytes(content.encode() if isinstance(content, str) else content)
    fails(run("batch", name, own), 1, message)


def test_the_questions_are_not_written_over(own, run):
    (own.parent / "q.txt").write_text(STARGATE)
    fails(run("batch", "q.txt", own, "-o", "q.txt"), 2, "would destroy the questions in q.txt: write to another file")
    fails(
        run("batch", "q.txt", own, "-o", "no/where.jsonl"), 2, "cannot write no/where.jsonl .*: give a file in a folder"
    )
