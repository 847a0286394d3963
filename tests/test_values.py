"""Values: one form for the many ways of writing one, and what the words around a span make of it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.spans import find_spans
from qa.types import AnswerKind
from qa.values import comparable, compatible, read_value, same

AMOUNT, SHARE, NUMBER = AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER
YEAR, DATE, NAME = AnswerKind.YEAR, AnswerKind.DATE, AnswerKind.NAME

EQUAL = [
    (
        AMOUNT,
        ["13 milliards de dollars", "13 milliards", "13\u202fmilliards", "$13 billion", "$13bn", "13,0 Md€"],
    ),
    (AMOUNT, ["1,5 million", "$1.5m", "1 500 000 dollars", "1.500.000 euros", "1,500,000", "1,5 M€"]),
    (AMOUNT, ["un milliard de dollars", "un milliard", "one billion dollars", "a billion", "1 000 millions"]),
    (AMOUNT, ["cent mille euros", "100 000 euros", "hundred thousand"]),
    (AMOUNT, ["deux cent cinquante milliards", "250 milliards de dollars"]),
    (SHARE, ["27 %", "27%", "27\u00a0%", "27 percent", "vingt-sept pour cent", "twenty-seven per cent"]),
    (SHARE, ["32,5 %", "32.5 percent"]),
    (SHARE, ["la moitié", "half", "50 %", "moitié"]),
    (SHARE, ["trois quarts", "three quarters", "75 %"]),
    (SHARE, ["quatre-vingt-dix-sept pour cent", "ninety-seven percent"]),
    (NUMBER, ["six", "6"]),
    (NUMBER, ["1 234,5", "1,234.5"]),
    (NUMBER, ["three hundred and five", "trois cent cinq", "305"]),
    (NUMBER, ["vingt et un", "vingt-et-un", "twenty-one"]),
    (DATE, ["12 mai 2024", "May 12, 2024", "2024-05-12", "12 May 2024"]),
    (DATE, ["mai 2024", "May 2024"]),
    (DATE, ["fin 2025", "d’ici fin 2025", "the end of 2025", "late 2025", "d'ici la fin de 2025"]),
    (DATE, ["2030", "d'ici 2030", "d’ici à 2030"]),
    (DATE, ["janvier", "January"]),
    (DATE, ["six ans", "Six ans", "6 years", "six années"]),
    (DATE, ["quelques semaines"]),
    (DATE, ["a few weeks"]),
    (YEAR, ["2032"]),
    (NAME, ["Satya Nadella", "SATYA  NADELLA", "Satya\u00a0Nadella"]),
    (NAME, ["L’Été", "L'été"]),
]


@pytest.mark.parametrize(("kind", "values"), EQUAL)
def test_one_value_written_in_many_ways(kind, values):
    first, *others = (read_value(kind, value) for value in values)
    for other in others:
        assert same(replace(first, currency=None), other), other.words
        assert same(other, replace(first, currency=None))


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        (AMOUNT, "1,5 milliard", "15 milliards"),
        (AMOUNT, "500 millions de dollars", "500 milliards de dollars"),
        (AMOUNT, "5 millions d'euros", "$5 million"),
        (SHARE, "un tiers", "un quart"),
        (SHARE, "vingt-sept pour cent", "sept pour cent"),
        (SHARE, "32,5 %", "33 %"),
        (DATE, "fin 2025", "début 2025"),
        (DATE, "six ans", "six mois"),
        (DATE, "mars 2025", "mai 2025"),
        (DATE, "2030", "2032"),
        (NAME, "Oracle", "SoftBank"),
        (NAME, "Google", "Google Cloud"),
    ],
)
def test_values_that_differ(kind, left, right):
    left, right = read_value(kind, left), read_value(kind, right)
    assert not same(left, right)
    assert not compatible(left, right)


# A sentence, its span, the words that are then shown, and figures or dates that go with it or do not.
IN_A_SENTENCE = [
    (
        AMOUNT,
        "Depuis, plus de 13 milliards ont été injectés.",
        "plus de 13 milliards",
        ["13 milliards"],
        ["12 milliards"],
    ),
    (AMOUNT, "plus de 13 milliards", "plus de 13 milliards", ["14 milliards"], ["40 milliards"]),
    (AMOUNT, "perdre près de 20 milliards de dollars", "20 milliards de dollars", ["20,5 milliards"], ["40 milliards"]),
    (AMOUNT, "nearly $20 billion", "$20 billion", ["$19.5 billion"], ["$25 billion"]),
    (AMOUNT, "at least 13bn", "at least 13bn", ["13 milliards"], ["11 milliards"]),
    (AMOUNT, "jusqu'à 100 millions", "jusqu'à 100 millions", ["95 millions"], ["110 millions"]),
    (
        AMOUNT,
        "entre 10 et 12 milliards d'euros",
        "entre 10 et 12 milliards d'euros",
        ["11 milliards"],
        ["15 milliards"],
    ),
    (AMOUNT, "12 à 13 milliards", "12 à 13 milliards", ["12 milliards"], ["14 milliards"]),
    (
        AMOUNT,
        "between $10 billion and $12 billion",
        "between $10 billion and $12 billion",
        ["$10 billion"],
        ["$9 billion"],
    ),
    (AMOUNT, "$10-12 billion", "$10-12 billion", ["$11 billion"], ["$13 billion"]),
    (AMOUNT, "de 900 000 à 1,2 million d'euros", "de 900 000 à 1,2 million d'euros", ["1 million"], ["2 millions"]),
    (AMOUNT, "passé de 10 à 12 milliards", "12 milliards", ["12 milliards"], ["11 milliards"]),
    (AMOUNT, "rose from 10 to 12 billion", "12 billion", ["12 billion"], ["11 billion"]),
    (SHARE, "entre 27 et 30 % du capital", "entre 27 et 30 %", ["28 %"], ["33 %"]),
    (SHARE, "un tiers des voix", "un tiers", ["33 %", "33,3 %"], ["40 %"]),
    (NUMBER, "plus de 150 loups", "plus de 150", ["150", "160"], ["120"]),
    (DATE, "l'accès jusqu’en 2030… et au-delà.", "2030… et au-delà", ["2032"], ["2030"]),
    (DATE, "au-delà de l'échéance actuelle de 2030", "au-delà de l'échéance actuelle de 2030", ["2032"], ["2030"]),
    (DATE, "beyond 2030", "beyond 2030", ["2032"], ["2029"]),
    (YEAR, "la période 2030-2032", "2030-2032", ["2031"], ["2033"]),
    (DATE, "entre 2030 et 2032", "entre 2030 et 2032", ["2031"], ["2033"]),
    (DATE, "le 12 juillet 2024", "12 juillet 2024", ["12 juillet", "juillet 2024", "2024"], ["13 juillet", "2023"]),
    (DATE, "fin 2025", "fin 2025", ["décembre 2025", "2025"], ["mars 2025"]),
    (DATE, "deux ans", "deux ans", ["24 mois"], ["trois ans"]),
]


@pytest.mark.parametrize(("kind", "sentence", "words", "fitting", "other"), IN_A_SENTENCE)
def test_the_words_around_a_span_belong_to_the_value(kind, sentence, words, fitting, other):
    read = [read_value(kind, sentence, *span) for span in find_spans(sentence, kind)]
    assert read
    assert read[-1].words == words
    for value in fitting:
        assert compatible(read[-1], read_value(kind, value)), value
        assert compatible(read_value(kind, value), read[-1]), value
    for value in other:
        assert not compatible(read[-1], read_value(kind, value)), value


def test_beyond_is_a_value_of_its_own_and_about_is_none():
    beyond, since = (read_value(DATE, text, at, at + 4) for text, at in (("beyond 2030", 7), ("dès 2030", 4)))
    assert not same(beyond, since)
    assert same(read_value(NUMBER, "près de 13 000 visiteurs", 8, 14), read_value(NUMBER, "13 000"))
    assert not same(read_value(NUMBER, "plus de 13 000", 8, 14), read_value(NUMBER, "13 000"))


@pytest.mark.parametrize(
    ("kind", "left", "right", "told"),
    [
        (DATE, "2019", "six ans", False),
        (DATE, "2019", "janvier", False),
        (DATE, "12 juillet 2024", "12 juillet", True),
        (DATE, "2030", "fin 2025", True),
        (DATE, "six ans", "quelques semaines", False),
        (DATE, "six ans", "neuf mois", True),
        (AMOUNT, "5 millions d'euros", "3 milliards de dollars", False),
        (AMOUNT, "5 millions", "3 milliards de dollars", True),
        (NUMBER, "3 nm", "200 millions", False),
        (NUMBER, "3 nm", "5 nm", True),
        (NUMBER, "60 kilomètres", "75 kilometres", True),
        (SHARE, "27 %", "33 %", True),
        (NAME, "Oracle", "SoftBank", False),
        (NAME, "Oracle", "ORACLE", True),
        (NAME, "Sam Altman", "PDG Sam Altman", True),
    ],
)
def test_only_like_is_set_beside_like(kind, left, right, told):
    left, right = read_value(kind, left), read_value(kind, right)
    assert comparable(left, right) is told
    assert comparable(right, left) is told


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(AnswerKind), st.text(max_size=60), st.data())
def test_any_span_of_any_text_has_a_value_that_is_itself(kind, text, data):
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    value = read_value(kind, text, start, end)
    assert same(value, value)
    assert compatible(value, value)
    assert value.words in text
    assert text[start:end] in value.words


@given(st.sampled_from([AMOUNT, NUMBER]), st.integers(0, 10**12), st.sampled_from([" ", "\u00a0", "\u202f", ",", "."]))
def test_a_grouped_number_equals_the_plain_one(kind, number, separator):
    grouped = read_value(kind, f"{number:,}".replace(",", separator))
    assert same(grouped, read_value(kind, str(number)))
    assert grouped.low == grouped.high == number
