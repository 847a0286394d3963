"""Gold in a BEIR folder: what of it is asked, what it brings, and that anything wrong is named with its line."""

import json
from pathlib import Path

import pytest

from index.dates import file_name_date
from index.errors import InputError, UsageError
from qa.gold import open_gold
from qa.gold.beir_files import Entry
from qa.measure.evaluate import evaluate
from qa.question import MAX_CHARS
from qa.session import Session

WHALES = {
    "_id": "../w h/1",
    "title": "Songs\nof  whales",
    "text": "Whales sing in the deep sea.\r\nThey do.",
    "metadata": {},
}
BREAD = {"_id": "BREAD", "title": "", "text": "The baker kneads dough at dawn."}
SMALL = {"_id": "bread", "text": "The miller grinds wheat."}
VOID = {"_id": "void", "title": " ", "text": "\n"}
CORPUS = [WHALES, BREAD, VOID, SMALL]
QUERIES = [
    {"_id": "1", "text": "How do whales sing?", "metadata": {}},
    {"_id": "two words", "text": "Who kneads the dough?"},
    {"_id": "3", "text": "What is never judged?"},
    {"_id": "4", "text": "What is judged irrelevant?"},
]
TEST = [
    ("two words", "BREAD", 1),
    ("1", "../w h/1", 2),
    ("1", "bread", 0),
    ("4", "bread", -1),
    ("two words", "void", 3),
]


def names(*numbers):
    return tuple(f"000000/{number:09d}.txt" for number in numbers)


@pytest.fixture
def beir(tmp_path):
    """Return a function that writes a BEIR folder."""

    def write(corpus=CORPUS, queries=QUERIES, **splits):
        folder = tmp_path / "beir"
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
        for name, lines in (("corpus", corpus), ("queries", queries)):
            told = lines if isinstance(lines, str) else "".join(f"{json.dumps(line)}\n" for line in lines)
            (folder / f"{name}.jsonl").write_text(told, "utf-8")
        for name, rows in (splits or {"test": TEST}).items():
            told = rows if isinstance(rows, str) else "".join("\t".join(map(str, row)) + "\n" for row in rows)
            header = "" if isinstance(rows, str) else "query-id\tcorpus-id\tscore\n"
            (folder / "qrels" / f"{name}.tsv").write_text(header + told, "utf-8")
        return folder

    return write


def test_the_queries_that_are_judged_are_asked(beir):
    gold = open_gold(beir())
    assert [(each.id, each.question, each.answers, each.language, each.split) for each in gold.examples] == [
        ("1", "How do whales sing?", (), "en", "test"),
        ("two words", "Who kneads the dough?", (), "en", "test"),
    ]
    first, second = gold.examples
    whales, bread, void, small = names(1, 2, 3, 4)
    assert (first.sources, first.grades) == ((whales,), {whales: 2})
    assert (second.sources, second.grades) == ((bread,), {bread: 1, void: 3})  # which nobody can find
    assert gold.names == {whales: "../w h/1", bread: "BREAD", void: "void", small: "bread"}


def test_the_articles_are_those_of_the_corpus_that_hold_anything(beir, tmp_path):
    path = beir([*CORPUS, {"_id": "x" * 300, "title": "A title\0 alone", "text": ""}, {"_id": 9, "text": "\0a\x1bb"}])
    folder = tmp_path / "new" / "articles"
    gold = open_gold(path)
    assert gold.write(folder) == 5
    written = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.txt")}
    assert written == dict(
        zip(
            names(1, 2, 4, 5, 6),
            [
                b"Songs of whales\n\nWhales sing in the deep sea.\r\nThey do.",
                *(b"The baker kneads dough at dawn.", b"The miller grinds wheat.", b"A title  alone", b" a b"),
            ],
            strict=True,
        )
    )
    assert [gold.names[source] for source in names(5, 6)] == ["x" * 300, "9"]
    with pytest.raises(InputError, match="is not empty: give an empty folder to write the articles of"):
        gold.write(folder)


def test_no_file_name_is_a_date():
    for number in (1, 999, 1000, 2_025, 20_250, 202_501, 2_025_01, 19_990_101, 20_251_231, 120_251_231, 202_512_310):
        source = Path(Entry(number, "x", "", "").source)
        assert file_name_date(source.name) is None
        assert (source.parent.name, source.stem) == (f"{number // 1000:06d}", f"{number:09d}")
    assert file_name_date("20251231.txt") == "2025-12-31"  # which the width of the numbers keeps out


def test_the_index_holds_every_source(beir, tmp_path):
    """Articles that the index passes over are no sources, whatever they hold; the others all are."""
    odd = ["", "Share this", "Advertisement", "-", "12 May 2025", "Published on 12 May 2025", "\0", "\ufeff", "\u200b"]
    corpus = [*CORPUS, *({"_id": f"odd{n}", "text": text} for n, text in enumerate(odd))]
    path = beir(corpus, test=[("1", each["_id"], 1) for each in corpus])
    gold = open_gold(path)
    gold.write(tmp_path / "articles")
    (example,) = gold.examples
    with Session.of_folder(tmp_path / "articles", tmp_path / "index") as session:
        held = {info.source for info in session.index.passages.documents()}
        assert set(example.sources) == held
        assert held < example.grades.keys() == gold.names.keys()
        (result,) = evaluate(session, gold.examples, names=gold.names).per_question
    assert set(result.relevant) == {each["_id"] if isinstance(each, dict) else each for each in corpus}
    assert set(result.found) <= set(gold.names.values())
    assert result.figures["recall@10"] <= len(held) / len(corpus)


def test_what_the_index_finds_nothing_in_is_relevant_and_no_source(beir):
    (example,) = open_gold(beir(test=[("1", "void", 2)])).examples
    assert (example.sources, example.grades) == ((), {"000000/000000003.txt": 2})


@pytest.mark.parametrize(
    ("splits", "asked", "found"),
    [
        ({"test": TEST, "dev": [("3", "bread", 1)]}, None, ("test", ["1", "two words"])),
        ({"test": TEST, "dev": [("3", "bread", 1), ("1", "bread", 1)]}, "dev", ("dev", ["1", "3"])),
        ({"train": [("3", "bread", 1)]}, None, ("train", ["3"])),
    ],
)
def test_one_split_is_read(beir, splits, asked, found):
    examples = open_gold(beir(**splits), split=asked).examples
    assert ({each.split for each in examples}, [each.id for each in examples]) == ({found[0]}, found[1])


def test_the_other_splits_are_not_even_looked_at(beir):
    assert open_gold(beir(test=TEST, dev="nothing that is read")).examples


@pytest.mark.parametrize(
    ("split", "says"),
    [
        (None, "beir has the splits dev, train: choose one by --split"),
        ("test", "beir holds no question of the split 'test': it has dev, train"),
        ("../qrels/dev", "holds no question of the split '../qrels/dev'"),
    ],
)
def test_a_split_that_is_not_there(beir, split, says):
    with pytest.raises(UsageError, match=says):
        open_gold(beir(train=TEST, dev=TEST), split=split)


def test_the_language_is_that_of_most_queries_or_told(beir):
    told = [
        {"_id": "1", "text": "baleines"},
        {"_id": "2", "text": "Comment chantent les baleines dans la mer ?"},
        {"_id": "3", "text": "Combien coûte le pain de la boulangerie ?"},
        {"_id": "4", "text": "bread", "language": "EN"},
    ]
    path = beir(queries=told, test=[(n, "bread", 1) for n in (1, 2, 3, 4)])
    assert [each.language for each in open_gold(path).examples] == ["fr", "fr", "fr", "en"]


def test_a_long_query_is_cut_after_a_word(beir):
    long = "whale " * MAX_CHARS
    queries = [{"_id": "1", "text": long}, {"_id": "2", "text": "w" * (MAX_CHARS + 1)}, {"_id": "3", "text": " a b "}]
    first, second, third = open_gold(beir(queries=queries, test=[(n, "bread", 1) for n in (1, 2, 3)])).examples
    assert first.question == ("whale " * (MAX_CHARS // 6)).strip()
    assert second.question == "w" * MAX_CHARS
    assert third.question == "a b"


def test_windows_line_ends_and_marks_are_read(beir):
    path = beir()
    for file in [*path.glob("*.jsonl"), *path.glob("qrels/*.tsv")]:
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert open_gold(path).examples == open_gold(beir()).examples


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("corpus.jsonl", "{", r"invalid JSON \(.*\): see the README for the form of a BEIR folder"),
        ("corpus.jsonl", '{"text": "x"}', "the field '_id' is missing: add it"),
        ("corpus.jsonl", '{"_id": "", "text": "x"}', "the field 'id' is \"\": want a text"),
        ("corpus.jsonl", '{"_id": "x"}', "the field 'text' is missing: add it"),
        ("corpus.jsonl", '{"_id": "x", "text": null}', "the field 'text' is null: want a text"),
        ("corpus.jsonl", '{"_id": "x", "text": "\\ud800"}', "the field 'text' is .*: want a text"),
        ("corpus.jsonl", '{"_id": "x", "text": "x", "title": ["x"]}', "the field 'title' is .*: want a text"),
        ("corpus.jsonl", '{"_id": "BREAD", "text": "x"}', "the id 'BREAD' is that of line 2: give another"),
        ("queries.jsonl", '{"_id": "1", "text": "x"}', "the id '1' is that of line 1: give another"),
        ("queries.jsonl", '{"_id": "5", "text": " "}', "the field 'text' is \" \": want a query"),
        ("queries.jsonl", '{"_id": "5", "text": "x", "language": "de"}', "the field 'language' is \"de\": want fr"),
        ("qrels/test.tsv", "1\tBREAD", "2 cells: want query-id, corpus-id, score, a tab between each"),
        ("qrels/test.tsv", "1 0 BREAD 1", "1 cells: want query-id"),
        ("qrels/test.tsv", "1\t0\tBREAD\t1", "4 cells: want query-id"),
        ("qrels/test.tsv", "1\tBREAD\t0.5", "the score is '0.5': want a whole number"),
        ("qrels/test.tsv", "1\tBREAD\t", "the score is '': want a whole number"),
        ("qrels/test.tsv", "1\tBREAD\t" + "9" * 5000, "the score is '9+': want a whole number"),
        ("qrels/test.tsv", "1\tbread\t0", "this pair is judged on line 4: leave one of them out"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(beir, name, line, says):
    path = beir()
    text = (path / name).read_text("utf-8")
    (path / name).write_text(text + line + "\n", "utf-8")
    number = text.count("\n") + 1
    with pytest.raises(InputError, match=rf"^{path / name} line {number}: {says}") as error:
        open_gold(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
@pytest.mark.parametrize(
    ("data", "says"), [(b"\xff\xfe\0", "is UTF-16: save it as UTF-8"), (b"\x89PNG\t\t\n\0", "line 1: ")]
)
def test_binary_files_are_named(beir, name, data, says):
    path = beir()
    (path / name).write_bytes(data)
    with pytest.raises(InputError, match=rf"^{path / name} {says}"):
        open_gold(path)


@pytest.mark.parametrize("header", ["1\tBREAD\t1", "query-id corpus-id score", "1 0 BREAD 1", ""])
def test_a_missing_header_is_named(beir, header):
    path = beir(test=f"{header}\n1\tBREAD\t1\n")
    with pytest.raises(InputError, match=r"test\.tsv line 1: no header: begin with query-id, corpus-id, score, a tab"):
        open_gold(path)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"corpus": "\n", "test": [("1", "x", 1)]}, r"corpus\.jsonl holds no document: add a line for each"),
        ({"test": ""}, r"test\.tsv finds nothing relevant: give a document that answers"),
        ({"test": [("1", "bread", 0)]}, r"test\.tsv finds nothing relevant"),
        (
            {"queries": "", "test": [("1", "bread", 1)]},
            r"test\.tsv judges no query of",
        ),
    ],
)
def test_a_folder_with_nothing_to_ask(beir, written, says):
    with pytest.raises(InputError, match=says):
        open_gold(beir(**written))


def test_what_is_judged_and_not_there_is_told(beir):
    """Published sets judge documents and queries that they do not hold."""
    path = beir(test=[*TEST, ("9", "bread", 1), ("9", "BREAD", 1), ("1", "gone", 1), ("1", "irrelevant", 0)])
    gold = open_gold(path)
    assert [example.id for example in gold.examples] == ["1", "two words"]
    first = gold.examples[0]
    assert (first.sources, dict(first.grades)) == (names(1), {names(1)[0]: 2, "gone": 1})
    queries, documents = gold.notices
    assert (
        queries
        == f"{path / 'qrels/test.tsv'} line 7: judged, but not in queries.jsonl, so that nothing can be asked: 1"
    )
    assert (
        documents
        == f"{path / 'qrels/test.tsv'} line 9: relevant, but not in corpus.jsonl, so that nobody can find it: 1"
    )
    assert open_gold(beir()).notices == ()


@pytest.mark.parametrize("gone", ["corpus.jsonl", "queries.jsonl"])
def test_a_folder_that_is_no_beir_folder(beir, gone):
    path = beir()
    (path / gone).unlink()
    with pytest.raises(InputError, match=rf"beir is a folder without {gone}: give a file of gold, or a BEIR folder"):
        open_gold(path)


def test_a_folder_without_judgements(beir):
    path = beir()
    (path / "qrels" / "test.tsv").rename(path / "qrels" / ".test.tsv")
    with pytest.raises(InputError, match=r"beir has no qrels/\*\.tsv: add the judgements of a split, such as"):
        open_gold(path)


def test_it_is_asked_of_no_other_folder(beir, tmp_path):
    with pytest.raises(InputError, match="beir brings its own articles: give it to `sourcier eval`, and leave FOLDER"):
        open_gold(beir(), tmp_path)
    with pytest.raises(InputError, match=r"is a folder without corpus\.jsonl: give a file of gold"):
        open_gold(tmp_path, tmp_path)  # as where GOLD and FOLDER changed places
