"""A server of Milvus Lite for tests: it listens on the loopback alone, and can be killed, frozen and started again."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.milvus.address import Address

MISSING = [name for name in ("pymilvus", "milvus_lite") if importlib.util.find_spec(name) is None]
NEEDED = pytest.mark.skipif(bool(MISSING), reason=f"{' and '.join(MISSING)} not installed: pip install -e '.[test]'")
STARTING = 60.0  # seconds, on a busy machine
PLAIN = [sys.executable, "-m", "milvus_lite", "server", "--host", "127.0.0.1"]
GUARDED = [sys.executable, str(Path(__file__).with_name("milvus_guarded.py"))]


def free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class MilvusServer:
    """A server over a folder of its own.

    :param data: the folder; a server that is started again finds what the one before had acknowledged.
    :param workers: calls that it answers at the same time; one, where several write.
    :param command: what to run in place of Milvus Lite's own server; it is given the same options.
    """

    def __init__(self, data: Path, workers: int = 1, command: Sequence[str] = PLAIN) -> None:
        self.data, self.port = data, free_port()
        self._log = data.with_name(data.name + ".log")
        options = ["--data-dir", str(data), "--port", str(self.port), "--max-workers", str(workers)]
        self._command = [*command, *options]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server, without a collection."""
        return f"milvus://127.0.0.1:{self.port}"

    def address(self, collection: str = "articles") -> Address:
        """Return the address of a collection."""
        return Address.parse(f"{self.url}/{collection}")

    def start(self) -> None:
        """Start it, and wait until it listens; one that runs is left alone."""
        if self.process:
            return
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment()
            )
        until = time.monotonic() + STARTING
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                pytest.fail(f"Milvus Lite does not start: {self._log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.05)

    def listens(self) -> bool:
        """Say whether somebody takes connections at the port."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it; in its own time, unless that is too long."""
        self._end(signal.SIGTERM)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it take connections and answer nothing for a while."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)  # until all its threads stand still
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if not process:
            return
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MILVUS_")}


@contextlib.contextmanager
def running(data: Path, workers: int = 1, command: Sequence[str] = PLAIN) -> Iterator[MilvusServer]:
    """Run a server for as long as the block takes."""
    server = MilvusServer(data, workers, command)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """Run one server for a module's tests, each of which takes a collection of its own; whoever kills it starts it."""
    if MISSING:
        pytest.skip(f"{' and '.join(MISSING)} not installed: pip install -e '.[test]'")
    with running(tmp_path_factory.mktemp("milvus") / "data") as server:
        yield server
