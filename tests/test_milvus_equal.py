"""A folder of thousands of passages is answered from alike, whether its index is on disk or in Milvus.

`SOURCIER_MILVUS_PASSAGES` is of about how many passages: 2,000 by default, 20,000 before a release. With `-s` the
test tells what the writing took.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from milvus_places import Place
from test_milvus_answers import check
from test_milvus_bm25 import agree

from index.build import bring_up_to_date
from index.milvus.building import build
from index.milvus.opened import open_remote
from index.milvus.part import Part
from index.opened import open_index
from qa.session import Session

PASSAGES = int(os.environ.get("SOURCIER_MILVUS_PASSAGES", "2000"))
ASKED = 12
SEEDS = Path(__file__).parent.parent / "seeds"
_A_FILE = 4  # passages, about
_SENTENCE = re.compile(r"[^.!?\n]{40,300}[.!?]")
_OTHERWISE = 0.15  # of the words of a sentence, put in place of others
_SHOWN = 10  # passages compared for each question


def sentences() -> list[str]:
    """Return the sentences of the seeds."""
    return [each.strip() for path in sorted(SEEDS.glob("*.txt")) for each in _SENTENCE.findall(path.read_text("utf-8"))]


def write_articles(folder: Path, passages: int) -> list[str]:
    """Write articles of about so many passages, made of sentences of the seeds some words of which are others'."""
    chance = random.Random(passages)
    known = sentences()
    vocabulary = sorted({word for sentence in known for word in sentence.split() if len(word) > 4})
    asked = []
    for number in range(passages // _A_FILE):
        lines = [f"Article {number} : {' '.join(chance.sample(vocabulary, 3))}"]
        for _ in range(12):
            words = [
                chance.choice(vocabulary) if chance.random() < _OTHERWISE else word
                for word in chance.choice(known).split()
            ]
            lines.append(" ".join([*words[:-1], f"en {chance.randrange(10**6)}", words[-1]]))
        path = folder / f"{number % 17}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(lines), "utf-8")
        if number % max(passages // _A_FILE // ASKED, 1) == 0:
            asked.append(" ".join(chance.choice(lines[1:]).split()[2:14]) + " ?")
    return asked


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, place: Place) -> Iterator[tuple[Session, Session, list[str]]]:
    """Return a session over an index on disk, one over an index in Milvus that two parts built, and questions."""
    here = tmp_path_factory.mktemp("equal")
    questions = write_articles(here / "articles", PASSAGES)
    clock = time.process_time()
    local = bring_up_to_date(here / "articles", here / "index")
    on_disk = time.process_time() - clock
    address = place()
    clock = time.process_time()
    assert build(address, here / "articles", part=Part(2, 2)).waiting == (1,)
    report = build(address, here / "articles", part=Part(1, 2))
    print(f"{report.passages} passages: {on_disk:.1f} s of CPU on disk, {time.process_time() - clock:.1f} s in Milvus")
    assert (report.version, report.documents, report.passages) == (local.version, local.documents, local.passages)
    assert report.passages > PASSAGES / 2
    with Session(open_index(here / "index")) as one, Session(open_remote(address)) as other:
        yield one, other, questions


def test_searches_find_the_same(asked: tuple[Session, Session, list[str]]) -> None:
    local, remote, questions = asked
    for question in questions:
        for language in ("fr", "en"):
            found = remote.index.lexical.search(question, language, _SHOWN)
            agree(_named(remote, found), _named(local, local.index.lexical.search(question, language, _SHOWN)))


def test_answers_are_the_same(asked: tuple[Session, Session, list[str]]) -> None:
    local, remote, questions = asked
    for question in questions:
        check(remote.ask(question), local.ask(question))


def _named(session: Session, found: list[tuple[int, float]]) -> list[tuple[tuple[str, int], float]]:
    passages, documents = session.index.passages.passages([passage_id for passage_id, _ in found])
    names = [(each.source, passage.start) for each, passage in zip(documents, passages, strict=True)]
    return list(zip(names, [score for _, score in found], strict=True))
