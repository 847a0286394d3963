"""One session, asked by eight threads at once, answers each as if it were alone."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

from qa.gold import read_gold
from qa.scope import Scope
from qa.session import Session
from qa.types import Answer

THREADS = 8
GOLD = Path(__file__).parent / "data" / "seeds_gold.jsonl"
_EARLIER = ("Qui dirige Microsoft ?", "Is Microsoft renegotiating with OpenAI?")
_FOLLOWING = ("Et Google ?", "Why?", "Et pour OpenAI ?", "How much?", "Depuis quand ?", "And Oracle?")
_NO_ANSWER = ("Quelle est la capitale de la Mongolie ?", "Who is Apple's chief executive?", "", "?")


def _asked(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """Return what is asked: in French and English, after other questions, and of a part of the articles."""
    gold = read_gold(GOLD)
    sources = [each.source for each in session.index.passages.documents()]
    some = [example.question for language in ("fr", "en") for example in gold if example.language == language][::6]
    asked: list[tuple[str, dict[str, Any]]] = [(question, {}) for question in (*some, *_NO_ANSWER)]
    asked += [(text, {"previous": _EARLIER[: 1 + n % 2]}) for n, text in enumerate(_FOLLOWING)]
    asked += [(text, {"scope": Scope((sources[n % len(sources)],))}) for n, text in enumerate(some[:8])]
    return [*asked, *((text, {"k": 1 + n, "language": "fr"}) for n, text in enumerate(some[:4]))]


def _timeless(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def test_eight_threads_get_what_one_gets(seeds_session: Session) -> None:
    asked = _asked(seeds_session)
    assert len(asked) >= 40
    alone = [_timeless(seeds_session.ask(text, **how)) for text, how in asked]
    assert len({answer.text for answer in alone}) > 8
    assert any(answer.read_as for answer in alone)
    start = Barrier(THREADS)

    def ask_all(thread: int) -> list[tuple[int, Answer]]:
        order = random.Random(thread).sample(range(len(asked)), len(asked) // 3)
        start.wait(60)
        return [(each, _timeless(seeds_session.ask(asked[each][0], **asked[each][1]))) for each in order]

    with ThreadPoolExecutor(THREADS) as pool:
        for told in pool.map(ask_all, range(THREADS)):
            for each, answer in told:
                assert answer == alone[each], asked[each]


def test_threads_that_open_the_index_for_themselves_get_the_same(seeds_session: Session) -> None:
    asked = _asked(seeds_session)[::6]
    alone = [_timeless(seeds_session.ask(text, **how)) for text, how in asked]

    def opened(_: int) -> list[Answer]:
        with Session.of_index(seeds_session.index.generation.path.parent) as session:
            return [_timeless(session.ask(text, **how)) for text, how in asked]

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(told == alone for told in pool.map(opened, range(THREADS)))
