"""Questions to begin with: made from sentences, kept only if the folder answers them from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.followup.grammar import plain
from qa.live import LiveSession
from qa.question import fold
from qa.scope import Scope
from qa.session import Session
from qa.suggest.about import about, said
from qa.suggest.candidates import MAX_QUESTION, of_document
from qa.suggest.check import FAIR, round_trip
from qa.suggest.cross import in_other_language
from qa.suggest.english import english
from qa.suggest.french import french
from qa.suggest.nouns import Subjects
from qa.suggest.plan import TRIED, choose, plan, sample
from qa.suggest.seeds import written_by_hand
from qa.suggest.suggester import Suggester
from qa.suggest.types import Candidate, Draft, Suggestion

FRENCH = {
    "La société Orvelle a été fondée en 1987 par Jeanne Martel.": [
        "En quelle année a été fondée la société Orvelle ?",
        "Qui a fondé la société Orvelle ?",
    ],
    "Le phare de Kerdonis compte 92 marches.": ["Combien de marches compte le phare de Kerdonis ?"],
    "Le musée d'Orvelle abrite 340 horloges.": [],  # an h that nothing says is mute
    "La ville de Kerdonis compte 12 000 habitants.": ["Combien d'habitants compte la ville de Kerdonis ?"],
    "Le projet Lumen coûte 40 millions d'euros.": ["Combien coûte le projet Lumen ?"],
    "La population de Kerdonis est de 12 000 habitants.": ["Quelle est la population de Kerdonis ?"],
    "Kerdonis est le plus grand port de Bretagne.": [],  # a name that nothing else says is one
    "Le port de Kerdonis est le plus grand port de Bretagne.": ["Quel est le plus grand port de Bretagne ?"],
    "Le phare de Kerdonis se trouve à Plouha.": ["Où se trouve le phare de Kerdonis ?"],
    "Jeanne Martel, ingénieure et patronne d'Orvelle, a dit non.": ["Qui est Jeanne Martel ?"],
    "Elle a été fondée en 1987.": [],
    "Cette société compte 300 salariés.": [],
    "La société compte 300 salariés.": [],
}
ENGLISH = {
    "The Orvelle Museum was founded in 1987 by Jane Martel.": [
        "Who founded the Orvelle Museum?",
        "When was the Orvelle Museum founded?",
    ],
    "The Kerdon Lighthouse has 92 steps.": ["How many steps does the Kerdon Lighthouse have?"],
    "The Lumen Project cost $40 million.": ["How much did the Lumen Project cost?"],
    "The population of Kerdon is 12,000.": ["What is the population of Kerdon?"],
    "The Kerdon Lighthouse is located in Cornwall.": ["Where is the Kerdon Lighthouse located?"],
    "Jane Martel was an engineer who built clocks.": ["Who was Jane Martel?"],
    "It was founded in 1987.": [],
    "The company has 300 employees.": [],
    "Jane Martel acquired Kerdon Works in 1999.": [
        "Who acquired Kerdon Works?",
        "When did Jane Martel acquire Kerdon Works?",
        "Who acquired Kerdon Works in 1999?",
    ],
}
LUMEN = (
    "Le projet Lumen\n\nLe projet Lumen coûte 40 millions d'euros. La société Orvelle a été fondée en 1987"
    " par Jeanne Martel.\n\nLe phare de Kerdonis compte 92 marches. Le phare de Kerdonis"
    " se trouve à Plouha, en Bretagne.\n"
)
SOLAR = (
    "The Kerdon Lighthouse\n\nThe Kerdon Lighthouse was built in 1887 by John Martel. The Kerdon Lighthouse has 92"
    " steps.\n\nThe population of Kerdon is 12,000. The tower was painted white in the spring.\n"
)
LiveOf = Callable[[dict[str, str]], LiveSession]


@pytest.fixture
def live_of(make_folder, tmp_path: Path) -> Iterator[Callable[[dict[str, str]], LiveSession]]:
    opened: list[LiveSession] = []

    def make(files: dict[str, str]) -> LiveSession:
        opened.append(LiveSession(Session.of_folder(make_folder(files), tmp_path / "index")))
        return opened[-1]

    yield make
    for live in opened:
        live.close()


@pytest.fixture
def suggester_of() -> Iterator[Callable[[LiveSession], Suggester]]:
    made: list[Suggester] = []

    def make(live: LiveSession) -> Suggester:
        made.append(Suggester(live, pause=0.0))
        return made[-1]

    yield make
    for suggester in made:
        suggester.close()


@pytest.mark.parametrize(("sentence", "questions"), FRENCH.items())
def test_french_questions(sentence: str, questions: list[str]) -> None:
    made = [draft.question for draft in french(sentence, Subjects.of(sentence, ""))]
    assert sorted(set(made)) == sorted(questions)


@pytest.mark.parametrize(("sentence", "questions"), ENGLISH.items())
def test_english_questions(sentence: str, questions: list[str]) -> None:
    made = [draft.question for draft in english(sentence, Subjects.of(sentence, ""))]
    assert sorted(set(made)) == sorted(questions)


def test_what_a_title_names_needs_no_name() -> None:
    sentence = "The saxophone was invented in 1846."
    assert not list(english(sentence, Subjects.of(sentence, "Music")))
    assert [draft.question for draft in english(sentence, Subjects.of(sentence, "Saxophone"))] == [
        "When was the saxophone invented?"
    ]


@pytest.mark.parametrize(
    ("question", "language", "other"),
    [
        ("Qui a fondé OpenAI ?", "fr", "Who founded OpenAI?"),
        ("Qui est Jeanne Martel ?", "fr", "Who is Jeanne Martel?"),
        ("Who founded OpenAI?", "en", "Qui a fondé OpenAI ?"),
        ("Combien coûte le projet Lumen ?", "fr", None),  # `the Lumen project` takes a translation
        ("When was OpenAI founded?", "en", None),  # French would need its gender
    ],
)
def test_the_other_language(question: str, language: str, other: str | None) -> None:
    draft = in_other_language(Draft(question, language, "rule", "x"))
    assert (draft.question if draft else None) == other


def test_open_questions_are_on_things_with_a_name() -> None:
    sentence = "La restructuration d'OpenAI est attendue, au grand dam du secteur."
    made = list(said(sentence, "fr", Subjects.of(sentence, "")))
    assert [draft.question for draft in made] == ["Que dit-on de la restructuration d'OpenAI ?"]


def test_the_name_that_an_article_says_most() -> None:
    text = "On parle de Windsurf. On dit que Windsurf vaut cher, et que Windsurf le sait."
    assert [draft.question for draft in about(text, "")] == ["Que dit-on de Windsurf ?", "What is said about Windsurf?"]


@given(st.text(alphabet="AaÉé 1€%.,'’()lLeTh\n", max_size=200))
def test_any_sentence_can_be_read(text: str) -> None:
    told = plain(text)
    subjects = Subjects.of(text, "")
    for draft in (*french(told, subjects), *english(told, subjects), *said(told, "fr", subjects)):
        assert draft.question.endswith("?")


def test_only_what_comes_back_stays(live_of) -> None:
    live = live_of({"lumen.txt": LUMEN})
    with live.lease() as session:
        (document,) = session.index.passages.documents()
        made = of_document(session.index.passages, document)
        good = next(each for each in made if each.draft.question.startswith("Combien coûte"))
        found = round_trip(session, good)
        assert found is not None
        assert found.question == "Combien coûte le projet Lumen ?"
        assert "40 millions" in found.answer
        assert found.confidence >= FAIR
        elsewhere = Draft(good.draft.question, "fr", "cost", "41 millions")
        assert round_trip(session, Candidate(elsewhere, document, good.sentence)) is None
        nothing = Draft("Qui dirige Apple ?", "fr", "who did", "Tim Cook")
        assert round_trip(session, Candidate(nothing, document, good.sentence)) is None


def test_opening_questions_are_answered_and_differ(live_of, suggester_of) -> None:
    live = live_of({"lumen.txt": LUMEN, "solar.txt": SOLAR})
    suggester = suggester_of(live)
    suggester.start()
    assert suggester.wait(60)
    offered = suggester.opening("fr", 4)
    assert len(set(offered)) == len(offered) == 4
    assert "Combien coûte le projet Lumen ?" in suggester.opening("fr", 20)
    with live.lease() as session:
        assert not any(session.ask(question).abstained for question in offered)
    assert all(len(question) <= MAX_QUESTION for question in suggester.opening("fr", 50))
    assert not suggester.opening("en", 1)[0].endswith(" ?")


def test_a_scope_lets_only_its_articles_speak(live_of, suggester_of) -> None:
    suggester = suggester_of(live_of({"a/lumen.txt": LUMEN, "b/solar.txt": SOLAR}))
    suggester.start()
    assert suggester.wait(60)
    within = suggester.opening("fr", 50, Scope(("b/",)))
    assert within
    assert not any("Lumen" in question or "Orvelle" in question for question in within)
    assert suggester.opening("fr", 5, Scope(("c/",))) == ()


def test_an_empty_folder_offers_nothing(live_of, suggester_of) -> None:
    suggester = suggester_of(live_of({"empty.txt": "Rien à voir ici.\n"}))
    suggester.start()
    assert suggester.wait(60)
    assert suggester.opening("fr", 3) == ()


def test_after_a_refusal_the_nearest_articles_come_first(live_of, suggester_of) -> None:
    live = live_of({"lumen.txt": LUMEN, "solar.txt": SOLAR})
    suggester = suggester_of(live)
    with live.lease() as session:
        refused = session.ask("Combien d'étages compte le phare de Kerdonis en verre bleu de Mars ?")
    suggester.start()
    assert suggester.wait(60)
    near = suggester.near(refused, "fr", 2)
    assert "phare de Kerdonis" in " ".join(near) or "Lumen" in " ".join(near)
    again = suggester.near(refused, "fr", 2, asked=near)
    assert not {fold(question) for question in near} & {fold(question) for question in again}


def test_near_never_gives_the_question_back(live_of, suggester_of) -> None:
    live = live_of({"lumen.txt": LUMEN})
    suggester = suggester_of(live)
    with live.lease() as session:
        answer = session.ask("combien coute le projet lumen ?")
    suggester.start()
    assert suggester.wait(60)
    assert "Combien coûte le projet Lumen ?" not in suggester.near(answer, "fr", 20)


def test_near_makes_questions_before_any_are_found(live_of) -> None:
    live = live_of({"lumen.txt": LUMEN})
    suggester = Suggester(live)
    suggester.close()  # so that nothing is looked for in the background
    with live.lease() as session:
        refused = session.ask("De quelle couleur est le phare de Kerdonis ?")
    assert suggester.opening("fr", 5) == ()
    assert suggester.near(refused, "fr", 3)


def test_a_changed_folder_is_looked_at_again(live_of, suggester_of, make_folder) -> None:
    live = live_of({"lumen.txt": LUMEN})
    suggester = suggester_of(live)
    suggester.start()
    assert suggester.wait(60)
    assert any("Lumen" in question for question in suggester.opening("fr", 50))
    make_folder({"lumen.txt": "Rien.\n", "solar.txt": SOLAR})
    live.refresh()
    suggester.start()
    assert suggester.wait(60)
    offered = suggester.opening("fr", 50)
    assert offered
    assert not any("Lumen" in question for question in offered)


def test_the_seeds_keep_the_questions_written_for_them(seeds_session: Session) -> None:
    suggester = Suggester(LiveSession(seeds_session), pause=0.0)
    suggester.start()
    assert suggester.wait(120)
    suggester.close()
    by_hand = {question for _, question in written_by_hand(seeds_session.index.passages.documents())}
    assert by_hand >= set(suggester.opening("fr", 3)) | set(suggester.opening("en", 2))


def test_other_folders_have_none_written(live_of) -> None:
    with live_of({"lumen.txt": LUMEN}).lease() as session:
        assert written_by_hand(session.index.passages.documents()) == ()


def test_effort_is_bounded(live_of) -> None:
    many = {f"{n:03d}.txt": LUMEN.replace("Kerdonis", f"Ker{chr(97 + n % 26)}{chr(97 + n // 26)}n") for n in range(60)}
    with live_of(many).lease() as session:
        store = session.index.passages
        planned = list(plan(store, session.index.catalogue.documents(sample(60))))
    assert 0 < len(planned) <= TRIED
    assert len({each.document.source for each in planned}) > 10


def test_choice_is_of_the_language_first_and_then_of_other_kinds() -> None:
    made = [
        Suggestion("a", "fr", "1.txt", "", 0.9, "cost"),
        Suggestion("b", "fr", "1.txt", "", 0.8, "cost"),
        Suggestion("c", "fr", "2.txt", "", 0.6, "when"),
        Suggestion("d", "en", "3.txt", "", 1.0, "what"),
    ]
    assert [each.question for each in choose(made, "fr", 4)] == ["a", "c", "b", "d"]
    assert choose(made, "fr", 0) == []


def test_what_is_said_of_something_takes_more_than_a_word(live_of) -> None:
    live = live_of(
        {"a.txt": "Le projet Lumen\n\nLe projet Lumen coûte 40 millions d'euros. Il plaît à tous ceux qui le voient.\n"}
    )

    class Terse:
        def __init__(self, session: Session, words: int) -> None:
            self.session, self.words = session, words

        def ask(self, question: str, language: str):
            answer = self.session.ask("Combien coûte le projet Lumen ?")
            return replace(answer, text=" ".join(answer.citations[0].sentence[2].split()[: self.words]))

    with live.lease() as session:
        (document,) = session.index.passages.documents()
        sentence = session.ask("Combien coûte le projet Lumen ?").citations[0].sentence[:2]
        candidate = Candidate(Draft("Que dit-on du projet Lumen ?", "fr", "said"), document, sentence)
        assert round_trip(Terse(session, 1), candidate) is None
        assert round_trip(Terse(session, 5), candidate) is not None
