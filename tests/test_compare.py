"""Whether sources agree: groups of one value, and what is said of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.compare import Given, compare
from qa.types import AnswerKind
from qa.values import read_value

AMOUNT, SHARE, YEAR, NAME = AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.YEAR, AnswerKind.NAME


def given_of(kind, *told):
    """Return what citations of different documents give: values, or values with what else is known of them."""
    pairs = [(each, {}) if isinstance(each, str) else each for each in told]
    return [Given(read_value(kind, value), **{"document": str(n), **more}) for n, (value, more) in enumerate(pairs)]


def told(kind, *values):
    agreement = compare(kind, given_of(kind, *values))
    return agreement.verdict, [(group.value, group.citations) for group in agreement.groups]


def test_verdicts_and_groups():
    assert told(SHARE, "27 %") == ("single", [("27 %", (1,))])
    assert told(SHARE, "33 %", "33%") == ("agree", [("33 %", (1, 2))])
    assert told(YEAR, "2030", "2032", "2030") == ("differ", [("2030", (1, 3)), ("2032", (2,))])
    assert told(AMOUNT, "un milliard", "13 milliards", "1 milliard de dollars") == (
        "differ",
        [("un milliard", (1, 3)), ("13 milliards", (2,))],
    )
    assert told(AMOUNT) == ("single", [])


def test_values_that_can_all_be_true_agree_each_in_its_own_words():
    over = Given(read_value(AMOUNT, "plus de 13 milliards", 8, 20), "a")
    plain = Given(read_value(AMOUNT, "13 milliards"), "b")
    agreement = compare(AMOUNT, [over, plain])
    assert agreement.verdict == "agree"
    assert [group.value for group in agreement.groups] == ["plus de 13 milliards", "13 milliards"]


def test_dollars_are_no_euros_and_a_bare_figure_is_either():
    assert told(AMOUNT, "5 millions", "$5 million")[0] == "agree"
    assert told(AMOUNT, "5 M€", "5 millions d'euros")[0] == "agree"
    groups = told(AMOUNT, "5 millions", "5 millions d'euros", "$5 million")[1]
    assert [citations for _, citations in groups] == [(1, 2), (3,)]


def test_groups_stand_newest_first_and_undated_last():
    dated = [("33 %", {}), ("27 %", {"date": "2025-05"}), ("30 %", {"date": "2025"}), ("27 %", {"date": "2025-10-28"})]
    groups = compare(SHARE, given_of(SHARE, *dated)).groups
    assert [(group.value, group.citations, group.date) for group in groups] == [
        ("27 %", (4, 2), "2025-10-28"),
        ("30 %", (3,), "2025"),
        ("33 %", (1,), None),
    ]


def test_names_never_differ():
    assert told(NAME, "Sam Altman", "Satya Nadella")[0] == "single"
    assert told(NAME, "Sam Altman", "SAM  ALTMAN")[0] == "agree"
    assert told(AnswerKind.OTHER, "12 %", "13 %")[0] == "single"


def test_a_value_that_is_not_surely_on_the_point_is_another_source_and_no_more():
    assert told(SHARE, "27 %", ("33 %", {"sure": False}))[0] == "single"
    assert told(SHARE, "27 %", "27 %", ("33 %", {"sure": False}))[0] == "single"
    assert told(SHARE, "27 %", ("27 %", {"sure": False}))[0] == "agree"


def test_copies_count_once():
    assert told(SHARE, "27 %", ("27 %", {"copy": True}))[0] == "single"
    assert told(SHARE, "27 %", ("27 %", {"copy": True}), "27 %")[0] == "agree"
    assert told(SHARE, "27 %", ("27 %", {"copy": True}), "33 %")[0] == "differ"


def test_one_document_does_not_differ_from_itself():
    assert told(SHARE, ("27 %", {"document": "a"}), ("33 %", {"document": "a"}))[0] == "single"


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(AnswerKind),
    st.lists(st.tuples(st.text(max_size=30), st.sampled_from([None, "2024", "2025-01"]), st.booleans()), max_size=4),
)
def test_any_values_fall_into_groups_once(kind, values):
    many = [(value, {"date": date, "sure": sure}) for value, date, sure in values]
    agreement = compare(kind, given_of(kind, *many))
    assert sorted(number for group in agreement.groups for number in group.citations) == list(range(1, len(values) + 1))
    assert agreement.verdict != "differ" or len(agreement.groups) > 1
    dates = [group.date or "" for group in agreement.groups]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("kind", AnswerKind)
def test_nothing_given_is_single(kind):
    assert told(kind) == ("single", [])
