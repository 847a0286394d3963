"""The README: every command is in it, its set-up commands are those that CI runs, its links lead somewhere."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from qa.cli import _parser, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
CONSOLE = [block for language, block in BLOCKS if language == "console"]
SETUP = [
    "python -m pip install . && sourcier serve",
    'python -m pip install ".[test]" && pytest -n auto --dist loadfile',
]
PROSE = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
TARGETS = re.findall(r"\]\(([^)\s]+)\)", PROSE)
COMMANDS = next(action.choices for action in _parser()._actions if action.dest == "command")
# A command, and below it what it prints.
EXAMPLES = [
    (found[1], found[2])
    for block in CONSOLE
    for found in re.finditer(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    if found[2].strip()
]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described(name):
    assert re.search(rf"^\| `sourcier {name}\b[^`]*` \|", README, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_of_its_own_is_described(name):
    """Common flags are told once; `--help` tells of the rest."""
    row = next(line for line in README.splitlines() if line.startswith(f"| `sourcier {name}"))
    common = {"--help", "--index", "--model"}
    flags = {flag for action in COMMANDS[name]._actions for flag in action.option_strings if flag.startswith("--")}
    told = row + " ".join(re.findall(r"`-[-\w]+[^`]*`", PROSE.partition("## Commands")[2]))
    for flag in flags - common:
        short = next(action.option_strings[0] for action in COMMANDS[name]._actions if flag in action.option_strings)
        assert flag in told or f"{short} " in told, flag


def test_set_up_takes_two_commands_and_ci_runs_the_test_one():
    assert CONSOLE[0].splitlines() == SETUP
    assert SETUP[1] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_there_are_links_and_examples_to_check():
    assert len(TARGETS) > 5
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("target", TARGETS)
def test_links_lead_somewhere(target):
    if target.startswith("https://"):
        assert re.fullmatch(r"https://[\w.-]+\.[a-z]+/[\w./-]*", target)
        return
    path, _, anchor = target.partition("#")
    assert (ROOT / path).exists()
    if anchor:
        titles = re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:index|qa|tests|seeds)/[\w./]+)`", PROSE))))
def test_files_that_are_named_are_there(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize(("command", "printed"), EXAMPLES)
def test_examples_print_what_the_readme_shows(command, printed, tmp_path, monkeypatch, capsys):
    """No-break spaces are written as plain ones in the README, where nobody can tell them apart."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SOURCIER_")]:
        monkeypatch.delenv(name)
    (tmp_path / "seeds").mkdir()
    for path in (ROOT / "seeds").glob("*.txt"):
        shutil.copyfile(path, tmp_path / "seeds" / path.name)
    program, *words = shlex.split(command, comments=True)
    assert program == "sourcier"
    assert main(words) == 0
    assert plain(capsys.readouterr().out) == plain(printed)


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ").strip()
