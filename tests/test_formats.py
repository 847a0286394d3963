"""Files of questions: every format, every way a line or a file can be wrong."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import InputError
from qa.formats import BadLine, QuestionLine, read_questions

SQUAD = {
    "data": [
        {
            "title": "OpenAI",
            "paragraphs": [
                {
                    "context": "OpenAI compte 700 salariés.",
                    "qas": [
                        {
                            "id": "a",
                            "question": "Combien de salariés ?",
                            "answers": [{"text": "700", "answer_start": 14}],
                        },
                        {"id": "b", "question": "Qui dirige ?", "is_impossible": True, "answers": []},
                    ],
                }
            ],
        }
    ]
}


def read(path: Path, name: str, content: str | bytes) -> list[QuestionLine | BadLine]:
    file = path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_questions(file))


def asked(items: list[QuestionLine | BadLine]) -> list[tuple[int, str, str, str | None]]:
    assert all(isinstance(item, QuestionLine) for item in items), items
    return [(item.line, item.id, item.question, item.language) for item in items]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("q.jsonl", '{"question": "Où ?", "id": "x", "language": "fr"}\n', [(1, "x", "Où ?", "fr")]),
        ("q.jsonl", '{"q": "A?"}\n\n{"query": "B?", "qid": 7}\n{"text": "C?", "question_id": "c"}\n"D?"',
         [(1, "q1", "A?", None), (3, "7", "B?", None), (4, "c", "C?", None), (5, "q4", "D?", None)]),
        ("q.jsonl", '{"question": "A?", "text": "other", "language": "und", "id": null}', [(1, "q1", "A?", None)]),
        ("q.jsonl", "{\"question\": \"A\u2028B?\"}\r\n\"C?\"\r\n",
         [(1, "q1", "A\u2028B?", None), (2, "q2", "C?", None)]),
        ("q.txt", "Où ?\n\n  \n  Who?  \r\nQui ?",
         [(1, "q1", "Où ?", None), (4, "q2", "Who?", None), (5, "q3", "Qui ?", None)]),
        ("q.csv", "id,question,language\nx,Où ?,FR\n,Who?,\n", [(2, "x", "Où ?", "fr"), (3, "q2", "Who?", None)]),
        ("q.csv", 'Question;QID\r\n"A; B,\r\nC ?";7\r\n\r\nD ?;8\r\n',
         [(2, "7", "A; B,\r\nC ?", None), (5, "8", "D ?", None)]),
        ("q.csv", "note\tquery\nn, o; p\tA, B?\n", [(2, "q1", "A, B?", None)]),
        ("q.csv", 'text\n"He said ""no"", why?"\n', [(2, "q1", 'He said "no", why?', None)]),
        ("q.tsv", "question\tid\nA, B; C?\tx\n", [(2, "x", "A, B; C?", None)]),
        ("q.json", json.dumps(SQUAD), [(1, "a", "Combien de salariés ?", None), (2, "b", "Qui dirige ?", None)]),
        ("q.txt", "", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_reads_every_format(tmp_path, name, content, expected, mark):
    assert asked(read(tmp_path, name, mark + content.encode())) == expected


@pytest.mark.parametrize(
    ("name", "content", "line", "question_id", "says"),
    [
        ("q.jsonl", '"A?"\n{"question": "B?"\n"C?"', 2, None, ["invalid JSON", "column", '{"question": "..."}']),
        ("q.jsonl", '"A?"\n\n{"id": "x", "text_": "B?"}\n"C?"', 3, "x", ["no question", "name it question or q"]),
        ("q.jsonl", '"A?"\n{"id": "x", "question": 5}\n"C?"', 2, "x", ["the question is 5", "double quotes"]),
        ("q.jsonl", '"A?"\n{"question": null}\n"C?"', 2, None, ["the question is null", "double quotes"]),
        ("q.jsonl", '"A?"\n[1]\n"C?"', 2, None, ["neither an object nor a text"]),
        ("q.jsonl", '"A?"\n{"id": true, "q": "B?"}\n"C?"', 2, None, ["the id is not a text", "double quotes"]),
        ("q.jsonl", '"A?"\n{"id": "q1", "q": "B?"}\n"C?"', 2, "q1", ["id 'q1' is that of line 1", "give another"]),
        ("q.jsonl", '"A?"\n{"q": "B?", "language": "de"}\n"C?"', 2, None, ['language is "de"', "fr or en"]),
        ("q.jsonl", '"A?"\n"\\ud83d"\n"C?"', 2, None, ["half a character (\\ud83d)", "whole"]),
        ("q.jsonl", b'"A?"\n{"id": "x", "q": "O\xf9 ?"}\n"C?"', 2, "x", ["not UTF-8", "save the file as UTF-8"]),
        ("q.jsonl", '"A?"\n' + "[" * 100_000 + '\n"C?"', 2, None, ["JSON too deep"]),
        ("q.jsonl", '"A?"\n{"q": "B", "n": ' + "1" * 5000 + '}\n"C?"', 2, None, ["too long a number"]),
        ("q.txt", b"A?\nO\xf9 ?\nC?", 2, None, ["not UTF-8", "save the file as UTF-8"]),
        ("q.csv", 'question,id\n"A\n?",x\nB, b ?,y,z\nC?,c', 4, None, ["4 cells, the header has 2", "double quotes"]),
        ("q.csv", "id,question\nx,A?\ny\nz,C?", 3, "y", ["no question"]),
        ("q.csv", 'question\nA?\n"B"b?\nC?', 3, None, ["invalid CSV", "close every quote"]),
        ("q.csv", b"question\nA?\nO\xf9 ?\nC?", 3, None, ["not UTF-8"]),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path, name, content, line, question_id, says):
    first, bad, last = read(tmp_path, name, content)
    assert isinstance(first, QuestionLine)
    assert isinstance(last, QuestionLine)
    assert (last.question, last.id in ("q3", "c", "z")) == ("C?", True)
    assert isinstance(bad, BadLine)
    assert (bad.line, bad.id) == (line, question_id)
    message = str(bad.error)
    assert message.startswith(f"{tmp_path / name} line {line}: ")
    assert "\n" not in message
    for part in says:
        assert part in message


@pytest.mark.parametrize(
    ("name", "content", "previous"),
    [
        ("q.jsonl", '{"question": "Et Google ?", "previous": ["Qui dirige Microsoft ?", "Pourquoi ?"]}',
         ("Qui dirige Microsoft ?", "Pourquoi ?")),
        ("q.jsonl", '{"question": "Et Google ?", "previous": "Qui ?"}', ("Qui ?",)),
        ("q.jsonl", '{"question": "Et Google ?", "previous": []}', ()),
        ("q.jsonl", '{"question": "Et Google ?", "previous": null}', ()),
        ("q.jsonl", '"Et Google ?"', ()),
        ("q.csv", "question,previous\nEt Google ?,Qui ?\n", ("Qui ?",)),
        ("q.csv", "question,previous\nEt Google ?,\n", ()),
    ],
)  # fmt: skip
def test_a_line_may_give_the_questions_before_it(tmp_path, name, content, previous):
    (item,) = read(tmp_path, name, content)
    assert (item.question, item.previous) == ("Et Google ?", previous)


@pytest.mark.parametrize("previous", ["5", "0", "false", "{}", "[5]", '[["a"]]', "[null]"])
def test_earlier_questions_that_are_no_texts_are_told(tmp_path, previous):
    (bad,) = read(tmp_path, "q.jsonl", f'{{"question": "Et Google ?", "id": "a", "previous": {previous}}}')
    assert (bad.line, bad.id) == (1, "a")
    assert f"previous is {previous}, not a list of texts: write" in str(bad.error)


def test_a_quote_never_closed_is_told_not_swallowed(tmp_path):
    good, bad = read(tmp_path, "q.csv", 'question\nA?\n"B?\nC?\nD?\n')
    assert (good.question, bad.line) == ("A?", 3)
    assert "close every quote" in str(bad.error)


def test_a_number_made_up_never_takes_an_id_given_before(tmp_path):
    items = read(tmp_path, "q.jsonl", '{"q": "A?", "id": "q2"}\n"B?"\n{"q": "C?", "id": "q2_"}')
    assert [item.id for item in items] == ["q2", "q2_", "q2_"]
    assert isinstance(items[1], QuestionLine)
    assert isinstance(items[2], BadLine)  # given, but taken by then: told, not silently twice


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.jsonl", None, ["no file at", "check the path"]),
        ("missing", None, ["no file at"]),
        ("q.xlsx", b"PK", ["format .xlsx", ".jsonl, .csv, .tsv, .txt or SQuAD .json"]),
        ("q", b"A?", ["format (none)"]),
        ("q.csv", b"frage,id\nA?,x\n", ["line 1", "no question column", "question or q or query or text"]),
        ("q.csv", b"", ["line 1", "no question column"]),
        ("q.txt", "Où ?".encode("utf-16"), ["is UTF-16", "save it as UTF-8"]),
        ("q.json", b'{"data": [\n{]}', ["line 2", "invalid JSON", "version 1.1 or 2"]),
        ("q.json", b'{"data": [{"paragraphs": [{"context": "x"}]}]}', ["article 1, paragraph 1", "'qas'", "SQuAD"]),
        ("q.json", b"[]", ["'data'"]),
        ("q.json", json.dumps({"data": SQUAD["data"] * 2}).encode(), ["id 'a' is given twice", "its own"]),
    ],
)
def test_a_file_that_cannot_be_read_raises_at_once(tmp_path, name, content, says):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_questions(path)  # not even iterated
    for part in [str(path), *says]:
        assert part in str(error.value)


def test_a_folder_is_no_file_of_questions(tmp_path):
    with pytest.raises(InputError, match="is a folder: give a file"):
        read_questions(tmp_path)


def test_standard_input_is_json_or_text_line_by_line():
    stdin = io.BytesIO('\ufeff{"q": "A?", "id": "x"}\n"B?"\n\nOù, au juste ?\n"C" veut dire ?\n{broken\n'.encode())
    items = list(read_questions("-", stdin))
    assert asked(items[:4]) == [
        (1, "x", "A?", None),
        (2, "q2", "B?", None),
        (4, "q3", "Où, au juste ?", None),
        (5, "q4", '"C" veut dire ?', None),
    ]
    assert str(items[4].error).startswith("standard input line 6: invalid JSON")
    assert not stdin.closed


def test_reading_streams(tmp_path):
    """The first question comes before the second has been looked at."""

    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, into):
            line = b"Qui ?\n"
            into[: len(line)] = line
            return len(line)

    items = read_questions("-", io.BufferedReader(Endless()))
    assert [next(items).id for _ in range(3)] == ["q1", "q2", "q3"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=5))
def test_what_csv_and_jsonl_write_is_what_is_read(tmp_path, questions):
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["id", "question"])
    writer.writerows([f"n{n}", question] for n, question in enumerate(questions))
    rows = read(tmp_path, "q.csv", buffer.getvalue())
    lines = read(tmp_path, "q.jsonl", "\n".join(map(json.dumps, questions)))
    assert [item.question for item in rows] == [question.strip() for question in questions]
    assert [item.question for item in lines] == questions
