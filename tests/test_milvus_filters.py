"""Conditions: whatever a text holds, Milvus finds it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from milvus_server import MilvusServer

from index.milvus.client import Client
from index.milvus.fields import Field
from index.milvus.filters import one_of, quoted, starts_with

NAME = "texts"
FIELDS = (Field("id", "int", key=True), Field("text", "text", 400, indexed=True), Field("unused", "dense", 2))
PARTS = ["a", "b", "%", "_", '"', "'", "\\", "\n", "\r", "\t", "é", "e\u0301", "É", "\u2028", "\0", "😀", "{x}", " "]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=6).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),  # which no protocol carries
)


@pytest.fixture(scope="module")
def client(milvus: MilvusServer) -> Iterator[Client]:
    client = Client(milvus.address(NAME))
    client.create(NAME, FIELDS, {})
    client.strong = True
    yield client
    client.close()


def keep(client: Client, texts: list[str]) -> None:
    client.delete(NAME, "id >= 0")
    client.upsert(NAME, [{"id": at, "text": text, "unused": [0.0, 1.0]} for at, text in enumerate(texts)])


def found(client: Client, where: str) -> list[int]:
    return sorted(row["id"] for row in client.query(NAME, where, ["id"]))


@pytest.mark.parametrize("flushed", [False, True])
@settings(max_examples=25, deadline=None)
@example(['a"b', "a\\", "\\", "a'b", 'a\\"b'])
@example(["a\nb", "a\\nb", "anb", "a\r\n", "a\tb"])
@given(st.lists(TEXTS, min_size=1, max_size=6, unique=True))
def test_a_text_is_found_and_no_other(client: Client, flushed: bool, texts: list[str]) -> None:
    keep(client, texts)
    if flushed:
        client.flush(NAME)
    for at, text in enumerate(texts):
        assert found(client, f"text == {quoted(text)}") == [at]
    assert found(client, one_of("text", texts[1:])) == list(range(1, len(texts)))


@pytest.mark.parametrize("flushed", [False, True])
@settings(max_examples=25, deadline=None)
@example(["a%", "ab", "a_", "a", "a\\%", "b"], "a%")
@example(["a_b", "axb", "a_"], "a_")
@example(["\U0010ffff", "\U0010ffffb", "a", "\ud7ff", "\ue000"], "\U0010ffff")
@example(["a\ud7ffb", "a\ue000", "a"], "a\ud7ff")
@given(st.lists(TEXTS, min_size=1, max_size=6, unique=True), TEXTS.filter(bool))
def test_what_begins_with_a_text_is_found(client: Client, flushed: bool, texts: list[str], start: str) -> None:
    keep(client, texts)
    if flushed:
        client.flush(NAME)
    for text in [start, *filter(None, (each[:2] for each in texts))]:
        awaited = [at for at, each in enumerate(texts) if each.startswith(text)]
        assert found(client, starts_with("text", text)) == awaited


def test_conditions_join(client: Client) -> None:
    keep(client, ["a", "ab", "b"])
    assert found(client, f"{starts_with('text', 'a')} and id < 1") == [0]
    assert found(client, f"not {starts_with('text', 'a')}") == [2]
    assert found(client, one_of("id", [2, 7])) == [2]
