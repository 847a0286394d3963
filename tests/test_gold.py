"""Gold: what is read, and that anything wrong is named with its line."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InputError
from qa.gold import brings_articles, read_gold, squad_folder
from qa.gold.fields import numbered
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


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            {"question": "Who paid for it?", "answer": "Ada", "source": "x.txt"},
            Example("q1", "Who paid for it?", ("Ada",), ("x.txt",), "en", "gold"),
        ),
        (
            {"qid": 7, "q": "Qui a payé ?", "answers": ["Ada", "Ada L."], "files": ["x.txt", "y.md"], "lang": "FR"},
            Example("7", "Qui a payé ?", ("Ada", "Ada L."), ("x.txt", "y.md"), "fr", "gold"),
        ),
        (
            {"_id": "a", "query": "Prix ?", "answers": ["1", "1"], "document": "x.txt", "language": "fr_CA"},
            Example("a", "Prix ?", ("1",), ("x.txt",), "fr", "gold"),
        ),
        (
            {"question_id": "a", "text": "Why is that?", "answers": None, "language": " En-gb ", "split": "dev"},
            Example("a", "Why is that?", (), (), "en", "dev"),
        ),
        (
            {"question": "Why is that?", "answers": [], "sources": None, "id": None, "split": None, "language": "und"},
            Example("q1", "Why is that?", (), (), "en", "gold"),
        ),
        (
            {**GOOD, "_made": {"by": 1}, "comment": 5, "note": "", "notes": []},
            Example("a", "Quand ?", ("2025",), ("x.txt",), "fr", "dev"),
        ),
    ],
)
def test_ours_may_be_written_in_several_ways(write, line, wanted):
    assert read_gold(write(json.dumps(line), "gold.NDJSON")) == (wanted,)


def test_comments_are_passed_over_and_lines_keep_their_numbers(write):
    path = write(f"# {{not read}}\n  # nor this\n{json.dumps(GOOD)}\n\n#\n5\n")
    with pytest.raises(InputError, match=r"gold\.jsonl line 6: not an object"):
        read_gold(path)
    assert [example.id for example in read_gold(write(f"#\n{json.dumps(GOOD)}"))] == ["a"]


@given(st.lists(st.sampled_from([None, "q1", "q2", "q3", "q1_", "q2_", "q2__", "other"])))
def test_questions_without_an_id_are_numbered_by_their_place(given_ids):
    given_ids = [each for n, each in enumerate(given_ids) if each is None or each not in given_ids[:n]]
    ids = numbered(given_ids)
    assert len(set(ids)) == len(ids) == len(given_ids)
    for place, (before, after) in enumerate(zip(given_ids, ids, strict=True), start=1):
        assert after == before if before else after.rstrip("_") == f"q{place}"
        assert before or after == f"q{place}" or f"q{place}" in given_ids


def test_ids_are_numbered_in_the_file(write):
    lines = [{**GOOD, "id": each} for each in (None, "q1", "q4", None, None)]
    assert [each.id for each in read_gold(write("\n".join(map(json.dumps, lines))))] == [
        *("q1_", "q1", "q4", "q4_", "q5"),
    ]


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
        (json.dumps({"answers": []}), ["'question' is missing", "add it"]),
        (json.dumps({**GOOD, "question": None}), ["'question' is missing", "add it"]),
        (json.dumps({"question": "Why is it so?"}), ["'answers' is missing", "add it, as [] where"]),
        (json.dumps({"question": "Why is it so?", "sources": ["x.txt"]}), ["'answers' is missing"]),
        (json.dumps({"question": "Why is it so?", "answers": ["x"]}), ["answers without sources"]),
        (json.dumps({**GOOD, "answer": "x"}), ["'answers' and 'answer' are one field", "leave one of them out"]),
        (json.dumps({**GOOD, "text": "Quand ?"}), ["'question' and 'text' are one field"]),
        (json.dumps({**GOOD, "lang": "fr"}), ["'language' and 'lang' are one field"]),
        (json.dumps({**GOOD, "previous": []}), ["'previous' is unknown"]),
        (json.dumps({**GOOD, "question": "Où ? " * 500}), ["2,500 characters", "the most is 2,000", "shorten it"]),
        (json.dumps({**GOOD, "question": "¿Cuánto cuesta el libro?", "language": None}), ['add "language", fr or en']),
        (json.dumps({**GOOD, "anwsers": []}), ["'anwsers' is unknown", "id, question, answers"]),
        (json.dumps({**GOOD, "id": 5.5}), ["'id' is 5.5", "want a text"]),
        (json.dumps({**GOOD, "id": True}), ["'id' is true", "want a text"]),
        (json.dumps({**GOOD, "id": ""}), ["'id' is \"\"", "want a text"]),
        (json.dumps({**GOOD, "question": " "}), ["'question'", "want a text"]),
        (json.dumps({**GOOD, "answers": 2025}), ["'answers' is 2025", "a text or a list of texts"]),
        (json.dumps({**GOOD, "answers": ""}), ["'answers' is \"\"", "a list of texts"]),
        (json.dumps({**GOOD, "answers": {}}), ["'answers' is {}", "a list of texts"]),
        (json.dumps({**GOOD, "answers": ["2025", ""]}), ["'answers'", "a list of texts"]),
        (json.dumps({**GOOD, "sources": [None]}), ["'sources'", "a list of file names"]),
        (json.dumps({**GOOD, "split": 1}), ["'split' is 1", "want a text"]),
        (json.dumps({**GOOD, "language": ["fr"]}), ["'language' is [\"fr\"]", "fr or en"]),
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
        ("gold.jsonl", "# all of it\n", "holds no question"),
        ("gold.jsonl", b"", "holds no question"),
        ("gold.jsonl", b"\x89PNG\r\n\x1a\n\0", "line 1: not UTF-8: save the file as UTF-8"),
        ("gold.jsonl", b"\0" * 100, "line 1: invalid JSON"),
        ("gold.jsonl", "{}".encode("utf-16"), "is UTF-16: save it as UTF-8"),
        ("gold.json", bytes(range(256)), "not UTF-8"),
        ("gold.json", b"", "line 1: invalid JSON .*: give a SQuAD file"),
        ("gold.csv", "x", "format .csv: gold is .jsonl of ours, or SQuAD .json, or a BEIR folder"),
        ("gold", "x", r"format \(none\)"),
        ("gold.jsonl.gz", "x", r"format \.gz"),
        ("gold.json", "{}", "'data'"),
        ("gold.json", json.dumps(squad(paragraph("x"))), "holds no question"),
        (
            "gold.json",
            json.dumps(squad(paragraph("x", {"id": "a", "question": "?"}))),
            "article 1, paragraph 1, question 'a' tells no answers: add them",
        ),
        (
            "gold.json",
            json.dumps(squad(paragraph("x", question("a", "x")), paragraph("27 %", question("b", "27 %", "x")))),
            "article 1, paragraph 2, question 'b': the answer 'x' stands nowhere in the paragraph: copy it",
        ),
        (
            "gold.json",
            json.dumps(squad(paragraph("x", question("b", "x"), question("a", "x")), paragraph("x", question("a")))),
            "paragraph 2, question 1: no answer",
        ),
        (
            "gold.json",
            json.dumps(squad(paragraph("x", question("b", "x"), question("a", "x"), question("b", "x")))),
            "paragraph 1, question 3: the id 'b' is given twice, first to article 1, paragraph 1, question 1: give",
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


@pytest.mark.parametrize("name", ["gold.jsonl", "gold", "gold.csv"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(InputError, match=rf"no file at .*{re.escape(name)}: check the path"):
        read_gold(tmp_path / name)


def test_squad_answers_may_differ_from_their_paragraph_in_case_and_spaces(write):
    told = squad(paragraph("L’Élysée a\npayé 27\u00a0%.", question("a", "l'élysée  a payé", "27 %")))
    assert read_gold(write(json.dumps(told), "squad.json"))[0].answers == ("l'élysée  a payé", "27 %")


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


@pytest.mark.parametrize(
    ("name", "brings"), [("a.json", True), ("a.JSON", True), (".", True), ("a.jsonl", False), ("a", False)]
)
def test_squad_and_beir_bring_articles(tmp_path, name, brings):
    assert brings_articles(tmp_path / name) is brings
