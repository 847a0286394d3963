"""The turnstile: a place is taken until the work is done, whether or not somebody still waits for it."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from index.errors import BusyError
from qa.turnstile import Turnstile


def test_who_leaves_while_it_is_worked_for_keeps_the_place_until_it_is_done():
    """Else whoever asks and leaves, over and over, would have any number of threads at work."""
    begun, go_on = Event(), Event()

    def work():
        begun.set()
        go_on.wait(10)

    async def leave():
        turnstile = Turnstile(running=1, waiting=0)
        asking = asyncio.create_task(turnstile.run(work))
        await asyncio.to_thread(begun.wait, 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(BusyError):
            await turnstile.run(int)
        go_on.set()
        while turnstile._inside:
            await asyncio.sleep(0)
        assert await turnstile.run(int) == 0

    asyncio.run(leave())


def test_who_leaves_while_waiting_gives_the_place_back_at_once():
    begun, go_on, asked = Event(), Event(), []

    def work():
        begun.set()
        go_on.wait(10)

    async def leave():
        turnstile = Turnstile(running=1, waiting=1)
        first = asyncio.create_task(turnstile.run(work))
        await asyncio.to_thread(begun.wait, 10)
        for _ in range(3):
            waiting = asyncio.create_task(turnstile.run(asked.append, 1))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        go_on.set()
        await first
        assert await turnstile.run(int) == 0

    asyncio.run(leave())
    assert asked == []


def test_an_error_frees_the_place_and_is_told():
    async def fail():
        turnstile = Turnstile(running=1, waiting=0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await turnstile.run(divmod, 1, 0)

    asyncio.run(fail())


def test_once_it_is_closed_those_who_wait_are_told_and_the_one_at_work_is_not():
    begun, go_on = Event(), Event()

    def work():
        begun.set()
        return go_on.wait(10)

    async def end():
        turnstile = Turnstile(running=1, waiting=2)
        first = asyncio.create_task(turnstile.run(work))
        await asyncio.to_thread(begun.wait, 10)
        waiting = [asyncio.create_task(turnstile.run(int)) for _ in range(2)]
        await asyncio.sleep(0)
        turnstile.close()
        with pytest.raises(BusyError, match="being stopped"):
            await turnstile.run(int)
        go_on.set()
        told = await asyncio.gather(first, *waiting, return_exceptions=True)
        assert told[0] is True
        assert [type(each) for each in told[1:]] == [BusyError] * 2
        assert turnstile._inside == 0

    asyncio.run(end())


@pytest.mark.parametrize("left_at_end", [False, True])
def test_what_is_done_is_told_whichever_thread_does_it(left_at_end):
    async def run():
        turnstile = Turnstile(left_at_end=left_at_end)
        assert await turnstile.run(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await turnstile.run(divmod, 7, 0)

    asyncio.run(run())


def test_what_may_be_left_is_not_waited_for_at_the_end():
    begun, go_on, ended = Event(), Event(), Event()

    def work():
        begun.set()
        go_on.wait(10)
        ended.set()

    async def leave():
        task = asyncio.create_task(Turnstile(left_at_end=True).run(work))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()

    asyncio.run(leave())  # and its loop, which the thread will want to tell, is closed
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(10)
