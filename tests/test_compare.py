"""Values brought to one form, and whether sources agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.compare import comparable, compare, normalise
from qa.types import AnswerKind

AMOUNT, SHARE, NUMBER = AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER
YEAR, DATE, NAME = AnswerKind.YEAR, AnswerKind.DATE, AnswerKind.NAME

EQUAL = [
    (
        AMOUNT,
        13e9,
        ["13 milliards de dollars", "13 milliards", "13\u202fmilliards", "$13 billion", "$13bn", "13,0 Md€"],
    ),
    (AMOUNT, 1.5e6, ["1,5 million", "$1.5m", "1 500 000 dollars", "1.500.000 euros", "1,500,000", "1,5 M€"]),
    (AMOUNT, 1e9, ["un milliard de dollars", "un milliard", "one billion dollars", "a billion", "1 000 millions"]),
    (AMOUNT, 1e5, ["cent mille euros", "100 000 euros", "hundred thousand"]),
    (AMOUNT, 2.5e11, ["deux cent cinquante milliards", "250 milliards de dollars"]),
    (SHARE, 27.0, ["27 %", "27%", "27\u00a0%", "27 percent", "vingt-sept pour cent", "twenty-seven per cent"]),
    (SHARE, 32.5, ["32,5 %", "32.5 percent"]),
    (SHARE, 50.0, ["la moitié", "half", "50 %", "moitié"]),
    (SHARE, 75.0, ["trois quarts", "three quarters", "75 %"]),
    (SHARE, 97.0, ["quatre-vingt-dix-sept pour cent", "ninety-seven percent"]),
    (NUMBER, 6.0, ["six", "6"]),
    (NUMBER, 1234.5, ["1 234,5", "1,234.5"]),
    (NUMBER, 305.0, ["three hundred and five", "trois cent cinq", "305"]),
    (NUMBER, 21.0, ["vingt et un", "vingt-et-un", "twenty-one"]),
    (DATE, "2024-05-12", ["12 mai 2024", "May 12, 2024", "2024-05-12", "12 May 2024"]),
    (DATE, "2024-05", ["mai 2024", "May 2024"]),
    (DATE, "end 2025", ["fin 2025", "d’ici fin 2025", "the end of 2025", "late 2025", "d'ici la fin de 2025"]),
    (DATE, "2030", ["2030", "d'ici 2030", "d’ici à 2030"]),
    (DATE, "--01", ["janvier", "January"]),
    (DATE, "6.0 years", ["six ans", "Six ans", "6 years", "six années"]),
    (DATE, "quelques weeks", ["quelques semaines"]),
    (DATE, "a few weeks", ["a few weeks"]),
    (YEAR, "2032", ["2032"]),
    (NAME, "satya nadella", ["Satya Nadella", "SATYA  NADELLA", "Satya\u00a0Nadella"]),
    (NAME, "l'ete", ["L’Été", "L'été"]),
]


@pytest.mark.parametrize(("kind", "form", "values"), EQUAL)
def test_one_value_written_in_many_ways(kind, form, values):
    assert {value: normalise(kind, value) for value in values} == dict.fromkeys(values, pytest.approx(form))


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        (AMOUNT, "1,5 milliard", "15 milliards"),
        (AMOUNT, "500 millions de dollars", "500 milliards de dollars"),
        (SHARE, "un tiers", "un quart"),
        (SHARE, "vingt-sept pour cent", "sept pour cent"),
        (SHARE, "27 %", "32,5 %"),
        (DATE, "fin 2025", "début 2025"),
        (DATE, "six ans", "six mois"),
        (DATE, "2030", "2032"),
        (NAME, "Oracle", "SoftBank"),
    ],
)
def test_values_that_differ(kind, left, right):
    assert normalise(kind, left) != normalise(kind, right)
    assert compare(kind, [left, right]).verdict == "differ"


def test_verdicts_and_groups_in_the_order_of_citations():
    def told(kind, *values):
        agreement = compare(kind, values)
        return agreement.verdict, [(group.value, group.citations) for group in agreement.groups]

    assert told(SHARE, "27 %") == ("single", [("27 %", (1,))])
    assert told(SHARE, "33 %", "33%") == ("agree", [("33 %", (1, 2))])
    assert told(YEAR, "2030", "2032", "2030") == ("differ", [("2030", (1, 3)), ("2032", (2,))])
    assert told(AMOUNT, "un milliard", "13 milliards", "1 milliard de dollars") == (
        "differ",
        [("un milliard", (1, 3)), ("13 milliards", (2,))],
    )
    assert told(AMOUNT) == ("single", [])


def test_dollars_are_no_euros_and_a_bare_figure_is_either():
    verdict = {
        values: compare(AMOUNT, values).verdict
        for values in [
            ("5 millions d'euros", "$5 million"),
            ("5 millions", "$5 million"),
            ("5 M€", "5 millions d'euros"),
        ]
    }
    assert list(verdict.values()) == ["differ", "agree", "agree"]
    groups = compare(AMOUNT, ["5 millions", "5 millions d'euros", "$5 million"]).groups
    assert [group.citations for group in groups] == [(1, 2), (3,)]


@pytest.mark.parametrize(
    ("kind", "left", "right", "told"),
    [
        (DATE, "2019", "six ans", False),
        (DATE, "2019", "janvier", False),
        (DATE, "2030", "fin 2025", True),
        (DATE, "six ans", "quelques semaines", True),
        (AMOUNT, "5 millions d'euros", "3 milliards de dollars", False),
        (AMOUNT, "5 millions", "3 milliards de dollars", True),
        (NUMBER, "3 nm", "200 millions", False),
        (NUMBER, "3 nm", "5 nm", True),
        (SHARE, "27 %", "33 %", True),
        (NAME, "Oracle", "SoftBank", False),
        (NAME, "Oracle", "ORACLE", True),
    ],
)
def test_only_like_is_set_beside_like(kind, left, right, told):
    assert comparable(kind, left, right) is told
    assert comparable(kind, right, left) is told


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(AnswerKind), st.lists(st.text(max_size=30), max_size=4))
def test_any_values_fall_into_groups_once(kind, values):
    agreement = compare(kind, values)
    cited = sorted(number for group in agreement.groups for number in group.citations)
    assert cited == list(range(1, len(values) + 1))
    assert (agreement.verdict == "differ") == (len(agreement.groups) > 1)


@given(st.sampled_from([AMOUNT, NUMBER]), st.integers(0, 10**12), st.sampled_from([" ", "\u00a0", "\u202f", ",", "."]))
def test_a_grouped_number_equals_the_plain_one(kind, number, separator):
    assert normalise(kind, f"{number:,}".replace(",", separator)) == normalise(kind, str(number)) == float(number)
