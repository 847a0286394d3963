"""The REST endpoints: answers as the session gives them, refusals as objects, and a description that is true."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from index.errors import IndexCorruptError
from qa.live import LiveSession
from qa.schema import answer_json
from qa.service import Service
from qa.turnstile import Turnstile
from qa.web import examples
from qa.web.rate import Buckets, Rate
from qa.web.rest import router

CHROMIUM = Path("/usr/bin/chromium")
FRENCH = "Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?"
STARGATE = "How much does Stargate cost?"
TOWER = "Le phare de Brenoux mesure 41 mètres. Il éclaire la baie de Kervel depuis 1873.\n"
CHANGES = [
    ("POST", "/api/index", {}),
    ("PUT", "/api/documents/phare.txt", {"content": TOWER}),
    ("DELETE", "/api/documents/phare.txt", {}),
    ("POST", "/api/put_back", {"json": {"kept": "x"}}),
]


def served(live, read_only=False, turnstile=None, service=None) -> TestClient:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router(service or Service(live), turnstile or Turnstile(), read_only))
    return TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.fixture(scope="module")
def client(seeds_session) -> TestClient:
    return served(LiveSession(seeds_session), read_only=True)


@pytest.fixture
def live(make_folder):
    folder = make_folder({"phare.txt": TOWER, "notes/port.md": "# Le port\n\nLe port de Kervel ferme à 22 heures.\n"})
    with LiveSession.of_folder(folder, folder.parent / "index") as live:
        yield live


@pytest.fixture(scope="module")
def document(client):
    return client.get("/api/openapi.json").json()


@pytest.fixture(scope="module")
def fits(document):
    """Return a function that says whether a response is as the document says, with no field beside those told."""
    shapes = json.loads(json.dumps(document["components"]["schemas"]))
    for shape in shapes.values():
        if "properties" in shape:
            shape["additionalProperties"] = False

    def check(response, path, method):
        told = document["paths"][path][method]["responses"][str(response.status_code)]["content"]["application/json"]
        validator = Draft202012Validator({**told["schema"], "components": {"schemas": shapes}})
        assert [error.message for error in validator.iter_errors(response.json())] == []
        assert response.headers["content-type"] == "application/json"
        return response.json()

    return check


def timeless(told):
    return {name: value for name, value in told.items() if name != "timings_ms"}


def refused(response, status, kind, message=""):
    told = response.json()
    assert (response.status_code, told["error"]["kind"]) == (status, kind), told
    assert {**told, "error": None} == {"schema": 1, "id": None, "error": None}
    assert message in told["error"]["message"]
    assert re.search(r"[\r\n]|Traceback", told["error"]["message"]) is None


def test_ask_answers_as_the_session_does(client, seeds_session, fits):
    response = client.post("/api/ask", json={"question": FRENCH, "k": 3, "language": "fr"})
    told = fits(response, "/api/ask", "post")
    assert timeless(told) == timeless(answer_json(seeds_session.ask(FRENCH, k=3, language="fr")))
    refusal = client.post("/api/ask", json={"question": "Qui ?"})
    assert fits(refusal, "/api/ask", "post")["reason"] == "not_a_question"
    follow_up = client.post("/api/ask", json={"question": "Et Stargate ?", "previous": ["Combien coûte Windsurf ?"]})
    assert fits(follow_up, "/api/ask", "post")["read_as"] == "Combien coûte Stargate ?"


def test_ask_keeps_to_the_articles_chosen(client, seeds_session, fits):
    source = "001_eb3ee6aa52e1339d.txt"
    told = fits(client.post("/api/ask", json={"question": FRENCH, "sources": [source]}), "/api/ask", "post")
    assert {each["source"] for each in told["passages"]} == {source}
    refused(client.post("/api/ask", json={"question": FRENCH, "sources": ["none.txt"]}), 400, "usage", "none.txt")
    refused(client.post("/api/ask", json={"question": FRENCH, "since": "soon"}), 400, "usage", "since")


def test_ask_many_keeps_the_order_and_the_place_of_a_bad_one(client, fits):
    sent = {
        "questions": [STARGATE, {"id": "b", "question": FRENCH, "wrong": 1}, {"id": "c", "question": FRENCH}],
        "k": 1,
    }
    first, bad, last = fits(client.post("/api/ask_many", json=sent), "/api/ask_many", "post")["answers"]
    assert (first["question"], first["id"], len(first["passages"])) == (STARGATE, None, 1)
    assert (bad["id"], bad["error"]["kind"]) == ("b", "usage")
    assert (last["question"], last["id"]) == (FRENCH, "c")
    refused(client.post("/api/ask_many", json={"questions": ["?"] * 201}), 400, "usage", "the most is 200")
    refused(client.post("/api/ask_many", json={}), 400, "usage", "questions is a list")


def test_passages_and_documents(client, seeds_session, fits):
    told = fits(client.post("/api/passages", json={"question": STARGATE, "k": 2}), "/api/passages", "post")
    assert [each["rank"] for each in told["passages"]] == [1, 2]
    told = fits(client.get("/api/documents"), "/api/documents", "get")
    assert [each["source"] for each in told["documents"]] == [
        each.source for each in seeds_session.index.passages.documents()
    ]


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask_many", "/api/passages"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "invalid JSON"),
        (b"{", "invalid JSON"),
        (b"\xff{}", "not UTF-8"),
        (b'\xef\xbb\xbf{"question": "?"}', "invalid JSON"),
        (b"[]", "want an object"),
        (b'"Combien ?"', "want an object"),
        (b"null", "want an object"),
        (b"[" * 100_000, "too deep"),
        (b'{"question":' * 50_000, "too deep"),
        (b'{"k": NaN}', "number"),
        (b'{"k": -Infinity}', "number"),
        (b'{"k": ' + b"9" * 5_000 + b"}", "number"),
        (b'{"question": "\\ud800"}', "half a character"),
        (b'{"\\udfff": 1}', "half a character"),
        (b'{"x": 1}', "no field is named 'x'"),
        (b'{"self": 1, "question": "?"}', "no field is named 'self'"),
        (b'{"question_id": "a"}', "no field is named 'question_id'"),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_refused(client, path, body, message):
    refused(client.post(path, content=body, headers={"content-type": "application/json"}), 400, "usage", message)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"question": 5}, "question is a string"),
        ({}, "question is a string"),
        ({"question": "?", "k": 10**400}, "k is a whole number from 1 to 100"),
        ({"question": "?", "k": 1.0}, "k is a whole number from 1 to 100"),
        ({"question": "?", "language": "de"}, "language is fr or en"),
        ({"question": "?", "previous": [1]}, "previous is a list of strings"),
    ],
)
def test_a_bad_argument_is_told(client, sent, message):
    refused(client.post("/api/ask", json=sent), 400, "usage", message)


def test_a_question_too_long_is_told(client):
    refused(client.post("/api/ask", json={"question": "x" * 2_001}), 400, "question", "2,001 characters")


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_what_a_form_of_another_site_can_send_is_refused(client, kind):
    headers = {"content-type": kind} if kind else {}
    refused(client.post("/api/ask", content=b'{"question": "?"}', headers=headers), 400, "usage", "Content-Type")


def test_a_content_type_may_name_its_encoding(client):
    headers = {"content-type": "Application/JSON ; charset=utf-8"}
    assert client.post("/api/ask", content=b'{"question": "?"}', headers=headers).status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["k", "language", "previous", "sources", "since", "until", "x"], JSON)
)


@settings(deadline=None, max_examples=60)
@given(sent=FIELDS | JSON)
def test_anything_at_all_is_answered_as_described(client, fits, sent):
    body = json.dumps({"question": "?", **sent} if isinstance(sent, dict) else sent).encode()
    response = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (200, 400)
    fits(response, "/api/ask", "post")


@settings(deadline=None, max_examples=60)
@given(body=st.binary(max_size=40))
def test_any_bytes_are_answered_with_an_object(client, fits, body):
    fits(
        client.post("/api/ask_many", content=body, headers={"content-type": "application/json"}),
        "/api/ask_many",
        "post",
    )


def test_what_the_document_takes_is_taken(client, document):
    """Fields are checked by hand: that they are those described is checked here."""
    for path, named in (("/api/ask", "AskRequest"), ("/api/passages", "PassagesRequest")):
        fields = document["components"]["schemas"][named]["properties"]
        sent = {name: None for name in fields if name not in ("question", "k")}
        assert client.post(path, json={"question": "?", "k": fields["k"]["maximum"], **sent}).status_code == 200
    fields = document["components"]["schemas"]["AskManyItem"]["properties"]
    (told,) = client.post(
        "/api/ask_many", json={"questions": [{**dict.fromkeys(fields), "question": "?", "k": 1}]}
    ).json()["answers"]
    assert told["reason"] == "not_a_question"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/ask", 405), ("DELETE", "/api/documents", 405), ("HEAD", "/api", 405), ("GET", "/api/x", 404),
     ("POST", "/api/nothing", 404), ("PATCH", "/api/ask/more", 404), ("GET", "/api/docs", 404)],
)  # fmt: skip
def test_what_is_not_there_is_told(client, method, path, status):
    response = client.request(method, path)
    assert response.status_code == status
    if method != "HEAD":
        refused(response, status, "method" if status == 405 else "not_found")
    if status == 405:
        assert response.headers["allow"]


def test_a_busy_server_says_when_to_come_back(seeds_session, fits):
    with served(LiveSession(seeds_session), turnstile=Turnstile(running=0, waiting=0)) as client:
        for path, sent in (
            ("ask", {"question": "?"}),
            ("passages", {"question": "?"}),
            ("ask_many", {"questions": ["?"]}),
        ):
            response = client.post(f"/api/{path}", json=sent)
            refused(response, 503, "busy")
            fits(response, f"/api/{path}", "post")
            assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [(IndexCorruptError("damaged:\nrun it again"), "index_corrupt", "damaged: run it again"),
     (RuntimeError("secret /home/me"), "error", "internal error")],
)  # fmt: skip
def test_trouble_is_told_without_what_only_the_server_should_know(seeds_session, fits, caplog, error, kind, message):
    class Broken(Service):
        def ask(self, *_, **__):
            raise error

    with served(None, service=Broken(LiveSession(seeds_session))) as client:
        response = client.post("/api/ask", json={"question": "?"})
    refused(response, 500, kind, message)
    fits(response, "/api/ask", "post")
    assert "secret" not in response.text
    assert bool(caplog.records) == isinstance(error, RuntimeError)


def test_ask_many_lets_others_in_between(seeds_session):
    """With one place for all, a question that comes meanwhile is answered before the many are."""

    async def both():
        service, turnstile = Service(LiveSession(seeds_session)), Turnstile(running=1)
        app = FastAPI()
        app.include_router(router(service, turnstile))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            ended = []

            async def call(name, path, sent):
                response = await http.post(path, json=sent)
                ended.append(name)
                return response.status_code

            many = asyncio.create_task(call("many", "/api/ask_many", {"questions": [STARGATE] * 8}))
            while not turnstile._inside:
                await asyncio.sleep(0)
            one = asyncio.create_task(call("one", "/api/ask", {"question": "?"}))
            assert await asyncio.gather(many, one) == [200, 200]
            return ended

    assert asyncio.run(both()) == ["one", "many"]


@pytest.mark.parametrize(("method", "path", "sent"), CHANGES)
def test_a_read_only_server_changes_nothing(client, seeds_session, fits, method, path, sent):
    response = client.request(method, path, **sent)
    refused(response, 403, "read_only")
    fits(response, path.replace("phare.txt", "{source}"), method.lower())
    assert not (seeds_session.index.folder / "phare.txt").exists()


def test_an_article_goes_in_out_and_back(live, fits):
    path, named = "/api/documents/{source}", "notes/été 2026.md"
    with served(live) as client:
        assert fits(client.get("/api/index"), "/api/index", "get")["documents"] == 2
        data = "Le pont de Kervel a coûté 7 millions d'euros.\n".encode()
        response = client.put(f"/api/documents/{named}", content=data)
        assert response.status_code == 201
        assert fits(response, path, "put")["source"] == named
        assert (live.folder / named).read_bytes() == data
        live.refresh()
        (added,) = [each for each in client.get("/api/documents").json()["documents"] if each["source"] == named]
        assert (added["size"], added["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert (
            client.post("/api/ask", json={"question": "Combien a coûté le pont ?"}).json()["answer"]
            == "7 millions d'euros"
        )

        removed = fits(client.delete(f"/api/documents/{named}"), path, "delete")
        assert not (live.folder / named).exists()
        live.refresh()
        assert fits(client.get("/api/index"), "/api/index", "get")["documents"] == 2

        response = client.post("/api/put_back", json={"kept": removed["kept"]})
        assert fits(response, "/api/put_back", "post")["source"] == named
        assert (live.folder / named).read_bytes() == data
        live.refresh()
        assert named in [each["source"] for each in client.get("/api/documents").json()["documents"]]


def test_an_article_is_overwritten_only_if_asked(live, fits):
    with served(live) as client:
        response = client.put("/api/documents/phare.txt", content=b"Autre chose.")
        refused(response, 409, "exists", "?replace=true")
        fits(response, "/api/documents/{source}", "put")
        assert (live.folder / "phare.txt").read_text("utf-8") == TOWER
        refused(
            client.put("/api/documents/phare.txt?replace=yes", content=b"Autre."), 400, "usage", "replace is true or"
        )
        response = client.put("/api/documents/phare.txt?replace=true", content=b"Autre chose.")
        assert response.status_code == 201
        assert (live.folder / "phare.txt").read_bytes() == b"Autre chose."


@pytest.mark.parametrize(
    "source", ["%2e%2e%2fout.txt", ".hidden.txt", "a.xyz", "a%00.txt", "a//b.txt", "", "con.txt", "a%5Cb.txt"]
)
def test_a_name_that_is_no_article_s_is_refused(live, source):
    before = sorted(live.folder.parent.rglob("*.txt"))
    with served(live) as client:
        refused(client.put(f"/api/documents/{source}", content=b"Un texte."), 422, "document")
        refused(client.delete(f"/api/documents/{source}"), 404, "not_found")
    assert sorted(live.folder.parent.rglob("*.txt")) == before


def test_bytes_that_are_no_article_are_refused(live, fits):
    with served(live) as client:
        for data in (b"", b"\x00\x01\x02" * 50):
            response = client.put("/api/documents/new.txt", content=data)
            refused(response, 422, "document", "new.txt")
            fits(response, "/api/documents/{source}", "put")
    assert not (live.folder / "new.txt").exists()


def test_an_article_that_is_not_there_is_told(live, fits):
    with served(live) as client:
        response = client.delete("/api/documents/none.txt")
        refused(response, 404, "not_found", "none.txt")
        fits(response, "/api/documents/{source}", "delete")
        for kept in ("none", "..", "", "20260102T030405Z-00000000"):
            refused(client.post("/api/put_back", json={"kept": kept}), 404, "not_found")
        for sent in ({}, {"kept": 5}):
            refused(client.post("/api/put_back", json=sent), 400, "usage", "kept is a string")
        refused(client.post("/api/put_back", json={"kept": "x", "more": 1}), 400, "usage", "no field is named 'more'")


def test_nothing_is_put_back_over_an_article(live, fits):
    with served(live) as client:
        kept = client.delete("/api/documents/phare.txt").json()["kept"]
        client.put("/api/documents/phare.txt", content=b"Autre chose.")
        response = client.post("/api/put_back", json={"kept": kept})
        refused(response, 409, "exists", "phare.txt")
        fits(response, "/api/put_back", "post")
    assert (live.folder / "phare.txt").read_bytes() == b"Autre chose."


def test_the_index_is_brought_up_to_date_when_told(live, fits):
    (live.folder / "new.txt").write_text("Un bateau neuf est arrivé à Kervel.\n", "utf-8")
    with served(live) as client:
        response = client.post("/api/index")
        assert response.status_code == 202
        before = fits(response, "/api/index", "post")["version"]
        live.refresh()
        told = fits(client.get("/api/index"), "/api/index", "get")
    assert (told["running"], told["problem"], told["documents"]) == (False, None, 3)
    assert told["version"] != before


def test_a_build_that_fails_is_told_and_the_old_index_answers(live, fits):
    for path in live.folder.rglob("*.*"):
        path.unlink()
    live.refresh()
    with served(live) as client:
        told = fits(client.get("/api/index"), "/api/index", "get")
        assert told["problem"]
        assert told["documents"] == 2
        assert client.post("/api/ask", json={"question": "Combien mesure le phare ?"}).json()["answer"] == "41 mètres"


def test_the_document_describes_every_endpoint(document):
    assert document["openapi"].startswith("3.1")
    told = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert told == {
        *(("post", f"/api/{name}") for name in ("ask", "ask_many", "passages", "index", "put_back")),
        *(("get", f"/api/{name}") for name in ("documents", "index")),
        *((method, "/api/documents/{source}") for method in ("put", "delete")),
    }
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))
    for shape in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)
    for reference in re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document)):
        assert reference in document["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(document)


def test_the_examples_are_as_described(document):
    schemas = {"components": {"schemas": document["components"]["schemas"]}}
    bodies = [
        content
        for methods in document["paths"].values()
        for told in methods.values()
        for body in (told.get("requestBody", {}), *told["responses"].values())
        for content in body.get("content", {}).values()
        if "example" in content
    ]
    assert len(bodies) > 10
    for content in bodies:
        Draft202012Validator({**content["schema"], **schemas}).validate(content["example"])


def test_the_examples_are_what_the_seeds_give(client):
    def plain(told):
        return {
            name: value for name, value in told.items() if name not in ("timings_ms", "index", "confidence", "passages")
        }

    told = client.post("/api/ask", json=examples.QUESTION).json()
    assert plain(told) == plain(examples.ANSWER)
    assert told["confidence"] == pytest.approx(examples.ANSWER["confidence"], abs=0.01)
    assert told["passages"][0]["text"] == examples.ANSWER["passages"][0]["text"]
    second = client.post("/api/ask_many", json=examples.QUESTIONS).json()["answers"][1]
    assert second == examples.ANSWERS["answers"][1]
    assert (
        client.post("/api/passages", json=examples.QUESTION).json()["passages"][0]["source"]
        == examples.DOCUMENTS["documents"][0]["source"]
    )
    assert examples.DOCUMENTS["documents"][0] in client.get("/api/documents").json()["documents"]


class _Reading(HTMLParser):
    """What a browser makes of a page: whether its tags pair up, where links lead, and all ids."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        told = dict(attrs)
        assert not any(name.startswith("on") for name in told)
        self.links += [told[name] for name in ("href", "src", "action") if name in told]
        self.ids += [told["id"]] if "id" in told else []
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_describes_every_endpoint_and_loads_nothing(client, document):
    response = client.get("/api")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = _Reading(response.text)
    assert page.tags.count("h1") == 1
    assert '<html lang="en">' in response.text
    assert not {"script", "img", "iframe", "link", "form"} & set(page.tags)
    assert len(page.ids) == len(set(page.ids))
    inner = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inner <= set(page.ids)
    assert {link for link in page.links if not link.startswith("#")} == {"/api/openapi.json"}
    assert "url(" not in response.text
    assert "@import" not in response.text
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert told["operationId"] in page.ids
            assert f"{method.upper()}</span> {path}</code>" in response.text
    assert response.text.count("<code>curl http") == 9


def test_the_commands_of_the_page_work_as_they_are(client, document):
    """What curl would send is read from its command line."""
    text = client.get("/api").text
    commands = [
        shlex.split(html.unescape(each)) for each in re.findall(r"<code>(curl http.*?)</code>", text, re.DOTALL)
    ]
    asked = 0
    for _, url, *words in commands:
        assert url.startswith("http://127.0.0.1:7860/api/")
        if "-d" in words and "put_back" not in url:
            name, _, value = words[words.index("-H") + 1].partition(": ")
            response = client.post(url, content=words[words.index("-d") + 1].encode(), headers={name: value})
            assert response.status_code == 200
            asked += 1
    assert asked == 3


def test_the_page_writes_nothing_of_its_caller_as_html(seeds_session):
    with served(LiveSession(seeds_session)) as client:
        text = client.get("/api", headers={"host": "<b>x</b>'"}).text
    assert "<b>" not in text


def test_many_count_as_many_against_the_rate(seeds_session):
    app = FastAPI()
    app.include_router(router(Service(LiveSession(seeds_session)), Turnstile()))
    client = TestClient(Rate(app, 3), base_url="http://127.0.0.1:7860")
    assert client.post("/api/ask_many", json={"questions": ["?"] * 5}).status_code == 200
    refused_for_now = client.post("/api/ask", json={"question": "?"})
    assert refused_for_now.status_code == 429


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt-get install chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_can_be_read_by_anybody(client, scheme, width):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.set_content(client.get("/api").text)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()


def test_files_are_received_so_many_at_a_time(seeds_session):
    """Each is held in memory, as large as it may be."""

    async def fifth():
        app = FastAPI()
        app.include_router(router(Service(LiveSession(seeds_session)), Turnstile()))
        begun, go_on = asyncio.Semaphore(0), asyncio.Event()

        async def slow():
            begun.release()
            await go_on.wait()
            yield b""

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            slowly = [asyncio.create_task(http.put(f"/api/documents/{n}.exe", content=slow())) for n in range(4)]
            for _ in slowly:
                await begun.acquire()
            told = await http.put("/api/documents/5.exe", content=b"x")
            go_on.set()
            statuses = {response.status_code for response in await asyncio.gather(*slowly)}
            return told, statuses, (await http.put("/api/documents/5.exe", content=b"x")).status_code

    told, statuses, later = asyncio.run(fifth())
    refused(told, 503, "busy", "4 files are being received")
    assert told.headers["retry-after"] == "1"
    assert (statuses, later) == ({422}, 422)


def test_too_many_questions_a_minute_are_told_when_to_come_back(seeds_session, fits):
    app, spent = FastAPI(), Buckets(1)
    spent.take("a")
    app.include_router(router(Service(LiveSession(seeds_session)), Turnstile()))
    with TestClient(Rate(app, 3)) as client:
        assert client.post("/api/ask_many", json={"questions": ["?"] * 9}).status_code == 200
        response = client.post("/api/ask_many", json={"questions": ["?"]})
        assert (response.status_code, int(response.headers["retry-after"]) > 60) == (429, True)

    async def charged(scope, receive, send):
        await app({**scope, "sourcier.charge": (spent, "a")}, receive, send)

    with TestClient(charged) as client:
        response = client.post("/api/ask_many", json={"questions": ["?", "?"]})
        refused(response, 429, "busy", "ask again in")
        fits(response, "/api/ask_many", "post")
