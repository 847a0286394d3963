"""Gold: questions with their accepted answers and the files that hold them."""

from __future__ import annotations

from pathlib import Path

from index.errors import InputError
from qa.gold.ours import read_lines
from qa.gold.squad_gold import read_squad, squad_folder
from qa.gold.types import Gold
from qa.types import Example

__all__ = ["Gold", "open_gold", "read_gold", "squad_folder"]


def open_gold(path: Path, folder: Path | None = None) -> Gold:
    """Read gold: JSONL of ours, or SQuAD .json.

    :param folder: the user's folder of articles that the questions are about; without it,
        gold in a form that carries its own texts is about these.
    :raises InputError: if anything is wrong with it, naming the line and the remedy.
    """
    if path.suffix.lower() == ".json":
        return read_squad(path, folder)
    if path.suffix.lower() != ".jsonl":
        raise InputError(f"{path} has format {path.suffix or '(none)'}: gold is .jsonl of ours, or SQuAD .json")
    return Gold(read_lines(path))


def read_gold(path: Path, folder: Path | None = None) -> tuple[Example, ...]:
    """Return the questions of gold alone.

    :raises InputError: as `open_gold` does.
    """
    return open_gold(path, folder).examples
