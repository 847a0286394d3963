"""Gold: questions with what they accept: answers, places in files, or whole files."""

from __future__ import annotations

from pathlib import Path

from index.errors import InputError
from qa.gold.beir import CORPUS, read_beir
from qa.gold.ours import SUFFIXES, read_lines
from qa.gold.squad_gold import read_squad, squad_folder
from qa.gold.types import Gold
from qa.types import Example

__all__ = ["Gold", "brings_articles", "open_gold", "read_gold", "squad_folder"]

_FORMS = "gold is .jsonl of ours, or SQuAD .json, or a BEIR folder"


def open_gold(path: Path, folder: Path | None = None, split: str | None = None) -> Gold:
    """Read gold: JSONL of ours, SQuAD .json, or a BEIR folder.

    :param folder: the user's folder of articles that the questions are about; without it,
        gold in a form that carries its own texts is about these.
    :param split: which of the splits of a BEIR folder to read, by default `test` or the
        only one; the other forms give all that they hold.
    :raises InputError: if anything is wrong with it, naming the line and the remedy.
    :raises UsageError: if a BEIR folder has no such split.
    """
    if path.is_dir():
        if folder is not None and (path / CORPUS).is_file():
            raise InputError(f"{path} brings its own articles: give it to `sourcier eval`, and leave FOLDER out")
        return read_beir(path, split)
    if not path.exists():
        raise InputError(f"no file at {path}: check the path")
    suffix = path.suffix.lower()
    if suffix == ".json":
        return read_squad(path, folder)
    if suffix not in SUFFIXES:
        raise InputError(f"{path} has format {suffix or '(none)'}: {_FORMS}")
    return Gold(read_lines(path, folder))


def brings_articles(path: Path) -> bool:
    """Say whether gold is of a form that carries its own texts, and so needs no folder of articles."""
    return path.is_dir() or path.suffix.lower() == ".json"


def read_gold(path: Path, folder: Path | None = None) -> tuple[Example, ...]:
    """Return the questions of gold alone.

    :raises InputError: as `open_gold` does.
    """
    return open_gold(path, folder).examples
