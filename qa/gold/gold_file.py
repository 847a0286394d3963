"""Gold that is added to a line at a time: each is on disk before the next is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.errors import SourcierError, UsageError
from qa.append import append_line, json_line
from qa.gold import read_gold
from qa.gold.clashes import Asked, asked, same_question
from qa.gold.ours import SUFFIXES, holds_question
from qa.textfile import open_text


class GoldFile:
    """Gold that lines are added to, each on disk before the next is asked for.

    :raises UsageError: if it is no .jsonl.
    :raises InputError: if it is there and cannot be read as gold.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{path} does not end in .jsonl: gold is JSONL, one question a line")
        self.path = path
        examples = read_gold(path) if _holds_lines(path) else ()
        self.asked: dict[Asked, str] = {asked(example): example.id for example in examples}
        self.ids = {example.id for example in examples}

    def known(self, question: str, language: str) -> str | None:
        """Return the id of a question that is there already, or None."""
        return self.asked.get((language, same_question(question)))

    def add(
        self, key: str, question: str, language: str, answers: Sequence[str], found: Sequence[str], split: str
    ) -> str:
        """Add a question, and return its id.

        :param found: the documents that hold its answers.
        :raises SourcierError: if the file cannot be written.
        """
        names = (f"feedback-{key}{f'-{number}' if number else ''}" for number in range(len(self.ids) + 1))
        name = next(name for name in names if name not in self.ids)
        told = {"id": name, "question": question, "answers": [*answers], "sources": [*found], "language": language}
        try:
            append_line(self.path, json_line({**told, "split": split}))
        except OSError as error:
            told_why = error.strerror or error
            raise SourcierError(f"cannot write {self.path} ({told_why}): name a file in a folder of yours") from error
        self.ids.add(name)
        self.asked[language, same_question(question)] = name
        return name


def _holds_lines(path: Path) -> bool:
    """Say whether a file is there and holds more than comments, as a template to fill in does."""
    if not path.exists():
        return False
    with open_text(path) as file:
        return any(map(holds_question, file))
