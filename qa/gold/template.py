"""A file to write gold into: what each field means, how to ask well, and lines to fill in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from index.documents import scan
from index.errors import UsageError

_SHOWN = 3  # articles that lines are written for
_INVENTED = ("article.txt",)
_HEAD = """\
Gold: questions about your articles, with the answers that are right. It measures Sourcier
on your own folder (`sourcier eval`) and fits its confidence to it (`sourcier calibrate`).

One question a line, as JSON. Lines that begin with # are comments and are not read. To use
a line below, take its # away and fill it in; then run `sourcier gold check` on this file.

The fields:
  id        any name, another for each question; a question and its translation: q1-fr, q1-en
  question  the question
  answers   every answer that is right, word for word as an article has it: a figure with its
            unit, a name, a date, or a sentence; articles that say it otherwise each add theirs
  sources   the files that hold these answers, as they are named in the folder
  language  fr or en, the language of the question
  split     dev for questions that you choose settings by, test for those that you only report

How to ask well:
  - Ask in your own words, before you look at the article: a question that repeats the
    article's sentence measures a search for that sentence, and flatters.
  - Ask in both languages, the same things, whatever the language of the articles.
  - Ask about a fifth or more of what your folder does not answer, on the subjects of its
    articles: no answers and no sources mean that Sourcier should refuse.
  - Put each question, its translation and its variants in one split.
  - About 100 questions in a split measure a share to within 10 points.
"""


def write_template(path: Path, folder: Path | None) -> int:
    """Write a file to fill in; one that is there is left as it is.

    :param folder: the articles that questions are to be about, for their names, if there are any.
    :return: the number of lines that wait to be filled in.
    :raises UsageError: if the file is there, or cannot be written, or is no .jsonl.
    :raises FolderError: if the folder is missing or unreadable.
    """
    if path.suffix.lower() != ".jsonl":
        raise UsageError(f"{path} does not end in .jsonl: gold is JSONL, one question a line")
    sources = [state.source for state in scan(folder)[0][:_SHOWN]] if folder else []
    lines = skeletons(sources or _INVENTED)
    told = "".join(f"{f'# {line}'.rstrip()}\n" for line in [*_HEAD.splitlines(), "", "Fill in:"])
    told += "".join(f"# {line}\n" for line in lines)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(told)
    except FileExistsError:
        raise UsageError(f"{path} is there already, and stays as it is: name another file") from None
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): name a file in a folder that is there") from error
    return len(lines)


def skeletons(sources: Sequence[str]) -> list[str]:
    """Return lines to fill in, each of which reads as gold: a question on each file, and one that none answers."""
    told = []
    for number, source in enumerate(sources, start=1):
        asked = {"fr": "Votre question, dans vos mots ?", "en": "Your question, in words of your own?"}
        answer = {"fr": ["la réponse, mot pour mot"], "en": ["the answer, word for word"]}
        told += [_line(f"q{number}", language, asked[language], answer[language], [source]) for language in asked]
    nowhere = {
        "fr": "Une question à laquelle le dossier ne répond pas ?",
        "en": "A question the folder does not answer?",
    }
    told += [_line(f"q{len(sources) + 1}", language, question, [], []) for language, question in nowhere.items()]
    return told


def _line(name: str, language: str, question: str, answers: list[str], sources: list[str]) -> str:
    told = {"id": f"{name}-{language}", "question": question, "answers": answers, "sources": sources}
    return json.dumps({**told, "language": language, "split": "dev"}, ensure_ascii=False)
