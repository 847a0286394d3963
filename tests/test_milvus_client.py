"""What we ask of Milvus, asked of Milvus Lite."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milvus_server import MilvusServer

from index.errors import IndexStoreError
from index.milvus import client as client_module
from index.milvus.address import KINDS
from index.milvus.batches import BATCH_BYTES, BATCH_ROWS, batches, weight
from index.milvus.client import Client
from index.milvus.fields import Field
from index.milvus.kinds import schema_of, search_params

DIM = 8
NUMBERS = itertools.count()
RANDOM = np.random.default_rng(0)


def fields(kind: str = "FLAT") -> tuple[Field, ...]:
    return (
        Field("id", "int", key=True),
        Field("text", "text", 65_535, indexed=True),
        Field("number", "int", indexed=True),
        Field("dense", "dense", DIM, index=kind),
        Field("sparse", "sparse"),
    )


def row(number: int, **changed: Any) -> dict[str, Any]:
    vector = RANDOM.standard_normal(DIM).astype(np.float32)
    sparse = {int(each): float(RANDOM.random() + 0.1) for each in RANDOM.choice(50, 5, replace=False)}
    return {"id": number, "text": f"t{number}", "number": number % 7, "dense": vector, "sparse": sparse} | changed


@pytest.fixture
def client(milvus: MilvusServer) -> Iterator[Client]:
    client = Client(milvus.address())
    client.strong = True
    yield client
    client.close()


@pytest.fixture
def name(client: Client) -> str:
    """Return the name of an empty collection that no other test has."""
    name = f"rows_{next(NUMBERS)}"
    client.create(name, fields(), {"made": "by a test"})
    return name


def test_a_collection_is_made_once_and_told(client: Client, name: str) -> None:
    client.upsert(name, [row(1)])
    client.create(name, fields(), {"made": "again"})
    assert client.count(name, "") == 1
    assert client.properties(name)["made"] == "by a test"
    assert name in client.names()
    client.drop(name)
    client.drop(name)
    assert name not in client.names()


def test_a_collection_half_made_is_completed(client: Client) -> None:
    name = f"half_{next(NUMBERS)}"
    made = client._connection._connected()
    made.create_collection(name, schema=schema_of(fields()))
    client.create(name, fields(), {})
    client.upsert(name, [row(1)])
    assert client.search(name, "dense", [np.ones(DIM, np.float32)], 1, "", ["text"])[0][0][0] == 1
    assert set(made.list_indexes(name)) == {"text", "number", "dense", "sparse"}


def test_rows_are_written_once_for_each_key(client: Client, name: str) -> None:
    client.upsert(name, [row(n) for n in range(10)])
    client.upsert(name, [row(n, text="new") for n in range(5)])
    assert client.count(name, "") == 10
    assert client.count(name, 'text == "new"') == 5
    client.delete(name, "id < 3")
    assert sorted(each["id"] for each in client.query(name, "number >= 0", ["id"])) == list(range(3, 10))
    assert len(client.query(name, "", ["id"], limit=2)) == 2
    assert client.query(name, "id == 3", []) == [{"id": 3}]


def test_a_patch_changes_what_it_names_alone(client: Client, name: str) -> None:
    before = row(1)
    client.upsert(name, [before, row(2)])
    client.patch(name, [{"id": 1, "text": "patched"}])
    client.patch(name, [{"id": 1, "text": "patched"}])
    (after,) = client.get(name, "id", [1], ["text", "number", "dense", "sparse"])
    assert (after["text"], after["number"]) == ("patched", before["number"])
    assert np.array_equal(np.asarray(after["dense"], np.float32), before["dense"])
    assert after["sparse"] == pytest.approx(before["sparse"])
    assert client.count(name, "") == 2


def test_a_write_may_be_of_no_rows(client: Client, name: str) -> None:
    client.upsert(name, [])
    client.patch(name, iter(()))
    client.delete(name, "id == 5")
    assert client.count(name, "") == 0
    assert client.get(name, "id", [], ["text"]) == []
    assert list(client.each(name, "", ["text"], "id")) == []


def test_rows_come_by_their_keys(client: Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_KEYS", 4)
    client.upsert(name, [row(n) for n in range(20)])
    found = client.get(name, "id", [3, 99, *range(10, 20)], ["text"])
    assert sorted(each["text"] for each in found) == sorted(["t3", *(f"t{n}" for n in range(10, 20))])


@pytest.mark.parametrize("flushed", [False, True])
@pytest.mark.parametrize("page", [1, 3, 500])
def test_all_rows_come_in_order_of_their_keys(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch, page: int, flushed: bool
) -> None:
    monkeypatch.setattr(client_module, "_PAGE", page)
    monkeypatch.setattr(client_module, "_PAGE_BYTES", 100)
    numbers = [int(each) for each in RANDOM.permutation(60) - 20]
    client.upsert(name, [row(n) for n in numbers[:40]])
    if flushed:
        client.flush(name)
    client.upsert(name, [row(n) for n in numbers[30:]])
    assert [each["id"] for each in client.each(name, "", ["text"], "id")] == sorted(numbers)
    some = [each["id"] for each in client.each(name, "number == 3 or number == 4", [], "id")]
    assert some == sorted(n for n in numbers if n % 7 in (3, 4))


@settings(max_examples=15, deadline=None)
@given(keys=st.lists(st.text("ab/.\"'\\%é😀\n", min_size=1, max_size=5), min_size=1, max_size=30, unique=True))
def test_all_rows_come_in_order_of_keys_of_text(milvus: MilvusServer, keys: list[str]) -> None:
    client = Client(milvus.address())
    name = "keys_of_text"
    client.create(name, [Field("key", "text", 256, key=True), Field("unused", "dense", 2)], {})
    client.delete(name, 'key >= ""')
    client.upsert(name, [{"key": key, "unused": [0.0, 1.0]} for key in keys])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client_module, "_PAGE", 2)
        assert [each["key"] for each in client.each(name, "", [], "key")] == sorted(keys)
    client.close()


def test_heavy_rows_go_in_several_calls(client: Client, name: str) -> None:
    rows = [row(n, text="é" * 30_000) for n in range(200)]  # 12 MB
    assert len(list(batches(rows))) == 2
    client.upsert(name, rows)
    assert [each["id"] for each in client.each(name, "", ["text"], "id")] == list(range(200))


@given(st.lists(st.sampled_from([0, 10, 1_000_000, 2_999_990, 4_000_000, 7_999_000, 9_000_000]), max_size=12))
def test_batches_are_light_and_keep_the_order(lengths: list[int]) -> None:
    rows = [{"id": at, "text": "x" * length} for at, length in enumerate(lengths)]
    found = list(batches(rows))
    assert [each for batch in found for each in batch] == rows
    for batch in found:
        assert len(batch) == 1 or sum(map(weight, batch)) <= BATCH_BYTES
    for one, two in itertools.pairwise(found):  # no call more than is needed
        assert sum(map(weight, [*one, two[0]])) > BATCH_BYTES


def test_batches_have_so_many_rows_at_most() -> None:
    assert [len(each) for each in batches({"id": n} for n in range(2 * BATCH_ROWS + 1))] == [BATCH_ROWS, BATCH_ROWS, 1]


def test_searches_find_what_brute_force_finds(client: Client, name: str) -> None:
    rows = [row(n) for n in range(300)]
    client.upsert(name, rows)
    client.flush(name)
    asked = [row(0)["dense"] for _ in range(70)]
    awaited = np.asarray(asked) @ np.asarray([each["dense"] for each in rows]).T
    for hits, scores in zip(client.search(name, "dense", asked, 5, "", ["text"]), awaited, strict=True):
        best = np.argsort(-scores)[:5]
        assert [hit[0] for hit in hits] == best.tolist()
        assert [hit[1] for hit in hits] == pytest.approx(scores[best].tolist(), abs=1e-4)
        assert [hit[2] for hit in hits] == [{"text": f"t{n}"} for n in best]
    sparse = {3: 1.0, 17: 0.5}
    scores = [sum(weight * each["sparse"].get(at, 0.0) for at, weight in sparse.items()) for each in rows]
    (hits,) = client.search(name, "sparse", [sparse], 300, "number == 2", [])
    assert all(set(hit[2]) <= {"id"} for hit in hits)  # what is not asked for does not come
    assert {hit[0]: hit[1] for hit in hits} == pytest.approx(
        {n: score for n, score in enumerate(scores) if score and n % 7 == 2}, abs=1e-5
    )


@pytest.mark.parametrize("kind", ["FLAT", "HNSW", "HNSW_SQ", "IVF_SQ8", "AUTOINDEX"])
def test_each_kind_of_index_finds_a_row_by_its_vector(client: Client, kind: str) -> None:
    name = f"kind_{kind}"
    client.create(name, fields(kind), {})
    rows = [row(n) for n in range(200)]
    for each in rows:
        each["dense"] /= np.linalg.norm(each["dense"])
    client.upsert(name, rows)
    client.flush(name)
    params = search_params(kind, 3)
    found = client.search(name, "dense", [each["dense"] for each in rows[:50]], 3, "", [], params)
    assert [hits[0][0] for hits in found] == list(range(50))


def test_a_kind_that_the_server_lacks_is_told(client: Client) -> None:
    with pytest.raises(IndexStoreError, match="Milvus Lite has no index of kind DISKANN: leave"):
        client.create("kind_DISKANN", fields("DISKANN"), {})
    assert "kind_DISKANN" not in client.names()


def test_an_alias_is_switched(client: Client, name: str) -> None:
    other = f"other_{next(NUMBERS)}"
    client.create(other, fields(), {})
    assert client.pointed("pointer") is None
    for target in (name, name, other):
        client.point("pointer", target)
        assert client.pointed("pointer") == target
    client.drop(other)
    assert client.pointed("pointer") is None


def test_an_alias_takes_no_name_of_a_collection(client: Client, name: str) -> None:
    other = f"other_{next(NUMBERS)}"
    client.create(other, fields(), {})
    with pytest.raises(IndexStoreError, match=f"{name} is a collection of its own there"):
        client.point(name, other)


def test_a_released_collection_is_loaded_when_asked(client: Client, name: str) -> None:
    client.upsert(name, [row(1)])
    client.release(name)
    assert client.count(name, "") == 1
    client.release(name)
    client.load(name)
    client.load(name)
    assert client.query(name, "id == 1", ["text"]) == [{"id": 1, "text": "t1"}]


def test_what_is_gone_or_asked_wrongly_is_told(client: Client, name: str) -> None:
    with pytest.raises(IndexStoreError, match="no such collection"):
        client.query("never_made", "id == 1", ["text"])
    with pytest.raises(IndexStoreError, match="the server fails") as caught:
        client.query(name, 'id == "', ["text"])
    assert "\n" not in str(caught.value)


def test_reads_are_strong_while_young_or_told_to_be(milvus: MilvusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(milvus.address())
    assert client._level == "Strong"
    monkeypatch.setattr(client_module, "FRESH", 0.0)
    assert client._level == "Bounded"
    client.strong = True
    assert client._level == "Strong"
    client.close()


def test_pages_are_read_as_strongly_as_the_collection_is_made(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    made = client._connection._connected()
    monkeypatch.setattr(made, "create_collection", lambda name, **options: asked.update(options))
    monkeypatch.setattr(made, "list_indexes", lambda name, **options: [each.name for each in fields()])
    monkeypatch.setattr(made, "load_collection", lambda name, **options: None)
    client.create("never_made", fields(), {})
    assert asked["consistency_level"] == "Strong"


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_looks_at_more_than_it_returns(kind: str) -> None:
    for k in (1, 10, 1000, 16_384):
        for wide in ("ef", "search_list"):
            assert k < search_params(kind, k).get(wide, k + 1) <= 32_768


def test_a_closed_client_opens_again(client: Client) -> None:
    version = client.server_version()
    client.close()
    client.close()
    assert client.server_version() == version
