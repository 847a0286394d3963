"""Fixtures shared by the tests: a session over the seeds, and folders made on the spot."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from qa.session import Session

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
