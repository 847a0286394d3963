"""The chat page without a browser: what it says, what it escapes, whom it refuses, and its endpoint."""

from __future__ import annotations

import html
import json
import re
import socket
import sqlite3
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from hypothesis import given
from hypothesis import strategies as st
from page_server import Served, served

import qa.ui.server
from index.errors import UsageError
from index.types import DocumentInfo, Hit, Passage
from qa.schema import answer_json
from qa.session import Session
from qa.types import Agreement, Answer, AnswerKind, Citation, Group, Question, Reason
from qa.ui import serve
from qa.ui.examples import examples
from qa.ui.places import Place, parse_places
from qa.ui.reader import reader, shelf
from qa.ui.render import answer_card, in_markdown, question_card
from qa.ui.security import Gate, credentials
from qa.ui.server import listen
from qa.ui.words import ENGLISH, FRENCH, preferred

HOSTILE = (
    '<img src="http://evil.example/x.png" onerror=alert(1)><form action="//evil.example"><input></form>'
    " ![x](http://evil.example/y.png) [z](javascript:alert) `code` $$x$$ **b** _i_ www.evil.example\n\n# h\r\n"
    "</div></article><script>alert(1)</script>&lt;b&gt; '\" | ~~s~~ {{x}} ${1+1}"
)
STYLE = Path(qa.ui.server.__file__).with_name("style.css").read_text("utf-8")


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


@given(st.text() | st.text(alphabet="*_`#<>&[]()!\\|~$\n\r\t -+=:/.@aé1 "))
def test_text_in_markdown_is_inert_and_loses_nothing(text):
    escaped = in_markdown(text)
    assert not re.search(r"[^\w &#;]", escaped, re.ASCII) or not re.search(r"[!-\"$%'-/:<-@\[-^`{-~\n\r\t]", escaped)
    plain = re.sub(r"[\x00\x01-\x08\x0b\x0c\x0e-\x1f\x7f\r]", "", text)  # references to these mean no character in HTML
    assert re.sub(r"[\x00\x01-\x08\x0b\x0c\x0e-\x1f\x7f\r]", "", html.unescape(escaped)) == html.unescape(plain) or "&" in text


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


@pytest.mark.parametrize(("words", "told"), [(FRENCH, "Les sources donnent des chiffres différents"), (ENGLISH, "different figures")])
def test_a_card_lists_the_values_that_differ_with_their_quotes(words, told):
    first = citation()
    second = citation(2, "33%", "Il ne détient que 33% des parts.", "b.txt", "L'autre")
    differ = answer(first, second, verdict="differ", groups=(Group("27 %", (1,)), Group("33%", (2,))))
    text = Page(answer_card(differ, words, {"a.txt": "d0", "b.txt": "d1"})).text
    assert told in text
    for part in ("Il détient 27 % du groupe.", "Il ne détient que 33% des parts.", "a.txt", "b.txt", words.day("2025-05")):
        assert text.count(part) >= 1
    assert "contradict" not in text.lower()


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
    [("fr", "fr"), ("fr-CA,en;q=0.8", "fr"), ("en-GB,fr;q=0.9", "en"), ("de,fr;q=0.3,en;q=0.2", "fr"), ("de", "en"), (None, "en"),
     ("fr;q=0", "en"), ("fr;q=x,,;", "en"), ("," * 100_000, "en")],
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


@pytest.mark.parametrize("sent", [None, [], "a", [1], ["d0:1:2:3"], ["../x:1:2:3:4"], ["d0:1:2:3:-4"], ["d0:1:2:3:4"] * 21])
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
    block = STYLE[STYLE.index(theme + " {") :].split("}")[0]
    colours = dict(re.findall(r"--sr-([\w-]+): (#[0-9a-f]{6});", block))
    pairs = [(ink, on) for ink in ("ink", "soft", "accent") for on in ("page", "sheet", "raised", "wash")]
    pairs += [("on-accent", "accent"), ("on-mark", "mark"), ("ink", "tint")]
    for ink, ground in pairs:
        light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, ground)


def test_the_page_names_no_other_machine():
    for path in Path(qa.ui.server.__file__).parent.iterdir():
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


# The server.


@pytest.fixture(scope="module")
def page(seeds_session) -> Iterator[Served]:
    with served(seeds_session.index.generation.path.parent) as page:
        yield page


@pytest.fixture(scope="module")
def url(page) -> str:
    return page.url


@pytest.fixture(scope="module")
def client(url) -> Iterator[Client]:
    client = Client(url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


def test_the_endpoint_returns_schema_1(client, seeds_session):
    question = "Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?"
    told = client.predict(question=question, k=3, language="fr", api_name="/ask")
    expected = answer_json(seeds_session.ask(question, k=3, language="fr"))
    told.pop("timings_ms"), expected.pop("timings_ms")
    assert told == json.loads(json.dumps(expected))
    assert told["schema"] == 1
    assert len(told["passages"]) == 3


def test_the_endpoint_fills_in_k_and_language(client):
    told = client.predict("How much does Stargate cost?", api_name="/ask")
    assert told["language"] == "en"
    assert len(told["passages"]) == 5


@pytest.mark.parametrize(
    ("question", "k", "language", "message"),
    [
        (5, 5, None, "question is a string"),
        (None, 5, None, "question is a string"),
        ({"a": ["b"]}, 5, None, "question is a string"),
        ("Combien ?", 0, None, "k is a whole number from 1 to 100"),
        ("Combien ?", 101, None, "k is a whole number from 1 to 100"),
        ("Combien ?", "5", None, "k is a whole number from 1 to 100"),
        ("Combien ?", True, None, "k is a whole number from 1 to 100"),
        ("Combien ?", None, None, "k is a whole number from 1 to 100"),
        ("x" * 100_000, 5, None, "100,000 characters"),
        ("Combien ?", 5, "de", "language is fr or en"),
        ("Combien ?", 5, ["fr"], "language is fr or en"),
    ],
)
def test_the_endpoint_refuses_in_one_line(client, page, question, k, language, message):
    before = len(page.complaints)
    with pytest.raises(AppError) as refused:
        client.predict(question, k, language, api_name="/ask")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert page.complaints[before:] == []


def test_only_ask_is_offered(client):
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/ask"]


@pytest.mark.parametrize(
    "sent",
    [
        {"data": []}, {"data": [1]}, {"data": [{}, {}, {}]}, {"data": ["fr"], "event_data": "x"},
        {"data": ["fr"], "event_data": {"places": ["d0:1:2:3:4"], "at": 0}}, {"data": ["x" * 5_000, "zz", 7]},
    ],
)  # fmt: skip
def test_private_endpoints_withstand_anything(url, client, sent):
    with httpx.Client(base_url=url) as http:
        for index in range(len(client.config["dependencies"])):
            joined = http.post("gradio_api/queue/join", json={**sent, "fn_index": index, "session_hash": "s"})
            if joined.status_code == 200:
                with http.stream("GET", "gradio_api/queue/data", params={"session_hash": "s"}, timeout=20) as stream:
                    told = next(line for line in stream.iter_lines() if "process_completed" in line)
                assert "Traceback" not in told
        assert client.predict("Combien coûte Stargate ?", api_name="/ask")["schema"] == 1


def test_headers_forbid_what_the_page_does_not_need(url):
    told = httpx.get(url).headers
    assert "default-src 'self'" in told["content-security-policy"]
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "no-referrer"
    assert "server" not in told


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "", {"host": "evil.example"}, None, 400),
        ("GET", "", {"host": "localhost.evil.example:80"}, None, 400),
        ("GET", "", {"host": "[::1]:80"}, None, 200),
        ("GET", "", {"host": "localhost"}, None, 200),
        ("GET", "", {"host": "10.0.0.1"}, None, 400),
        ("POST", "gradio_api/call/ask", {"origin": "https://evil.example"}, b"{}", 403),
        ("POST", "gradio_api/call/ask", {"origin": "null"}, b"{}", 403),
        ("POST", "gradio_api/call/ask", {}, b" " * 1_000_001, 413),
        ("POST", "gradio_api/upload", {}, b"x", 404),
        ("GET", "gradio_api/proxy=https://evil.example/", {}, None, 404),
        ("GET", "gradio_api/file=/etc/passwd", {}, None, 404),
        ("GET", "monitoring", {}, None, 404),
    ],
)
def test_the_gate(url, method, path, headers, body, status):
    assert httpx.request(method, url + path, headers=headers, content=body).status_code == status


def test_a_body_of_unknown_length_is_refused(url):
    assert httpx.post(url + "gradio_api/call/ask", content=iter([b"{}"])).status_code == 411


@pytest.mark.parametrize(
    ("host", "named", "known"),
    [("127.0.0.1", "192.168.1.2", False), ("0.0.0.0", "192.168.1.2", True), ("0.0.0.0", "evil.example", False),
     ("::", "fe80::1", True), ("nas.local", "nas.local", True), ("", "", False), ("0.0.0.0", socket.gethostname().lower(), True)],
)  # fmt: skip
def test_the_gate_knows_its_hosts(host, named, known):
    assert Gate(lambda *_: None, host)._known(named) is known


def test_a_port_in_use_is_told_with_the_remedy(seeds_session, url):
    port = int(url.rsplit(":", 1)[1].strip("/"))
    with pytest.raises(UsageError, match=rf"port {port} of 127.0.0.1 is in use: choose another with --port"):
        serve(seeds_session, port=port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no such host", 0), ("192.0.2.1", 0)])
def test_an_address_that_is_none_is_told(host, port):
    with pytest.raises(UsageError) as told:
        listen(host, port)
    assert "\n" not in str(told.value)


def test_a_password_is_asked_for(seeds_session):
    with served(seeds_session.index.generation.path.parent, "ann:secret:word") as page:
        sent = {"data": ["Combien ?", 5, None]}
        assert httpx.post(page.url + "gradio_api/call/ask", json=sent).status_code == 401
        assert "Stargate" not in httpx.get(page.url).text
        client = Client(page.url, auth=("ann", "secret:word"), verbose=False, analytics_enabled=False)
        assert client.predict("Combien coûte Stargate ?", api_name="/ask")["schema"] == 1
        client.close()


@pytest.mark.parametrize("auth", ["", "ann", "ann:", ":secret"])
def test_a_password_without_a_user_is_refused(auth):
    with pytest.raises(UsageError, match="USER:PASSWORD"):
        credentials(auth)


def test_a_folder_is_opened_and_closed(make_folder, monkeypatch, capsys):
    folder = make_folder({"a.txt": "Le phare de Cordouan mesure 67 mètres de haut.\n"})
    opened, sessions = [], []

    class Interrupted:
        def run(self, sockets):
            raise KeyboardInterrupt

    monkeypatch.setattr(qa.ui.server.webbrowser, "open", opened.append)
    monkeypatch.setattr(qa.ui.server, "make_server", lambda session, host, auth: sessions.append(session) or Interrupted())
    serve(folder, port=0, open_browser=True)
    told = capsys.readouterr().out
    assert re.fullmatch(r"Sourcier: http://127\.0\.0\.1:\d+/ \(Ctrl-C stops it\)\n", told)
    assert opened == [told.split()[1]]
    with pytest.raises(sqlite3.ProgrammingError):
        sessions[0].index.passages.documents()


def test_the_server_says_one_line_and_stops_at_once(seeds_session):
    with served(seeds_session.index.generation.path.parent) as page:
        client = Client(page.url, verbose=False, analytics_enabled=False)  # holds a connection, as an open page does
        began = time.monotonic()
    assert time.monotonic() - began < 10
    client.close()
    assert page.returncode == 0
    assert len(page.told) == 1
    assert page.complaints == []


def test_nothing_was_sent_elsewhere(client, page):
    client.predict("Who runs OpenAI?", api_name="/ask")
    time.sleep(0.2)
    assert not [line for line in page.complaints if line.startswith("ELSEWHERE")]
