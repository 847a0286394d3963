"""Questions asked of an index in Milvus have the answers that they have of the one on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from milvus_fill import fill
from milvus_places import Place

from index.milvus.client import Client
from index.milvus.opened import open_remote
from index.opened import OpenIndex
from qa.scope import Scope
from qa.session import Session
from qa.types import Answer

GOLD = Path(__file__).parent / "data" / "seeds_gold.jsonl"
QUESTIONS = [json.loads(line)["question"] for line in GOLD.read_text("utf-8").splitlines()][::5]  # French and English
SCOPES = (
    Scope(sources=("001_eb3ee6aa52e1339d.txt", "003_64a73554108f83a5.txt")),
    Scope(since="2025-05", until="2025-05"),
)
OWN = ("passage_id", "timings_ms", "words")  # what a store may tell in its own way


@pytest.fixture(scope="module")
def remote_session(place: Place, seeds_session: Session) -> Iterator[Session]:
    """Return a session over the seeds in Milvus."""
    address = place()
    with closing(Client(address)) as client:
        fill(client, cast("OpenIndex", seeds_session.index))
    with Session(open_remote(address)) as session:
        yield session


def told(each: Any) -> Any:
    """Return a record as `pytest.approx` compares it, without what is a store's own."""
    if is_dataclass(each) and not isinstance(each, type):
        return told(asdict(each))
    if isinstance(each, dict):
        return {name: told(value) for name, value in each.items() if name not in OWN}
    return [told(value) for value in each] if isinstance(each, list | tuple) else each


def alike(found: Any, expected: Any) -> bool:
    """Say whether two records are the same, but for what rounding does to numbers."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(alike(found[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(alike, found, expected))
    if isinstance(expected, float):
        return bool(found == pytest.approx(expected, abs=1e-5))
    return bool(found == expected)


def check(found: Answer, expected: Answer) -> None:
    assert (found.text, found.reason, found.citations) == (expected.text, expected.reason, expected.citations)
    assert found.confidence == pytest.approx(expected.confidence, abs=1e-5)
    assert alike(told(found), told(expected))


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_answers_are_the_same(seeds_session: Session, remote_session: Session, number: int) -> None:
    check(remote_session.ask(QUESTIONS[number]), seeds_session.ask(QUESTIONS[number]))


def test_threads_may_share_it(seeds_session: Session, remote_session: Session) -> None:
    asked = QUESTIONS[:6]
    expected = [seeds_session.ask(question) for question in asked]
    with ThreadPoolExecutor(4) as pool:
        for each, found in zip(expected * 3, pool.map(remote_session.ask, asked * 3), strict=True):
            check(found, each)


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize("number", range(0, len(QUESTIONS), 6))
def test_answers_within_a_scope_are_the_same(
    seeds_session: Session, remote_session: Session, number: int, scope: Scope
) -> None:
    expected = seeds_session.ask(QUESTIONS[number], scope=scope)
    check(remote_session.ask(QUESTIONS[number], scope=scope), expected)
