"""`gold init` and `gold check`: the template reads, and each thing that makes gold unsound is found, and only it."""

import json
from pathlib import Path

import pytest

from index.errors import FolderError, UsageError
from qa.gold import open_gold, read_gold
from qa.gold.check import check, line_numbers
from qa.gold.findings import ERRORS, Kind
from qa.gold.template import skeletons, write_template
from qa.gold.texts import Texts
from qa.types import Example, GoldSpan

ROOT = Path(__file__).parent.parent
FAR = "Rien de ce qui suit ne parle de lui. " * 700
ARTICLES = {
    "cordouan.txt": "Le phare de Cordouan\n\nLe phare de Cordouan mesure 67 mètres de haut.\n",
    "planier.txt": "Le phare de Planier mesure 68 mètres, et fut électrifié en 1881 par ses gardiens.\n",
    "far.txt": f"{FAR}\n\nLe gardien du phare de Calais allume la lampe à la nuit tombée.\n",
}


@pytest.fixture
def texts(make_folder):
    return Texts(make_folder(ARTICLES))


def example(name="a", question="Combien mesure Cordouan ?", answers=("67 mètres",), sources=("cordouan.txt",), **told):
    return Example(name, question, answers, sources, **{"language": "fr", "split": "dev", **told})


def found(texts, *examples):
    """Return (kind, id, other) of what is found in some examples, but that they are few."""
    report = check(examples, texts)
    return [(each.kind, each.id, each.other) for each in report.findings if each.kind is not Kind.TOO_FEW]


def messages(texts, *examples):
    return [each.message for each in check(examples, texts).findings if each.kind is not Kind.TOO_FEW]


def test_sound_gold_has_no_findings(texts):
    refused = example("b", "Qui a peint Guernica ?", (), ())
    english = example("c", "How high is Cordouan?", language="en")
    report = check([example(), refused, english], texts)
    assert [each.kind for each in report.findings] == [Kind.TOO_FEW]
    assert report.errors == 0
    assert (report.counts.questions, report.counts.answerable, report.counts.single) == (3, 2, 0)
    assert (report.counts.languages, report.counts.splits) == ({"fr": 2, "en": 1}, {"dev": 3})
    assert report.told().endswith("sound: 0 errors, 1 notice")


def test_an_answer_that_is_gone_is_told_with_where_it_stands_now(texts):
    asked = example(answers=("68 mètres",))
    assert found(texts, asked) == [(Kind.GONE_ANSWER, "a", None)]
    assert messages(texts, asked) == [
        "'68 mètres' stands no longer in cordouan.txt; it stands in planier.txt: change its sources"
    ]
    nowhere = example(answers=("99 mètres",))
    assert messages(texts, nowhere)[0].endswith("it stands nowhere now: change or remove it")


@pytest.mark.parametrize("answers", [("7 mètres",), ("67",), ("Cordouan mesure 67 MÈTRES",), ("67\u00a0mètres",)])
def test_answers_stand_as_whole_words_whatever_their_case_and_spaces(texts, answers):
    wanted = [Kind.GONE_ANSWER] if answers == ("7 mètres",) else []
    assert [kind for kind, *_ in found(texts, example(answers=answers))] == wanted


@pytest.mark.parametrize("source", ["gone.txt", "../cordouan.txt", "/etc/passwd", "cordouan"])
def test_a_document_that_is_gone_is_told(texts, source):
    assert found(texts, example(sources=(source,))) == [(Kind.GONE_DOCUMENT, "a", None)]
    told = messages(texts, example(sources=(source,)))[0]
    assert told.startswith(f"{source} is gone from ")
    assert told.endswith("it stands in cordouan.txt: change its sources")


def test_a_document_that_cannot_be_read_is_told_with_the_reason(make_folder):
    folder = make_folder({**ARTICLES, "a.pages": "x"})
    assert "format .pages is not read" in messages(Texts(folder), example(sources=("a.pages",)))[0]


def test_each_document_must_hold_an_answer_and_a_spare_answer_is_only_worth_a_look(texts):
    both = {"answers": ("67 mètres", "68 mètres"), "sources": ("cordouan.txt", "planier.txt")}
    assert found(texts, example(**both)) == []
    assert [kind for kind, *_ in found(texts, example(**{**both, "answers": ("67 mètres",)}))] == [Kind.GONE_ANSWER]
    spare = example(answers=("67 mètres", "soixante-sept mètres"))
    assert found(texts, spare) == [(Kind.SPARE_ANSWER, "a", None)]
    assert check([spare], texts).errors == 0


def test_spans_that_have_moved_are_told_with_their_new_place(texts):
    text = ARTICLES["cordouan.txt"]
    at = text.index("67 mètres")
    right = example(spans=(GoldSpan("cordouan.txt", at, at + 9),))
    moved = example("b", "Sa hauteur ?", spans=(GoldSpan("cordouan.txt", at - 1, at + 8),))
    assert found(texts, right, moved) == [(Kind.GONE_ANSWER, "b", None)]
    assert f"that stands at {at}:{at + 9} now" in messages(texts, right, moved)[0]
    beyond = example("c", "Haut ?", ("99 mètres",), spans=(GoldSpan("cordouan.txt", 9_000, 9_009),))
    assert found(texts, beyond) == [(Kind.GONE_ANSWER, "c", None)]
    assert "reads '' at 9000:9009" in messages(texts, beyond)[0]


def test_the_same_question_twice(texts):
    again = example("b", "combien  mesure CORDOUAN?")
    assert found(texts, example(), again) == [(Kind.DUPLICATE, "b", "a")]
    assert found(texts, example(), example("b", language="en")) == []
    assert found(texts, example("a", "?"), example("b", "!")) == []
    more = example("b", answers=("67 mètres", "67"))
    assert found(texts, example(), more) == [(Kind.DUPLICATE, "b", "a")]


def test_the_same_question_with_other_answers(texts):
    other = example("b", answers=("68 mètres",), sources=("planier.txt",))
    assert found(texts, example(), other) == [(Kind.CONTRADICTION, "b", "a")]
    refused = example("b", answers=(), sources=())
    assert found(texts, example(), refused) == [(Kind.CONTRADICTION, "b", "a")]


def test_the_same_question_in_two_splits(texts):
    leaked = example("b", split="test")
    assert found(texts, example(), leaked) == [(Kind.SPLIT_LEAK, "b", "a")]
    third = example("c", answers=("68 mètres",), sources=("planier.txt",), split="test")
    assert found(texts, example(), third) == [(Kind.CONTRADICTION, "c", "a"), (Kind.SPLIT_LEAK, "c", "a")]


def test_nearly_the_same_question_in_two_splits(texts):
    one = example("a", "Combien de mètres mesure le phare de Cordouan ?")
    near = example("b", "Combien de mètres mesure le phare de Cordouan, au juste ?", split="test")
    assert found(texts, one, near)[-1] == (Kind.SPLIT_LEAK, "b", "a")
    for other in (
        {"split": "dev"},
        {"language": "en"},
        {"question": "À quelle hauteur s'élève Cordouan ?"},
        {
            "question": near.question.replace("Cordouan", "Planier"),
            "answers": ("68 mètres",),
            "sources": ("planier.txt",),
        },
    ):
        told = {"question": near.question, "split": "test", **other}
        assert Kind.SPLIT_LEAK not in [kind for kind, *_ in found(texts, one, example("b", **told))]


def test_an_answer_in_its_question_is_worth_a_look(texts):
    given = example(question="Est-ce Cordouan qui mesure 67 mètres ?")
    assert (Kind.ANSWER_IN_QUESTION, "a", None) in found(texts, given)
    assert check([given], texts).errors == 0


@pytest.mark.parametrize(
    ("question", "source", "answers", "leans"),
    [
        ("Qui, du phare de Calais, allume la lampe à la nuit tombée ?", "far.txt", ("Le gardien",), True),
        ("Qui veille sur Calais dès que le jour finit, chaque soir ?", "far.txt", ("Le gardien",), False),
        ("Lequel fut électrifié en 1881 par ses gardiens ?", "planier.txt", ("68 mètres",), True),
        ("De quand date l'électricité à Planier, au juste ?", "planier.txt", ("1881",), False),
        ("Le phare de Planier ?", "planier.txt", ("1881",), False),
    ],
)  # fmt: skip
def test_a_question_in_the_words_of_its_article(texts, question, source, answers, leans):
    report = check([example(question=question, answers=answers, sources=(source,))], texts)
    assert (Kind.LEANS in [each.kind for each in report.findings]) is leans
    assert report.errors == 0


def test_so_few_questions_that_a_share_of_them_tells_little(texts):
    many = [example(str(number), f"Question {number} ?", (), ()) for number in range(93)]
    assert check(many, texts).findings == ()
    few = check(many[:-1], texts).findings
    assert [each.kind for each in few] == [Kind.TOO_FEW]
    assert (
        few[0].message
        == "the split 'dev' has 92 questions: a share of them may be off by 10 points either way; 93 make that 10"
    )
    assert check(many[:20], texts).findings[0].message.count("20 points") == 1


def test_judged_documents_need_only_be_there(texts):
    judged = example(answers=(), sources=("cordouan.txt",), grades={"cordouan.txt": 1})
    assert found(texts, judged) == []
    gone = example(answers=(), sources=("gone.txt",), grades={"gone.txt": 2})
    assert found(texts, gone) == [(Kind.GONE_DOCUMENT, "a", None)]


def test_findings_come_in_the_order_of_the_questions_with_their_lines(texts, tmp_path):
    path = tmp_path / "gold.jsonl"
    rows = [{"question": f"Question {name} ?", "answers": ["99"], "sources": ["cordouan.txt"]} for name in "abc"]
    path.write_text("# a comment\n\n" + "\n# another\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")
    examples = read_gold(path)
    report = check(examples, texts, line_numbers(path, examples))
    assert [report.lines[each.id] for each in report.findings if each.id] == [3, 5, 7]
    assert "line 5, " in report.told()
    told = json.loads(json.dumps(report.to_json()))
    assert [each["line"] for each in told["findings"]] == [3, 5, 7, None]
    assert (told["schema"], told["errors"], told["notices"]) == (1, 3, 1)
    assert {each["kind"] for each in told["findings"] if each["level"] == "error"} <= {str(kind) for kind in ERRORS}


def test_one_pass_finds_every_answer(texts):
    holding = texts.holding(["67 mètres", "68 mètres", "« 67 mètres »", "99"])
    assert list(holding.values()) == [("cordouan.txt",), ("planier.txt",), (), ()]
    assert texts.holding([]) == {}


def test_every_line_of_the_template_reads_once_its_mark_is_taken_away(tmp_path, make_folder):
    names = {"a.txt": "Un.\n", 'b "é".txt': "Deux.\n", "sub/c.txt": "Trois.\n", "d.txt": "Quatre.\n"}
    folder = make_folder(names)
    for place, articles in enumerate([folder, None]):
        path = tmp_path / f"{place}.jsonl"
        waiting = write_template(path, articles)
        lines = path.read_text("utf-8").splitlines()
        filled = [number for number, line in enumerate(lines) if line.startswith("# {")]
        assert len(filled) == waiting
        assert all(line.startswith("#") for line in lines)
        for number in filled:
            one = tmp_path / "one.jsonl"
            one.write_text(
                "\n".join([*lines[:number], lines[number].removeprefix("# "), *lines[number + 1 :]]), "utf-8"
            )
            (read,) = read_gold(one)
            assert read.language in ("fr", "en")
            assert set(read.sources) <= (names.keys() if articles else {"article.txt"})
        one.write_text("\n".join(line.removeprefix("# ") for line in lines if line.startswith("# {")), "utf-8")
        examples = read_gold(one)
        assert len(examples) == waiting
        assert {each.answerable for each in examples} == {True, False}
    # what was not filled in is found: no article holds the words that stand for an answer
    assert check(examples, Texts(folder)).errors > 0


def test_the_template_is_never_written_over_anything(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="is there already, and stays as it is: name another file"):
        write_template(path, None)
    assert path.read_text("utf-8") == "mine"
    with pytest.raises(UsageError, match=r"does not end in \.jsonl"):
        write_template(tmp_path / "gold.txt", None)
    with pytest.raises(UsageError, match="name a file in a folder that is there"):
        write_template(tmp_path / "no" / "gold.jsonl", None)
    with pytest.raises(FolderError):
        write_template(tmp_path / "new.jsonl", tmp_path / "no")
    assert not (tmp_path / "new.jsonl").exists()


def test_the_template_offers_both_languages_alike():
    rows = [json.loads(line) for line in skeletons(["a.txt"])]
    assert [row["language"] for row in rows] == ["fr", "en"] * 2
    assert len({row["id"] for row in rows}) == 4


def test_squad_is_checked_against_its_own_paragraphs(tmp_path):
    questions = [
        {
            "id": "1",
            "question": "Quelle est la hauteur du phare ?",
            "answers": [{"text": "67 mètres", "answer_start": 0}],
        },
        {"id": "2", "question": "Quelle est la hauteur du phare ?", "answers": [], "is_impossible": True},
    ]
    told = {"data": [{"title": "T", "paragraphs": [{"context": "Il mesure 67 mètres.", "qas": questions}]}]}
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(told), "utf-8")
    gold = open_gold(path)
    gold.write(tmp_path / "articles")
    assert found(Texts(tmp_path / "articles"), *gold.examples) == [(Kind.CONTRADICTION, "2", "1")]
    assert line_numbers(path, gold.examples) == {}


def test_the_gold_of_the_seeds_is_sound_over_both_its_splits():
    report = check(read_gold(ROOT / "tests" / "data" / "seeds_gold.jsonl"), Texts(ROOT / "seeds"))
    assert report.errors == 0, report.findings
    assert report.counts.single == 0  # every question in both languages
