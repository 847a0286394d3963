"""What a shell does to a command: closed pipes, full disks, narrow consoles, interruptions."""

import io
import os
import subprocess
import sys
from pathlib import Path

from command_line import COMMAND, SHARE, STARGATE, environment, lines, sourcier

from qa.cli import main


def test_a_reader_that_goes_away_is_no_error(indexed, tmp_path):
    (tmp_path / "q.txt").write_text(f"{STARGATE}\n" * 40)
    for words in (["ask", STARGATE], ["batch", tmp_path / "q.txt"], ["info"]):
        gone, ours = os.pipe()
        os.close(gone)
        with os.fdopen(ours, "wb") as pipe:
            done = subprocess.run(
                [*COMMAND, *map(str, words), str(indexed)],
                stdout=pipe,
                stderr=subprocess.PIPE,
                env=environment(),
                check=False,
            )
        assert (done.returncode, done.stderr) == (1, b"")


def test_a_full_disk_is_told(indexed):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "ask", STARGATE, str(indexed)],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"sourcier: No space left on device\n")


def test_a_console_that_knows_fewer_letters(indexed):
    asked = ["ask", SHARE, indexed]
    plain = sourcier(*asked, cwd=indexed.parent, PYTHONIOENCODING="ascii")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert r"\xa0: " in plain.stdout
    (told,) = lines(sourcier(*asked, "--json", cwd=indexed.parent, PYTHONIOENCODING="latin-1").stdout)
    assert told["question"] == SHARE


def test_an_interruption_is_told_in_one_line(run, monkeypatch):
    def interrupted(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("qa.checking.info", interrupted)
    assert run("info") == (130, "", "sourcier: interrupted\n")


def test_standard_output_may_be_no_file(own, monkeypatch):
    console = io.StringIO()
    monkeypatch.setattr(sys, "stdout", console)
    assert main(["ask", STARGATE, str(own)]) == 0
    assert console.getvalue().startswith("500 millions de dollars\n")


# Root writes where it likes, by a capability that this gives up first.
WITHOUT_OVERRIDE = """
import ctypes, os, sys
if os.getuid() == 0:
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(header, data) == 0
    for place in (0, 1):  # effective, permitted
        data[place] &= ~(1 << 1)  # CAP_DAC_OVERRIDE
    assert libc.capset(header, data) == 0
assert not os.access(sys.argv[-1], os.W_OK)
from qa.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_folder_that_cannot_be_written(own, make_folder):
    bare = make_folder({"phare.txt": "Le phare de la Vieille mesure 27 mètres."})
    cache = own.parent / "cache"
    asked = ((own, STARGATE, "500 millions de dollars\n"), (bare, "Combien mesure le phare ?", "27 mètres\n"))
    for folder, _, _ in asked:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        for folder, question, answer in asked:
            done = subprocess.run(
                [sys.executable, "-c", WITHOUT_OVERRIDE, "ask", question, str(folder)],
                capture_output=True,
                text=True,
                env=environment(XDG_CACHE_HOME=str(cache)),
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.startswith(answer)
        assert not (bare / ".sourcier").exists()
        assert len(list((cache / "sourcier").iterdir())) == 2  # neither index stands beside its articles
    finally:
        for folder, _, _ in asked:
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o755)
