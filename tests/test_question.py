"""Questions: the kind of answer that they ask for, and what cannot be asked."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import QuestionError
from qa.question import MAX_CHARS, fold, kind_of, read_question
from qa.types import AnswerKind

ASKED = {
    AnswerKind.AMOUNT: """
        Combien Microsoft a-t-il investi dans OpenAI ?
        combien vaut OpenAI
        Combien coûte Stargate ?
        Combien de milliards SoftBank a-t-il promis ?
        Combien d'argent Microsoft a-t-il mis dans OpenAI ?
        À combien est valorisée OpenAI ?
        Quel est le prix de Windsurf ?
        Quelle somme OpenAI risque-t-elle de perdre ?
        Quelle est la valorisation d’OpenAI ?
        Quel montant SoftBank doit-il verser ?
        Quelles sommes ont été investies ?
        Quel est le chiffre d'affaires d'OpenAI ?
        prix abonnement chatgpt plus
        OpenAI, ça vaut combien ?
        How much did Microsoft invest in OpenAI?
        how much money did Microsoft put into OpenAI
        What is the price of Windsurf?
        What was the total cost of Stargate?
        Which valuation did the company reach?
        What's OpenAI worth these days?
        Stargate price tag
        How many billions did SoftBank promise?
        How expensive is Stargate?
        How big was the investment?
    """,
    AnswerKind.SHARE: """
        Quelle part d'OpenAI revient à Microsoft ?
        Quelle est la part de Microsoft ?
        Quelle participation Microsoft détient-il ?
        Quel pourcentage du capital Microsoft possède-t-il ?
        Quel est le taux de partage ?
        Combien Microsoft détient-il du capital d'OpenAI ?
        What share of OpenAI does Microsoft hold?
        What is the stake of Microsoft?
        How big is Microsoft's stake in OpenAI?
        How big is Microsoft's slice of OpenAI?
        How much of OpenAI belongs to Microsoft?
        What percentage of its revenue does OpenAI hand over?
        What per cent of the shares would it get?
    """,
    AnswerKind.NUMBER: """
        Combien de salariés compte OpenAI ?
        Combien y a-t-il d'employés chez OpenAI ?
        Combien OpenAI a-t-elle de salariés ?
        Combien d'utilisateurs ChatGPT a-t-il par semaine ?
        Quel est le nombre de clients ?
        Quel âge a Sam Altman ?
        Quelle est la finesse de gravure ?
        Combien mesure la tour Eiffel ?
        Quelle est la hauteur de la tour Eiffel ?
        How tall is the Eiffel tower?
        What is the population of Paris?
        How many people work at OpenAI?
        How many partners does Stargate have?
        How old is Sam Altman?
    """,
    AnswerKind.YEAR: """
        En quelle année le partenariat a-t-il commencé ?
        De quelle année date le premier accord ?
        In what year did the partnership begin?
        Which year did Microsoft first invest?
        Who founded Microsoft, and in what year?
    """,
    AnswerKind.DATE: """
        Quand les puces d'OpenAI sont-elles attendues ?
        Jusqu'à quand Microsoft a-t-il accès aux modèles ?
        Depuis quand Microsoft soutient-il OpenAI ?
        Depuis combien de temps sont-ils partenaires ?
        Pendant combien d'années dure l'accord ?
        Combien dure l'accord ?
        À quelle date le contrat expire-t-il ?
        Quel mois Microsoft a-t-il assoupli le contrat ?
        When are OpenAI's chips expected?
        Until when does Microsoft get to use the models?
        By when will the chips be ready?
        How long has Microsoft been backing OpenAI?
        How many years does the deal last?
        Which month did Microsoft loosen its grip?
        What is the news, and when did it come?
    """,
    AnswerKind.NAME: """
        Qui dirige Microsoft ?
        Qui est-ce qui dirige Microsoft ?
        À qui appartient Windsurf ?
        Avec qui OpenAI construit-elle Stargate ?
        Dis-moi qui a fondé OpenAI
        Le patron de Microsoft, c'est qui ?
        Et qui a fondé Microsoft ?
        Quelle entreprise veut acheter Windsurf ?
        Quel journal a révélé l'affaire ?
        Quels sont les partenaires de Stargate ?
        Chez quels autres fournisseurs OpenAI peut-elle aller ?
        Quel est le nom du projet ?
        Comment s'appelle le fondateur d'OpenAI ?
        Où se trouve le premier centre ?
        Who runs Microsoft?
        With whom does OpenAI build Stargate?
        Whose cloud is OpenAI turning to?
        Which company makes the chips?
        Which Taiwanese chipmaker makes the chips?
        What newspaper broke the news?
        What is the name of the project?
        What is the capital of Australia?
        Name an AI rival that is a public benefit corporation
        Where is the first Stargate site?
    """,
    AnswerKind.OTHER: """
        Pourquoi Microsoft et OpenAI négocient-ils ?
        Comment Altman a-t-il réagi ?
        Que prévoit la clause AGI ?
        Qu'est-ce qui s'est passé en janvier ?
        Quelle est la clause qui permet à OpenAI de cesser le partage ?
        À quoi servent les seuils de calcul ?
        partenaires projet Stargate OpenAI
        Why is OpenAI building its own infrastructure?
        How did Altman hit back at Meta?
        What does the company plan?
        What is the company's strategy?
        What does the AGI clause say?
        What will the partners do next?
        OpenAI
    """,
}
CASES = [(line.strip(), kind) for kind, lines in ASKED.items() for line in lines.strip().splitlines()]


@pytest.mark.parametrize(("question", "kind"), CASES)
def test_a_question_asks_for_a_kind(question, kind):
    assert kind_of(question) is kind


@pytest.mark.parametrize("question", ["Qui dirige Microsoft ?", "Combien vaut OpenAI ?", "En quelle année ?"])
def test_case_accents_apostrophes_and_spaces_do_not_matter(question):
    written = (question.upper(), question.replace(" ?", "\u202f?"), question.replace("é", "e\u0301"), f"  {question}\n")
    assert {kind_of(one.strip()) for one in written} == {kind_of(question)}


@pytest.mark.parametrize(
    ("text", "folded"),
    [("L’Été\u00a0à  Noël", "l'ete a noel"), ("ÇA", "ca"), ("", ""), ("27\u202f%", "27 %"), ("Œuvre", "œuvre")],
)
def test_folding(text, folded):
    assert fold(text) == folded


def test_reading_keeps_the_words_and_finds_the_language():
    question = read_question("  Who runs Microsoft?\n", "q1")
    assert (question.id, question.text, question.language) == ("q1", "Who runs Microsoft?", "en")
    assert question.kind is AnswerKind.NAME
    assert read_question("Qui dirige Microsoft ?").language == "fr"


def test_a_language_given_is_taken():
    assert read_question("OpenAI", language="fr").language == "fr"
    assert read_question("OpenAI", language="en").language == "en"


def test_a_question_may_be_as_long_as_the_limit_and_no_longer():
    assert read_question("x" * MAX_CHARS).text == "x" * MAX_CHARS
    with pytest.raises(QuestionError, match=r"^the question has 2,001 characters, the most is 2,000: shorten it$"):
        read_question("x" * (MAX_CHARS + 1))


@pytest.mark.parametrize("broken", ["caf\udce9", "\ud83d of a pair"])
def test_half_a_character_is_refused_with_its_code(broken):
    code = r"\\ud(ce9|83d)"
    with pytest.raises(QuestionError, match=rf"^the question holds half a character \('{code}'\): type it again"):
        read_question(broken)


@pytest.mark.parametrize(
    "tail",
    ["-", "'", "- ", "a-", "a'", "which ", "quel est ", "combien ", "what the ", "qui ", "\u00a0", "d'", "de ", "é"],
)
@pytest.mark.parametrize("head", ["what ", "which ", "combien ", "quelle ", "how much "])
def test_no_question_takes_long(head, tail):
    question = (head + tail * MAX_CHARS)[:MAX_CHARS]
    began = time.process_time()
    kind_of(question)
    assert time.process_time() - began < 0.25  # hours, before steps were bounded; a few milliseconds now


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_kind(text):
    assert kind_of(text) in AnswerKind
