"""Question groups: questions with what each of several articles answers, and how well that is told.

A file of groups is JSONL, one question a line:

    {"id": "g1", "split": "dev", "folder": "groups/dev", "language": "fr", "question": "Combien ... ?",
     "verdict": "differ", "values": [{"value": "12 euros", "sources": ["a.txt"]}, ...], "copies": [["a.txt", "b.txt"]]}

`folder` is relative to the file; `values` are all that may rightly be cited, `verdict` what is to be said of
them, and `copies`, which may be left out, the articles that are copies of one another.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import InputError
from index.types import LANGUAGES
from qa.measure.intervals import Figure, wilson
from qa.normalise import holds
from qa.question import read_question
from qa.session import Session
from qa.spans import find_spans
from qa.textfile import json_object, open_text
from qa.types import Answer, AnswerKind
from qa.values import read_value, same

_REMEDY = "see tests/data/README.md for the form of question groups"
_VERDICTS = ("single", "agree", "differ")
_FIELDS = ("id", "split", "folder", "language", "question", "verdict", "values")


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """A question of a folder: the values that may rightly be cited with their sources, and the verdict on them."""

    id: str
    split: str
    folder: Path
    language: str
    question: str
    verdict: str
    values: tuple[tuple[str, frozenset[str]], ...]
    copies: tuple[frozenset[str], ...] = ()

    @property
    def scene(self) -> str:
        """What groups on the same articles, or the same question in two languages, share: the id to its last hyphen."""
        return self.id.rpartition("-")[0]

    @property
    def invented(self) -> bool:
        """Whether its articles were made up for the tests."""
        return self.folder.parent.name == "groups"

    def expects(self, kind: AnswerKind, sentence: str, start: int, end: int, source: str) -> bool:
        """Say whether the span of a sentence gives one of the values that its source may be cited for."""
        told = [value for value, sources in self.values if source in sources]
        if kind in (AnswerKind.OTHER, AnswerKind.NAME):
            return any(holds(sentence[start:end], value) for value in told)
        given = read_value(kind, sentence, start, end)
        wanted = [read_value(kind, value, *_span(kind, value)) for value in told]
        return any(same(given, each if each.unit else replace(each, unit=given.unit)) for each in wanted)


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of a group: the verdict, None on abstention, and whether the answer and all that is cited fit."""

    verdict: str | None
    answer_fits: bool
    all_fit: bool


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Counts over the groups of a split. A `differ` is right where it is due and every value cited fits."""

    groups: int
    answered: int
    due: int
    said: int
    right: int
    verdicts: int

    @property
    def precision(self) -> Figure | None:
        """The share of right `differ` among those said, with its Wilson interval."""
        return wilson(self.right, self.said) if self.said else None

    @property
    def recall(self) -> Figure | None:
        """The share of right `differ` among those due, refused questions included."""
        return wilson(self.right, self.due) if self.due else None

    @property
    def verdict(self) -> Figure | None:
        """The share of right verdicts among the questions answered."""
        return wilson(self.verdicts, self.answered) if self.answered else None

    def __str__(self) -> str:
        def line(name: str, figure: Figure | None, hits: int, of: int) -> str:
            return f"{name:22} {hits:3} of {of:3}  {figure or 'none'}"

        return "\n".join(
            (
                f"{'groups':22} {self.groups:3}, answered {self.answered}",
                line("`differ`, precision", self.precision, self.right, self.said),
                line("`differ`, recall", self.recall, self.right, self.due),
                line("verdict, when answered", self.verdict, self.verdicts, self.answered),
            )
        )


def read_groups(path: Path) -> tuple[QuestionGroup, ...]:
    """Read question groups.

    :raises InputError: if anything is wrong with them, naming the line and the remedy.
    """
    with open_text(path) as file:
        groups = [_group(line, f"{path} line {n}", path.parent) for n, line in enumerate(file, 1) if line.strip()]
    if not groups:
        raise InputError(f"{path} holds no question: {_REMEDY}")
    return tuple(groups)


@contextmanager
def sessions_of(groups: Sequence[QuestionGroup]) -> Iterator[Mapping[Path, Session]]:
    """Open the folders of question groups, their indexes in a temporary folder.

    :raises SourcierError: as `Session.of_folder` does.
    """
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sourcier-")))
        folders = dict.fromkeys(group.folder for group in groups)
        yield {
            folder: stack.enter_context(Session.of_folder(folder, temporary / str(number)))
            for number, folder in enumerate(folders)
        }


def tell(groups: Sequence[QuestionGroup]) -> list[Told]:
    """Ask the question of each group.

    :raises SourcierError: as `Session.of_folder` does.
    """
    with sessions_of(groups) as sessions:
        return [told_of(group, sessions[group.folder].ask(group.question, group.id)) for group in groups]


def told_of(group: QuestionGroup, answer: Answer) -> Told:
    """Say what an answer tells of a group."""
    kind = answer.question.kind
    fit = []
    for cited in answer.citations:
        start, _, sentence = cited.sentence
        fit.append(group.expects(kind, sentence, cited.start - start, cited.end - start, cited.source))
    return Told(answer.agreement.verdict if answer.agreement else None, bool(fit) and fit[0], bool(fit) and all(fit))


def figures(told: Sequence[tuple[QuestionGroup, Told]]) -> GroupFigures:
    """Count."""
    said = [(group, each) for group, each in told if each.verdict == "differ"]
    answered = [(group, each) for group, each in told if each.verdict]
    return GroupFigures(
        groups=len(told),
        answered=len(answered),
        due=sum(group.verdict == "differ" for group, _ in told),
        said=len(said),
        right=sum(group.verdict == "differ" and each.all_fit for group, each in said),
        verdicts=sum(group.verdict == each.verdict and each.answer_fits for group, each in answered),
    )


def _span(kind: AnswerKind, value: str) -> tuple[int, int]:
    """Return the span of a value in its words: `13 milliards` in `plus de 13 milliards`."""
    return next(iter(find_spans(value, kind)), (0, len(value)))


def _group(line: str, here: str, beside: Path) -> QuestionGroup:
    told = json_object(line, here, _REMEDY)
    for name in _FIELDS:
        if name not in told:
            raise InputError(f"{here}: the field '{name}' is missing: {_REMEDY}")
    if unknown := told.keys() - {*_FIELDS, "copies"}:
        raise InputError(f"{here}: the field '{min(unknown)}' is unknown: {_REMEDY}")
    if told["verdict"] not in _VERDICTS or told["language"] not in LANGUAGES:
        raise InputError(f"{here}: want the verdict {', '.join(_VERDICTS)} and the language {', '.join(LANGUAGES)}")
    try:
        values = tuple((str(each["value"]), _names(each["sources"])) for each in told["values"])
        copies = tuple(map(_names, told.get("copies", ())))
    except (KeyError, TypeError) as error:
        raise InputError(f"{here}: its values or copies do not fit ({error!r}): {_REMEDY}") from error
    if not values:
        raise InputError(f"{here}: no value may be cited: {_REMEDY}")
    texts = {name: told[name] for name in ("id", "split", "language", "question", "verdict")}
    if bad := next((name for name, text in texts.items() if not isinstance(text, str) or not text.strip()), None):
        raise InputError(f"{here}: the field '{bad}' is {json.dumps(texts[bad])[:60]}: want a text")
    read_question(texts["question"])  # raises if it cannot be asked
    return QuestionGroup(**texts, folder=beside / str(told["folder"]), values=values, copies=copies)


def _names(told: object) -> frozenset[str]:
    if not isinstance(told, list) or not told or not all(isinstance(each, str) for each in told):
        raise TypeError(f"{json.dumps(told)[:60]} is no list of file names")
    return frozenset(told)
