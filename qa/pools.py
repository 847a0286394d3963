"""The pools that retrieval is measured and fitted on: paragraphs, and questions in both languages about them.

French: the paragraphs of PIAF's dev set among some of its training set. English: the
articles that are held out from training, among paragraphs of the others. Each is asked
in its own language and, through the translations, in the other.
"""

from __future__ import annotations

import lzma
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import InputError
from index.train.corpus import HELD_OUT
from qa.squad import SquadParagraph, parse_squad
from qa.textfile import json_object, open_text

DIRECTIONS = ("fr->fr", "en->fr", "fr->en", "en->en")
"""From the question's language to the paragraph's."""
TRANSLATIONS = {"piaf_dev": "piaf_dev.en.jsonl", "squad2_part": "squad2_part.fr.jsonl"}
"""The files of translated questions, by the set that they are of."""

_FRENCH = ("dev/piaf_dev.fr.json.xz", "qa/piaf_train.fr.json.xz")
_ENGLISH = tuple(f"qa/{name}.en.json.xz" for name in HELD_OUT)
_FRENCH_SIZE, _ENGLISH_SIZE = 525, 500  # paragraphs
_ASKED_EACH = 300  # English questions drawn from each set
_SEED = 0
_TRANSLATION = "want an object of texts: id, question, language"


@dataclass(frozen=True, slots=True)
class PoolQuestion:
    """A question about one paragraph: `source` names it, `article` what it was taken from.

    `answers` are verbatim; none if the paragraph speaks of the matter without answering.
    """

    id: str
    text: str
    language: str
    source: str
    article: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """Paragraphs in one language by the name of their file, and the questions about them; `sets` they come from.

    `unanswered` are the questions that seem to be about a paragraph and that none answers.
    """

    language: str
    sets: tuple[str, ...]
    paragraphs: Mapping[str, str]
    questions: tuple[PoolQuestion, ...]
    unanswered: tuple[PoolQuestion, ...] = ()

    def direction(self, question: PoolQuestion) -> str:
        """Return one of `DIRECTIONS`."""
        return f"{question.language}->{self.language}"

    def write(self, folder: Path) -> None:
        """Write each paragraph as an article into a new folder.

        :raises FileExistsError: if the folder is there already.
        """
        folder.mkdir(parents=True)
        for source, text in self.paragraphs.items():
            (folder / source).write_text(text, "utf-8", newline="")


def read_pools(data: Path, translations: Path) -> tuple[Pool, Pool]:
    """Return the French and the English pool. The same files give the same pools.

    :param data: holds `dev/` and `qa/`, SQuAD files compressed by xz.
    :param translations: holds the files that `TRANSLATIONS` names.
    :raises InputError: if a file is missing or damaged, or a translation's question is in no paragraph.
    """
    return _french(data, translations), _english(data, translations)


def _french(data: Path, translations: Path) -> Pool:
    asked, others = (_read(data / name) for name in _FRENCH)
    own = _questions("piaf_dev", asked, "fr")
    translated = _translated(translations, "piaf_dev", own)
    return _pool("fr", [("piaf_dev", asked)], [("piaf_train", others)], _FRENCH_SIZE, [*own, *translated])


def _english(data: Path, translations: Path) -> Pool:
    chance = random.Random(_SEED)
    held, others, questions = [], [], []
    for path, (name, count) in zip(_ENGLISH, HELD_OUT.items(), strict=True):
        paragraphs = _read(data / path)
        last = max((paragraph.article for paragraph in paragraphs), default=0)
        held.append((name, [paragraph for paragraph in paragraphs if paragraph.article > last - count]))
        others.append((name, [paragraph for paragraph in paragraphs if paragraph.article <= last - count]))
        own = _questions(name, held[-1][1], "en")
        answered = [question for question in own if question.answers]
        questions += chance.sample(answered, min(_ASKED_EACH, len(answered)))
        unanswered = [question for question in own if not question.answers]
        questions += random.Random(_SEED).sample(unanswered, min(_ASKED_EACH, len(unanswered)))
        if name in TRANSLATIONS:
            questions += _translated(translations, name, own)
    return _pool("en", held, others, _ENGLISH_SIZE, questions)


def _pool(
    language: str,
    held: Sequence[tuple[str, Sequence[SquadParagraph]]],
    others: Sequence[tuple[str, Sequence[SquadParagraph]]],
    size: int,
    questions: Sequence[PoolQuestion],
) -> Pool:
    """Return a pool of the paragraphs asked about, filled up to a size with others drawn by the seed."""
    paragraphs = {_source(name, each): each.context for name, some in held for each in some}
    known = set(paragraphs.values())
    left = {each.context: _source(name, each) for name, some in others for each in some if each.context not in known}
    drawn = random.Random(_SEED).sample(sorted(left), min(max(size - len(paragraphs), 0), len(left)))
    sets = dict.fromkeys(name for name, _ in (*held, *others))
    return Pool(
        language,
        tuple(sets),
        {**paragraphs, **{left[text]: text for text in drawn}},
        tuple(question for question in questions if question.answers),
        tuple(question for question in questions if not question.answers),
    )


def _questions(name: str, paragraphs: Sequence[SquadParagraph], language: str) -> list[PoolQuestion]:
    return [
        PoolQuestion(
            question.id,
            question.text.strip(),
            language,
            _source(name, each),
            f"{name}-{each.article}",
            question.answers or (),
        )
        for each in paragraphs
        for question in each.questions
    ]


def _translated(folder: Path, name: str, own: Sequence[PoolQuestion]) -> list[PoolQuestion]:
    """Return the translations of a set's questions; those of questions that were not read are passed over."""
    path = folder / TRANSLATIONS[name]
    known = {question.id: question for question in own}
    found = [
        replace(question, text=told["question"], language=told["language"])
        for told in _lines(path)
        if (question := known.get(told["id"]))
    ]
    if not found:
        raise InputError(f"{path} translates no question of {name}: give the translations of that set")
    return found


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            told = json_object(line, f"{path} line {number}", _TRANSLATION)
            texts = all(isinstance(value, str) for value in told.values())
            if told.keys() != {"id", "question", "language"} or not texts:
                raise InputError(f"{path} line {number}: {_TRANSLATION}")
            yield told


def _source(name: str, paragraph: SquadParagraph) -> str:
    return f"{name}-{paragraph.source}"


def _read(path: Path) -> list[SquadParagraph]:
    try:
        text = lzma.decompress(path.read_bytes()).decode("utf-8")
    except FileNotFoundError:
        raise InputError(f"no file at {path}: --data names the folder that holds it") from None
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path} ({error}): fetch it again") from error
    return parse_squad(text, str(path))
