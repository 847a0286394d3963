"""Follow-ups are read with the words of what was asked before; a new topic is left as it is."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import QuestionError
from qa.followup import MAX_PREVIOUS, follow_up
from qa.followup.grammar import append, finish, flat, of, plain, put, to, what_is
from qa.question import MAX_CHARS, kind_of
from qa.types import AnswerKind

# What was asked, a slash between questions; the follow-up; what it is read as.
ELLIPSES = """
Qui dirige Microsoft ? | Et Google ? | Qui dirige Google ?
Qui dirige Microsoft ? | Google ? | Qui dirige Google ?
Qui dirige Microsoft ? | Et chez OpenAI ? | Qui dirige OpenAI ?
Qui dirige Microsoft ? | Qu'en est-il d'OpenAI ? | Qui dirige OpenAI ?
Qui dirige Microsoft ? | Et pour Google et Apple ? | Qui dirige Google et Apple ?
Qui dirige Microsoft ? | Et Google en 2030 ? | Qui dirige Google en 2030 ?
Qui dirige Microsoft ? | En 2030 ? | Qui dirige Microsoft en 2030 ?
Qui dirige Microsoft ? | Et aujourd’hui ? | Qui dirige Microsoft aujourd'hui ?
qui a créé openai ? | et microsoft ? | Qui a créé microsoft ?
Combien Microsoft a-t-il investi dans OpenAI ? | Et Google ? | Combien Google a-t-il investi dans OpenAI ?
Combien Microsoft a-t-il investi dans OpenAI ? | Et dans Anthropic ? | Combien Microsoft a-t-il investi dans Anthropic ?
Combien Microsoft a-t-il investi dans OpenAI ? | Et OpenAI ? | Combien OpenAI a-t-il investi dans Microsoft ?
Combien Microsoft a-t-il investi en 2019 ? | Et en 2023 ? | Combien Microsoft a-t-il investi en 2023 ?
Combien Microsoft a-t-il investi entre 2019 et 2023 ? | Et en 2030 ? | Combien Microsoft a-t-il investi en 2030 ?
Quelle est la part d'OpenAI en mars 2025 ? | Et en avril ? | Quelle est la part d'OpenAI en avril 2025 ?
Quelle est la part de Microsoft ? | Et d'OpenAI ? | Quelle est la part d'OpenAI ?
Quelle est la part d'OpenAI ? | Et pour Microsoft ? | Quelle est la part de Microsoft ?
Quelle est la part d'OpenAI ? | Et la valorisation ? | Quelle est la valorisation d'OpenAI ?
Quelle part d'OpenAI revient à Microsoft ? | Et à SoftBank ? | Quelle part d'OpenAI revient à SoftBank ?
Quelle est la population de la France ? | Et le Japon ? | Quelle est la population du Japon ?
Quelle est la population de la France ? | Et des États-Unis ? | Quelle est la population des États-Unis ?
Quelle est la population de la France en 2020 ? | Et la superficie ? | Quelle est la superficie de la France en 2020 ?
Quelle part revient à OpenAI ? | Et pour les salariés ? | Quelle part revient à OpenAI pour les salariés ?
Quel est le chiffre d'affaires de Microsoft ? | Et celui de Google ? | Quel est le chiffre d'affaires de Google ?
Qui est le PDG de Microsoft ? | Et le PDG de Google ? | Qui est le PDG de Google ?
Qui est le PDG de Microsoft ? | Et le fondateur ? | Qui est le fondateur de Microsoft ?
Qui est le PDG de Microsoft ? | Et son chiffre d'affaires ? | Quel est le chiffre d'affaires de Microsoft ?
Qui est le maire de Paris ? | Et de Lyon ? | Qui est le maire de Lyon ?
Combien coûte le projet Stargate ? | Et Windsurf ? | Combien coûte Windsurf ?
Combien coûte le projet Stargate ? | Et la date de fin ? | Quelle est la date de fin du projet Stargate ?
Combien de salariés compte OpenAI ? | Et de clients ? | Combien de clients compte OpenAI ?
Combien de salariés compte OpenAI ? | Et d'utilisateurs ? | Combien d'utilisateurs compte OpenAI ?
Combien vaut OpenAI ? | Et combien de salariés ? | Combien de salariés a OpenAI ?
Combien gagnent les hommes à Paris ? | Et les femmes ? | Combien gagnent les femmes à Paris ?
Combien mesure le phare de la Vieille ? | Et celui de Cordouan ? | Combien mesure le phare de Cordouan ?
Who runs Microsoft? | And Google? | Who runs Google?
Who runs Microsoft? | What about Google? | Who runs Google?
Who runs Microsoft? | And its revenue? | What is Microsoft's revenue?
How much does Stargate cost? | And in 2030? | How much does Stargate cost in 2030?
How much did Microsoft invest in OpenAI? | And in Anthropic? | How much did Microsoft invest in Anthropic?
How much did Microsoft invest in OpenAI in 2019? | And in 2023? | How much did Microsoft invest in OpenAI in 2023?
What share of OpenAI does Microsoft hold? | And SoftBank? | What share of OpenAI does SoftBank hold?
What is Microsoft's revenue? | And Google's? | What is Google's revenue?
What is the population of France? | And of Japan? | What is the population of Japan?
What is the population of France? | And the capital? | What is the capital of France?
How many employees does OpenAI have? | And users? | How many users does OpenAI have?
How tall is the Eiffel tower? | And the Shard? | How tall is the Shard?
Qui dirige Microsoft ? | And Google? | Qui dirige Google ?
Qui dirige Microsoft ? | And in 2030? | Qui dirige Microsoft en 2030 ?
Who runs Microsoft? | Et Google ? | Who runs Google?
Who runs Microsoft? | Et depuis 2019 ? | Who runs Microsoft since 2019?
"""
QUESTION_WORDS = """
Combien Microsoft a-t-il investi dans OpenAI ? | Quand ? | Quand Microsoft a-t-il investi dans OpenAI ?
Combien Microsoft a-t-il investi dans OpenAI ? | Et pourquoi ? | Pourquoi Microsoft a-t-il investi dans OpenAI ?
Combien coûte Stargate ? | Pourquoi ? | Combien coûte Stargate, et pourquoi ?
Quelle part d'OpenAI revient à Microsoft ? | Depuis quand ? | Depuis quand une part d'OpenAI revient à Microsoft ?
Qui a créé OpenAI ? | Quand ? | Qui a créé OpenAI, et quand ?
Qui a investi dans OpenAI ? | Combien ? | Combien a-t-on investi dans OpenAI ?
Qui a investi dans OpenAI ? | Qui d'autre ? | Qui d'autre a investi dans OpenAI ?
Qui dirige Microsoft ? | Since when? | Qui dirige Microsoft, et depuis quand ?
How much did Microsoft invest in OpenAI? | When? | When did Microsoft invest in OpenAI?
How much did Microsoft invest in OpenAI? | Why? | Why did Microsoft invest in OpenAI?
What share of OpenAI does Microsoft hold? | Since when? | Since when does Microsoft hold a share of OpenAI?
Who founded OpenAI? | And in what year? | Who founded OpenAI, and in what year?
How much is OpenAI worth? | And how many employees? | How many employees does OpenAI have?
"""
PRONOUNS = """
Combien coûte le projet Stargate ? | Qui le finance ? | Qui finance le projet Stargate ?
Combien coûte le projet Stargate ? | Quand sera-t-il terminé ? | Quand le projet Stargate sera-t-il terminé ?
Qui dirige Microsoft ? | Combien a-t-elle investi dans OpenAI ? | Combien Microsoft a-t-elle investi dans OpenAI ?
Qui dirige Microsoft ? | Qu'a-t-il annoncé en 2025 ? | Qu'est-ce que Microsoft a annoncé en 2025 ?
Qui dirige OpenAI ? | Que propose-t-elle ? | Qu'est-ce qu'OpenAI propose ?
Qui dirige Microsoft ? | Est-elle rentable ? | Microsoft est-elle rentable ?
Qui dirige OpenAI ? | Est-ce qu'elle est rentable ? | Est-ce qu'OpenAI est rentable ?
Qui dirige Microsoft ? | Où se trouve son siège ? | Où se trouve le siège de Microsoft ?
Qui dirige OpenAI ? | Quel est leur chiffre d'affaires ? | Quel est le chiffre d'affaires d'OpenAI ?
Qui dirige OpenAI ? | Qui l'a fondée ? | Qui a fondé OpenAI ?
Qui dirige Microsoft ? | Qui lui succède ? | Qui succède à Microsoft ?
Qui dirige OpenAI ? | Combien de personnes y travaillent ? | Combien de personnes travaillent dans OpenAI ?
Qui dirige Microsoft ? | Qu'en dit Google ? | Que dit Google de Microsoft ?
Qui dirige OpenAI ? | Qui en est actionnaire ? | Qui est actionnaire d'OpenAI ?
Combien vaut OpenAI ? | Combien l'entreprise a-t-elle levé ? | Combien OpenAI a-t-elle levé ?
Combien vaut OpenAI ? | Que fait cette société ? | Que fait OpenAI ?
Combien coûte ChatGPT Plus ? | Est-ce que ça marche ? | Est-ce que ChatGPT Plus marche ?
Combien vaut OpenAI ? | Qui veut la racheter ? | Qui veut racheter OpenAI ?
Combien vaut OpenAI ? | Qui est le PDG ? | Qui est le PDG d'OpenAI ?
Combien vaut OpenAI ? | Combien vaut cette entreprise en 2030 ? | Combien vaut OpenAI en 2030 ?
Quand Microsoft a-t-il racheté GitHub ? | Combien l'a-t-il payé ? | Combien Microsoft a-t-il payé GitHub ?
Quand Meta a-t-il racheté WhatsApp ? | Pourquoi Meta l'a-t-il racheté ? | Pourquoi Meta a-t-il racheté WhatsApp ?
Quand Microsoft et OpenAI ont-ils signé ? | Pourquoi négocient-ils ? | Pourquoi Microsoft et OpenAI négocient-ils ?
Quand Microsoft et OpenAI ont-ils signé ? | Que prévoit cet accord ? | Que prévoit l'accord entre Microsoft et OpenAI ?
Combien mesure le phare ? | Quand a-t-il été construit ? | Quand le phare a-t-il été construit ?
Où est né Sam Altman ? | Que pense-t-il de l'AGI ? | Qu'est-ce que Sam Altman pense de l'AGI ?
Qui dirige Microsoft ? | How much did it invest in OpenAI? | How much did Microsoft invest in OpenAI?
How much does Stargate cost? | Who leads it? | Who leads Stargate?
How much does Stargate cost? | and who founded it? | And who founded Stargate?
How much does Stargate cost? | Who is its boss? | Who is Stargate's boss?
How much does Stargate cost? | When will it be finished? | When will Stargate be finished?
How much did Microsoft invest in OpenAI? | Why did Microsoft sue it? | Why did Microsoft sue OpenAI?
How much did Microsoft invest in OpenAI? | What does this partnership say? | What does Microsoft's partnership say?
When did Microsoft and OpenAI sign? | What did they agree on? | What did Microsoft and OpenAI agree on?
When did Microsoft and OpenAI sign? | What does that deal say? | What does the deal between Microsoft and OpenAI say?
Who founded OpenAI? | When was it founded? | When was OpenAI founded?
Who founded OpenAI? | Who works there? | Who works at OpenAI?
Who founded OpenAI? | What is the revenue? | What is the revenue of OpenAI?
How tall is the Eiffel tower? | When was it built? | When was the Eiffel tower built?
How high is the lighthouse? | When was it built? | When was the lighthouse built?
how much does stargate cost? | who leads it? | Who leads stargate?
Combien coûte Stargate ? | Who leads it? | Who leads Stargate?
Who runs Microsoft? | Et combien vaut-elle ? | Et combien Microsoft vaut-elle ?
"""
CHAINS = """
Combien Microsoft a-t-il investi en 2019 ? / Et en 2023 ? | Et Amazon ? | Combien Amazon a-t-il investi en 2023 ?
Qui dirige Microsoft ? / Et Google ? | Combien vaut-elle ? | Combien Google vaut-elle ?
How much does Stargate cost? / Who leads it? | And Windsurf? | Who leads Windsurf?
Qui dirige Microsoft ? / Combien coûte Windsurf ? | Qui l'a créé ? | Qui a créé Windsurf ?
Qui dirige Microsoft ? / Merci ! | Et Google ? | Qui dirige Google ?
Qui dirige Microsoft ? /  / ? | Et Google ? | Qui dirige Google ?
"""
NEW_TOPICS = """
Qui a peint Guernica ?
Combien coûte Windsurf ?
Et qui dirige Google ?
Et Google, combien vaut-il ?
Combien OpenAI a-t-elle de salariés ?
Où se trouve le siège d'Apple ?
Quelle est la capitale de l'Australie ?
Combien de farine faut-il pour une pâte à crêpes ?
Combien y a-t-il de pays en Europe ?
Quand faut-il semer les tomates ?
Est-il vrai que Meta recrute ?
Est-ce que c'est vrai que Meta recrute ?
Combien coûte-t-il de refaire un toit ?
Que s'est-il passé à Paris en 1968 ?
Combien ça coûte de refaire un toit ?
Quelle est la place des femmes dans la société ?
Et les autres ?
En 2030, combien vaudra SoftBank ?
Comment réussir une tarte tatin ?
Pourquoi le conseil d'administration a-t-il renvoyé Sam Altman en novembre 2023 ?
Combien le phare de la Vieille mesure-t-il ?
Quel pourcentage de son chiffre d'affaires OpenAI reverse-t-elle à Microsoft ?
Quel pays a vu ses exportations chuter ?
Qui a vendu ses parts en 2020 ?
Pourquoi les chats ronronnent-ils ?
Où les tortues pondent-elles leurs œufs ?
Quelle heure est-il à Tokyo ?
combien openai a-t-il levé ?
Depuis son lancement, combien d'abonnés ChatGPT a-t-il gagné ?
OpenAI
prix abonnement chatgpt plus
Merci
Tu es sûr ?
Who painted Guernica?
And who runs Google?
What is the capital of Australia?
How do I make a good tarte Tatin?
Is it true that Meta is hiring?
How much does it cost to replace a roof?
How long does it take to fly to Mars?
What time is it in Tokyo?
What does it mean when a cat purrs?
How common is it to have two names?
Why do they say that cats have nine lives?
How does OpenAI pay its staff?
What share of its revenue does OpenAI hand over to Microsoft?
Which country sold its gold?
Why do cats lick their paws?
When Microsoft bought Nokia, why did it close it?
Did the mayor sell his house?
Which company said it would close its plants?
In 2030, who will lead SoftBank?
What is the company that makes ChatGPT called?
Are there penguins in Norway?
When did they stop putting lead in paint?
ChatGPT weekly active users
Thanks
Are you sure?
"""
BEFORE = ["Combien Microsoft a-t-il investi dans OpenAI ?", "Who runs Tesla?"]


def cases(*tables):
    for table in tables:
        for line in table.strip().splitlines():
            before, text, read = (part.strip() for part in line.split(" | "))
            yield [turn.strip() for turn in before.split("/")], text, read


FOLLOW_UPS = list(cases(ELLIPSES, QUESTION_WORDS, PRONOUNS, CHAINS))
ALONE = [line.strip() for line in NEW_TOPICS.strip().splitlines()]


@pytest.mark.parametrize(("before", "text", "read"), FOLLOW_UPS)
def test_a_follow_up_is_read_with_the_words_of_what_was_asked_before(before, text, read):
    assert follow_up(text, before) == read
    assert follow_up(read, before) is None  # and then it stands alone


@pytest.mark.parametrize("text", ALONE)
@pytest.mark.parametrize("before", BEFORE)
def test_a_new_topic_is_left_as_it_is(before, text):
    assert follow_up(text, [before], lambda _: "Sam Altman") is None


@pytest.mark.parametrize("text", [text for _, text, _ in FOLLOW_UPS[:30]])
def test_the_first_question_stands_alone(text):
    assert follow_up(text, []) is None
    assert follow_up(text, ["", "?", "Merci"]) is None


@pytest.mark.parametrize(
    ("before", "answer", "text", "read"),
    [
        ("Qui est le PDG de Microsoft ?", "Satya Nadella", "Quel âge a-t-il ?", "Quel âge Satya Nadella a-t-il ?"),
        ("Qui dirige Microsoft ?", "Satya Nadella", "Quel est son salaire ?", "Quel est le salaire de Satya Nadella ?"),
        ("Qui dirige Microsoft ?", "Satya Nadella", "Quel est son budget ?", "Quel est le budget de Microsoft ?"),
        ("Who founded OpenAI?", "Sam Altman", "When was he born?", "When was Sam Altman born?"),
        ("Who founded OpenAI?", "Sam Altman", "When was it founded?", "When was OpenAI founded?"),
        ("Quelle entreprise fabrique les puces ?", "TSMC", "Qui la dirige ?", "Qui dirige TSMC ?"),
        ("Which company makes the chips?", "TSMC", "Who leads it?", "Who leads TSMC?"),
        ("Quelle entreprise fabrique les puces ?", None, "Qui la dirige ?", "Qui dirige les puces ?"),
        ("Who founded it?", "plus de 12 milliards", "How old is he?", None),
    ],
)  # fmt: skip
def test_a_pronoun_may_stand_for_the_earlier_answer(before, answer, text, read):
    asked = []
    assert follow_up(text, [before], lambda earlier: asked.append(earlier) or answer) == read
    assert set(asked) <= {before}


def test_the_earlier_question_is_answered_only_where_a_pronoun_asks_for_it():
    def never(earlier):
        raise AssertionError(earlier)

    for before, text, read in cases(ELLIPSES, QUESTION_WORDS):
        assert follow_up(text, before, never) == read


@pytest.mark.parametrize(
    ("before", "text", "kind"),
    [
        ("Combien Microsoft a-t-il investi dans OpenAI ?", "Quand ?", AnswerKind.DATE),
        ("Quelle part d'OpenAI revient à Microsoft ?", "Depuis quand ?", AnswerKind.DATE),
        ("Quand Microsoft a-t-il investi dans OpenAI ?", "Combien ?", AnswerKind.AMOUNT),
        ("Qui a investi dans OpenAI ?", "Combien ?", AnswerKind.AMOUNT),
        ("Combien coûte Stargate ?", "Pourquoi ?", AnswerKind.OTHER),
        ("Combien Microsoft a-t-il investi dans OpenAI ?", "Avec qui ?", AnswerKind.NAME),
        ("What share of OpenAI does Microsoft hold?", "Since when?", AnswerKind.DATE),
        ("How much did Microsoft invest in OpenAI?", "In what year?", AnswerKind.YEAR),
        ("Who founded OpenAI?", "How much?", AnswerKind.AMOUNT),
    ],
)
def test_a_question_word_changes_what_is_asked_for(before, text, kind):
    assert kind_of(follow_up(text, [before])) is kind


@pytest.mark.parametrize("write", [str.lower, lambda text: text.replace("'", "’").replace(" ?", "\u202f?")])
def test_case_apostrophes_and_spaces_do_not_matter(write):
    for before, text, _ in cases(QUESTION_WORDS):
        read, other = follow_up(text, before), follow_up(write(text), before)
        assert flat(other) == flat(read)


SPOKEN = [text for before, text, _ in FOLLOW_UPS for text in (*before, text)] + ALONE
PIECES = [
    "Et ",
    "Google",
    " en 2030",
    " ?",
    "il ",
    "-t-il",
    "la ",
    "l'",
    "son ",
    "it ",
    "its ",
    "they",
    "y ",
    "en ",
    "À",
    "qu'",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SPOKEN) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=40),
    st.lists(st.sampled_from(SPOKEN) | st.text(max_size=40), max_size=4),
    st.none() | st.sampled_from(["Sam Altman", "12 %", ""]),
)
def test_no_text_raises_and_what_is_read_can_be_asked(text, before, answer):
    read = follow_up(text, before, lambda _: answer)
    assert read is None or (read.strip() and len(read) <= MAX_CHARS and "\n" not in read and read != text)
    assert follow_up(text, before, lambda _: answer) == read


@pytest.mark.parametrize(
    "piece", ["Et ", "il ", "l'a ", "de la ", "a-t-il ", "its ", "the a ", "OpenAI ", "d'", "2030 ", "à "]
)
def test_no_follow_up_takes_long(piece):
    long = (piece * MAX_CHARS)[: MAX_CHARS - 2]
    began = time.process_time()
    for text, before in ((long, BEFORE[0]), (f"{long} ?", long), ("Et Google ?", long), ("Qui la dirige ?", long)):
        follow_up(text, [before])
    assert time.process_time() - began < 2


def test_a_follow_up_that_grows_too_long_is_left_as_it_is():
    earlier = "Qui est le patron de la ville " * 66
    assert len(earlier) < MAX_CHARS
    assert follow_up("Et en 2030 ?", [earlier]).endswith("en 2030 ?")
    assert follow_up("Et en 2030 ?", [earlier + "de Brest et de Nice"]) is None


@pytest.mark.parametrize(
    ("previous", "message"),
    [
        (["Qui ?"] * (MAX_PREVIOUS + 1), r"^21 earlier questions, the most is 20: give the last ones only$"),
        (["Qui ?", "x" * (MAX_CHARS + 1)], r"^earlier question 2 has 2,001 characters, the most is 2,000: shorten it$"),
        (["caf\udce9"], r"^earlier question 1 holds half a character .*: type it again, as UTF-8$"),
        ("Qui dirige Microsoft ?", r"^the earlier questions are not a list of texts: give each as a text$"),
        ([5], r"not a list of texts"),
    ],
)
def test_earlier_questions_that_cannot_be_are_refused(seeds_session, previous, message):
    with pytest.raises(QuestionError, match=message):
        follow_up("Et Google ?", previous)
    with pytest.raises(QuestionError, match=message):
        seeds_session.ask("Et Google ?", previous=previous)


# What the small surgery does.


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("la part de X ?", "OpenAI", "la part d'OpenAI ?"),
        ("la part d'X ?", "Microsoft", "la part de Microsoft ?"),
        ("la part du X ?", "la France", "la part de la France ?"),
        ("la part de X ?", "le Japon", "la part du Japon ?"),
        ("revient à X ?", "les salariés", "revient aux salariés ?"),
        ("Est-ce qu'X paie ?", "Microsoft", "Est-ce que Microsoft paie ?"),
        ("Est-ce que X paie ?", "OpenAI", "Est-ce qu'OpenAI paie ?"),
        ("the share of X?", "OpenAI", "the share of OpenAI?"),
        ("Has a X won?", "Google", "Has a Google won?"),
        ("dans X", "OpenAI", "dans OpenAI"),
    ],
)
def test_a_phrase_takes_the_place_of_another(text, phrase, expected):
    at = text.index("X")
    assert put(text, at, at + 1, phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "after_of", "after_to"),
    [("OpenAI", "d'OpenAI", "à OpenAI"), ("Huawei", "de Huawei", "à Huawei"), ("le Japon", "du Japon", "au Japon"),
     ("les salariés", "des salariés", "aux salariés"), ("Élysée", "d'Élysée", "à Élysée")],
)  # fmt: skip
def test_prepositions_fit_their_phrase(phrase, after_of, after_to):
    assert (of(phrase), to(phrase)) == (after_of, after_to)


@pytest.mark.parametrize(
    ("phrase", "language", "asked"),
    [("le prix", "fr", "Quel est le prix"), ("la part", "fr", "Quelle est la part"),
     ("les prix", "fr", "Quels sont les prix"), ("l'évolution", "fr", "Quelle est l'évolution"),
     ("l'objectif", "fr", "Quel est l'objectif"), ("les actionnaires", "fr", "Qui sont les actionnaires"),
     ("the price", "en", "What is the price"), ("the costs", "en", "What are the costs"),
     ("its founders", "en", "Who are its founders")],
)  # fmt: skip
def test_what_asks_for_a_thing(phrase, language, asked):
    assert what_is(phrase, language) == asked


@given(st.text(max_size=60))
def test_a_flat_text_keeps_its_length(text):
    assert len(flat(text)) == len(text)
    assert plain(plain(text)) == plain(text)
    assert flat("Où l’Été ÇA") == "ou l’ete ca"


def test_questions_end_with_their_mark():
    assert finish("qui dirige  OpenAI ?!", "fr") == "Qui dirige OpenAI ?"
    assert finish("who runs OpenAI", "en") == "Who runs OpenAI?"
    assert append("Qui dirige OpenAI ?", "en 2030") == "Qui dirige OpenAI en 2030"


# Through a session.


def timeless(answer):
    return replace(answer, timings_ms={})


@pytest.mark.parametrize(
    ("before", "text", "alone"),
    [
        (["Combien coûte Windsurf ?"], "Et Stargate ?", "Combien coûte Stargate ?"),
        (["How much does Windsurf cost?"], "And Stargate?", "How much does Stargate cost?"),
        (["Qui dirige OpenAI ?", "Et Microsoft ?"], "Depuis quand ?", "Qui dirige Microsoft, et depuis quand ?"),
        (["Combien coûte Windsurf ?"], "And Stargate?", "Combien coûte Stargate ?"),
    ],
)
def test_a_session_answers_what_the_follow_up_was_read_as(seeds_session, before, text, alone):
    answer = seeds_session.ask(text, "q", previous=before)
    expected = seeds_session.ask(alone, "q")
    assert (answer.question.text, answer.read_as) == (text, alone)
    assert (answer.question.language, answer.question.kind) == (expected.question.language, expected.question.kind)
    assert timeless(answer) == timeless(replace(expected, question=answer.question, read_as=alone))


@pytest.mark.parametrize(
    "text", ["Combien coûte Stargate ?", "How much does Stargate cost?", "OpenAI", "", "?", "Merci"]
)
def test_a_session_answers_a_new_topic_as_if_nothing_had_been_asked(seeds_session, text):
    answer = seeds_session.ask(text, previous=["Qui a peint Guernica ?", "Qui dirige Microsoft ?"])
    assert answer.read_as is None
    assert timeless(answer) == timeless(seeds_session.ask(text))


def test_a_session_looks_up_whom_a_pronoun_stands_for(seeds_session, monkeypatch):
    monkeypatch.setattr("qa.session.abstain", lambda *_: None)
    earlier = "Qui est le patron de Microsoft ?"
    name = seeds_session.ask(earlier).text
    assert name
    assert seeds_session.ask("Quel âge a-t-il ?", previous=[earlier]).read_as == f"Quel âge {name} a-t-il ?"


def test_a_language_given_is_that_of_the_question_and_not_of_what_it_is_read_as(seeds_session):
    before = ["Qui dirige Microsoft ?"]
    assert seeds_session.ask("And OpenAI?", language="en", previous=before).question.language == "fr"
    assert seeds_session.ask("Who leads it?", language="en", previous=before).question.language == "en"
