"""Gold in a SQuAD file, which carries its own paragraphs: they are the articles, or stand in the user's."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from pathlib import Path

from index.errors import DocumentError, InputError
from index.language import language_of
from qa.gold.articles import write_articles
from qa.gold.texts import Texts
from qa.gold.types import Gold
from qa.normalise import plain
from qa.squad import SquadParagraph, SquadQuestion, squad_paragraphs
from qa.types import Example

_SAMPLE = 50  # questions that the language of a SQuAD file is told by


def read_squad(path: Path, folder: Path | None) -> Gold:
    """Read a SQuAD file.

    :param folder: the articles that hold its paragraphs, white space aside; without it, gold
        brings each paragraph as an article of its own.
    :raises InputError: if anything is wrong with it, naming the place and the remedy.
    """
    examples = _squad_examples(path, folder)
    return Gold(examples, None if folder else partial(squad_folder, path))


def squad_folder(path: Path, folder: Path) -> int:
    """Write each paragraph of a SQuAD file as an article into an empty folder.

    :return: the number of articles.
    :raises InputError: if the file is no SQuAD, or the folder is not empty.
    """
    articles = ((paragraph.source, paragraph.context) for paragraph in squad_paragraphs(path))
    return write_articles(articles, folder, path)


def _squad_examples(path: Path, folder: Path | None) -> tuple[Example, ...]:
    paragraphs = squad_paragraphs(path)
    asked = [question for paragraph in paragraphs for question in paragraph.questions]
    if not asked:
        raise InputError(f"{path} holds no question: give a SQuAD file with questions")
    language = language_of("\n".join(question.text for question in asked[:_SAMPLE]))
    sources = _Sources(folder) if folder else None
    examples = []
    for paragraph in paragraphs:
        answered = [question.id for question in paragraph.questions if question.answers]
        holding = sources.of(paragraph, path) if sources and answered else (paragraph.source,)
        for question in paragraph.questions:
            answers = _accepted(question, paragraph, path)
            where = holding if answers else ()
            examples.append(Example(question.id, question.text, answers, where, language, "squad"))
    return tuple(examples)


def _accepted(question: SquadQuestion, paragraph: SquadParagraph, path: Path) -> tuple[str, ...]:
    """Return the answers that a question accepts, each of which its paragraph holds somewhere."""
    here = f"{path}: article {paragraph.article}, paragraph {paragraph.number}, question {question.id!r}"
    if question.answers is None:
        raise InputError(f"{here} tells no answers: add them, or is_impossible")
    whole = plain(paragraph.context)
    for answer in question.answers:
        if plain(answer) not in whole:
            raise InputError(f"{here}: the answer {answer[:40]!r} stands nowhere in the paragraph: copy it from there")
    return question.answers


class _Sources:
    """Finds the articles of a folder that hold a paragraph, white space aside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        articles = Texts(folder)
        for source in articles.sources:
            with suppress(DocumentError):  # the index has passed over it, and said so
                self.texts[source] = _spaced(articles.text(source))

    def of(self, paragraph: SquadParagraph, path: Path) -> tuple[str, ...]:
        """Return the sources that hold a paragraph.

        :raises InputError: if none does.
        """
        wanted = _spaced(paragraph.context)
        found = tuple(source for source, text in self.texts.items() if wanted in text)
        if not found:
            raise InputError(
                f"{path}: article {paragraph.article}, paragraph {paragraph.number} stands in no article of"
                f" {self.folder}: give the folder that holds it, or leave FOLDER out"
            )
        return found


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
