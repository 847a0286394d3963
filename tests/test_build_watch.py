"""`sourcier index --watch`: each change of the folder is indexed and told, until Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from index.opened import open_index
from qa.cli import main

# Ctrl-C ends it even where the tests themselves run in the background, which takes no notice of it.
_COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from qa.cli import main
sys.exit(main())
"""

MakeFolder = Callable[[Mapping[str, str | bytes]], Path]


@pytest.mark.skipif(sys.platform == "win32", reason="sends Ctrl-C as a signal")
def test_changes_are_indexed_and_told_until_the_user_ends_it(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.txt": "Microsoft a investi."})
    command = [sys.executable, "-c", _COMMAND, "index", folder, "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stderr
            assert process.stdout.readline().startswith("1 articles, 1 passages (1 added")
            assert "following" in process.stderr.readline()
            make_folder({"b.txt": "Azure appartient à Microsoft."})
            assert process.stdout.readline().startswith("2 articles, 2 passages (1 added, 0 changed, 0 removed)")
            (folder / "a.txt").unlink()
            assert process.stdout.readline().startswith("1 articles, 1 passages (0 added, 0 changed, 1 removed)")
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
    opened = open_index(folder / ".sourcier")
    assert [info.source for info in opened.passages.documents()] == ["b.txt"]
    opened.close()


def test_to_rebuild_and_to_repair_are_not_one_thing(
    make_folder: MakeFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", str(make_folder({"a.txt": "Un texte."})), "--rebuild", "--repair"]) == 2
    assert "give one of them" in capsys.readouterr().err
