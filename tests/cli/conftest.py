"""Fixtures of the command's tests: indexed seeds to read, a copy of them to change, a quick way to run."""

from __future__ import annotations

import os
import re
import shutil

import pytest
from command_line import SEEDS, sourcier

from qa.cli import main


@pytest.fixture(scope="session")
def indexed(tmp_path_factory):
    """A copy of the seeds, with its index. Shared: do not change it."""
    folder = tmp_path_factory.mktemp("cli") / "seeds"
    folder.mkdir()
    for path in SEEDS.glob("*.txt"):
        shutil.copyfile(path, folder / path.name)
    done = sourcier("index", folder, cwd=folder.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"5 articles, \d+ passages \(5 added, 0 changed, 0 removed\); version [0-9a-f]{{12}} in {folder}/\.sourcier\n",
        done.stdout,
    )
    return folder


@pytest.fixture
def own(indexed, tmp_path, monkeypatch):
    """A copy of the indexed seeds to change at will, in the folder that the test runs in."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SOURCIER_")]:
        monkeypatch.delenv(name)
    shutil.copytree(indexed, tmp_path / "seeds")  # with the times of the files, so that the index is up to date
    return tmp_path / "seeds"


@pytest.fixture
def run(capsys):
    """Run the command in this process: quicker, where only what it says is of interest."""

    def call(*words):
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as leaving:  # argparse
            code = leaving.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return call
