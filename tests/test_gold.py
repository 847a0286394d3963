"""Gold: what is read, and that anything wrong is named with its line."""

import json
from pathlib import Path

import pytest

from index.errors import InputError
from qa.gold import read_gold, squad_folder
from qa.types import Example

DATA = Path(__file__).parent / "data"
GOOD = {"id": "a", "question": "Quand ?", "answers": ["2025"], "sources": ["x.txt"], "language": "fr", "split": "dev"}


def squad(*paragraphs, title="T"):
    return {"data": [{"title": title, "paragraphs": list(paragraphs)}]}


def paragraph(context, *questions):
    return {"context": context, "qas": list(questions)}


def question(name, *answers, impossible=None, text="Quelle est la part du capital ?"):
    told = {"id": name, "question": text, "answers": [{"text": answer, "answer_start": 0} for answer in answers]}
    return told if impossible is None else {**told, "is_impossible": impossible}


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="gold.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_reads_ours(write, mark):
    none = {**GOOD, "id": "b", "answers": [], "sources": [], "language": "en"}
    path = write(mark + json.dumps(GOOD) + "\n\n" + json.dumps(none))
    assert read_gold(path) == (
        Example("a", "Quand ?", ("2025",), ("x.txt",), "fr", "dev"),
        Example("b", "Quand ?", (), (), "en", "dev"),
    )


def test_the_gold_of_the_seeds_is_sound():
    """Every answer stands in one of its files, word for word, and both languages ask alike."""
    seeds = Path(__file__).parent.parent / "seeds"
    examples = read_gold(DATA / "seeds_gold.jsonl")
    assert len(examples) >= 60
    assert sum(example.language == "fr" for example in examples) * 2 == len(examples)
    assert sum(not example.answers for example in examples) >= 16
    assert sum(example.split == "test" for example in examples) * 3 >= len(examples)
    asked = {example.id: example for example in examples}
    for example in examples:
        other = asked[f"{example.id[:-2]}{'en' if example.language == 'fr' else 'fr'}"]
        assert (other.answers, other.sources, other.split) == (example.answers, example.sources, example.split)
    for example in examples:
        texts = [(seeds / source).read_text("utf-8") for source in example.sources]
        for answer in example.answers:
            assert any(answer in text for text in texts), (example.id, answer)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", ["invalid JSON", "column 2", "README"]),
        ("[]", ["not an object"]),
        ("[" * 100_000, ["cannot be read"]),
        (json.dumps({key: value for key, value in GOOD.items() if key != "split"}), ["'split' is missing", "add it"]),
        (json.dumps({**GOOD, "anwsers": []}), ["'anwsers' is unknown", "id, question, answers"]),
        (json.dumps({**GOOD, "id": 5}), ["'id' is 5", "want a text"]),
        (json.dumps({**GOOD, "question": " "}), ["'question'", "want a text"]),
        (json.dumps({**GOOD, "answers": "2025"}), ["'answers' is \"2025\"", "a list of texts"]),
        (json.dumps({**GOOD, "answers": ["2025", ""]}), ["'answers'", "a list of texts"]),
        (json.dumps({**GOOD, "sources": [None]}), ["'sources'", "a list of file names"]),
        (json.dumps({**GOOD, "language": "de"}), ["'language'", "fr or en"]),
        (json.dumps({**GOOD, "sources": []}), ["answers without sources", "give both"]),
        (json.dumps({**GOOD, "answers": []}), ["sources without answers", "give both"]),
        (json.dumps({**GOOD, "id": "first"}), ["id 'first' is that of line 1", "give another"]),
        (json.dumps({**GOOD, "id": "\ud800"}), ["'id'", "want a text"]),
        (b'{"id": "\xe9"}', ["not UTF-8", "save the file as UTF-8"]),
    ],
)
def test_a_wrong_line_is_named(write, line, says):
    raw = line if isinstance(line, bytes) else line.encode()
    path = write(json.dumps({**GOOD, "id": "first"}).encode() + b"\n" + raw)
    with pytest.raises(InputError) as error:
        read_gold(path)
    message = str(error.value)
    assert message.startswith(f"{path} line 2: ")
    assert "\n" not in message
    for part in says:
        assert part in message


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gold.jsonl", "\n", "holds no question"),
        ("gold.csv", "x", "format .csv: gold is .jsonl of ours, or SQuAD .json"),
        ("gold.json", "{}", "'data'"),
        ("gold.json", json.dumps(squad(paragraph("x"))), "holds no question"),
        (
            "gold.json",
            json.dumps(squad(paragraph("x", {"id": "a", "question": "?"}))),
            "'a' tells no answers: add them",
        ),
        ("gold.json", json.dumps(squad(paragraph("x", question("a")))), "question 1: no answer.*or set is_impossible"),
        (
            "gold.json",
            json.dumps(squad(paragraph("x", question("a", impossible=1)))),
            "'is_impossible' is .*true or false",
        ),
        ("gold.json", json.dumps(squad(paragraph(5))), "article 1, paragraph 1: the field 'context'"),
    ],
)
def test_a_wrong_file_is_named(write, name, content, says):
    path = write(content, name)
    with pytest.raises(InputError, match=says) as error:
        read_gold(path)
    assert str(path) in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no file at .*gold\.jsonl: check the path"):
        read_gold(tmp_path / "gold.jsonl")


def test_squad_and_the_folder_it_makes_agree(write, tmp_path):
    first = "Microsoft détient 27 %\r\ndu capital.\n"
    path = write(
        json.dumps(
            squad(
                paragraph(first, question("a", "27 %", "27 %"), question("b", "x", impossible=True)),
                paragraph("OpenAI vaut 300 milliards.", question("c", "300 milliards", "milliards", impossible=False)),
                title="../../etc/2025-01-01",
            )
        ),
        "squad.json",
    )
    folder = tmp_path / "made" / "articles"
    examples = read_gold(path)
    assert squad_folder(path, folder) == 2

    assert [(example.id, example.answers, len(example.sources)) for example in examples] == [
        ("a", ("27 %",), 1),
        ("b", (), 0),
        ("c", ("300 milliards", "milliards"), 1),
    ]
    assert {example.language for example in examples} == {"fr"}
    assert (folder / examples[0].sources[0]).read_bytes() == first.encode()
    assert sorted(entry.name for entry in folder.iterdir()) == [examples[0].sources[0], examples[2].sources[0]]
    with pytest.raises(InputError, match="is not empty: give an empty folder"):
        squad_folder(path, folder)


def test_squad_finds_its_paragraphs_in_a_folder(write, make_folder):
    path = write(
        json.dumps(squad(paragraph("It holds\n27 %.", question("a", "27 %", text="What share does it hold?")))),
        "squad.json",
    )
    folder = make_folder(
        {"one.txt": "Title\n\nIt  holds 27 %. More.", "sub/two.md": "It holds 27 %.", "no.txt": "27 %"}
    )
    (example,) = read_gold(path, folder)
    assert (example.sources, example.language) == (("one.txt", "sub/two.md"), "en")

    other = write(json.dumps(squad(paragraph("Elsewhere.", question("a", "Elsewhere")))), "other.json")
    with pytest.raises(InputError, match=r"article 1, paragraph 1 stands in no article of .*: give the folder"):
        read_gold(other, folder)
