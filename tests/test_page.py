"""The chat page without a server: what it says, and that it escapes all that it did not say itself."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa.ui
from index.types import DocumentInfo, Hit, Passage
from qa.feedback import FEEDBACK_FILE, REACTIONS, read_feedback
from qa.session import Session
from qa.types import Agreement, Answer, AnswerKind, Citation, Group, Question, Reason
from qa.ui.examples import examples
from qa.ui.page import _Page
from qa.ui.places import Place, parse_places
from qa.ui.reactions import Turn, parse_reaction, react, reaction_row
from qa.ui.reader import reader, shelf
from qa.ui.render import answer_card, in_markdown, question_card
from qa.ui.words import ENGLISH, FRENCH, preferred

PAGE = Path(qa.ui.__file__).parent
HOSTILE = (
    '<img src="http://evil.example/x.png" onerror=alert(1)><form action="//evil.example"><input></form>'
    " ![x](http://evil.example/y.png) [z](javascript:alert) `code` $$x$$ **b** _i_ www.evil.example\n\n# h\r\n"
    "</div></article><script>alert(1)</script>&lt;b&gt; '\" | ~~s~~ {{x}} ${1+1}"
)


class Page(HTMLParser):
    """What a browser makes of a piece of HTML: its tags, its attributes, its text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.marked = ""
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "mark" in self.open:
            self.marked += data


def info(title="Le titre", source="a.txt", date="2025-05"):
    return DocumentInfo("d0", source, title, "fr", date, "0" * 64, "text/1")


def citation(number=1, quote="27 %", sentence="Il détient 27 % du groupe.", source="a.txt", title="Le titre"):
    start = 100 + sentence.index(quote)
    end = start + len(quote)
    around = (100, 100 + len(sentence), sentence)
    return Citation(number, source, title, "2025-05", 7, start, end, quote, around, "0" * 64, "text/1")


def answer(*citations, verdict="single", groups=(), kind=AnswerKind.SHARE, passages=(), reason=None):
    return Answer(
        Question(None, "Combien ?", "fr", kind),
        citations[0].quote if citations else None,
        reason,
        0.44,
        citations,
        Agreement(verdict, groups),
        passages,
    )


# What a page may hold: no surrogate, and no control but those that a reference can name.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("*_`#<>&[]()!\\|~$\n\t -+=:/.@"))


@given(TEXT)
def test_text_in_markdown_is_inert_and_loses_nothing(text):
    escaped = in_markdown(text)
    assert set(re.sub(r"&#\d+;", "", escaped)) & set("*_`#<>&[]()!\\|~$\n\t-+=:/.@\"'") == set()
    assert html.unescape(escaped) == text


def test_ampersands_stay_as_they_are_written():
    assert html.unescape(in_markdown("&lt;b&gt; &amp; &#65;")) == "&lt;b&gt; &amp; &#65;"


def test_a_card_holds_hostile_strings_as_text():
    hostile = citation(quote=HOSTILE, sentence=f"Avant. {HOSTILE} Après.", source=HOSTILE, title=HOSTILE)
    card = answer_card(answer(hostile), FRENCH, {HOSTILE: "d0"})
    page = Page(card)
    assert "\n" not in card
    assert set(page.tags) <= {"div", "p", "strong", "span", "i", "ul", "li", "button"}
    assert set(page.attributes) <= {"class", "type", "value", "title"}
    assert page.text.count(HOSTILE.replace("\r\n", "\r\n")) >= 3
    assert Page(question_card(HOSTILE)).tags == ["div"]


def test_the_reader_holds_hostile_strings_as_text():
    text = f"Début.\n{HOSTILE}\nFin."
    at = text.index("alert(1)")
    place = Place("d0", at, at + 8, 7, 7 + len(HOSTILE))
    page = Page(reader(info(HOSTILE, HOSTILE, HOSTILE), text, 2, (), [place], 0, FRENCH))
    assert set(page.tags) <= {"article", "header", "div", "span", "button", "h2", "p", "mark"}
    assert page.marked == "alert(1)"
    assert not any(name.startswith("on") or name in ("src", "href", "action") for name in page.attributes)
    assert Page(shelf([info(HOSTILE, HOSTILE, HOSTILE)], FRENCH)).text.count("<script>") == 3


@pytest.mark.parametrize(("words", "told"), [(FRENCH, "Les chiffres diffèrent"), (ENGLISH, "Figures differ")])
def test_a_card_lists_the_values_that_differ_with_their_quotes(words, told):
    first = citation()
    second = citation(2, "33%", "Il ne détient que 33% des parts.", "b.txt", "L'autre")
    differ = answer(first, second, verdict="differ", groups=(Group("27 %", (1,)), Group("33%", (2,))))
    text = Page(answer_card(differ, words, {"a.txt": "d0", "b.txt": "d1"})).text
    assert told in text
    for part in (first.sentence[2], second.sentence[2], "a.txt", "b.txt", words.day("2025-05")):
        assert part in text
    assert "contradict" not in text.lower()


def test_a_card_lists_other_sources_of_which_nothing_is_claimed():
    first = citation()
    second = citation(2, "33%", "Il ne détient que 33% des parts, et 30 % avant.", "b.txt", "L'autre")
    second = replace(second, beside=("30 %",), date=None)
    other = answer(first, second, groups=(Group("27 %", (1,), "2025-05"), Group("33%", (2,))))
    for words in (FRENCH, ENGLISH):
        text = Page(answer_card(other, words, {"a.txt": "d0", "b.txt": "d1"})).text
        for part in (
            first.sentence[2],
            words.others,
            second.sentence[2],
            words.undated,
            words.beside.format(values="30 %"),
        ):
            assert text.count(part) == 1
        assert words.by_kind(words.differ, AnswerKind.SHARE) not in text
        assert text.index(first.sentence[2]) < text.index(words.others) < text.index(second.sentence[2])


def test_a_card_counts_a_copy_once_and_says_where_else_it_stands():
    copy = replace(citation(2, source="b.txt"), copy_of=1)
    agree = answer(citation(), copy, citation(3, source="c.txt"), verdict="agree", groups=(Group("27 %", (1, 2, 3)),))
    text = Page(answer_card(agree, ENGLISH, {"a.txt": "d0", "b.txt": "d1", "c.txt": "d2"})).text
    assert "2 sources give the same figure" in text
    assert "Also in b.txt" in text
    assert "Also in c.txt" not in text


def test_a_card_says_that_sources_agree():
    agree = answer(citation(), citation(2, source="b.txt"), verdict="agree", groups=(Group("27 %", (1, 2)),))
    card = Page(answer_card(agree, ENGLISH, {"a.txt": "d0", "b.txt": "d1"}))
    assert "2 sources give the same figure" in card.text
    assert card.attributes["value"] == ["d0:111:115:100:126", "d1:111:115:100:126"]
    assert "Low confidence, check it in the source (44%)" in card.text


@pytest.mark.parametrize("reason", list(Reason))
def test_an_abstention_says_why_and_what_is_near(reason):
    hit = Hit(Passage(1, "d0", 5, 40, "Un passage proche.", ()), info(), 1, 0.5, 0.5, 0.5, 0.5)
    for words in (FRENCH, ENGLISH):
        card = Page(answer_card(answer(reason=reason, passages=(hit,)), words, {}))
        assert words.no_answer in card.text
        assert words.reasons[reason] in card.text
        assert "Un passage proche." in card.text
        assert card.attributes["value"] == ["d0:5:5:5:40"]


@pytest.mark.parametrize(
    ("words", "told"),
    [(FRENCH, "Question lue ainsi\u00a0: Qui dirige Google ?"), (ENGLISH, "Read as: Qui dirige Google ?")],
)
def test_a_card_says_how_a_follow_up_was_read(words, told):
    answered, refused = answer(citation()), answer(reason=Reason.NO_MATCH)
    for card in (answered, refused):
        read = Page(answer_card(replace(card, read_as="Qui dirige Google ?"), words, {"a.txt": "d0"}))
        assert told in read.text
        assert "sr-read" in read.attributes["class"]
        assert "sr-read" not in answer_card(card, words, {"a.txt": "d0"})
        hostile = Page(answer_card(replace(card, read_as=HOSTILE), words, {"a.txt": "d0"}))
        assert HOSTILE in hostile.text
        assert set(hostile.tags) <= {"div", "p", "strong", "span", "i", "ul", "li", "button"}


def test_the_page_asks_with_the_questions_of_its_conversation(seeds_session):
    page = _Page(seeds_session)
    turns = []
    for question in ("Combien coûte Windsurf ?", "Et Stargate ?", "Qui l'a créé ?", "Qui a peint Guernica ?"):
        _, turns, *_ = page.answer(question, "fr", turns)
    assert [turn.answer.question.text for turn in turns][1:3] == ["Et Stargate ?", "Qui l'a créé ?"]
    assert [turn.answer.read_as for turn in turns] == [None, "Combien coûte Stargate ?", "Qui a créé Stargate ?", None]


def test_a_long_conversation_is_asked_with_its_last_questions(seeds_session):
    page = _Page(seeds_session)
    long = [Turn(answer(reason=Reason.NO_MATCH))] * 40 + [Turn(seeds_session.ask("Combien coûte Windsurf ?"))]
    _, turns, *_ = page.answer("Et Stargate ?", "fr", long)
    assert turns[-1].answer.read_as == "Combien coûte Stargate ?"


@given(st.text(max_size=60), st.data())
def test_the_reader_marks_exactly_the_answer(text, data):
    start, a, b, end = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    text = re.sub(r"[\x00\r\ud800-\udfff]", "x", text)
    page = Page(reader(info(), text, 1, (), [Place("d0", a, b, start, end)], 0, FRENCH))
    assert re.sub(r"\s", "", page.marked) == re.sub(r"\s", "", text[a:b])


def test_the_reader_cuts_a_huge_article_around_the_citation():
    text = "x" * 50_000 + "\nLa réponse est 42.\n" + "y" * 50_000
    at = text.index("42")
    page = Page(reader(info(), text, 2, (), [Place("d0", at, at + 2, at - 15, at + 3)], 0, ENGLISH))
    assert page.marked == "42"
    assert len(page.text) < 41_000
    assert ENGLISH.cut_before in page.text
    assert ENGLISH.cut_after in page.text


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr", "fr"), ("fr-CA,en;q=0.8", "fr"), ("en-GB,fr;q=0.9", "en"), ("de,fr;q=0.3,en;q=0.2", "fr"), ("de", "en"),
     (None, "en"), ("fr;q=0", "en"), ("fr;q=x,,;", "en"), ("," * 100_000, "en")],
)  # fmt: skip
def test_the_browser_chooses_the_language(header, language):
    assert preferred(header).language == language


def test_dates_are_written_out():
    assert [FRENCH.day(date) for date in ("2025", "2025-05", "2025-08-01", "2025-13", "hier")] == [
        "2025", "mai 2025", "1er août 2025", "2025-13", "hier",
    ]  # fmt: skip
    assert ENGLISH.day("2025-12-24") == "24 December 2025"


def test_both_languages_say_everything():
    for name in FRENCH.__slots__:
        french, english = getattr(FRENCH, name), getattr(ENGLISH, name)
        assert type(french) is type(english)
        assert french
        if isinstance(french, str):
            assert sorted(re.findall(r"{\w+}", french)) == sorted(re.findall(r"{\w+}", english))


@pytest.mark.parametrize(
    "sent", [None, [], "a", [1], ["d0:1:2:3"], ["../x:1:2:3:4"], ["d0:1:2:3:-4"], ["d0:1:2:3:4"] * 21]
)
def test_places_that_are_none_are_refused(sent):
    with pytest.raises(ValueError, match="place"):
        parse_places(sent, 0)


@pytest.mark.parametrize("at", [None, -1, 1, True, "0", 0.0])
def test_positions_that_are_none_are_refused(at):
    with pytest.raises(ValueError, match="place"):
        parse_places(["d0:1:2:3:4"], at)


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("theme", [":root", ".dark"])
def test_every_text_contrasts_enough(theme):
    block = (PAGE / "style.css").read_text("utf-8").split(theme + " {")[1].split("}")[0]
    colours = dict(re.findall(r"--sr-([\w-]+): (#[0-9a-f]{6});", block))
    pairs = [(ink, on) for ink in ("ink", "soft", "accent") for on in ("page", "sheet", "raised", "wash")]
    pairs += [("on-accent", "accent"), ("on-mark", "mark"), ("ink", "tint")]
    for ink, ground in pairs:
        light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, ground)


def test_the_page_names_no_other_machine():
    for path in PAGE.iterdir():
        if path.suffix in (".py", ".css", ".js"):
            assert not re.search(r"https?://(?!\{name\})|url\(|@import", path.read_text("utf-8")), path.name


def test_examples_for_the_seeds_are_answered(seeds_session):
    offered = examples(seeds_session, seeds_session.index.passages.documents())
    assert all(2 <= len(offered[language]) <= 3 for language in ("fr", "en"))


def test_examples_for_another_folder_come_from_its_titles(make_folder):
    folder = make_folder({"a.txt": "Le phare de Cordouan\n\nLe phare de Cordouan mesure 67 mètres de haut.\n"})
    with Session.of_folder(folder) as session:
        offered = examples(session, session.index.passages.documents())
    assert "Cordouan" in offered["fr"][0]
    assert "Cordouan" in offered["en"][0]


def clicked(value):
    return gr.EventData(None, value)


def test_a_reaction_is_kept_with_the_answer_that_the_conversation_holds(seeds_session, monkeypatch, tmp_path):
    page = _Page(seeds_session)
    page.kept_in = tmp_path
    turns = []
    for question in ("Combien coûte Windsurf ?", "Et Stargate ?"):
        _, turns, *_ = page.answer(question, "fr", turns)
    messages, turns, row, text, about = page.react(
        "fr", turns, clicked({"value": f"{turns[1].id}:right", "answer": "5"})
    )
    assert FRENCH.noted[0] in html.unescape(messages[3]["content"])
    assert FRENCH.noted[0] not in html.unescape(messages[1]["content"])
    assert (row["visible"], text, about) == (True, "", turns[1].id)
    (kept,) = read_feedback(tmp_path).feedback
    assert (kept.question, kept.read_as, kept.reaction) == ("Et Stargate ?", "Combien coûte Stargate ?", "right")
    assert (kept.answer, kept.previous) == (turns[1].answer.text, ("Combien coûte Windsurf ?",))

    messages, turns, row, text, about = page.comment(" pas\nsûr ", "en", turns, about)
    assert ENGLISH.noted[1] in html.unescape(messages[3]["content"])
    assert (row["visible"], text, about) == (False, "", None)
    _, turns, *_ = page.react("fr", turns, clicked({"value": f"{turns[1].id}:wrong_source"}))
    (kept,) = read_feedback(tmp_path).feedback  # one answer, one verdict: the last
    assert (kept.reaction, kept.comment) == ("wrong_source", "pas sûr")
    page.react("fr", turns, clicked({"value": f"{turns[1].id}:wrong_source"}))
    assert len((tmp_path / FEEDBACK_FILE).read_text("utf-8").splitlines()) == 3  # said again, kept once


@pytest.mark.parametrize(
    "sent",
    [
        None, 5, "x", [], {}, {"value": 5}, {"value": "right"}, {"value": "0" * 16 + ":right"}, {"value": "{id}"},
        {"value": "{id}:good"}, {"value": "{id}:right:wrong"}, {"value": ["{id}:right"]},
        {"id": "{id}", "reaction": "right"},
    ],
)  # fmt: skip
def test_no_reaction_is_kept_but_to_an_answer_of_the_conversation(seeds_session, tmp_path, sent):
    page = _Page(seeds_session)
    page.kept_in = tmp_path
    turns = [Turn(answer(citation()))]
    if isinstance(sent, dict):
        sent = {
            key: value.replace("{id}", turns[0].id) if isinstance(value, str) else value for key, value in sent.items()
        }
    with pytest.warns(UserWarning, match="n’est plus dans la conversation"):
        assert page.react("fr", turns, clicked(sent)) == (gr.skip(),) * 5
    for text, about in (("x", None), ("", turns[0].id), (5, turns[0].id), (["x"], turns[0].id), (" \n", turns[0].id)):
        assert len(page.comment(text, "fr", turns, about)) == 5
    for about in (turns[0].id, "0" * 16):  # of no reaction yet, of no answer
        with pytest.warns(UserWarning, match="no longer in the conversation"):
            assert page.comment("x", "en", turns, about) == (gr.skip(),) * 5
    assert not (tmp_path / FEEDBACK_FILE).exists()


def test_a_reaction_that_cannot_be_kept_is_told_in_a_line(seeds_session, tmp_path, capsys):
    page = _Page(seeds_session)
    page.kept_in = tmp_path / "gone"
    turns = [Turn(answer(citation()))]
    with pytest.warns(UserWarning, match="could not be kept: nothing can be written") as told:
        assert page.react("en", turns, clicked({"value": f"{turns[0].id}:right"})) == (gr.skip(),) * 5
    assert len(told) == 1
    assert str(tmp_path) not in str(told[0].message)  # which others may read
    assert capsys.readouterr().err.startswith(
        f"sourcier: cannot write {tmp_path / 'gone' / FEEDBACK_FILE} (No such file"
    )
    said = [replace(turns[0], reaction="right")]
    with pytest.warns(UserWarning, match="pas pu être conservé"):
        assert page.comment("x", "fr", said, turns[0].id) == (gr.skip(),) * 5


@pytest.mark.parametrize("words", [FRENCH, ENGLISH])
def test_the_buttons_are_real_ones_with_words(words):
    turn = Turn(answer(citation()))
    row = Page(reaction_row(turn, words))
    assert row.tags == ["div", "span", "button", "button", "button"]
    assert all(told in row.text for told in words.reactions)
    assert [parse_reaction(value) for value in row.attributes["value"]] == [(turn.id, each) for each in REACTIONS]
    chosen = Page(reaction_row(replace(turn, reaction="wrong"), words))
    assert [each for each in chosen.attributes["class"] if "chosen" in each] == ["sr-react sr-chosen"]
    assert words.noted[0] in chosen.text
    refused = Page(reaction_row(Turn(answer(reason=Reason.NO_MATCH)), words))
    assert words.reactions[2] not in refused.text


def test_a_new_question_puts_the_line_for_comments_away(seeds_session):
    page = _Page(seeds_session)
    for told in (page.answer("Combien coûte Windsurf ?", "fr", []), page.forget("fr")):
        row, text, about = told[-3:]
        assert (row["visible"], text, about) == (False, "", None)
    assert len(page.answer("", "fr", [])) == 8


def test_ids_of_answers_cannot_be_guessed_from_one_another():
    ids = {Turn(answer(citation())).id for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)
    with pytest.raises(ValueError, match="no such answer"):
        react(Path(), [], "0" * 16, "right")
