"""The turnstile: how many are answered at a time, how many wait, and what the rest are told."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import BusyError
from qa.turnstile import Turnstile


class Door:
    """A question that takes until the door opens, and remembers how many asked at a time."""

    def __init__(self):
        self.open = threading.Event()
        self.lock = threading.Lock()
        self.inside = self.most = 0

    def answer(self, number):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self.open.wait(30)
        with self.lock:
            self.inside -= 1
        return number


async def burst(turnstile, door, count):
    """Ask so many at one moment; open the door when those without a place have been told."""
    asked = [asyncio.ensure_future(turnstile.run(door.answer, number)) for number in range(count)]
    await asyncio.sleep(0)  # each has by now taken its place, or been told that there is none
    told = [number for number, each in enumerate(asked) if each.done()]
    door.open.set()
    return told, await asyncio.gather(*asked, return_exceptions=True)


@given(running=st.integers(1, 4), waiting=st.integers(0, 8), count=st.integers(0, 40))
def test_a_burst_is_answered_as_far_as_there_are_places_and_the_rest_told_at_once(running, waiting, count):
    places, door = running + waiting, Door()
    turnstile = Turnstile(running, waiting)
    told, came = asyncio.run(burst(turnstile, door, count))
    assert told == list(range(places, count))
    assert came[:places] == list(range(min(places, count)))
    assert Counter(map(type, came[places:])) == Counter({BusyError: count - places} if count > places else {})
    assert door.most <= running


def test_after_a_burst_there_are_places_again():
    async def twice():
        turnstile = Turnstile(2, 5)
        first = await burst(turnstile, Door(), 100)
        return first, await burst(turnstile, Door(), 7)

    (told, _), (none, came) = asyncio.run(twice())
    assert (len(told), none, came) == (93, [], list(range(7)))


def test_who_is_told_so_learns_how_many_are_before_him():
    _, came = asyncio.run(burst(Turnstile(1, 2), Door(), 4))
    assert isinstance(came[3], BusyError)
    assert str(came[3]).startswith("busy: 3 questions are being answered or waiting")


def test_a_failure_gives_its_place_back():
    async def failing():
        turnstile = Turnstile(1, 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await turnstile.run(divmod, 1, 0)
        return await turnstile.run(divmod, 7, 2)

    assert asyncio.run(failing()) == (3, 1)


def test_who_stops_waiting_leaves_his_place():
    async def leaving():
        turnstile, door = Turnstile(1, 1), Door()
        first = asyncio.ensure_future(turnstile.run(door.answer, 1))
        second = asyncio.ensure_future(turnstile.run(door.answer, 2))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        third = asyncio.ensure_future(turnstile.run(door.answer, 3))
        await asyncio.sleep(0)
        assert not third.done()
        door.open.set()
        return await asyncio.gather(first, third)

    assert asyncio.run(leaving()) == [1, 3]
