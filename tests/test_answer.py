"""Answers: what they may quote, how sure they must be, and which other sources they are compared with."""

from dataclasses import replace
from pathlib import Path

import pytest

from index.documents import read_document
from index.types import DocumentInfo, Hit, Passage
from qa.answer import abstain, agreement_of, cite, confidence_of, evidence_of
from qa.gold import read_gold
from qa.question import read_question
from qa.read import READ, read
from qa.retrieve import RERANKED, question_words, retrieve
from qa.types import AnswerKind, Reading, Reason, Span
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
        if answer.question.kind is AnswerKind.OTHER:
            assert whole_sentence
        if answer.question.kind in (AnswerKind.DATE, AnswerKind.YEAR):
            assert not whole_sentence


def test_confidence_is_a_probability_above_the_threshold_when_answered(answered):
    weights = load_weights()
    for answer in answered:
        assert 0 <= answer.confidence <= 1
        if not answer.abstained:
            assert answer.confidence >= weights.threshold(answer.question.kind)


# One made-up reading after another, to check what answer.py itself decides.

INFO = DocumentInfo("d0", "a.txt", "A", "fr", None, "0" * 64, "text/1")
EVIDENCE = dict.fromkeys(load_weights().confidence.names, 0.0) | {
    "late": 0.5,
    "late_around": 0.1,
    "before": 0.0,
    "near": 0.3,
}


def reading(text, quote=None, score=10.0, document="a", **evidence):
    """Return a reading of a document of one sentence, whose span is `quote`."""
    info = replace(INFO, doc_id=document, source=f"{document}.txt")
    passage = Passage(0, document, 0, len(text), text, ())
    hit = Hit(passage, info, 1, 1.0, 1.0, 0.5, 0.5)
    start = text.index(quote) if quote else 0
    span = Span(start, start + len(quote or text), 0.3)
    return Reading(hit, Span(0, len(text), score), span, score, quote is not None, {**EVIDENCE, **evidence})


class FakeIndex:
    """Enough of an index to cite from: every offset stands on line 1."""

    @property
    def passages(self):
        return self

    def line(self, _doc_id, _offset):
        return 1


def cited(question, *readings):
    citations = cite(FakeIndex(), read_question(question), readings)
    agreement = agreement_of(read_question(question), citations)
    return [(citation.source[0], citation.quote) for citation in citations], agreement.verdict


WHEN = "Jusqu'à quand dure l'accord ?"
HOW_MUCH = "Combien vaut OpenAI ?"
WHO = "Qui dirige OpenAI ?"


def test_other_sources_that_differ_are_set_beside_the_answer():
    best, other = reading("jusqu’en 2030", "2030"), reading("jusqu’en 2032", "2032", 9.0, "b")
    assert cited(WHEN, best, other) == ([("a", "2030"), ("b", "2032")], "differ")
    same = reading("jusqu’en 2030", "2030", 9.0, "b")
    assert cited(WHEN, best, same) == ([("a", "2030"), ("b", "2030")], "agree")
    assert cited(WHEN, best) == ([("a", "2030")], "single")


@pytest.mark.parametrize(
    ("question", "other", "why"),
    [
        (WHEN, reading("jusqu’en 2032", "2032", 9.0, "a"), "the same file"),
        (WHEN, reading("jusqu’en 2032", "2032", 7.4, "b"), "much lower in score"),
        (WHEN, reading("jusqu’en 2032", None, 9.0, "b"), "no date found in it"),
        (WHEN, reading("depuis six ans", "six ans", 9.0, "b"), "a span of time against a year"),
        (WHEN, reading("jusqu’en 2032", "2032", 9.0, "b", late=0.1), "speaks of less of the question"),
        (WHEN, reading("jusqu’en 2032", "2032", 9.0, "b", near=0.1), "differs, and stands farther off"),
    ],
)
def test_other_sources_on_another_point_are_left_out(question, other, why):
    assert cited(question, reading("jusqu’en 2030", "2030"), other)[0] == [("a", "2030")], why


def test_a_far_value_that_agrees_still_confirms():
    far = reading("jusqu’en 2030", "2030", 9.0, "b", near=0.1)
    assert cited(WHEN, reading("jusqu’en 2030", "2030"), far) == ([("a", "2030"), ("b", "2030")], "agree")


def test_the_best_comparable_reading_of_each_file_counts():
    readings = [
        reading("jusqu’en 2030", "2030"),
        reading("depuis six ans", "six ans", 9.5, "b"),
        reading("jusqu’en 2032", "2032", 9.0, "b"),
        reading("jusqu’en 2035", "2035", 8.5, "b"),
    ]
    assert cited(WHEN, *readings)[0] == [("a", "2030"), ("b", "2032")]


def test_another_end_counts_however_it_is_put_where_all_that_is_named_is_spoken_of():
    asked = "Jusqu'à quand dure l'accord entre Microsoft et OpenAI ?"
    best = reading("Microsoft y a accès jusqu’en 2030.", "2030")
    far = {"score": 2.0, "late": 0.1, "near": 0.01}
    later = reading("OpenAI : Microsoft garde ses droits jusqu'en 2032.", "2032", document="b", **far)
    assert cited(asked, best, later) == ([("a", "2030"), ("b", "2032")], "differ")
    english = reading("Microsoft may use OpenAI’s models until the end of 2032.", "2032", document="b", **far)
    assert cited("Until when may Microsoft use OpenAI?", best, english)[1] == "differ"
    for text, quote in (
        ("Microsoft garde ses droits jusqu'en 2032.", "2032"),  # says nothing of OpenAI
        ("OpenAI et Microsoft sont liés depuis 2019.", "2019"),  # no end
    ):
        assert cited(asked, best, reading(text, quote, document="b", **far)) == ([("a", "2030")], "single")
    since = reading("OpenAI et Microsoft sont liés depuis 2019.", "2019", 9.9, "b")
    assert cited(asked, best, since)[1] == "single"  # as close as can be, and yet no end
    assert cited("Quand Microsoft et OpenAI ont-ils signé ?", best, later)[1] == "single"  # asks for no end


def test_the_seeds_differ_on_until_when(seeds_session):
    for text in (
        "Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?",
        "Until when does Microsoft keep access to OpenAI's models?",
    ):
        answer = seeds_session.ask(text)
        assert answer.agreement.verdict == "differ"
        told = {group.value: len(group.citations) for group in answer.agreement.groups}
        assert told == {"2030": 3, "2032": 1}


def test_names_confirm_and_never_differ():
    best = reading("dirigée par Sam Altman", "Sam Altman")
    assert cited(WHO, best, reading("avec Satya Nadella", "Satya Nadella", 9.0, "b"))[0] == [("a", "Sam Altman")]
    agreeing = reading("dit SAM ALTMAN", "SAM ALTMAN", 9.0, "b")
    assert cited(WHO, best, agreeing) == ([("a", "Sam Altman"), ("b", "SAM ALTMAN")], "agree")


def test_money_of_another_currency_is_left_out():
    best = reading("vaut 260 milliards de dollars", "260 milliards de dollars")
    assert cited(HOW_MUCH, best, reading("vaut 1 million d’euros", "1 million d’euros", 9.0, "b"))[1] == "single"
    assert cited(HOW_MUCH, best, reading("vaut 13 milliards", "13 milliards", 9.0, "b"))[1] == "differ"


def test_a_whole_sentence_is_cited_alone():
    sentence = reading("La clause cesse à l'AGI.")
    assert cited("Que dit la clause ?", sentence, reading("La clause tient.", None, 9.9, "b"))[0] == [
        ("a", "La clause cesse à l'AGI.")
    ]


def test_at_most_four_other_sources():
    readings = [reading("jusqu’en 2030", "2030", 10.0 - n / 10, letter) for n, letter in enumerate("abcdefg")]
    assert [source for source, _ in cited(WHEN, *readings)[0]] == list("abcde")
    assert [source for source, _ in cited("Quand finit l'accord ?", *readings)[0]] == list("abcde")


WEIGHTS = load_weights()


def reason(question, best, confidence=0.9, language=None):
    return abstain(read_question(question, language=language), [best] if best else [], confidence, WEIGHTS)


def test_why_not_to_answer():
    good = reading("jusqu’en 2030", "2030")
    assert reason(WHEN, good) is None
    assert reason(WHEN, None) is Reason.NO_MATCH
    assert reason(WHEN, reading("jusqu’en 2030", "2030", late=0.2, late_around=0.1)) is Reason.NO_MATCH
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


def test_the_lead_is_over_the_next_other_value():
    best = reading("jusqu’en 2030", "2030", 10.0)
    same, other = reading("dès 2030", "2030", 9.5, "b"), reading("en 2032", "2032", 9.0, "c")
    assert evidence_of([best, same, other])["lead"] == 1.0
    assert evidence_of([best, same])["lead"] == 3.0  # all agree
    assert evidence_of([best, replace(other, score=1.0)])["lead"] == 3.0
    assert evidence_of([best])["lead"] == 0.0  # alone: nothing to lead over


def test_a_larger_lead_never_makes_less_sure():
    best = reading("jusqu’en 2030", "2030", 10.0)
    confidences = [confidence_of([best, reading("en 2032", "2032", score)], WEIGHTS) for score in (10, 9, 8, 7, 0)]
    assert confidences == sorted(confidences)


def test_readings_stand_in_their_passages_best_first(seeds_session):
    for text in PLAIN:
        question = read_question(text.strip())
        words = question_words(question)
        hits = retrieve(seeds_session.index, question, words, WEIGHTS.retrieval, RERANKED)
        readings = read(seeds_session.index, question, words, hits, WEIGHTS)
        assert len(readings) > READ
        assert readings == sorted(readings, key=lambda each: -each.score)
        for each in readings:
            passage = each.hit.passage
            assert passage.start <= each.sentence.start <= each.span.start
            assert each.span.end <= each.sentence.end <= passage.end
            assert each.typed or (each.span.start, each.span.end) == (each.sentence.start, each.sentence.end)
