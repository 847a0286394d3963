"""The chat page without a server: what it says, and that it escapes all that it did not say itself."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa.ui
from index.documents import MAX_FILE_BYTES, doc_id_of
from index.types import DocumentInfo, Hit, Passage, Skipped
from qa.feedback import REACTIONS
from qa.scope import Scope
from qa.session import Session
from qa.types import Agreement, Answer, AnswerKind, Citation, Group, Question, Reason
from qa.ui.browsing import Filter, Listing, scope_of
from qa.ui.card import turn_card, welcome
from qa.ui.folder_view import folder_view
from qa.ui.places import Place, parse_places, parse_reach
from qa.ui.reactions import Turn, parse_reaction, react, reaction_row
from qa.ui.reader import SHOWN, reader, source_at
from qa.ui.text import shown
from qa.ui.thread import thread
from qa.ui.view import scope_notice
from qa.ui.words import ENGLISH, FRENCH, preferred

PAGE = Path(qa.ui.__file__).parent
SHA = "0" * 12
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
        if tag != "input":  # which has no end
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
def test_text_is_inert_and_loses_nothing(text):
    page = Page(f'<p title="{shown(text)}">{shown(text)}</p>')
    assert page.tags == ["p"]
    assert page.text == text
    assert page.attributes == {"title": [text]}


@pytest.mark.parametrize("override", ["\u202e", "\u202d", "\u2067", "\u2066", "\u202b"])
def test_what_turns_the_order_of_letters_is_shown_for_what_it_is(override):
    assert shown(f"27 {override}% de 100") == "27 \ufffd% de 100"


def test_marks_that_lean_on_their_neighbours_are_left_out():
    assert shown("10\u200f-\u200e20\u061c") == "10-20"
    assert shown("\x00\x1b[31m\ud800") == "\ufffd\ufffd[31m\ufffd"


def card_of(told, words=FRENCH, instead=()):
    return turn_card(Turn(told, instead), words)


def places_in(page):
    """Return the places that the buttons of a piece of HTML lead to."""
    return [value for value in page.attributes["value"] if value.count(":") == 5]


def test_ampersands_stay_as_they_are_written():
    assert Page(f"<p>{shown('&lt;b&gt; &amp; &#65;')}</p>").text == "&lt;b&gt; &amp; &#65;"


CARD_TAGS = {
    "article",
    "div",
    "p",
    "bdi",
    "strong",
    "span",
    "i",
    "ul",
    "li",
    "button",
    "h2",
    "h3",
    "details",
    "summary",
}


def test_a_card_holds_hostile_strings_as_text():
    hostile = citation(quote=HOSTILE, sentence=f"Avant. {HOSTILE} Après.", source=HOSTILE, title=HOSTILE)
    told = replace(answer(hostile), question=Question(None, HOSTILE, "fr", AnswerKind.SHARE))
    page = Page(card_of(told))
    assert set(page.tags) <= CARD_TAGS
    assert not any(name.startswith("on") or name in ("src", "href", "action", "style") for name in page.attributes)
    assert page.text.count(HOSTILE) >= 4
    listed = Page(thread([Turn(told)], None, FRENCH))
    assert HOSTILE in listed.text
    assert set(listed.tags) <= {"nav", "h2", "ol", "li", "button", "span", "bdi", "div"}
    refused = Page(card_of(answer(reason=Reason.NO_MATCH), instead=(HOSTILE,)))
    assert HOSTILE in refused.text
    assert set(refused.tags) <= CARD_TAGS
    assert set(Page(welcome(FRENCH, [HOSTILE])).tags) <= {"div", "h2", "p", "ul", "li", "button"}


def test_the_reader_holds_hostile_strings_as_text():
    text = f"Début.\n{HOSTILE}\nFin."
    at = text.index("alert(1)")
    place = Place("d0", SHA, at, at + 8, 7, 7 + len(HOSTILE))
    page = Page(reader(info(HOSTILE, HOSTILE, HOSTILE), text, 2, (), [place], 0, FRENCH))
    assert set(page.tags) <= {"article", "header", "div", "span", "button", "h2", "p", "mark"}
    assert page.marked == "alert(1)"
    assert not any(name.startswith("on") or name in ("src", "href", "action") for name in page.attributes)
    listing = Listing((info(HOSTILE, HOSTILE, HOSTILE),), {}, (Skipped(HOSTILE, HOSTILE),), 1, 1, HOSTILE)
    view = Page(folder_view(listing, Filter(HOSTILE, HOSTILE, HOSTILE), FRENCH, read_only=False))
    assert view.text.count("<script>") == 5
    assert not {"img", "script", "iframe"} & set(view.tags)
    assert view.attributes["href"] == ["/api"]
    assert HOSTILE in Page(scope_notice(Scope((), HOSTILE, HOSTILE), FRENCH)).text


@pytest.mark.parametrize(("words", "told"), [(FRENCH, "Les chiffres diffèrent"), (ENGLISH, "Figures differ")])
def test_a_card_lists_the_values_that_differ_with_their_quotes(words, told):
    first = citation()
    second = citation(2, "33%", "Il ne détient que 33% des parts.", "b.txt", "L'autre")
    differ = answer(first, second, verdict="differ", groups=(Group("27 %", (1,)), Group("33%", (2,))))
    text = Page(card_of(differ, words)).text
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
        text = Page(card_of(other, words)).text
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
    text = Page(card_of(agree, ENGLISH)).text
    assert "2 sources give the same figure" in text
    assert "Also in b.txt" in text
    assert "Also in c.txt" not in text


def test_a_card_says_that_sources_agree():
    agree = answer(citation(), citation(2, source="b.txt"), verdict="agree", groups=(Group("27 %", (1, 2)),))
    card = Page(card_of(agree, ENGLISH))
    assert "2 sources give the same figure" in card.text
    assert places_in(card) == [f"{doc_id_of(name)}:{SHA}:111:115:100:126" for name in ("a.txt", "b.txt")]
    assert "Low confidence, check it in the source (44%)" in card.text


@pytest.mark.parametrize("reason", list(Reason))
def test_an_abstention_says_why_and_what_is_near(reason):
    hit = Hit(Passage(1, "d0", 5, 40, "Un passage proche.", ()), info(), 1, 0.5, 0.5, 0.5, 0.5)
    for words in (FRENCH, ENGLISH):
        card = Page(card_of(answer(reason=reason, passages=(hit,)), words, ("Qui ?",)))
        assert words.no_answer in card.text
        assert words.reasons[reason] in card.text
        assert "Un passage proche." in card.text
        assert places_in(card) == [f"d0:{SHA}:5:5:5:40"]
        assert "Qui ?" in card.text
        assert words.instead in card.text


@pytest.mark.parametrize(
    ("words", "told"),
    [(FRENCH, "Question lue ainsi\u00a0: Qui dirige Google ?"), (ENGLISH, "Read as: Qui dirige Google ?")],
)
def test_a_card_says_how_a_follow_up_was_read(words, told):
    answered, refused = answer(citation()), answer(reason=Reason.NO_MATCH)
    for card in (answered, refused):
        read = Page(card_of(replace(card, read_as="Qui dirige Google ?"), words))
        assert told in read.text
        assert "sr-read" in read.attributes["class"]
        assert "sr-read" not in card_of(card, words)
        hostile = Page(card_of(replace(card, read_as=HOSTILE), words))
        assert HOSTILE in hostile.text
        assert set(hostile.tags) <= CARD_TAGS


@given(st.text(max_size=60), st.data())
def test_the_reader_marks_exactly_the_answer(text, data):
    start, a, b, end = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    text = re.sub("[\r\x1c-\x1f\x85\u200e\u200f\u061c]", "x", text)
    page = Page(reader(info(), text, 1, (), [Place("d0", SHA, a, b, start, end)], 0, FRENCH))
    assert re.sub(r"\s", "", page.marked) == re.sub(r"\s", "", html.unescape(shown(text[a:b])))


def test_the_reader_cuts_a_huge_article_around_the_citation():
    text = "x" * 50_000 + "\nLa réponse est 42.\n" + "y" * 50_000
    at = text.index("42")
    page = Page(reader(info(), text, 2, (), [Place("d0", SHA, at, at + 2, at - 15, at + 3)], 0, ENGLISH))
    assert page.marked == "42"
    assert len(page.text) < 41_000
    assert ENGLISH.cut_before in page.text
    assert ENGLISH.cut_after in page.text
    assert page.attributes["data-reach"] == ["[1, 0]", "[0, 1]"]
    more = Page(reader(info(), text, 2, (), [Place("d0", SHA, at, at + 2, at - 15, at + 3)], 0, ENGLISH, (1, 0)))
    assert more.marked == "42"
    assert ENGLISH.cut_before not in more.text
    assert "x" * 50_000 in more.text
    assert more.attributes["data-reach"] == ["[1, 1]"]


@pytest.mark.parametrize("sent", [None, "", [], [1], [1, 2, 3], [0, -1], [5, 0], ["1", 1], {"0": 1}])
def test_how_much_more_of_an_article_is_wanted_is_checked(sent):
    assert parse_reach([4, 0]) == (4, 0)
    assert SHOWN * 8**4 >= MAX_FILE_BYTES  # all of the largest file, in the end
    assert parse_reach(sent) == (0, 0)


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


def said(words):
    """Yield the name and the value of everything that a language's words say."""
    for record in (words, words.folder):
        yield from ((name, getattr(record, name)) for name in record.__slots__ if name != "folder")


def test_both_languages_say_everything():
    for (name, french), (other, english) in zip(said(FRENCH), said(ENGLISH), strict=True):
        assert name == other
        assert type(french) is type(english)
        assert french
        assert english
        if isinstance(french, tuple | dict):
            assert len(french) == len(english)
            assert all(french)
        if isinstance(french, str):
            assert sorted(re.findall(r"{\w+}", french)) == sorted(re.findall(r"{\w+}", english))


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [(0, "0\u00a0o", "0\u00a0B"), (999, "999\u00a0o", "999\u00a0B"), (3_410, "3,4\u00a0ko", "3.4\u00a0kB"),
     (48_200, "48\u00a0ko", "48\u00a0kB"), (32_000_000, "32\u00a0Mo", "32\u00a0MB")],
)  # fmt: skip
def test_sizes_are_told_as_people_read_them(count, french, english):
    assert (FRENCH.size(count), ENGLISH.size(count)) == (french, english)


def test_the_conversation_lists_each_turn_with_what_came_of_it():
    turns = [Turn(answer(citation())), Turn(answer(reason=Reason.NO_MATCH))]
    page = Page(thread(turns, turns[1].id, ENGLISH))
    assert page.attributes["value"] == [turn.id for turn in turns]
    assert page.attributes["aria-current"] == ["true"]
    assert "27 %" in page.text
    assert ENGLISH.refused in page.text
    assert page.attributes["data-save"] == ["md", "jsonl"]
    assert "data-save" not in Page(thread([], None, ENGLISH)).attributes


def test_a_card_keeps_the_nearest_passages_apart_from_the_citations():
    hit = Hit(Passage(1, "d0", 5, 40, "Un passage proche.", ()), info(), 1, 0.5, 0.5, 0.5, 0.5)
    html_of = card_of(answer(citation(), passages=(hit,)), ENGLISH)
    before, _, after = html_of.partition("<details")
    assert ENGLISH.more_passages.format(n=1) in after
    assert "Un passage proche." in after
    assert "27 %" in before
    assert "Un passage proche." not in before


def test_an_article_that_has_changed_since_is_not_marked(make_folder):
    folder = make_folder({"a.txt": "Le phare de Cordouan mesure 67 mètres de haut.\n"})
    with Session.of_folder(folder) as session:
        (cited,) = session.ask("Combien mesure le phare de Cordouan ?").citations
        places = [Place.of_citation(cited)]
        assert Page(source_at(session, places, 0, FRENCH)).marked == cited.quote
    make_folder({"a.txt": "Refait : le phare de Cordouan mesure 68 mètres de haut.\n"})
    with Session.of_folder(folder) as session:
        changed = Page(source_at(session, places, 0, FRENCH))
        assert changed.marked == ""
        assert FRENCH.changed in changed.text
        assert "68" not in changed.text.replace(FRENCH.changed, "").partition(FRENCH.close)[0]
    (folder / "a.txt").rename(folder / "b.txt")
    with Session.of_folder(folder) as session:
        assert FRENCH.gone in Page(source_at(session, places, 0, FRENCH)).text


def articles(make_folder, session=None):
    return make_folder({
        "2023.md": "---\ntitle: L’été à Cordouan\ndate: 2023-05-01\n---\nLe phare a rouvert en mai.\n",
        "2024.md": "---\ntitle: Winter at sea\ndate: 2024-01-10\n---\nThe lighthouse was closed all winter.\n",
        "sans.txt": "Un texte sur les phares de France, sans aucune date.\n",
        "image.png": b"\x89PNG",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({}, ["2023.md", "2024.md", "sans.txt"]),
        ({"find": "ete a CORD"}, ["2023.md"]),
        ({"find": ".md"}, ["2023.md", "2024.md"]),
        ({"since": "2023-06-01"}, ["2024.md"]),
        ({"until": "2023-12-31"}, ["2023.md"]),
        ({"since": "2023-01-01", "until": "2024-12-31", "find": "sea"}, ["2024.md"]),
        ({"find": "no such"}, []),
        ({"since": "nonsense", "most": "x"}, ["2023.md", "2024.md", "sans.txt"]),
        ({"find": ["x"], "most": True, "since": {}}, []),
    ],
)
def test_the_folder_is_looked_through_by_words_and_dates(make_folder, sent, found):
    with Session.of_folder(articles(make_folder)) as session:
        chosen = Filter.parse(sent)
        listing = Listing.of(session, chosen)
        assert [document.source for document in listing.documents] == found
        page = Page(folder_view(listing, chosen, ENGLISH, read_only=False))
        assert page.attributes.get("data-remove", []) == found
        assert len(page.attributes.get("value", [])) >= len(found)
        assert ("image.png" in page.text) == (not chosen)  # skipped, and why
        scope = scope_of(session, chosen)
        if not chosen:
            assert scope is None
        elif found:
            assert [each.source for each in session.index.passages.documents() if scope.admits(each)] == found


def test_the_folder_view_says_what_is_known_of_each_article(make_folder):
    with Session.of_folder(articles(make_folder)) as session:
        listing = Listing.of(session, Filter())
        text = Page(folder_view(listing, Filter(), FRENCH, read_only=False)).text
        for part in ("L’été à Cordouan", "2023.md", "1er mai 2023", "français", "anglais", "sans date", "indexé",
                     FRENCH.size(listing.sizes["2023.md"]), "image.png", "écarté"):  # fmt: skip
            assert part in text
        fixed = Page(folder_view(listing, Filter(), FRENCH, read_only=True))
        assert not {"data-remove", "data-reindex", "multiple"} & fixed.attributes.keys()


def test_a_long_list_is_shown_a_page_at_a_time():
    many = tuple(info(source=f"{n}.txt") for n in range(250))
    first = Page(folder_view(Listing(many[:100], {}, (), 250, 250, "v"), Filter(), ENGLISH, read_only=True))
    assert sum("sr-doc" in name for name in first.attributes["class"]) == 100
    assert first.attributes["data-more"] == ["200"]
    last = Page(folder_view(Listing(many, {}, (), 250, 250, "v"), Filter(most=300), ENGLISH, read_only=True))
    assert sum("sr-doc" in name for name in last.attributes["class"]) == 250
    assert "data-more" not in last.attributes


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "a",
        [1],
        ["d0:1:2:3:4"],
        ["../x:000000000000:1:2:3:4"],
        ["d0:000000000000:1:2:3:-4"],
        ["d0:000000000000:1:2:3:4"] * 101,
    ],
)
def test_places_that_are_none_are_refused(sent):
    with pytest.raises(ValueError, match="place"):
        parse_places(sent, 0)


@pytest.mark.parametrize("at", [None, -1, 1, True, "0", 0.0])
def test_positions_that_are_none_are_refused(at):
    with pytest.raises(ValueError, match="place"):
        parse_places(["d0:000000000000:1:2:3:4"], at)


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
    for path in PAGE.rglob("*"):
        if path.suffix in (".py", ".css", ".js"):
            assert not re.search(r"https?://(?!\{name\})|url\(|@import", path.read_text("utf-8")), path.name


@pytest.mark.parametrize("words", [FRENCH, ENGLISH])
def test_the_buttons_are_real_ones_with_words(words):
    turn = Turn(answer(citation()))
    row = Page(reaction_row(turn, words))
    assert row.tags == ["div", "span", "button", "button", "button", "span"]
    assert row.attributes["aria-pressed"] == ["false"] * 3
    assert all(told in row.text for told in words.reactions)
    assert [parse_reaction(value) for value in row.attributes["value"]] == [(turn.id, each) for each in REACTIONS]
    chosen = Page(reaction_row(replace(turn, reaction="wrong"), words))
    assert chosen.attributes["aria-pressed"] == ["false", "true", "false"]
    assert words.noted[0] in chosen.text
    assert chosen.attributes["data-turn"] == [turn.id]
    assert chosen.attributes["aria-label"] == [words.remark]
    noted = Page(reaction_row(replace(turn, reaction="wrong", comment="x"), words))
    assert words.noted[1] in noted.text
    assert "input" not in noted.tags
    refused = Page(reaction_row(Turn(answer(reason=Reason.NO_MATCH)), words))
    assert words.reactions[2] not in refused.text


def test_ids_of_answers_cannot_be_guessed_from_one_another():
    ids = {Turn(answer(citation())).id for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)
    with pytest.raises(ValueError, match="no such answer"):
        react(Path(), [], "0" * 16, "right")
