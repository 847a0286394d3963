"""What the page's events do: asked, gone back to, looked through, limited, reacted to, taken away."""

from __future__ import annotations

import asyncio
import json
import warnings
from dataclasses import replace

import gradio as gr
import pytest

from qa.feedback import FEEDBACK_FILE, read_feedback
from qa.live import LiveSession
from qa.scope import Scope
from qa.session import Session
from qa.turnstile import Turnstile
from qa.ui.desk import Desk
from qa.ui.shelf import Shelf
from qa.ui.view import KEPT, Sheet, View
from qa.ui.words import ENGLISH, FRENCH

WINDSURF, STARGATE, NOWHERE = "Combien coûte Windsurf ?", "Et Stargate ?", "Qui a peint Guernica ?"
ANYTHING = [None, 5, "x", [], {}, {"value": 5}, {"places": "x", "at": 0}, {"question": ["x"]}, {"turn": {}}, {"on": []},
            {"form": "../x"}, {"text": 5, "turn": None}, {"reach": [9, "x"]},
            {"find": {"a": 1}, "most": "9" * 99, "since": 5}]  # fmt: skip


class Offers:
    """Offers fixed questions, and remembers what it was told."""

    def __init__(self):
        self.told = []

    def opening(self, language, n):
        return (f"{language} ?",)[:n]

    def near(self, answer, language, n, *, asked=(), scope=None):
        self.told.append((answer.question.text, list(asked), scope))
        return ("Une autre question ?",)[:n]


@pytest.fixture
def desk(seeds_session):
    return Desk(LiveSession(seeds_session), Turnstile(), Offers())


@pytest.fixture
def sheet():
    return Sheet()


def ask(desk, sheet, *questions, language="fr"):
    """Ask one after the other; return what the last one changed."""
    for question in questions:
        told = asyncio.run(desk.answer(question, language, sheet))
    return told


def sent(**data):
    return gr.EventData(None, data)


def skipped(told):
    return told == gr.skip() or all(each == gr.skip() for each in told)


def test_an_answer_comes_with_its_card_and_its_source(desk, sheet):
    turns, card, side, scope, answered = ask(desk, sheet, WINDSURF)
    answer = sheet.view.turns[0].answer
    assert answer.text in turns
    assert answer.text in card
    assert "<mark>" in side
    assert (scope, answered) == ("", WINDSURF)
    assert len(answer.passages) == 10


def test_the_page_asks_with_the_questions_of_its_conversation(desk, sheet):
    ask(desk, sheet, WINDSURF, STARGATE, "Qui l'a créé ?", NOWHERE)
    read_as = [turn.answer.read_as for turn in sheet.view.turns]
    assert read_as == [None, "Combien coûte Stargate ?", "Qui a créé Stargate ?", None]


def test_a_refusal_shows_the_folder_and_what_to_ask_instead(desk, sheet):
    _, card, side, _, _ = ask(desk, sheet, WINDSURF, NOWHERE)
    assert "Une autre question ?" in card
    assert FRENCH.instead in card
    assert "sr-folder" in side
    assert desk.suggests.told == [(NOWHERE, [WINDSURF], None)]


def test_a_long_conversation_keeps_its_last_turns(desk, sheet):
    ask(desk, sheet, *["?"] * KEPT, WINDSURF, STARGATE)
    assert len(sheet.view.turns) == KEPT
    assert sheet.view.turns[-1].answer.read_as == "Combien coûte Stargate ?"


def test_questions_to_begin_with_are_asked_for_again(desk, sheet):
    card = desk.offer("en", sheet)
    assert "en ?" in card


def test_one_goes_back_to_an_earlier_turn(desk, sheet):
    ask(desk, sheet, WINDSURF, NOWHERE)
    first = sheet.view.turns[0]
    turns, card, side, _ = desk.pick("fr", sheet, sent(turn=first.id))
    assert first.answer.text in card
    assert "<mark>" in side
    assert turns.index('aria-current="true"') < turns.index(NOWHERE)
    assert skipped(desk.pick("fr", sheet, sent(turn="0" * 16)))


def test_a_new_conversation_keeps_the_scope(desk, sheet):
    ask(desk, sheet, WINDSURF)
    desk.browse("fr", sheet, sent(find="004_"))
    desk.limit("fr", sheet, sent(on=True))
    turns, card, side, scope = desk.forget("en", sheet)
    assert WINDSURF not in turns + card
    assert "en ?" in card
    assert "sr-folder" in side
    assert "1 article" in scope


def test_a_scope_limits_what_is_asked_until_it_is_lifted(desk, sheet, seeds_session):
    source = seeds_session.ask(WINDSURF).citations[0].source
    other = next(each.source for each in seeds_session.index.passages.documents() if each.source != source)
    desk.browse("en", sheet, sent(find=other))
    notice = desk.limit("en", sheet, sent(on=True))
    assert "1 article" in notice
    ask(desk, sheet, WINDSURF)
    answer = sheet.view.turns[-1].answer
    assert {hit.document.source for hit in answer.passages} == {other}
    assert desk.limit("en", sheet, sent(on=False)) == ""
    ask(desk, sheet, WINDSURF)
    assert sheet.view.turns[-1].answer.citations[0].source == source


def test_a_scope_of_nothing_is_told_and_changes_nothing(desk, sheet):
    sheet.change(lambda view: replace(view, scope=Scope((), "1900", "1900")))  # whose articles have left the folder
    with pytest.warns(UserWarning, match="no article"):
        *shown, answered = ask(desk, sheet, WINDSURF)
    assert skipped(shown)
    assert answered == ""
    assert sheet.view.turns == ()


def test_articles_that_are_not_there_are_not_asked_alone(desk, sheet):
    desk.browse("en", sheet, sent(find="no article is called so"))
    with pytest.warns(UserWarning, match=ENGLISH.folder.none):
        assert skipped(desk.limit("en", sheet, sent(on=True)))
    assert sheet.view.scope is None  # nor all of them instead


def test_a_choice_of_thousands_of_articles_is_asked(make_folder):
    folder = make_folder(
        {f"{n}.txt": f"Le phare n° {n} mesure {n} mètres.\n" for n in range(1_002)} | {"x.md": "Rien."}
    )
    desk, sheet = Desk(LiveSession(Session.of_folder(folder)), Turnstile(), Offers()), Sheet()
    desk.browse("fr", sheet, sent(find=".txt"))
    assert "1002 articles" in desk.limit("fr", sheet, sent(on=True))
    (folder / "0.txt").unlink()  # what has left the folder since is no hindrance
    desk.live.refresh()
    ask(desk, sheet, "Combien mesure le phare n° 12 ?")
    assert len(sheet.view.turns) == 1
    desk.live.close()


def test_a_page_that_is_loaded_anew_finds_its_conversation_again(desk, sheet):
    shelf, key = Shelf(2), "0" * 31 + "a"
    shelf.bring(None, key, sheet)
    ask(desk, sheet, WINDSURF)
    anew, others, elsewhere = Sheet(), Sheet(), Sheet()
    shelf.bring("someone", key, others)
    shelf.bring(None, key, anew)
    assert anew.view == sheet.view
    assert others.view == View()
    for nonsense in (None, "", "a" * 31, "g" * 32, ["a"], 5):
        shelf.bring(None, nonsense, elsewhere)
    assert elsewhere.view == View()
    assert len(shelf) == 2
    for number in range(2):  # the ones used last stay
        shelf.bring(None, f"{number:032x}", Sheet())
    shelf.bring(None, key, elsewhere)
    assert elsewhere.view == View()
    assert len(shelf) == 2


def test_an_offered_question_leaves_the_box_alone(desk, sheet):
    told = asyncio.run(desk.example("fr", sheet, sent(question=WINDSURF)))
    assert len(told) == 4
    assert sheet.view.turns[0].answer.question.text == WINDSURF


def test_the_places_of_an_answer_are_stepped_through(desk, sheet):
    ask(desk, sheet, WINDSURF)
    places = [str(place) for place in sheet.view.places]
    side = desk.place("en", sheet, sent(places=places, at=0))
    assert "<mark>" in side
    side, head = desk.browse("en", sheet, sent())
    assert "sr-folder" in side
    assert "5 articles" in head


def test_a_busy_server_says_so_and_loses_nothing(desk, sheet, monkeypatch):
    desk.turnstile = Turnstile(0, 0)
    with pytest.warns(UserWarning, match="Trop de questions"):
        told = ask(desk, sheet, WINDSURF)
    assert skipped(told[:4])
    assert told[4] == ""  # nothing was answered: the question stays in its box


@pytest.mark.parametrize(
    ("question", "why"), [("x" * 2_001, "trop longue"), ("", ""), (" \n", ""), (None, ""), (5, "")]
)
def test_what_is_no_question_changes_nothing(desk, sheet, question, why):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        *shown, answered = ask(desk, sheet, question)
    assert skipped(shown)
    assert answered == ""
    assert len(told) == bool(why)
    assert all(why in str(each.message) for each in told)
    assert sheet.view.turns == ()


@pytest.mark.parametrize("data", ANYTHING)
@pytest.mark.parametrize("language", ["fr", None, {"x": 1}])
def test_every_handler_withstands_anything(desk, sheet, data, language):
    event = gr.EventData(None, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for handler in (desk.pick, desk.place, desk.browse, desk.limit, desk.react, desk.remark, desk.save):
            handler(language, sheet, event)
        asyncio.run(desk.example(language, sheet, event))
    assert sheet.view.turns == ()


def test_a_reaction_is_kept_with_the_answer_that_the_conversation_holds(desk, sheet, monkeypatch, tmp_path):
    monkeypatch.setattr(LiveSession, "index", tmp_path)
    ask(desk, sheet, WINDSURF, STARGATE)
    turn = sheet.view.turns[1]
    card = desk.react("fr", sheet, sent(value=f"{turn.id}:right", answer="5"))
    assert FRENCH.noted[0] in card
    (kept,) = read_feedback(tmp_path).feedback
    assert (kept.question, kept.read_as, kept.reaction) == (STARGATE, "Combien coûte Stargate ?", "right")
    assert (kept.answer, kept.previous) == (turn.answer.text, (WINDSURF,))

    card = desk.remark("en", sheet, sent(turn=turn.id, text=" pas\nsûr "))
    assert ENGLISH.noted[1] in card
    desk.react("fr", sheet, sent(value=f"{turn.id}:wrong_source"))
    (kept,) = read_feedback(tmp_path).feedback  # one answer, one verdict: the last
    assert (kept.reaction, kept.comment) == ("wrong_source", "pas sûr")
    desk.react("fr", sheet, sent(value=f"{turn.id}:wrong_source"))
    assert len((tmp_path / FEEDBACK_FILE).read_text("utf-8").splitlines()) == 3  # said again, kept once


@pytest.mark.parametrize("value", ["{id}", "{id}:good", "{id}:right:wrong", "right", "0000000000000000:right", ["x"]])
def test_no_reaction_is_kept_but_to_an_answer_of_the_conversation(desk, sheet, monkeypatch, tmp_path, value):
    monkeypatch.setattr(LiveSession, "index", tmp_path)
    ask(desk, sheet, WINDSURF)
    turn_id = sheet.view.turns[0].id
    value = value.replace("{id}", turn_id) if isinstance(value, str) else value
    with pytest.warns(UserWarning, match="n’est plus dans la conversation"):
        assert skipped(desk.react("fr", sheet, sent(value=value)))
    for about in (turn_id, "0" * 16):  # of no reaction yet, of no answer
        with pytest.warns(UserWarning, match="no longer in the conversation"):
            assert skipped(desk.remark("en", sheet, sent(turn=about, text="x")))
    assert not (tmp_path / FEEDBACK_FILE).exists()


def test_a_reaction_that_cannot_be_kept_is_told_in_a_line(desk, sheet, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(LiveSession, "index", tmp_path / "gone")
    ask(desk, sheet, WINDSURF)
    with pytest.warns(UserWarning, match="could not be kept: nothing can be written") as told:
        assert skipped(desk.react("en", sheet, sent(value=f"{sheet.view.turns[0].id}:right")))
    assert len(told) == 1
    assert str(tmp_path) not in str(told[0].message)  # which others may read
    assert capsys.readouterr().err.startswith(
        f"sourcier: cannot write {tmp_path / 'gone' / FEEDBACK_FILE} (No such file"
    )


def test_a_conversation_is_saved_in_either_form(desk, sheet):
    assert skipped(desk.save("fr", sheet, sent(form="md")))  # of nothing
    ask(desk, sheet, WINDSURF, NOWHERE)
    answers = [turn.answer for turn in sheet.view.turns]
    told = desk.save("fr", sheet, sent(form="md"))
    assert 'data-name="sourcier.md"' in told
    assert answers[0].text in told
    told = desk.save("fr", sheet, sent(form="jsonl"))
    assert told.count("&quot;schema&quot;: 1") == 2
    again = desk.save("fr", sheet, sent(form="jsonl"))
    assert told != again  # so that the browser sees a change


def test_pages_do_not_share_a_conversation(desk):
    one, other = Sheet(), Sheet()
    ask(desk, one, WINDSURF)
    assert other.view.turns == ()
    assert json.dumps(desk.show(other.view, ENGLISH)).count(WINDSURF) == 0


def test_turns_that_come_together_are_all_kept(desk, sheet):
    async def together():
        return await asyncio.gather(*(desk.answer(question, "fr", sheet) for question in (WINDSURF, NOWHERE, "Où ?")))

    asyncio.run(together())
    assert {turn.answer.question.text for turn in sheet.view.turns} == {WINDSURF, NOWHERE, "Où ?"}
