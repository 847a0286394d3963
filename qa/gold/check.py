"""Whether gold is sound: its answers still stand, its questions do not clash, and nothing gives an answer away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from index.errors import DocumentError
from qa.copies import copies
from qa.gold.clashes import answers_of, clashes
from qa.gold.findings import Counts, Finding, Kind, Report
from qa.gold.ours import SUFFIXES, holds_question
from qa.gold.texts import Texts
from qa.measure.intervals import wilson
from qa.normalise import holds
from qa.question import fold
from qa.textfile import open_text
from qa.types import Example, GoldSpan

_WIDEST = 0.1  # half the width of an interval from which on a figure tells little
_WINDOW, _STEP = 20_000, 19_500  # characters of an article that `copies` compares at once
_FEWEST_WORDS = 6  # of a question whose words can be said to be an article's
_NAMED = 5  # articles that a finding names


def check(examples: Sequence[Example], texts: Texts, lines: Mapping[str, int] | None = None) -> Report:
    """Look gold over.

    :param texts: the articles that it is about.
    :param lines: the line that each question stands on, by id, if known.
    """
    gone = _Gone(texts)
    findings = [*clashes(examples)]
    for example in examples:
        findings += gone.of(example)
        findings += _given_away(example, texts)
    place = {example.id: number for number, example in enumerate(examples)}
    findings = sorted(gone.named(findings), key=lambda finding: place[finding.id])
    return Report(_counts(examples), (*findings, *_too_few(examples)), lines or {})


def line_numbers(path: Path, examples: Sequence[Example]) -> dict[str, int]:
    """Return the line that each question of JSONL stands on, by id; nothing for other forms of gold."""
    if path.suffix.lower() not in SUFFIXES:
        return {}
    with open_text(path) as file:
        found = [number for number, line in enumerate(file, start=1) if holds_question(line)]
    if len(found) != len(examples):  # the file has changed since it was read
        return {}
    return {example.id: number for example, number in zip(examples, found, strict=True)}


class _Gone:
    """Finds answers that are no longer in their documents, then says in one pass over the folder where they are."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.sought: dict[Finding, tuple[str, ...]] = {}

    def of(self, example: Example) -> Iterator[Finding]:
        """Yield what is wrong with the documents and answers of a question."""
        standing: set[str] = set()
        whole = True
        for source in dict.fromkeys(example.sources):
            try:
                text = self.texts.text(source)
            except DocumentError as error:
                whole = False
                yield self._seek(example, Kind.GONE_DOCUMENT, f"{source} {error}")
                continue
            held = {answer for answer in example.answers if holds(text, answer)}
            standing |= held
            spans = [span for span in example.spans if span.source == source]
            for span in spans:
                yield from self._span(example, span, text)
            if example.answers and not held and not spans:
                whole = False
                told = _either(example.answers)
                yield self._seek(example, Kind.GONE_ANSWER, f"{told} stands no longer in {source}")
        if whole and not example.spans:
            for answer in dict.fromkeys(example.answers):
                if answer not in standing:
                    yield Finding(
                        Kind.SPARE_ANSWER,
                        example.id,
                        f"{_shown(answer)}, one of its answers, stands in none of its documents",
                    )

    def named(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Yield findings, each that looks for an answer with the documents that hold it now."""
        wanted = {answer for answers in self.sought.values() for answer in answers}
        holding = self.texts.holding(wanted)
        for finding in findings:
            if finding not in self.sought:
                yield finding
                continue
            where = dict.fromkeys(source for answer in self.sought[finding] for source in holding[answer])
            named = ", ".join([*where][:_NAMED]) + (", ..." if len(where) > _NAMED else "")
            now = f"it stands in {named}: change its sources" if where else "it stands nowhere now: change or remove it"
            now = now if self.sought[finding] else "change its sources"
            yield Finding(finding.kind, finding.id, f"{finding.message}; {now}", finding.other)

    def _seek(self, example: Example, kind: Kind, message: str) -> Finding:
        finding = Finding(kind, example.id, message)
        self.sought[finding] = example.answers
        return finding

    def _span(self, example: Example, span: GoldSpan, text: str) -> Iterator[Finding]:
        told = text[span.start : span.end]
        if told in example.answers:
            return
        message = f"{span.source} reads {_shown(told)} at {span.start}:{span.end}, which is none of its answers"
        places = [
            (text.find(answer), len(answer)) for answer in example.answers if len(answer) == span.end - span.start
        ]
        moved = [f"{start}:{start + length}" for start, length in places if start >= 0]
        if moved:
            message += f"; that stands at {' or '.join(moved)} now: change the span"
            yield Finding(Kind.GONE_ANSWER, example.id, message)
        else:
            yield self._seek(example, Kind.GONE_ANSWER, message)


def _given_away(example: Example, texts: Texts) -> Iterator[Finding]:
    """Yield what makes a question easier than those that people ask."""
    for answer in dict.fromkeys(example.answers):
        if holds(example.question, answer):
            told = f"its question holds the answer {_shown(answer)}: ask without it"
            yield Finding(Kind.ANSWER_IN_QUESTION, example.id, told)
    if not example.answers or len(fold(example.question).split()) < _FEWEST_WORDS:
        return
    for source in dict.fromkeys(example.sources):
        try:
            text = texts.text(source)
        except DocumentError:
            continue
        windows = (text[first : first + _WINDOW] for first in range(0, len(text), _STEP))
        if any(copies([window, example.question])[1] is not None for window in windows):
            told = f"its question leans on the words of {source}: ask in words of your own"
            yield Finding(Kind.LEANS, example.id, told)
            return


def _counts(examples: Sequence[Example]) -> Counts:
    answerable = [example for example in examples if example.answerable]
    pairs = {(example.language, answers_of(example), frozenset(example.sources)) for example in answerable}
    languages = {example.language for example in answerable}
    single = sum(
        not any(
            (other, answers_of(example), frozenset(example.sources)) in pairs
            for other in languages - {example.language}
        )
        for example in answerable
    )
    return Counts(
        len(examples),
        dict(Counter(example.language for example in examples)),
        dict(Counter(example.split for example in examples)),
        len(answerable),
        single,
    )


def _too_few(examples: Sequence[Example]) -> Iterator[Finding]:
    enough = next(number for number in range(1, 1_000) if _half_width(number) <= _WIDEST)
    for split, number in Counter(example.split for example in examples).items():
        if number < enough:
            told = f"the split {split!r} has {number} questions: a share of them may be off by"
            told += f" {100 * _half_width(number):.0f} points either way; {enough} make that {100 * _WIDEST:.0f}"
            yield Finding(Kind.TOO_FEW, "", told)


def _half_width(number: int) -> float:
    figure = wilson(number / 2, number)
    return (figure.high - figure.low) / 2


def _either(answers: Sequence[str]) -> str:
    shown = [_shown(answer) for answer in dict.fromkeys(answers)]
    return shown[0] if len(shown) == 1 else f"none of its {len(shown)} answers, such as {shown[0]},"


def _shown(text: str, most: int = 60) -> str:
    return repr(text if len(text) <= most else text[: most - 1] + "…")
