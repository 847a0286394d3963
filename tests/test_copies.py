"""Copies of one article: found by the runs of words they share."""

from hypothesis import given
from hypothesis import strategies as st

from qa.copies import copies

DISPATCH = (
    "Le port de Marsec a traité 42 millions de tonnes de marchandises en 2023. Le trafic de conteneurs du port a"
    " progressé de 6 % sur un an. La directrice du port attend une année 2024 stable."
)
OWN = "Marsec reste le premier port de la région, devant Lantal. Il a vu passer 42 millions de tonnes en 2023."


def test_a_dispatch_with_a_line_more_or_less_is_a_copy():
    assert copies([DISPATCH, f"(Agence) {DISPATCH}", OWN]) == [None, 0, None]
    assert copies([f"{DISPATCH} {OWN}", DISPATCH.rpartition(". ")[0]]) == [None, 0]
    assert copies([DISPATCH, DISPATCH.upper().replace(" ", "\u00a0")]) == [None, 0]


def test_a_copy_of_a_copy_is_one_of_the_first():
    assert copies([OWN, DISPATCH, DISPATCH, DISPATCH]) == [None, None, 1, 1]


def test_an_article_that_quotes_another_is_no_copy():
    quoting = f"« Le port de Marsec a traité 42 millions de tonnes », dit l’agence. {OWN} Les quais du nord ferment."
    assert copies([DISPATCH, quoting]) == [None, None]


def test_short_and_empty_texts():
    assert copies([]) == []
    assert copies(["", ""]) == [None, None]
    assert copies(["deux mots", "Deux mots", "trois mots"]) == [None, 0, None]


@given(st.lists(st.text(max_size=40), max_size=5))
def test_each_copy_names_one_before_it_that_is_none(texts):
    found = copies(texts)
    assert len(found) == len(texts)
    for place, first in enumerate(found):
        assert first is None or (first < place and found[first] is None)
