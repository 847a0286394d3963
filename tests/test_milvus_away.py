"""A server that is away, frozen, full, too old or another: each is told in one line, and what passes is waited for."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from milvus_server import MISSING, MilvusServer, free_port

from index.errors import IndexStoreError
from index.milvus import connection as connection_module
from index.milvus.address import Address
from index.milvus.client import Client
from index.milvus.connection import Connection
from index.milvus.failures import PASSING, Trouble, failure, trouble_of
from index.milvus.fields import Field

if MISSING:
    pytest.skip("pymilvus or milvus-lite not installed: pip install -e '.[test]'", allow_module_level=True)
from pymilvus import MilvusException

FIELDS = (Field("id", "int", key=True), Field("dense", "dense", 2))
ROWS = [{"id": n, "dense": [0.0, 1.0]} for n in range(50)]
ADDRESS = Address.parse("milvus://host:1/notes")


def be_hasty(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(connection_module, "PATIENCE", 0.5)
    patch.setattr(connection_module, "CONNECTING", 1.0)
    patch.setattr(connection_module, "QUICK", 1.0)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no time to lose."""
    be_hasty(monkeypatch)


@pytest.fixture
def client(milvus: MilvusServer) -> Iterator[Client]:
    milvus.start()
    client = Client(milvus.address())
    yield client
    client.close()
    milvus.start()


def told_by(call: Callable[[], Any]) -> str:
    with pytest.raises(IndexStoreError) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert caught.value.kind == "index_store"
    return str(caught.value)


@pytest.mark.usefixtures("hasty")
def test_a_server_that_is_not_there_is_told_with_its_address() -> None:
    address = Address.parse(f"milvus://127.0.0.1:{free_port()}/notes")
    told = told_by(Client(address).names)
    assert told.startswith(f"{address}: no server answers there (")
    assert "Connection refused" in told
    assert "milvus+tls://" in told


@pytest.mark.usefixtures("hasty")
def test_a_host_that_nobody_knows_is_told() -> None:
    told = told_by(Client(Address.parse("milvus://no-such-host.invalid/notes")).names)
    assert told.startswith("milvus://no-such-host.invalid:19530/notes: no server answers there")


@pytest.mark.usefixtures("hasty")
def test_another_server_at_the_port_is_told() -> None:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        try:
            told = told_by(Client(Address.parse(f"milvus://127.0.0.1:{web.server_port}/notes")).names)
            by_tls = told_by(Client(Address.parse(f"milvus+tls://127.0.0.1:{web.server_port}/notes")).names)
        finally:
            web.shutdown()
            thread.join()
    assert "what listens there is no Milvus that we know" in told
    assert "speaks no TLS: write milvus://" in by_tls


@pytest.mark.usefixtures("hasty")
def test_a_server_that_never_answers_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = told_by(Client(Address.parse(f"milvus://127.0.0.1:{silent.getsockname()[1]}/notes")).names)
    assert "does not answer in time" in told


def test_a_frozen_server_is_told_and_answers_when_it_wakes(milvus: MilvusServer, client: Client) -> None:
    version = client.server_version()
    another = Client(milvus.address())
    with milvus.frozen(), pytest.MonkeyPatch.context() as patch:
        be_hasty(patch)
        assert "does not answer in time" in told_by(client.server_version)
        assert "does not answer in time" in told_by(another.server_version)
    assert client.server_version() == version
    assert another.server_version() == version
    another.close()


def test_a_server_started_anew_has_all_that_it_acknowledged(milvus: MilvusServer, client: Client) -> None:
    client.create("kept", FIELDS, {})
    client.upsert("kept", ROWS)
    client.point("alias_kept", "kept")
    milvus.kill()
    milvus.start()  # and the collection is not loaded
    assert client.count("kept", "") == len(ROWS)
    assert client.pointed("alias_kept") == "kept"
    milvus.kill()
    milvus.start()
    client.upsert("kept", ROWS)
    client.patch("kept", [{"id": 3, "dense": [1.0, 0.0]}])
    milvus.kill()
    milvus.start()
    client.flush("kept")
    assert client.search("kept", "dense", [[1.0, 0.0]], 1, "", [])[0][0][0] == 3
    milvus.kill()
    milvus.start()
    assert [row["id"] for row in client.each("kept", "", [], "id")] == list(range(len(ROWS)))
    client.delete("kept", "id < 10")
    assert client.count("kept", "") == len(ROWS) - 10


def test_calls_wait_for_a_server_that_comes_back(
    milvus: MilvusServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "PATIENCE", 60.0)
    client.create("waited", FIELDS, {})
    client.upsert("waited", ROWS)
    tried = threading.Event()
    connected = client._connection._connected

    def connect() -> Any:
        tried.set()
        return connected()

    milvus.kill()
    client._connection._connected = connect
    found: list[int] = []
    asking = [threading.Thread(target=lambda: found.append(client.count("waited", ""))) for _ in range(4)]
    for thread in asking:
        thread.start()
    assert tried.wait(60)
    milvus.start()
    for thread in asking:
        thread.join()
    assert found == [len(ROWS)] * 4


def test_after_all_patience_each_call_tries_once_until_one_succeeds(
    milvus: MilvusServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "PATIENCE", 2.0)
    monkeypatch.setattr(connection_module, "FIRST_PAUSE", 0.01)
    tries = 0

    def operation(milvus: Any, seconds: float) -> Any:
        nonlocal tries
        tries += 1
        return milvus.list_collections(timeout=seconds)

    client.names()
    milvus.kill()
    told_by(lambda: client._connection.call(operation))
    assert tries > 1
    for _ in range(2):
        tries = 0
        told_by(lambda: client._connection.call(operation))
        assert tries == 1
    milvus.start()
    client._connection.call(operation)
    milvus.kill()
    tries = 0
    told_by(lambda: client._connection.call(operation))
    assert tries > 1


@pytest.mark.usefixtures("hasty")
def test_threads_that_find_nobody_share_one_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection(ADDRESS)
    connection._given_up = True
    waiting, tries = threading.Barrier(8), []

    def connect() -> Any:
        tries.append(1)
        waiting.wait(60)  # until all others wait for us
        raise MilvusException(2, "away")

    def call() -> None:
        told.append(told_by(lambda: connection.call(lambda milvus, seconds: None)))

    class Lock:  # that tells when a thread begins to wait for it
        def __init__(self) -> None:
            self._lock = threading.Lock()

        def __enter__(self) -> None:
            if not self._lock.acquire(blocking=False):
                waiting.wait(60)
                self._lock.acquire()

        def __exit__(self, *_: object) -> None:
            self._lock.release()

    told: list[str] = []
    monkeypatch.setattr(connection, "_lock", Lock())
    monkeypatch.setattr(connection, "_connect", connect)
    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert len(tries) == 1


@pytest.mark.parametrize(
    ("version", "least"),
    [("2.2.9", "2.6.2"), ("v2.6.1", "2.6.2"), ("milvus_lite-2.4.12", "3.2.0"), ("v1.1.1-dev", "2.6.2")],
)
def test_a_server_too_old_is_told(client: Client, monkeypatch: pytest.MonkeyPatch, version: str, least: str) -> None:
    monkeypatch.setattr("pymilvus.MilvusClient.get_server_version", lambda *_, **__: version)
    told = told_by(client.names)
    assert f"is {version}, and must be {least} or newer: upgrade it" in told


@pytest.mark.parametrize("version", ["v2.6.2", "2.6.17-abc", "v3.0.0", "master-20261001-1a2b", "milvus_lite-3.2.0"])
def test_a_server_new_enough_or_of_an_unknown_number_is_taken(
    client: Client, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("pymilvus.MilvusClient.get_server_version", lambda *_, **__: version)
    assert client.server_version() == version


class Refusal(grpc.RpcError):
    """As gRPC raises it."""

    def __init__(self, code: grpc.StatusCode, details: str = "") -> None:
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._details


STATES = grpc.StatusCode


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (MilvusException(2, "service unavailable"), Trouble.AWAY),
        (MilvusException(1, "service not ready", retriable=True), Trouble.AWAY),
        (MilvusException(1, "[Errno 28] No space left on device: '/data/wal'"), Trouble.FULL),
        (MilvusException(7, "disk limit exceeded"), Trouble.FULL),
        (MilvusException(9, "quota exceeded[reason=disk quota exhausted]"), Trouble.FULL),
        (MilvusException(3, "memory limit exceeded"), Trouble.BUSY),
        (MilvusException(8, "request is rejected by grpc RateLimiter middleware"), Trouble.BUSY),
        (MilvusException(503, "channel not available"), Trouble.BUSY),
        (MilvusException(100, "collection not found[collection=x]"), Trouble.GONE),
        (MilvusException(101, "collection not loaded"), Trouble.RELEASED),
        (MilvusException(1401, "privilege not permitted"), Trouble.REFUSED),
        (MilvusException(1100, "invalid parameter"), Trouble.OTHER),
        (MilvusException(65535, "x" * 1000), Trouble.OTHER),
        (MilvusException(1, "Unexpected error, message=<Cannot invoke RPC on closed channel!>"), Trouble.AWAY),
        (MilvusException(STATES.UNAVAILABLE, "Retry timeout"), Trouble.AWAY),
        (Refusal(STATES.DEADLINE_EXCEEDED, "Deadline Exceeded"), Trouble.SILENT),
        (Refusal(STATES.CANCELLED), Trouble.AWAY),
        (Refusal(STATES.UNAUTHENTICATED), Trouble.REFUSED),
        (Refusal(STATES.PERMISSION_DENIED), Trouble.REFUSED),
        (Refusal(STATES.UNIMPLEMENTED), Trouble.STRANGE),
        (Refusal(STATES.UNAVAILABLE, "Tls handshake failed: SSL_ERROR_SSL: x"), Trouble.TLS),
    ],
)
def test_what_a_failure_means(error: Exception, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble
    told = str(failure(ADDRESS, error))
    assert told.startswith(f"{ADDRESS}: ")
    assert "{}" not in told
    assert len(told) < 600


def test_a_failure_is_read_through_its_causes() -> None:
    outer = MilvusException(2, "Fail connecting to server on host:1")
    outer.__cause__ = Refusal(STATES.UNAUTHENTICATED, "auth check failure")
    assert trouble_of(outer) is Trouble.REFUSED
    circle = MilvusException(2, "away")
    circle.__cause__ = circle  # as pymilvus does
    circle.__context__ = Refusal(STATES.UNAVAILABLE, "last error: UNKNOWN: ipv4:1.2.3.4:1: Connection refused")
    assert "(Connection refused)" in str(failure(ADDRESS, circle))


@pytest.mark.parametrize("code", [2, 8, 3])
def test_what_passes_is_tried_again(client: Client, code: int) -> None:
    left = [MilvusException(code, "later"), MilvusException(code, "later")]

    def operation(milvus: Any, seconds: float) -> str:
        if left:
            raise left.pop()
        return "done"

    assert client._connection.call(operation) == "done"


@pytest.mark.parametrize("code", [7, 100, 1100, 1401])
def test_what_does_not_pass_is_told_at_once(client: Client, code: int) -> None:
    tries = 0

    def operation(milvus: Any, seconds: float) -> None:
        nonlocal tries
        tries += 1
        raise MilvusException(code, "never")

    told_by(lambda: client._connection.call(operation, "collection"))
    assert tries == 1
    assert trouble_of(MilvusException(code, "never")) not in PASSING


def test_a_mistake_of_ours_is_no_failure_of_the_server(client: Client) -> None:
    def operation(milvus: Any, seconds: float) -> None:
        raise TypeError("a bug")

    with pytest.raises(TypeError):
        client._connection.call(operation)


def test_a_server_whose_disk_is_full_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.create("full", FIELDS, {})

    def refuse(*_: object, **__: object) -> None:
        raise MilvusException(1, "[Errno 28] No space left on device")

    monkeypatch.setattr("pymilvus.MilvusClient.upsert", refuse)
    assert "the server is full ([Errno 28] No space left on device): make room" in told_by(
        lambda: client.upsert("full", ROWS)
    )


def test_a_write_whose_answer_was_lost_is_done_once(client: Client) -> None:
    client.create("lost", FIELDS, {})
    real, lost = client._connection._connected().upsert, []

    def upsert(*arguments: Any, **options: Any) -> Any:
        done = real(*arguments, **options)
        if not lost:
            lost.append(done)
            raise Refusal(STATES.UNAVAILABLE, "Socket closed")
        return done

    client._connection._connected().upsert = upsert
    client.upsert("lost", ROWS)
    assert lost
    assert client.count("lost", "") == len(ROWS)
