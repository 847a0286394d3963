"""Answers: what they may quote, how sure they must be, and which other sources they are compared with."""

from dataclasses import replace
from pathlib import Path

import pytest
from readings import reading

from index.documents import read_document
from qa.answer import abstain, confidence_of, evidence_of
from qa.gold import read_gold
from qa.question import read_question, wants_sentence
from qa.read import READ, read
from qa.retrieve import RERANKED, question_words, retrieve
from qa.types import AnswerKind, Reason
from qa.weights import load_weights

GOLD = Path(__file__).parent / "data" / "seeds_gold.jsonl"
# Words of headings, of the comment form, of the call to readers, and of what stands right beside them.
TEMPTING = """
    Laisser un commentaire
    Ce site utilise Akismet pour réduire les indésirables ?
    Comment les données de vos commentaires sont-elles traitées ?
    How does this site use Akismet to reduce spam?
    Selon vous, OpenAI a-t-elle raison de vouloir reprendre le contrôle face à Microsoft ?
    Dites-nous ce que vous en pensez
    Un partenariat rediscuté dans un contexte de changement ?
    Un rapport de force et des relations complexes ?
    Azure reste le pilier mais les frontières s'ouvrent ?
    Une clause d’indépendance algorithmique pour Microsoft ?
    Un partenariat sous stéroïdes économiques
    Le contrat Azure, l’enjeu de tous les conflits ?
    Une diversification stratégique sans Microsoft ?
    L’AGI, la clause qui pourrait tout faire exploser ?
    OpenAI n’attend plus l’autorisation, elle agit ?
    Microsoft s’accroche, mais OpenAI explore d’autres options
    Microsoft et OpenAI renégocient leur partenariat historique autour de l'IA ?
    OpenAI et Microsoft : Vers une Rupture Épique aux Enjeux Colossaux ?
    Microsoft et OpenAI redéfinissent profondément leur pacte ?
    date 2025-05
    Quelle est la date de l'article ?
""".strip().splitlines()
PLAIN = """
    Quelle part d'OpenAI revient à Microsoft ?
    Combien Microsoft a-t-il investi dans OpenAI ?
    Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?
    Combien coûte Stargate ?
    Qui a fondé OpenAI ?
    Quand Microsoft a-t-il assoupli son emprise ?
    À combien est valorisée OpenAI ?
    How much does Stargate cost?
    Until when does Microsoft get to use OpenAI's technology?
    How much did SoftBank promise?
    Who founded OpenAI?
    What did Microsoft invest in 2019?
""".strip().splitlines()


def overlaps(span, ranges):
    return [each for each in ranges if each[0] < span[1] and span[0] < each[1]]


@pytest.fixture(scope="module")
def answered(seeds_session):
    """Answers to many questions: tempting ones, plain ones, and those of gold to choose by."""
    gold = [example.question for example in read_gold(GOLD) if example.split == "dev"]
    asked = [line.strip() for line in (*TEMPTING, *PLAIN)] + gold
    return [seeds_session.ask(text) for text in asked]


@pytest.fixture(scope="module")
def documents(seeds_session):
    folder = seeds_session.index.folder
    return {path.name: read_document(folder, path.name) for path in sorted(folder.glob("*.txt"))}


def test_enough_is_answered_to_tell_something(answered):
    assert sum(not answer.abstained for answer in answered) > len(answered) // 5
    assert sum(len(answer.citations) > 1 for answer in answered) > 5
    assert {"agree", "differ", "single"} == {answer.agreement.verdict for answer in answered if answer.agreement}


def test_every_quote_is_the_file_s_text_there(answered, documents, seeds_session):
    for answer in answered:
        for citation in answer.citations:
            data = (seeds_session.index.folder / citation.source).read_bytes()
            text = data.decode("utf-8")
            start, end, sentence = citation.sentence
            assert text[citation.start : citation.end] == citation.quote != ""
            assert text[start:end] == sentence
            assert start <= citation.start < citation.end <= end
            assert citation.line == 1 + text.count("\n", 0, citation.start)
            document = documents[citation.source]
            assert (citation.title, citation.date) == (document.title, document.date)
            assert (citation.sha256, citation.extraction) == (document.sha256, document.extraction)


def test_neither_headings_nor_furniture_nor_questions_are_quoted(answered, documents):
    assert sum(map(bool, (document.left_out for document in documents.values()))) >= 3
    assert sum(len(document.headings) for document in documents.values()) >= 14
    for answer in answered:
        for citation in answer.citations:
            document, sentence = documents[citation.source], citation.sentence
            assert not overlaps(sentence[:2], document.left_out), answer.question.text
            assert not overlaps(sentence[:2], document.headings), answer.question.text
            assert not sentence[2].rstrip().endswith("?"), answer.question.text


def test_an_answer_is_its_first_citation_and_each_cites_another_file(answered):
    for answer in answered:
        if answer.abstained:
            assert answer.citations == ()
            assert answer.agreement is None
            continue
        assert answer.text == answer.citations[0].quote
        assert answer.reason is None
        assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
        assert len({citation.source for citation in answer.citations}) == len(answer.citations) <= 5
        numbers = sorted(number for group in answer.agreement.groups for number in group.citations)
        assert numbers == [citation.number for citation in answer.citations]


def test_what_was_asked_for_is_given_or_the_answer_is_a_sentence(answered):
    for answer in answered:
        if answer.abstained:
            continue
        whole_sentence = answer.text == answer.citations[0].sentence[2]
        if wants_sentence(answer.question.text):
            assert whole_sentence
        if answer.question.kind in (AnswerKind.DATE, AnswerKind.YEAR):
            assert not whole_sentence


def test_confidence_is_a_probability_above_the_threshold_when_answered(answered):
    weights = load_weights()
    for answer in answered:
        assert 0 <= answer.confidence <= 1
        if not answer.abstained:
            assert answer.confidence >= weights.threshold(answer.question.kind)


WHEN = "Jusqu'à quand dure l'accord ?"
HOW_MUCH = "Combien vaut OpenAI ?"
WHO = "Qui dirige OpenAI ?"


WEIGHTS = load_weights()


def reason(question, best, confidence=0.9, language=None):
    return abstain(read_question(question, language=language), [best] if best else [], confidence, WEIGHTS)


def test_why_not_to_answer():
    good = reading("jusqu’en 2030", "2030")
    assert reason(WHEN, good) is None
    assert reason(WHEN, None) is Reason.NO_MATCH
    far = reading("jusqu’en 2030", "2030", late=0.2, late_around=0.1)
    assert reason(WHEN, far, confidence=0.01) is Reason.NO_MATCH
    assert reason(WHEN, far) is None  # what is sure is said
    assert reason(WHEN, good, confidence=WEIGHTS.threshold(read_question(WHEN).kind) - 0.01) is Reason.LOW_CONFIDENCE
    assert reason(WHEN, good, language="und") is Reason.LOW_CONFIDENCE


@pytest.mark.parametrize(
    ("question", "sentence", "told"),
    [
        (WHEN, "L’accord dure.", Reason.LOW_CONFIDENCE),
        (WHEN, "L’accord vaut 12 dollars.", Reason.LOW_CONFIDENCE),
        ("En quelle année ?", "L’accord dure.", Reason.LOW_CONFIDENCE),
        (HOW_MUCH, "OpenAI vaut beaucoup.", Reason.LOW_CONFIDENCE),
        (HOW_MUCH, "OpenAI vaut 260 fois plus.", None),
        ("Que dit la clause ?", "La clause cesse.", None),
        (WHO, "La dirigeante est inconnue.", None),
    ],
)
def test_a_sentence_without_the_figure_asked_for_is_no_answer(question, sentence, told):
    assert reason(question, reading(sentence)) is told


QUESTION = read_question(WHEN)


def test_the_lead_is_over_the_next_other_value():
    best = reading("jusqu’en 2030", "2030", 10.0)
    same, other = reading("dès 2030", "2030", 9.5, "b"), reading("en 2032", "2032", 9.0, "c")
    assert evidence_of(QUESTION, [best, same, other])["lead"] == 1.0
    assert evidence_of(QUESTION, [best, same])["lead"] == 3.0  # all agree
    assert evidence_of(QUESTION, [best, replace(other, score=1.0)])["lead"] == 3.0
    assert evidence_of(QUESTION, [best])["lead"] == 0.0  # alone: nothing to lead over


def test_a_larger_lead_never_makes_less_sure():
    best = reading("jusqu’en 2030", "2030", 10.0)
    confidences = [
        confidence_of(QUESTION, [best, reading("en 2032", "2032", score)], WEIGHTS) for score in (10, 9, 8, 7, 0)
    ]
    assert confidences == sorted(confidences)


def test_readings_stand_in_their_passages_best_first(seeds_session):
    for text in PLAIN:
        question = read_question(text.strip())
        words = question_words(question)
        hits = retrieve(seeds_session.index, question, words, WEIGHTS.retrieval, RERANKED)
        readings = read(seeds_session.index, question, words, hits, WEIGHTS, seeds_session.reader)
        assert len(readings) > READ
        assert readings == sorted(readings, key=lambda each: -each.score)
        for each in readings:
            passage = each.hit.passage
            assert passage.start <= each.sentence.start <= each.span.start
            assert each.span.end <= each.sentence.end <= passage.end
            whole = (each.span.start, each.span.end) == (each.sentence.start, each.sentence.end)
            assert each.typed or whole or question.kind in (AnswerKind.NAME, AnswerKind.OTHER)
