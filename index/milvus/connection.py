"""A connection to Milvus that outlives its absences: each call has its time, and is tried again while that may help."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from index.errors import IndexStoreError
from index.milvus.address import Address
from index.milvus.credentials import Credentials
from index.milvus.failures import PASSING, Trouble, failure, trouble_of
from index.milvus.library import pymilvus

CONNECTING, QUICK, WRITING, SLOW = 5.0, 10.0, 30.0, 300.0
"""Seconds that a server has to answer: a new client, a question, rows to write, and what takes long (flush, load)."""

PATIENCE = 10.0
"""For how many seconds a call is tried again."""

FIRST_PAUSE, LAST_PAUSE, GROWTH = 0.1, 2.0, 2.0
"""Seconds between two tries, at first and at most, and how they grow.

Each is drawn between half of that and all of it, so that many clients do not come back at once.
"""

LEAST = {"milvus": (2, 6, 2), "milvus_lite": (3, 2, 0)}
"""The oldest servers that do: 2.6.2 is the first to change single fields of a row, by which rows die."""

_VERSION = re.compile(r"(?:(milvus_lite)-|v)?(\d+)\.(\d+)\.(\d+)")
_OPTIONS = {
    "grpc.use_local_subchannel_pool": 1,  # else a client shares the pauses of those that failed before it
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.keepalive_time_ms": 300_000,
}
T = TypeVar("T")
Operation = Callable[[Any, float], T]


class Connection:
    """A connection that is opened by the first call, and again when it breaks. Safe for threads.

    :raises UsageError: if the environment says something about credentials that cannot be, or pymilvus is missing.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._credentials = Credentials.of()
        self._library = pymilvus()
        self._failures = _failures(self._library)
        self._lock = threading.Lock()
        self._milvus: Any = None
        self._failed: tuple[float, Exception] | None = None
        self._given_up = False  # the last call found nobody: until one does, each is tried but once

    def call(self, operation: Operation[T], collection: str = "", seconds: float | None = None) -> T:
        """Return what an operation returns, which must be one that may be done twice.

        :param operation: takes a `MilvusClient` and the seconds that it has.
        :param collection: what to load again if the server has released it, as it does when it is started anew.
        :param seconds: that a try may take; `QUICK` unless given.
        :raises IndexStoreError: if it fails for good, or for longer than our patience; says what to do.
        """
        until = time.monotonic() + (0.0 if self._given_up else PATIENCE)
        pause, released = FIRST_PAUSE, False
        while True:
            try:
                if released:
                    self._connected().load_collection(collection, timeout=SLOW)
                result = operation(self._connected(), QUICK if seconds is None else seconds)
            except self._failures as error:
                trouble = trouble_of(error)
                # Loading fails once in a while right after a start.
                released = bool(collection) and (trouble is Trouble.RELEASED or (released and trouble is Trouble.OTHER))
                if self._given_up and released:  # it is there again
                    self._given_up, until = False, time.monotonic() + PATIENCE
                if not (released or trouble in PASSING) or time.monotonic() + pause > until:
                    self._given_up = trouble in PASSING
                    raise failure(self.address, error) from error
            else:
                self._given_up = False
                return result
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * GROWTH, LAST_PAUSE)

    def close(self) -> None:
        """Let go of the server; another call opens it again."""
        with self._lock:
            milvus, self._milvus = self._milvus, None
        if milvus is not None:
            milvus.close()

    def _connected(self) -> Any:  # noqa: ANN401
        """Return the client that all threads share; one that waited while another failed to open it fails alike."""
        waits = time.monotonic()
        with self._lock:
            if self._milvus is None:
                if self._failed and self._failed[0] >= waits:
                    raise self._failed[1]
                try:
                    self._milvus = self._connect()
                except self._failures as error:
                    self._failed = time.monotonic(), error
                    raise
            return self._milvus

    def _connect(self) -> Any:  # noqa: ANN401
        """Return a client of a server that is new enough.

        :raises IndexStoreError: if it is too old.
        """
        scheme = "https" if self.address.tls else "http"
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        # quoted, since pymilvus drops the brackets of IPv6; gRPC takes the quotes away
        milvus = self._library.MilvusClient(
            uri=f"{scheme}://{quote(host, safe='')}:{self.address.port}",
            timeout=CONNECTING,
            dedicated=True,
            grpc_options=_OPTIONS,
            **self._credentials.options(),
        )
        try:
            self._check(milvus.get_server_version(timeout=CONNECTING))
        except BaseException:
            milvus.close()
            raise
        return milvus

    def _check(self, version: str) -> None:
        found = _VERSION.match(version)
        if not found:
            return  # built by hand, or a service that goes by another number
        least = LEAST[found[1] or "milvus"]
        if tuple(int(each) for each in found.groups()[1:]) < least:
            told = f"Milvus there is {version}, and must be {'.'.join(map(str, least))} or newer: upgrade it"
            raise IndexStoreError(f"{self.address}: {told}")


def _failures(library: Any) -> tuple[type[Exception], ...]:  # noqa: ANN401
    """Return what pymilvus raises: its own errors, and those of gRPC as they come."""
    import grpc

    return (library.MilvusException, grpc.RpcError, grpc.FutureTimeoutError, grpc.FutureCancelledError)
