"""Logins of several processes: known to each that has the secret, and to nobody who makes one up."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from qa.web.login import Login, user_of
from qa.web.passwords import hashed, set_password
from qa.web.sessions import IDLE
from qa.web.signed_sessions import SignedSessions, _text
from qa.web.users import Users

SECRET = "a secret of some length"
ANN, BOB = ("ann", "correct horse"), ("bob", "battery: staple")


class Clock:
    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def users_file(tmp_path):
    path = tmp_path / "users"
    for name, password in (ANN, BOB):
        set_password(path, name, password)
    return path


@pytest.fixture
def clock():
    return Clock()


def test_a_login_is_known_to_every_process_with_the_secret(users_file, clock):
    one, other = (SignedSessions(Users(users_file), SECRET, clock) for _ in range(2))
    users = Users(users_file)
    token = one.begin("ann", users.hash_of("ann"))
    assert (one.user(token), other.user(token)) == ("ann", "ann")
    assert one.begin("ann", users.hash_of("ann")) != token
    assert SignedSessions(users, f"{SECRET}.", clock).user(token) is None


def test_it_ends_by_age_by_another_password_and_by_logging_out(users_file, clock):
    users = Users(users_file)
    sessions, other = (SignedSessions(users, SECRET, clock) for _ in range(2))
    ann, bob, again = (sessions.begin(name, users.hash_of(name)) for name in ("ann", "bob", "bob"))
    sessions.end(bob)
    sessions.end("nobody's")
    assert (sessions.user(ann), sessions.user(bob), sessions.user(again)) == ("ann", None, "bob")
    assert other.user(bob) == "bob"  # which the README says
    set_password(users_file, "ann", "another horse")
    assert (sessions.user(ann), other.user(ann)) == (None, None)
    clock.now += IDLE
    assert other.user(bob) == "bob"
    clock.now += 1
    assert other.user(bob) is None
    clock.now -= 2 * IDLE  # from the future
    assert other.user(bob) is None


def test_nobody_signs_with_a_hash_alone(users_file, clock):
    users = Users(users_file)
    sessions = SignedSessions(users, SECRET, clock)
    forged = SignedSessions(users, "", clock).begin("ann", users.hash_of("ann"))
    stranger = sessions.begin("eve", hashed("x"))
    other = sessions.begin("ann", users.hash_of("bob"))
    assert [sessions.user(each) for each in (forged, stranger, other)] == [None, None, None]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(told=st.text(max_size=40) | st.binary(max_size=40).map(_text), cut=st.integers(0, 120), byte=st.integers(1, 127))
@example(told=_text(b"[" * 3_000), cut=0, byte=1)
@example(told=_text(b'[["ann"], 1, 2]'), cut=0, byte=1)
@example(told=_text(b'{"a": 1, "b": 2, "c": 3}'), cut=0, byte=1)
def test_whatever_is_sent_is_nobody_unless_it_was_given(users_file, told, cut, byte):
    users = Users(users_file)
    sessions = SignedSessions(users, SECRET)
    token = sessions.begin("ann", users.hash_of("ann"))
    cut %= len(token)
    changed = f"{token[:cut]}{chr((ord(token[cut]) + byte) % 128)}{token[cut + 1 :]}"
    for sent in (told, f"{told}.", f"{told}.{told}", token[:cut], token + "=", token + "A", changed):
        assert sessions.user(sent) is None
        sessions.end(sent)
    assert sessions.user(token) == "ann"


def test_who_logged_in_at_one_process_is_let_in_by_another_at_another_port(users_file):
    async def tell(request):
        return JSONResponse({"user": user_of(request.scope)})

    def app(secret):
        return Login(Starlette(routes=[Route("/{path:path}", tell)]), Users(users_file), secret=secret)

    async def conversation(secret):
        one, other = (httpx.ASGITransport(app(secret), client=("192.168.1.9", 5)) for _ in range(2))
        mounts = {"http://s:1": one, "http://s:2": other}
        async with httpx.AsyncClient(mounts=mounts) as client:
            entered = await client.post("http://s:1/login", data={"username": ANN[0], "password": ANN[1]})
            statuses = [(await client.get(f"http://s:{port}/")).status_code for port in (1, 2)]
            await client.post("http://s:2/logout")
            return entered.headers["set-cookie"], statuses, (await client.get("http://s:1/")).status_code

    cookie, statuses, after = asyncio.run(conversation(SECRET))
    assert cookie.startswith("sourcier=")
    assert f"HttpOnly; Max-Age={IDLE}; Path=/; SameSite=strict" in cookie
    assert (statuses, after) == ([200, 200], 401)
    assert asyncio.run(conversation(None))[1] == [200, 401]
