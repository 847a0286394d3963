"""What programs may ask: each argument checked, each answer that of the session, and one call among many."""

from __future__ import annotations

import asyncio
import json

import gradio as gr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import BusyError, QuestionError, UsageError
from qa.in_turn import ask_in_turn
from qa.live import LiveSession
from qa.schema import answer_json
from qa.scope import Scope
from qa.service import MAX_QUESTIONS, Service, fields_of, read_many
from qa.turnstile import Turnstile
from qa.ui.api import endpoints

FRENCH = "Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?"
STARGATE = "How much does Stargate cost?"
FIRST = "000_6bf0d6dca34366c9.txt"


@pytest.fixture(scope="module")
def service(seeds_session) -> Service:
    return Service(LiveSession(seeds_session))


def timeless(told):
    return {name: value for name, value in told.items() if name != "timings_ms"}


@pytest.mark.parametrize(
    ("arguments", "scope"),
    [
        ({"question": FRENCH}, None),
        ({"question": STARGATE, "k": 3, "language": "en"}, None),
        ({"question": "Et Stargate ?", "previous": ["Combien coûte Windsurf ?"]}, None),
        ({"question": STARGATE, "sources": [FIRST]}, Scope.of([FIRST])),
        ({"question": FRENCH, "since": "2025", "until": "2025-06"}, Scope.of(None, "2025", "2025-06")),
        ({"question": "   "}, None),
    ],
)
def test_an_answer_is_that_of_the_session(service, seeds_session, arguments, scope):
    told = service.ask(**arguments)
    asked = {name: value for name, value in arguments.items() if name not in ("question", "sources", "since", "until")}
    expected = seeds_session.ask(arguments["question"], **asked, **({"scope": scope} if scope else {}))
    assert timeless(told) == timeless(answer_json(expected))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"question": 5}, "question is a string"),
        ({"question": None}, "question is a string"),
        ({"k": 0}, "k is a whole number from 1 to 100"),
        ({"k": 101}, "k is a whole number from 1 to 100"),
        ({"k": "5"}, "k is a whole number from 1 to 100"),
        ({"k": True}, "k is a whole number from 1 to 100"),
        ({"k": 5.0}, "k is a whole number from 1 to 100"),
        ({"k": None}, "k is a whole number from 1 to 100"),
        ({"k": 10**400}, "k is a whole number from 1 to 100"),
        ({"language": "de"}, "language is fr or en"),
        ({"language": ["fr"]}, "language is fr or en"),
        ({"language": {}}, "language is fr or en"),
        ({"previous": "Combien ?"}, "previous is a list of strings"),
        ({"previous": [5]}, "previous is a list of strings"),
        ({"previous": {"a": "b"}}, "previous is a list of strings"),
        ({"sources": [5]}, "source"),
        ({"sources": {"a": 1}}, "source"),
        ({"since": 2025}, "since"),
        ({"until": "yesterday"}, "until"),
    ],
)
def test_a_bad_argument_is_named_in_one_line(service, arguments, message):
    calls = [service.ask] if "previous" in arguments else [service.ask, service.passages]
    for call in calls:
        with pytest.raises(UsageError) as refused:
            call(**{"question": "Combien ?", **arguments})
        assert message in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_question_that_cannot_be_asked_is_told_by_the_session(service):
    with pytest.raises(QuestionError, match="2,001 characters"):
        service.ask("x" * 2_001)
    with pytest.raises(QuestionError, match="half a character"):
        service.passages("Combien \ud800 ?")


def test_passages_are_the_nearest_in_the_form_of_answers(service, seeds_session):
    told = service.passages(STARGATE, k=100)
    listed = {(each["source"], each["start"]): each for each in service.ask(STARGATE, k=100)["passages"]}
    assert [each["rank"] for each in told["passages"]] == list(range(1, len(listed) + 1))
    assert [each["score"] for each in told["passages"]] == sorted(each["score"] for each in listed.values())[::-1]
    for each in told["passages"]:
        assert {**each, "rank": 0} == {**listed[each["source"], each["start"]], "rank": 0}
    assert told["index"] == {"version": seeds_session.index.version, "encoder": "embedded"}
    assert (told["question"], told["language"]) == (STARGATE, "en")


def test_passages_are_as_many_as_asked_for_and_of_the_articles_chosen(service):
    assert len(service.passages(STARGATE, k=2)["passages"]) == 2
    assert {each["source"] for each in service.passages(STARGATE, sources=[FIRST])["passages"]} == {FIRST}
    assert service.passages("Combien ?", language="en")["language"] == "en"


@pytest.mark.parametrize("question", ["", " \n", "?!", "Qui ?"])
def test_what_is_no_question_has_no_passages(service, question):
    assert service.passages(question)["passages"] == []


def test_documents_are_the_files_and_those_skipped(make_folder):
    folder = make_folder(
        {"a.txt": "Le phare mesure 12 mètres.\n", "notes/b.md": "# Le port\n\nIl ferme.", "c.xyz": "x"}
    )
    with LiveSession.of_folder(folder, folder.parent / "index") as live:
        told = Service(live).documents()
    by_source = {each["source"]: each for each in told["documents"]}
    assert list(by_source) == ["a.txt", "notes/b.md"]
    assert all(each["size"] == (folder / source).stat().st_size for source, each in by_source.items())
    assert by_source["notes/b.md"]["title"] == "Le port"
    assert {each["state"] for each in by_source.values()} == {"indexed"}
    assert [each["source"] for each in told["skipped"]] == ["c.xyz"]
    assert told["skipped"][0]["reason"].startswith("format .xyz is not read")


def test_many_are_answered_in_order_and_a_bad_one_keeps_its_place(service):
    questions = [
        STARGATE,
        {"id": "q", "question": FRENCH, "k": 1, "language": "fr"},
        {"id": "r", "question": 7},
        {"id": "s", "question": FRENCH, "who": "me"},
        {"id": 9, "question": FRENCH},
        {"id": "\ud800", "question": FRENCH},
        {},
        None,
        ["x"],
        {"id": "t", "question": "x" * 2_001},
    ]
    told = service.ask_many(questions, k=2)
    assert told["schema"] == 1
    first, second, *bad = told["answers"]
    assert timeless(first) == timeless(service.ask(STARGATE, k=2))
    assert timeless(second) == {**timeless(service.ask(FRENCH, k=1, language="fr")), "id": "q"}
    assert [each["id"] for each in bad] == ["r", "s", None, None, None, None, None, "t"]
    messages = [each["error"]["message"] for each in bad]
    assert messages[0] == "question is a string"
    assert messages[1].startswith("no field is named 'who': the fields are question, k,")
    assert messages[2] == "id is a string, or left out"
    assert messages[3].startswith("the id holds half a character")
    assert set(messages[4:7]) == {"question is a string"}
    assert bad[-1]["error"]["kind"] == "question"
    json.dumps(told, ensure_ascii=False).encode()


@pytest.mark.parametrize("questions", [None, "Combien ?", {"question": "Combien ?"}, 3])
def test_many_are_a_list(service, questions):
    with pytest.raises(UsageError, match="questions is a list"):
        service.ask_many(questions)


def test_many_are_not_too_many(service):
    assert len(read_many(["?"] * MAX_QUESTIONS)) == MAX_QUESTIONS
    with pytest.raises(UsageError, match="201 questions, the most is 200"):
        service.ask_many(["?"] * (MAX_QUESTIONS + 1))
    with pytest.raises(UsageError, match="k is a whole number"):
        service.ask_many(["?"], k=0)


def test_a_field_that_nobody_knows_is_named_in_one_short_line():
    with pytest.raises(UsageError) as refused:
        fields_of({"x\n" * 1_000: 1}, ("question",))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys([*"xy", "id", "k", "language", "previous", "sources"], ANYTHING))
)
def test_anything_at_all_gets_an_object_in_its_place(seeds_session, item):
    service = Service(LiveSession(seeds_session))
    (told,) = service.ask_many([{"question": "Qui ?", **item}])["answers"]
    assert told["schema"] == 1
    assert "error" in told or told["reason"] == "not_a_question"


class _OneAtATime(Turnstile):
    """A turnstile that notes who passes, and turns away from the nth on."""

    def __init__(self, most: int = 1_000) -> None:
        super().__init__()
        self.passed, self.most = 0, most

    async def run(self, function, *args, **kwargs):
        self.passed += 1
        if self.passed > self.most:
            raise BusyError("busy: ask again")
        return function(*args, **kwargs)


def test_each_of_many_takes_a_place_of_its_own(service):
    turnstile = _OneAtATime()
    told = asyncio.run(ask_in_turn(service, turnstile, [STARGATE, {"id": "b", "question": 3}], 1))
    assert turnstile.passed == 2
    assert [timeless(each) for each in told["answers"]] == [
        timeless(each) for each in service.ask_many([STARGATE, {"id": "b", "question": 3}], 1)["answers"]
    ]


def test_one_of_many_that_finds_no_place_is_told_in_its_own(service):
    told = asyncio.run(ask_in_turn(service, _OneAtATime(1), ["Qui ?", {"id": "b", "question": "Qui ?"}]))["answers"]
    assert told[0]["reason"] == "not_a_question"
    assert told[1] == {"schema": 1, "id": "b", "error": {"kind": "busy", "message": "busy: ask again"}}
    with pytest.raises(BusyError):
        asyncio.run(ask_in_turn(service, _OneAtATime(0), ["Qui ?"]))


def test_nothing_more_is_asked_for_somebody_who_left(service):
    turnstile = _OneAtATime()

    async def left() -> bool:
        return turnstile.passed == 1

    told = asyncio.run(ask_in_turn(service, turnstile, ["Qui ?"] * 5, gone=left))
    assert (turnstile.passed, len(told["answers"])) == (1, 1)


def test_the_page_s_endpoints_answer_as_the_service_does(service):
    offered = endpoints(service, Turnstile())
    assert list(offered) == ["ask", "ask_many", "passages", "documents"]
    assert all(each.__doc__ and each.__name__ == name for name, each in offered.items())
    told = asyncio.run(offered["ask"](STARGATE, 2, "en", sources=[FIRST]))
    assert timeless(told) == timeless(service.ask(STARGATE, 2, "en", sources=[FIRST]))
    assert asyncio.run(offered["passages"](STARGATE, 2)) == service.passages(STARGATE, 2)
    assert asyncio.run(offered["documents"]()) == service.documents()
    many = asyncio.run(offered["ask_many"](["Qui ?", {"id": "b", "question": 5}], 2))
    assert [each["id"] for each in many["answers"]] == [None, "b"]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("ask", {"question": 5}, "question is a string"),
        ("ask", {"question": "?", "sources": ["none.txt"]}, "none.txt"),
        ("ask_many", {"questions": "?"}, "questions is a list"),
        ("passages", {"question": "?", "k": "5"}, "k is a whole number"),
    ],
)
def test_the_page_s_endpoints_refuse_in_one_line(service, name, arguments, message):
    with pytest.raises(gr.Error) as refused:
        asyncio.run(endpoints(service, Turnstile())[name](**arguments))
    assert message in refused.value.message
    assert "\n" not in refused.value.message
    assert not refused.value.print_exception
