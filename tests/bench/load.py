"""Many clients at once: `python tests/bench/load.py [FOLDER] [--clients N] [--seconds S] [--burst N]`.

Serves a copy of the folder from a process of its own, has clients ask by turns through the
REST endpoint and through the page's queue, then sends more questions at one moment than may
wait. With `--running`, compares how many questions to answer at a time. Needs Sourcier to be
installed with its extra `test`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
SOURCIER = str(Path(sys.executable).with_name("sourcier"))
# Of each sort as many: French, English, without an answer, follow-ups.
MIX: tuple[Mapping[str, object], ...] = (
    {"question": "Combien OpenAI est-elle valorisée ?"},
    {"question": "Quelle part d'OpenAI revient à Microsoft ?"},
    {"question": "How much does Stargate cost?"},
    {"question": "How much money did Microsoft put into OpenAI?"},
    {"question": "Who is Apple's chief executive?"},
    {"question": "Quelle est la capitale de la Mongolie ?"},
    {"question": "Et Google ?", "previous": ["Qui dirige Microsoft ?"]},
    {"question": "Why?", "previous": ["Is Microsoft renegotiating with OpenAI?"]},
)
WARM_SECONDS = 10  # before the memory is first looked at
RUNNING = (1, 2, 3, 4)  # questions at a time that are compared
_TURNS = 6
_TIMEOUT = 60

Ask = Callable[[httpx.AsyncClient, Mapping[str, object]], Awaitable[str]]


@dataclass
class Round:
    """What came of a round: how long each answer took, what else came, and the server's memory."""

    milliseconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0
    early: float = 0
    late: float = 0

    def __str__(self) -> str:
        if len(self.milliseconds) < 2:
            return f"next to nothing answered: {dict(self.failures)}"
        cuts = statistics.quantiles(self.milliseconds, n=100, method="inclusive")
        return (
            f"{len(self.milliseconds):,} answered, {self.failures.total()} errors {dict(self.failures) or ''}\n"
            f"  {len(self.milliseconds) / self.seconds:.1f} questions/s,"
            f" p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, p99 {cuts[98]:.0f} ms\n"
            f"  memory {self.early:.0f} MB early, {self.late:.0f} MB at the end: {self.late / self.early:.3f} times"
        )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "seeds")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--burst", type=int, default=200)
    parser.add_argument("--running", action="store_true", help="compare 1 to 4 questions at a time, without a server")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "articles")
        shutil.copytree(options.folder, folder, ignore=shutil.ignore_patterns(".*"))
        if options.running:
            compare_running(folder, options.clients, options.seconds)
            return
        with serving(folder) as (url, process):
            for name, ask in (("POST /api/ask", through_rest), ("the page's queue", through_queue)):
                told = asyncio.run(load(url, process.pid, ask, options.clients, options.seconds))
                print(f"{options.clients} clients for {options.seconds:.0f} s, {name}: {told}")
            came, after = asyncio.run(burst(url, options.burst))
            print(f"{options.burst} at once: {dict(came)}; then one more: {after}")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve a folder on a free port until the block ends; give its address, and the process."""
    command = [SOURCIER, "serve", str(folder), "--port", "0", "--no-browser", "--rate", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
            yield url, process
        finally:
            process.terminate()


async def load(url: str, pid: int, ask: Ask, clients: int, seconds: float) -> Round:
    """Have clients ask, each its next question as soon as the last is answered."""
    told, began = Round(), time.perf_counter()
    until = began + seconds

    async def one(client: httpx.AsyncClient, seed: int) -> None:
        mix = random.Random(seed).sample(MIX, len(MIX))
        for question in itertools.cycle(mix):
            start = time.perf_counter()
            if start > until:
                return
            came = await ask(client, question)
            if came == "answered":
                told.milliseconds.append(1e3 * (time.perf_counter() - start))
            else:
                told.failures[came] += 1

    async def watch() -> None:
        await asyncio.sleep(min(WARM_SECONDS, seconds / 2))
        told.early = memory(pid)

    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, limits=httpx.Limits(max_connections=None)) as client:
        await asyncio.gather(watch(), *(one(client, seed) for seed in range(clients)))
    told.seconds, told.late = time.perf_counter() - began, memory(pid)
    return told


async def burst(url: str, count: int) -> tuple[Counter[str], str]:
    """Ask so many questions at one moment, then one more; return what came."""
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, limits=httpx.Limits(max_connections=None)) as client:
        asked = itertools.islice(itertools.cycle(MIX), count)
        came = await asyncio.gather(*(through_rest(client, question) for question in asked))
        return Counter(came), await through_rest(client, MIX[0])


async def through_rest(client: httpx.AsyncClient, question: Mapping[str, object]) -> str:
    """Ask, and return `answered`, `busy`, or whatever else came."""
    try:
        response = await client.post("/api/ask", json=question)
        told = response.json()
    except (httpx.HTTPError, ValueError) as error:
        return repr(error)
    if response.status_code == httpx.codes.OK and "answer" in told:
        return "answered"
    kind = told.get("error", {}).get("kind")
    return "busy" if (response.status_code, kind) == (503, "busy") else f"{response.status_code} {kind}"


async def through_queue(client: httpx.AsyncClient, question: Mapping[str, object]) -> str:
    """Ask as programs of Gradio do: first a place in the queue, then what comes of it."""
    try:
        data = [question["question"], 5, None, question.get("previous"), None, None, None]  # whatever it takes
        place = await client.post("/gradio_api/call/ask", json={"data": data})
        came = await client.get(f"/gradio_api/call/ask/{place.json()['event_id']}")
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return repr(error)
    return "answered" if "event: complete" in came.text else came.text[:200]


def memory(pid: int) -> float:
    """Return the megabytes that a process holds."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


def compare_running(folder: Path, clients: int, seconds: float) -> None:
    """Print how fast the turnstile's questions are answered, by how many at a time."""
    from qa.session import Session
    from qa.turnstile import Turnstile

    async def measure(session: Session, running: int) -> list[float]:
        turnstile, until = Turnstile(running), time.perf_counter() + seconds / _TURNS
        told: list[float] = []

        async def one(seed: int) -> None:
            for question in itertools.cycle(random.Random(seed).sample(MIX, len(MIX))):
                start = time.perf_counter()
                if start > until:
                    return
                await turnstile.run(session.ask, question["question"], previous=question.get("previous", ()))
                told.append(1e3 * (time.perf_counter() - start))

        await asyncio.gather(*(one(seed) for seed in range(clients)))
        return told

    answered: dict[int, list[float]] = {running: [] for running in RUNNING}
    cpu = dict.fromkeys(RUNNING, 0.0)
    with Session.of_folder(folder) as session:
        asyncio.run(measure(session, 1))  # warm
        for turn in range(_TURNS):  # by turns, since other work on the machine comes and goes
            for running in RUNNING if turn % 2 else reversed(RUNNING):
                began = time.process_time()
                answered[running] += asyncio.run(measure(session, running))
                cpu[running] += time.process_time() - began
    for running, told in answered.items():
        cuts = statistics.quantiles(told, n=100, method="inclusive")
        print(
            f"{running} at a time: {len(told) / seconds:5.1f} questions/s, p50 {cuts[49]:.0f}, p95 {cuts[94]:.0f} ms,"
            f" {1e3 * cpu[running] / len(told):.0f} ms of CPU a question"
        )


if __name__ == "__main__":
    main()
