"""Questions without end: `python tests/bench/soak.py [FOLDER] [--minutes N]`.

Asks one session, by turns from one thread and the next, for an hour by default, and prints every minute the
memory that the process holds; at the end, how much of it there was at the start, once warm, and now.
Every text is asked in many forms, so that no cache knows them all. Needs Sourcier to be installed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.gold import read_gold
from qa.scope import Scope
from qa.session import Session

ROOT = Path(__file__).parents[2]
GOLD = ROOT / "tests" / "data" / "seeds_gold.jsonl"
MINUTE = 60.0
_THREADS = 2
_OTHERS = ("Quelle est la capitale de la Mongolie ?", "Why?", "Et Google ?", "", "How much does Stargate cost?")
_BEFORE = ("Qui dirige Microsoft ?", "Combien coûte", "En 20{} :", "In the {}th case,", "Selon les {} experts,")


@dataclass(frozen=True, slots=True)
class Soaked:
    """How many questions were answered or refused, and the megabytes held at the start, once warm, and at the end."""

    questions: int
    answered: int
    start: float
    warm: float
    end: float

    def __str__(self) -> str:
        return (
            f"{self.questions:,} questions, {self.answered:,} answered; memory {self.start:.1f} MB at the start,"
            f" {self.warm:.1f} MB once warm, {self.end:.1f} MB at the end: {self.end / self.warm:.3f} times the warm"
        )


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "seeds")
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "articles")
        shutil.copytree(options.folder, folder, ignore=shutil.ignore_patterns(".*"))
        with Session.of_folder(folder) as session:
            print(soak(session, options.minutes * MINUTE))


def soak(session: Session, seconds: float) -> Soaked:
    """Ask for so many seconds, print the memory every minute, and return how it went.

    It is warm after a minute, or after a quarter of a shorter time.
    """
    began, start, warm = time.monotonic(), memory(), 0.0
    questions = answered = 0
    looked_at = min(MINUTE, seconds / 4)
    endless = asked(session)
    with ThreadPoolExecutor(_THREADS) as pool:
        while (passed := time.monotonic() - began) < seconds:
            some = list(itertools.islice(endless, 4 * _THREADS))
            answered += sum(pool.map(lambda each: session.ask(each[0], **each[1]).text is not None, some))
            questions += len(some)
            if passed >= looked_at:
                now = memory()
                warm = warm or now
                print(f"{passed / MINUTE:5.1f} min {questions:9,} questions {now:8.1f} MB", flush=True)
                looked_at = MINUTE * (passed // MINUTE + 1)
    end = memory()
    return Soaked(questions, answered, start, warm or end, end)


def asked(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield questions and how to ask them, without end, the same at every run."""
    chance = random.Random(7)
    known = [example.question for example in read_gold(GOLD)] + [*_OTHERS]
    sources = [each.source for each in session.index.passages.documents()]
    while True:
        text = chance.choice(known)
        if chance.random() < 0.5:
            text = f"{chance.choice(_BEFORE).format(chance.randrange(100_000))} {text}"
        how: dict[str, Any] = {"k": chance.randint(1, 20)}
        if chance.random() < 0.2:
            how["previous"] = chance.sample(known[:-5], chance.randint(1, 3))
        if chance.random() < 0.2:
            how["scope"] = Scope(tuple(chance.sample(sources, chance.randint(1, len(sources)))))
        yield text, how


def memory() -> float:
    """Return the megabytes that this process holds."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


if __name__ == "__main__":
    main()
