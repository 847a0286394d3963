"""The analyser: what counts as a term, in each language."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.tokens import ANALYSED, question_terms, terms


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("L’été, c'est l'Élysée qu'on visite", "fr", ["ete", "est", "elys", "visit"]),
        ("modèles modèle MODÈLES", "fr", ["model", "model", "model"]),
        ("jusqu’en 2030, aujourd'hui", "fr", ["2030", "aujourd", "hui"]),
        ("The companies' running costs aren't Microsoft's", "en", ["compani", "run", "cost", "aren", "microsoft"]),
        ("les modèles and the models", "und", ["les", "modeles", "and", "the", "models"]),
        (
            "3,5 % de 1.000.000 en 2025-05, GPT-4 et 3nm",
            "und",
            ["3,5", "de", "1.000.000", "en", "2025", "05", "gpt", "4", "et", "3", "nm"],
        ),
        ("œuvre Straße ﬁn", "und", ["oeuvre", "strasse", "fin"]),
        ("", "fr", []),
        ("… — ?!", "en", []),
    ],
)
def test_terms_by_hand(text: str, language: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


@pytest.mark.parametrize("language", ANALYSED)
def test_accents_may_stand_apart_from_their_letters(language: str) -> None:
    text = "L'été détient à Noël forêts, garçons, naïveté"
    assert terms(unicodedata.normalize("NFD", text), language) == terms(text, language)


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_both_apostrophes_part_an_elision(apostrophe: str) -> None:
    assert terms(f"d{apostrophe}Oracle, jusqu{apostrophe}à", "fr") == ["oracl"]


def test_question_words_say_nothing() -> None:
    assert terms("Combien, comment, pourquoi, quand, quel, quelle, où, lequel ?", "fr") == []
    assert terms("What, who, whose, which, when, where, why, how much, how many, does?", "en") == []


def test_small_words_of_the_questions_language_are_no_terms_in_any() -> None:
    assert question_terms("on what terms", "en", "fr") == ["term"]
    assert question_terms("Pour qui sont les notes ?", "fr", "en") == ["note"]
    assert question_terms("on", "fr", "en") == []
    assert question_terms("the deal", "und", "en") == ["deal"]


def test_each_term_of_a_question_counts_once() -> None:
    assert question_terms("modèle, modèles et Modèle", "fr", "fr") == ["model"]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from(ANALYSED))
def test_terms_hold_no_blanks_and_are_found_again_in_themselves(text: str, language: str) -> None:
    found = terms(text, language)
    assert all(term and not any(ch.isspace() for ch in term) for term in found)
    assert set(question_terms(text, language, language)) == set(found)
