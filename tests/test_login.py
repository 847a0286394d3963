"""The login: who is let in, how guessing is slowed down, and that nothing else gets past."""

from __future__ import annotations

import asyncio
import base64
import re

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import Route

from qa.web.login import Login, _basic, _form, user_of
from qa.web.login_page import LOGIN_POLICY, login_page
from qa.web.passwords import Hash, set_password
from qa.web.sessions import IDLE, Sessions
from qa.web.slowdown import LONGEST_WAIT, Slowdown
from qa.web.users import Doorkeeper, Users

ANN, BOB = ("ann", "correct horse"), ("bob", "battery: staple")
WRONG = ("ann", "wrong horse")
PAGE = {"accept": "text/html,application/xhtml+xml", "accept-language": "en"}
BROWSER = {"user-agent": "Mozilla/5.0"}


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def users_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("users") / "users"
    for name, password in (ANN, BOB):
        set_password(path, name, password)
    return path


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def login(users_file, clock):
    async def tell(request):
        return JSONResponse({"user": user_of(request.scope)})

    app = Starlette(routes=[Route("/{path:path}", tell, methods=["GET", "POST", "PUT", "DELETE"])])
    return Login(app, Users(users_file), clock)


@pytest.fixture
def checks(monkeypatch):
    """Return the list of passwords that were hashed."""
    done, fits = [], Hash.fits

    def counting(self, password):
        done.append(password)
        return fits(self, password)

    monkeypatch.setattr(Hash, "fits", counting)
    return done


def talk(app, conversation, address="192.168.1.9", scheme="http"):
    """Run a conversation, which gets a client."""

    async def run():
        transport = httpx.ASGITransport(app, client=(address, 5))
        async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://127.0.0.1:7860") as client:
            return await conversation(client)

    return asyncio.run(run())


def send(app, method, path, address="192.168.1.9", **more):
    return talk(app, lambda client: client.request(method, path, **more), address)


def enter(client, user, **more):
    return client.post("/login", data={"username": user[0], "password": user[1]}, **more)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/config"), ("GET", "/theme.css"), ("GET", "/assets/index.js"), ("GET", "/static/x"),
     ("GET", "/favicon.ico"), ("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/queue/data"),
     ("GET", "/gradio_api/heartbeat/x"), ("POST", "/gradio_api/reset"), ("POST", "/api/ask"), ("GET", "/api"),
     ("PUT", "/api/documents/a.txt"), ("DELETE", "/api/documents/a.txt"), ("POST", "/mcp"), ("OPTIONS", "/"),
     ("HEAD", "/"), ("GET", "/login/../config"), ("GET", "/loginx"), ("GET", "//login"), ("GET", "/logi%6e/x")],
)  # fmt: skip
def test_nothing_is_told_without_a_login(login, method, path):
    told = send(login, method, path)
    assert told.status_code == 401
    assert told.headers["www-authenticate"] == 'Basic realm="Sourcier", charset="UTF-8"'
    if method != "HEAD":
        assert told.json()["error"]["kind"] == "login"
        assert set(told.json()) == {"schema", "id", "error", "detail"}


@pytest.mark.parametrize(
    "headers", [BROWSER, {"sec-fetch-mode": "cors"}, {"origin": "http://127.0.0.1:7860"}, {**PAGE, **BROWSER}]
)
def test_a_browser_shows_no_window_of_its_own(login, headers):
    told = send(login, "GET", "/config", headers=headers)
    assert told.status_code == 401
    assert "www-authenticate" not in told.headers


def test_a_browser_gets_the_form_and_comes_in_by_it(login):
    async def conversation(client):
        form = await client.get("/", headers=PAGE)
        entered = await enter(client, ANN, headers=PAGE)
        inside = await client.get("/config")
        return form, entered, inside

    form, entered, inside = talk(login, conversation)
    assert form.status_code == 401
    assert '<form method="post" action="/login">' in form.text
    assert form.headers["content-security-policy"] == LOGIN_POLICY
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"]
    assert re.fullmatch(
        r"sourcier-7860=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=strict", cookie, re.IGNORECASE
    )
    assert inside.json() == {"user": "ann"}


def test_where_to_go_after_the_login_is_not_for_the_request_to_say(login):
    async def conversation(client):
        path = "/login?next=https://evil.example/&redirect=//evil.example"
        return await client.post(
            path, data={"username": ANN[0], "password": ANN[1], "next": "https://evil.example/"}, headers=PAGE
        )

    assert talk(login, conversation).headers["location"] == "/"


def test_over_https_the_cookie_stays_there(login):
    assert "; Secure" in talk(login, lambda client: enter(client, ANN), scheme="https").headers["set-cookie"]
    proxied = talk(login, lambda client: enter(client, ANN, headers={"x-forwarded-proto": "https"}))
    assert "; Secure" in proxied.headers["set-cookie"]


def test_a_program_comes_in_by_basic_and_the_password_is_hashed_once(login, checks):
    async def conversation(client):
        told = await asyncio.gather(*(client.get("/config", auth=BOB) for _ in range(20)))
        return [*told, await client.get("/config", auth=BOB)]

    assert {told.json()["user"] for told in talk(login, conversation)} == {"bob"}
    assert len(checks) == 1


@pytest.mark.parametrize("user", [WRONG, ("eve", "correct horse"), ("", ""), ("ann", ""), ("ann", "correct horse ")])
def test_another_password_is_turned_away_and_nobody_told_whose_it_is(login, user):
    told = send(login, "GET", "/config", auth=user)
    assert told.status_code == 401
    assert told.json()["error"]["message"] == "log in first: POST /login, or HTTP Basic"


def test_a_wrong_form_says_no_more_than_that(login, clock):
    async def conversation(client):
        pages = []
        for name in ("ann", "eve"):
            pages.append(await enter(client, (name, "wrong horse"), headers=PAGE))
            clock.now += 10
        return pages, await enter(client, ("bob", "wrong horse"))

    (known, unknown), program = talk(login, conversation)
    assert known.status_code == unknown.status_code == 401
    assert known.text == unknown.text
    assert "The name or password is wrong." in known.text
    assert "set-cookie" not in known.headers
    assert (program.status_code, program.json()["error"]["kind"]) == (401, "login")


def test_an_unknown_name_takes_a_hash_as_well(login, checks):
    send(login, "GET", "/config", auth=("eve", "correct horse"))
    assert checks == ["correct horse"]


def test_guesses_wait_longer_each_time_and_take_no_hash_meanwhile(login, clock, checks):
    async def conversation(client):
        waits = []
        for number in range(12):
            told = await enter(client, ("ann", f"guess number {number}"))
            assert told.status_code == 401
            told = await enter(client, ANN)  # even the right one
            assert told.status_code == 429
            waits.append(int(told.headers["retry-after"]))
            assert told.json()["error"] == {
                "kind": "busy", "message": f"too many attempts: wait {waits[-1]} s"
            }  # fmt: skip
            clock.now += waits[-1]
        told = await enter(client, ANN)
        assert told.status_code == 200
        assert (await enter(client, WRONG)).status_code == 401  # counted from the start again
        return waits, int((await enter(client, WRONG)).headers["retry-after"])

    waits, after = talk(login, conversation)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert after == 1
    assert len(checks) == 14


def test_many_guesses_at_a_time_are_one(login, checks):
    async def conversation(client):
        return await asyncio.gather(*(enter(client, ("ann", f"guess number {n}")) for n in range(30)))

    assert sorted(told.status_code for told in talk(login, conversation)) == [401] + [429] * 29
    assert len(checks) == 1


def test_one_address_cannot_try_many_names(login, checks):
    async def conversation(client):
        return [(await enter(client, (f"user{n}", "correct horse"))).status_code for n in range(20)]

    assert talk(login, conversation) == [401] * 6 + [429] * 14
    assert len(checks) == 6
    # Another address and another name wait for nothing; another address of the same home does.
    assert send(login, "GET", "/config", address="192.168.1.10", auth=BOB).status_code == 200


def test_an_ipv6_home_is_one_address(login):
    async def conversation(client):
        return [(await enter(client, (f"user{n}", "correct horse"))).status_code for n in range(6)]

    talk(login, conversation, address="2001:db8:1:2::1")
    assert send(login, "GET", "/x", address="2001:db8:1:2:ffff::9", auth=BOB).status_code == 429
    assert send(login, "GET", "/x", address="2001:db8:1:3::1", auth=BOB).status_code == 200


def test_those_inside_stay_while_somebody_guesses_their_name(login):
    async def conversation(client):
        await client.get("/config", auth=BOB)
        await enter(client, ANN)
        for _ in range(3):
            await enter(client, WRONG)
            await enter(client, ("bob", "wrong horse"))
        bob = await client.get("/config", auth=BOB, headers={"cookie": "sourcier-7860=none"})
        return await client.get("/config"), bob

    assert [told.json()["user"] for told in talk(login, conversation)] == ["ann", "bob"]


def test_too_many_who_wait_for_a_hash_are_sent_away(users_file, checks):
    async def flood():
        doorkeeper = Doorkeeper(Users(users_file))
        asked = [doorkeeper.check(f"user{n}", "correct horse", f"10.0.0.{n}") for n in range(40)]
        return await asyncio.gather(*asked)

    verdicts = asyncio.run(flood())
    assert sum(verdict.wait == 1 for verdict in verdicts) == 24
    assert len(checks) == 16


def test_a_login_ends_by_logout_and_only_by_post(login):
    async def conversation(client):
        await enter(client, ANN)
        link = await client.get("/logout", headers=PAGE)
        still = await client.get("/config")
        token = client.cookies["sourcier-7860"]
        out = await client.post("/logout", headers=PAGE)
        stolen = await client.get("/config", headers={"cookie": f"sourcier-7860={token}"})
        return link, still, out, stolen, await client.post("/logout")

    link, still, out, stolen, program = talk(login, conversation)
    assert (link.status_code, link.headers["allow"]) == (405, "POST")
    assert still.status_code == 200
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert stolen.status_code == 401
    assert program.status_code == 204


def test_a_login_ends_when_idle_and_after_a_week_in_any_case(users_file, clock):
    users = Users(users_file)
    sessions = Sessions(users, clock=clock)
    token = sessions.begin("ann", users.hash_of("ann"))
    clock.now += IDLE
    assert sessions.user(token) == "ann"
    clock.now += IDLE + 1
    assert sessions.user(token) is None
    assert len(sessions) == 0
    token = sessions.begin("ann", users.hash_of("ann"))
    for _ in range(14):
        clock.now += IDLE
        assert sessions.user(token) == "ann"
    clock.now += IDLE
    assert sessions.user(token) is None


def test_a_login_ends_when_the_password_changes_or_the_user_goes(tmp_path):
    path = tmp_path / "users"
    set_password(path, *ANN)
    users = Users(path)
    sessions = Sessions(users)
    first = sessions.begin("ann", users.hash_of("ann"))
    set_password(path, "ann", "another one")
    second = sessions.begin("ann", users.hash_of("ann"))
    assert (sessions.user(first), sessions.user(second)) == (None, "ann")
    set_password(path, *BOB)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if line.startswith("bob")))
    assert sessions.user(second) is None


def test_a_password_that_was_right_once_is_asked_again_when_it_changes(tmp_path):
    path = tmp_path / "users"
    set_password(path, *ANN)

    async def check():
        doorkeeper = Doorkeeper(Users(path))
        before = await doorkeeper.check(*ANN, "a")
        set_password(path, "ann", "another one")
        return before.user, (await doorkeeper.check(*ANN, "a")).user

    assert asyncio.run(check()) == ("ann", None)


def test_the_tables_are_bounded(users_file, clock):
    users = Users(users_file)
    sessions = Sessions(users, most=10, clock=clock)
    tokens = [sessions.begin("ann", users.hash_of("ann")) for _ in range(25)]
    assert len(set(tokens)) == 25
    assert [sessions.user(token) for token in tokens] == [None] * 15 + ["ann"] * 10
    slow = Slowdown(most=10, clock=clock)
    for number in range(25):
        slow.failed(str(number))
    assert len(slow) == 10
    assert (slow.wait("0"), slow.wait("24")) == (0, 1)


@given(st.integers(0, 8), st.integers(1, 3_000))
def test_a_wait_only_grows_up_to_its_most(free, failures):
    clock = Clock()
    slow, waits = Slowdown(free=free, clock=clock), []
    for _ in range(min(failures, 40)):
        slow.failed("ann")
        waits.append(slow.wait("ann"))
    assert waits == sorted(waits)
    assert waits[:free] == [0] * min(free, len(waits))
    assert waits[-1] <= LONGEST_WAIT
    clock.now += 3_600
    assert slow.wait("ann") == 0
    slow.failed("ann")
    assert slow.wait("ann") == (0 if free else 1)


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic " + "A" * 5_000, "Bearer abc", "Basic YW5u",
     "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(), "Digest username=ann",
     "Basic " + base64.b64encode(b"ann:correct horse").decode() + " x",
     "Basic " + base64.b64encode(b"ann\0:correct horse").decode()],
)  # fmt: skip
def test_a_header_that_is_no_login_is_none(login, header):
    assert send(login, "GET", "/config", headers={"authorization": header}).status_code == 401


@pytest.mark.parametrize(
    "cookie",
    ["", ";;;", "=", "sourcier-7860", "sourcier-7860=", "sourcier-7860=\\377\\0", 'sourcier-7860="\\u0000',
     "a=b; " * 99, "sourcier-7860=" + "x" * 20_000, "sourcier-7860=é"],
)  # fmt: skip
def test_a_cookie_that_is_no_token_is_none(login, cookie):
    assert send(login, "GET", "/config", headers={"cookie": cookie.encode("latin-1")}).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"username=ann", 400), (b"username=ann&password=", 400), (b"username=&password=x", 400),
     (b"username=ann&username=bob&password=x", 400), (b"username=%ff&password=x", 400), (b"\xff\xfe", 400),
     (b"&".join([b"a=b"] * 50), 400), (b'{"username": "ann"}', 400), (b"username=ann&password=x", 401)],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(login, body, status):
    assert send(login, "POST", "/login", content=body).status_code == status


@given(st.binary(max_size=200))
@example(b"username=a&password=%ud800")
def test_any_body_is_a_form_or_none(body):
    told = _form(body)
    assert told is None or all(told)


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_any_header_is_a_login_or_none(header):
    assert _basic(Headers({"authorization": header})) is None or header.lower().startswith("basic ")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "login"])
def test_other_methods_do_not_log_in(login, method):
    assert send(login, method, "/login", auth=ANN).status_code == 405


def test_the_form_can_be_opened_by_its_address(login):
    told = send(login, "GET", "/login", headers={"accept-language": "fr-FR,fr;q=0.9,en;q=0.5"})
    assert told.status_code == 200
    assert '<html lang="fr">' in told.text
    assert "Mot de passe" in told.text
    assert send(login, "HEAD", "/login/").status_code == 200


def test_the_form_is_labelled_and_known_to_password_managers():
    page = login_page("en")
    for name, kind in (("username", "username"), ("password", "current-password")):
        assert f'<label for="{name}">' in page
        assert re.search(rf'<input id="{name}" name="{name}"[^>]* autocomplete="{kind}"', page)
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_form_says_how_long_to_wait():
    assert '<p class="bad" role="alert">Trop d’essais : attendez 8 s.</p>' in login_page("fr", wait=8)
    assert '<p class="bad" role="alert">Too many attempts: wait 8 s.</p>' in login_page("en", wait=8)


def test_the_form_can_be_read():
    """Contrast of WCAG 2, AA: 4.5 for text, 3 for the borders of fields, by light and by dark."""
    colours = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in login_page("en").split("@media")[:2]]
    for of in colours:
        for text in ("ink", "deep", "bad"):
            assert contrast(of[text], of["paper"]) >= 4.5
        assert contrast(of["line"], of["paper"]) >= 3


def contrast(one, two):
    def luminance(colour):
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)
