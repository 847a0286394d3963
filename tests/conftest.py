"""Fixtures shared by the tests: a session over the seeds, folders made on the spot, a reader without a model."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from milvus_places import place  # noqa: F401 - a fixture
from milvus_server import milvus  # noqa: F401 - a fixture

from index.types import Passage
from qa.session import Session
from qa.types import TokenScores

SEEDS = Path(__file__).parent.parent / "seeds"
MakeFolder = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture(scope="session")
def seeds_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Open a session over a copy of the seeds, its index beside the copy. Shared: do not close it."""
    here = tmp_path_factory.mktemp("seeds_session")
    folder = here / "seeds"
    folder.mkdir()
    for path in sorted(SEEDS.glob("*.txt")):
        shutil.copyfile(path, folder / path.name)  # the bytes alone: the seeds may be read-only
    with Session.of_folder(folder, here / "index") as session:
        yield session


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Return a function that writes files, named by their relative path, into `articles`.

    Called again, it adds to that folder. Text is written as UTF-8, newlines untouched.
    """

    def make(files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path / "articles"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make


class OverlapReader:
    """A reader that can be checked by hand, and needs no model: it looks for the words of the question.

    A word starts and ends an answer as well as there are different words of the question, of four
    letters or more, among the six before it and the six after; three less if it is one itself, or a mark.
    An answer thus needs two such words beside it, since `none` is 3.
    """

    name = "overlap"
    identity = "overlap/1"

    def scores(self, question: str, passages: Sequence[Passage]) -> list[TokenScores]:
        asked = {word for word in re.findall(r"\w+", question.lower()) if len(word) > 3}
        told = []
        for passage in passages:
            found = list(re.finditer(r"\w+|[^\w\s]", passage.text))
            words = [each.group().lower() for each in found]
            near = [len(asked.intersection(words[max(n - 6, 0) : n + 7])) for n in range(len(words))]
            unfit = [word in asked or not word[0].isalnum() for word in words]
            logits = np.asarray(near, np.float32) - 3 * np.asarray(unfit, np.float32)
            offsets = np.asarray([each.span() for each in found], np.int64).reshape(-1, 2)
            told.append(TokenScores(offsets, logits, logits.copy(), 3.0))
        return told


@pytest.fixture
def overlap_reader() -> OverlapReader:
    """Return a reader without a model, the same for all."""
    return OverlapReader()
