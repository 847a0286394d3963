"""Processes of `sourcier serve`, and clients that ask them while something changes."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
QUESTION = "Combien coûte le phare de Kerlan ?"
KERLAN = "Le phare de Kerlan coûte {} euros. Il fut achevé par la commune.\n"
PATIENCE = 120.0  # seconds until a test gives up


def write(folder: Path, price: int) -> str:
    """Write the article of a price, so that nobody sees half of it; return its SHA-256."""
    told = KERLAN.format(price).encode()
    beside = folder / ".kerlan.new"
    beside.write_bytes(told)
    os.replace(beside, folder / "kerlan.txt")
    return hashlib.sha256(told).hexdigest()


@dataclass
class Process:
    """A `sourcier serve`: where it listens, and what it complained of."""

    process: subprocess.Popen[str]
    url: str = ""
    complaints: list[str] = field(default_factory=list)


@contextmanager
def serving(*words: str | Path, **variables: str) -> Iterator[Process]:
    """Serve what the words name by the command, until the block ends."""
    command = [sys.executable, "-m", "qa", "serve", *map(str, words), "--port", "0", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    served, told = Process(process), []
    said = threading.Event()

    def read(stream, lines) -> None:
        for line in stream:
            lines.append(line)
            said.set()
        said.set()

    readers = [
        threading.Thread(target=read, args=each, daemon=True)
        for each in ((process.stdout, told), (process.stderr, served.complaints))
    ]
    for reader in readers:
        reader.start()
    try:
        assert said.wait(PATIENCE)
        found = re.search(r"http://\S+/", "".join(told))
        assert found, served.complaints
        served.url = found[0]
        yield served
    finally:
        process.kill()
        process.wait()
        for reader in readers:
            reader.join(5)
        process.stdout.close()
        process.stderr.close()


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError(f"never: {what}")


class Balancer:
    """Asks one process after the other, leaving out those that are not ready; keeps what it is told."""

    def __init__(self, *processes: Process) -> None:
        self.urls = [each.url for each in processes]
        self.answers: list[tuple[str, dict]] = []
        self.failures: list[object] = []
        self.left_out: set[str] = set()
        self.stop = threading.Event()

    def ask(self) -> None:
        with httpx.Client(timeout=PATIENCE) as http:
            for turn in count():
                url = self.urls[turn % len(self.urls)]
                if self.stop.is_set():
                    return
                if self._is_ready(http, url):
                    self._ask(http, url)

    def _is_ready(self, http: httpx.Client, url: str) -> bool:
        """Tell whether a process is to be asked; one that was not ready is left out from then on."""
        if url not in self.left_out and http.get(f"{url}health/ready").status_code != 200:
            self.left_out.add(url)
        return url not in self.left_out

    def _ask(self, http: httpx.Client, url: str) -> None:
        try:
            told = http.post(f"{url}api/ask", json={"question": QUESTION})
        except httpx.HTTPError as error:
            self.failures.append(error)
            return
        if told.status_code == 200:
            self.answers.append((url, told.json()))
        else:
            self.failures.append(told.text)


@contextmanager
def asking(balancer: Balancer, clients: int) -> Iterator[None]:
    """Ask in the background until the block ends."""
    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(balancer.ask) for _ in range(clients)]
        try:
            yield
        finally:
            balancer.stop.set()
        for each in running:
            each.result(PATIENCE)


def version_at(url: str) -> str:
    return httpx.get(f"{url}health/ready", timeout=PATIENCE).json()["version"]


def figure(url: str, name: str) -> float:
    told = httpx.get(f"{url}metrics", timeout=PATIENCE).text
    return float(re.search(rf"^{name} (\S+)$", told, re.MULTILINE)[1])
