"""Which other sources are set beside an answer, and what is said of them together."""

import numpy as np
import pytest
from readings import FakeIndex, reading

from qa.question import read_question
from qa.same_point import features_of, named, of_another_year, point
from qa.sources import OTHERS, candidates, cite
from qa.types import AnswerKind
from qa.weights import Linear, SamePoint, load_weights

WHEN = "Jusqu'à quand dure l'accord ?"
HOW_MUCH = "Combien vaut OpenAI ?"
WHO = "Qui dirige OpenAI ?"
# Alike if its score is at most 4 below the answer's, surely alike if at most 2 below.
BY_SCORE = SamePoint(Linear(("score_gap",), np.asarray([-1.0]), 3.0), listed=0.27, sure=0.73)


def told(question, *readings, model=BY_SCORE):
    citations, agreement = cite(FakeIndex(readings), read_question(question), readings, model)
    return [(each.source[0], each.quote) for each in citations], agreement.verdict


def until(year, score=10.0, document="a", **more):
    return reading(f"L’accord {document * 2} dure jusqu’en {year}", year, score, document, **more)


def test_other_sources_are_set_beside_the_answer():
    assert told(WHEN, until("2030"), until("2032", 9.0, "b")) == ([("a", "2030"), ("b", "2032")], "differ")
    assert told(WHEN, until("2030"), until("2030", 9.0, "b")) == ([("a", "2030"), ("b", "2030")], "agree")
    assert told(WHEN, until("2030")) == ([("a", "2030")], "single")


def test_of_those_less_sure_nothing_is_claimed():
    assert told(WHEN, until("2030"), until("2032", 7.0, "b")) == ([("a", "2030"), ("b", "2032")], "single")
    never = SamePoint(BY_SCORE.weights, BY_SCORE.listed, None)
    assert told(WHEN, until("2030"), until("2032", 9.9, "b"), model=never)[1] == "single"
    assert told(WHEN, until("2030"), until("2030", 7.0, "b"), model=never)[1] == "agree"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (until("2032", 9.0, "a"), "the same file"),
        (until("2032", 5.0, "b"), "far less likely"),
        (reading("jusqu’en 2032", None, 9.0, "b"), "no date found in it"),
        (reading("depuis six ans", "six ans", 9.0, "b"), "a span of time against a year"),
        (reading("dès janvier", "janvier", 9.0, "b"), "a month against a year"),
    ],
)
def test_what_cannot_be_set_beside_is_left_out(other, why):
    assert told(WHEN, until("2030"), other)[0] == [("a", "2030")], why


def test_the_likeliest_reading_of_each_file_counts_and_those_that_confirm_come_first():
    readings = [
        until("2030"),
        reading("depuis six ans", "six ans", 9.5, "b"),
        until("2032", 9.2, "b"),
        until("2035", 9.0, "b"),
        until("2030", 8.5, "c"),
    ]
    assert told(WHEN, *readings)[0] == [("a", "2030"), ("c", "2030"), ("b", "2032")]


def test_at_most_so_many_other_sources():
    readings = [until("2030", 10.0 - n / 10, letter) for n, letter in enumerate("abcdefg")]
    assert [source for source, _ in told(WHEN, *readings)[0]] == list("abcde")
    assert OTHERS == 4


def test_names_confirm_and_never_differ():
    best = reading("dirigée par Sam Altman", "Sam Altman")
    assert told(WHO, best, reading("avec Satya Nadella", "Satya Nadella", 9.0, "b"))[0] == [("a", "Sam Altman")]
    agreeing = reading("dit SAM ALTMAN", "SAM ALTMAN", 9.0, "b")
    assert told(WHO, best, agreeing) == ([("a", "Sam Altman"), ("b", "SAM ALTMAN")], "agree")


def test_money_of_another_currency_is_left_out():
    best = reading("vaut 260 milliards de dollars", "260 milliards de dollars")
    assert told(HOW_MUCH, best, reading("vaut 1 million d’euros", "1 million d’euros", 9.0, "b"))[1] == "single"
    assert told(HOW_MUCH, best, reading("vaut 13 milliards", "13 milliards", 9.0, "b"))[1] == "differ"


def test_a_whole_sentence_is_cited_alone():
    sentence = reading("La clause cesse à l'AGI.")
    assert told("Que dit la clause ?", sentence, reading("La clause tient.", None, 9.9, "b"))[0] == [
        ("a", "La clause cesse à l'AGI.")
    ]


COPIED = "Selon l’agence, le port a traité 42 tonnes de blé au cours du mois, et en attend plus."


def test_a_copy_is_told_and_counts_once():
    question = read_question("Combien de tonnes le port a-t-il traitées ?")
    readings = [
        reading(COPIED, "42"),
        reading(f"Reprise. {COPIED}", "42", 9.0, "b"),
        reading("Le port a vu passer 42 tonnes.", "42", 8.5, "c"),
    ]
    citations, agreement = cite(FakeIndex(readings), question, readings[:2], BY_SCORE)
    assert [each.copy_of for each in citations] == [None, 1]
    assert agreement.verdict == "single"
    citations, agreement = cite(FakeIndex(readings), question, readings, BY_SCORE)
    assert [each.copy_of for each in citations] == [None, 1, None]
    assert agreement.verdict == "agree"


def test_a_copy_that_changed_the_value_is_a_source_of_its_own():
    question = read_question("Combien de tonnes le port a-t-il traitées ?")
    readings = [reading(COPIED, "42"), reading(COPIED.replace("42", "45"), "45", 9.0, "b")]
    citations, agreement = cite(FakeIndex(readings), question, readings, BY_SCORE)
    assert [each.copy_of for each in citations] == [None, None]
    assert agreement.verdict == "differ"


def test_other_values_of_the_sentence_are_told():
    best = reading("Il détiendra 27 % du groupe, contre 32,5 % et 27% avant.", "27 %")
    (citation,), _ = cite(FakeIndex(), read_question("Quelle part ?"), [best], BY_SCORE)
    assert citation.beside == ("32,5 %",)
    (citation,), _ = cite(FakeIndex(), read_question(WHEN), [until("2030")], BY_SCORE)
    assert citation.beside == ()


def test_a_figure_of_another_year_answers_another_question():
    question = read_question("Combien a-t-il vendu en 2022 ?")
    index = FakeIndex()
    for text, other in (
        ("En 2023, il a vendu 3 lots.", True),
        ("En 2022, il a vendu 3 lots.", False),
        ("3 lots", False),
    ):
        assert of_another_year(question, point(index, question, reading(text, "3"))) is other
    best = reading("En 2022, il a vendu 5 lots.", "5")
    assert told(question.text, best, reading("En 2023, il a vendu 3 lots.", "3", 9.9, "b"))[1] == "single"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Combien Microsoft a-t-il investi dans OpenAI ?", ["microsoft", "openai"]),
        ("How much did Harlow Robotics raise?", ["harlow robotics"]),
        ("Who leads it?", []),
    ],
)
def test_the_names_of_a_question(text, names):
    assert named(read_question(text)) == names


def test_features_are_those_that_the_weights_want_and_all_finite():
    question = read_question(WHEN)
    readings = [until("2030"), until("2032", 9.0, "b"), reading("Il dure six ans", "six ans", 8.0, "c")]
    best = point(FakeIndex(), question, readings[0])
    ((_, features),) = candidates(FakeIndex(), question, best, readings[1:])
    assert set(load_weights().same_point.weights.names) <= set(features)
    assert all(np.isfinite(value) for value in features.values())
    assert features["ends"] == 1.0
    other = point(FakeIndex(), question, readings[1])
    assert features_of(question, other, other, [other])["same_value"] == 1.0
    assert question.kind is AnswerKind.DATE
