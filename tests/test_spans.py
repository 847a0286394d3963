"""Spans: amounts, shares, numbers, dates and names, cut out of a sentence word for word."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.spans import find_spans
from qa.types import AnswerKind

AMOUNT, SHARE, NUMBER = AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER
YEAR, DATE, NAME, OTHER = AnswerKind.YEAR, AnswerKind.DATE, AnswerKind.NAME, AnswerKind.OTHER
NB, THIN = "\u00a0", "\u202f"

CASES = [
    (AMOUNT, "un engagement de 250 milliards de dollars sur plusieurs années", ["250 milliards de dollars"]),
    (AMOUNT, "misait un milliard de dollars sur", ["un milliard de dollars"]),
    (AMOUNT, "avait investi un milliard pour soutenir", ["un milliard"]),
    (AMOUNT, "Depuis, plus de 13 milliards ont été injectés.", ["13 milliards"]),
    (AMOUNT, "worth $500 million, then $1.5bn and $5m", ["$500 million", "$1.5bn", "$5m"]),
    (AMOUNT, "a US$ 500 million deal", ["US$ 500 million"]),
    (AMOUNT, "one billion dollars", ["one billion dollars"]),
    (AMOUNT, f"3{NB}000{NB}euros et 40 millions d’euros", [f"3{NB}000{NB}euros", "40 millions d’euros"]),
    (AMOUNT, "1 234 567,89 euros", ["1 234 567,89 euros"]),
    (AMOUNT, "cent mille euros, 5 M€, 500 $, £3,000", ["cent mille euros", "5 M€", "500 $", "£3,000"]),
    (AMOUNT, "20 millions de dollars canadiens", ["20 millions de dollars canadiens"]),
    (AMOUNT, "300 dollars américains", ["300 dollars américains"]),
    (AMOUNT, "27 eurosceptiques, 12 francs-tireurs", ["12 francs"]),  # a hyphen parts words
    (AMOUNT, "Il a M. Dupont ; I am an MD; amillion ; 2019", []),
    (SHARE, f"détiendra 27{NB}% du groupe", [f"27{NB}%"]),
    (SHARE, f"l’ancienne participation de 32,5{THIN}%.", [f"32,5{THIN}%"]),
    (
        SHARE,
        "33% des parts, 5 percent, dix pour cent, 12.5 per cent",
        ["33%", "5 percent", "dix pour cent", "12.5 per cent"],
    ),
    (
        SHARE,
        "la moitié, deux tiers du capital, one third, half of it",
        ["la moitié", "deux tiers", "one third", "half"],
    ),
    (SHARE, "au moins , moitié", ["moitié"]),
    (SHARE, "la sixième pour centrale, 27 dollars", []),
    (NUMBER, "fabriquées par TSMC en 3 nm", ["3 nm"]),
    (NUMBER, "12 300 personnes dans 5 pays", ["12 300", "5"]),
    (NUMBER, "vingt-sept modèles, quarante et un sites", ["vingt-sept", "quarante et un"]),
    (NUMBER, "three hundred and five people, twenty-one sites", ["three hundred and five", "twenty-one"]),
    (NUMBER, "200 millions d'utilisateurs", ["200 millions"]),
    (NUMBER, "le sixième centre, dixit le centre, en septembre, A100, 27.5x", []),
    (NUMBER, "version 3.5.1 à l'adresse 192.168.1.1", []),
    (NUMBER, "en 2019", []),
    (NUMBER, "1500 milliards", ["1500 milliards"]),
    (YEAR, "En 2019, jusqu’en 2032.", ["2019", "2032"]),
    (YEAR, "20199 x2019 2019e", []),
    (DATE, "fabriquées d’ici fin 2025.", ["d’ici fin 2025"]),
    (DATE, "d'ici à 2030, d'ici la fin de 2025", ["d'ici à 2030", "d'ici la fin de 2025"]),
    (DATE, "le 12 mai 2024 ou le 1er janvier", ["12 mai 2024", "1er janvier"]),
    (DATE, "on May 12, 2024, and 3 June 2025", ["May 12, 2024", "3 June 2025"]),
    (DATE, "en mai 2024, fin mai, mi-2026, 2024-05-12", ["mai 2024", "fin mai", "mi-2026", "2024-05-12"]),
    (DATE, "late 2025, the end of 2026", ["late 2025", "the end of 2026"]),
    (DATE, "en janvier, in January", ["janvier", "January"]),
    (DATE, "Six ans plus tard, cinq mois, a few weeks", ["Six ans", "cinq mois", "a few weeks"]),
    (DATE, f"il y a 6{NB}ans", [f"6{NB}ans"]),
    (DATE, "it may march on; les marches ; sept milliards ; Mar-a-Lago", []),
    (NAME, "Le géant de Satya Nadella", ["Satya Nadella"]),
    (NAME, "27 % du OpenAI Group PBC, valorisé", ["OpenAI Group PBC"]),
    (NAME, "la réorganisation d'OpenAI, l’AGI et qu’Oracle", ["OpenAI", "Oracle"]),
    (NAME, "L’ONU change tout", ["ONU"]),
    (NAME, "Selon le Wall Street Journal", ["Wall Street Journal"]),
    (NAME, "Aujourd’hui OpenAI et Jean-Pierre Dupont", ["OpenAI", "Jean-Pierre Dupont"]),
    (NAME, "Microsoft’s chief, Microsoft's Satya Nadella", ["Microsoft", "Microsoft", "Satya Nadella"]),
    (NAME, "comme Anthropic ou xAI, GPT-4, Mac4Ever", ["Anthropic", "xAI", "GPT-4", "Mac4Ever"]),
    (NAME, "Bank of America, J. K. Rowling, M. Dupont", ["Bank of America", "J. K. Rowling", "M. Dupont"]),
    (NAME, "the U.S. Senate", ["U.S. Senate"]),
    (NAME, "O’Brien et Émile Œuvrard", ["O’Brien", "Émile Œuvrard"]),
    (NAME, "Se\u0301bastien Le\u0301vy arrive", ["Se\u0301bastien Le\u0301vy"]),
    (NAME, "iPhone 15 mais Microsoft 32,5 %", ["iPhone 15", "Microsoft"]),
    (NAME, "déjàVu, il dit, 2019, 27", []),
    (OTHER, "En 2019, Microsoft misait un milliard de dollars", []),
]


def cut(sentence, kind):
    return [sentence[start:end] for start, end in find_spans(sentence, kind)]


@pytest.mark.parametrize(("kind", "sentence", "spans"), CASES)
def test_by_hand(kind, sentence, spans):
    assert cut(sentence, kind) == spans


ALPHABET = (
    *"aZé7 0.,'’-%$€&\u00a0\u202f\u0301_\n\t",
    *("mille ", "deux ", "et un", "un ", "milliards ", "de ", "dollars", "2019", "mai ", "May ", "fin ", "d'ici "),
    *("Microsoft", "Le ", "L’", "’s", "ans", "pour cent", "nm", "bn", "M. ", "000", "1er ", "tiers", "half"),
)
TEXTS = st.lists(st.sampled_from(ALPHABET), max_size=30).map("".join) | st.text(max_size=80)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from(AnswerKind))
def test_spans_are_whole_words_in_order(text, kind):
    position = 0
    for start, end in find_spans(text, kind):
        assert position <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        assert not (start and is_word(text[start - 1]) and is_word(text[start]))
        assert not (end < len(text) and is_word(text[end - 1]) and is_word(text[end]))
        inside_a_number = start >= 2 and text[start - 2].isdigit() and text[start - 1] in ".,"
        assert not (inside_a_number and text[start].isdigit())
        position = end


def is_word(ch):
    return ch.isalnum() or ch == "_"


PIECES = [
    "111,",
    "deux ",
    "Le ",
    "a",
    "1",
    "A-",
    "aA",
    "A ",
    "A.",
    "deux-et-",
    "d'ici ",
    " ",
    "1 ",
    "1.",
    "A'",
    "A de ",
    "€",
]


@pytest.mark.parametrize("kind", [kind for kind in AnswerKind if kind is not OTHER])
def test_time_is_linear(kind):
    """No piece, said over and over, takes long: some took the square of their length."""
    for piece in PIECES:
        text = piece * (40_000 // len(piece))
        began = time.process_time()
        find_spans(text, kind)
        assert time.process_time() - began < 1.0, piece  # a tenth of that, on a slow core


@pytest.mark.parametrize("sentence", ["Elle prépare une entrée en Bourse.", "Ses puces d’IA.", "The CEO spoke of AI."])
def test_an_abbreviation_alone_names_nobody(sentence):
    assert find_spans(sentence, AnswerKind.NAME) == []
    assert find_spans(f"{sentence[:-1]} OpenAI.", AnswerKind.NAME) != []
