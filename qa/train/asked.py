"""Questions about paragraphs, in the reader's pieces: where answers start and end, and paragraphs that mislead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.encoder import embedded
from index.sentences import sentence_bounds
from index.train.corpus import read_articles
from qa.reader_inputs import Pieces, pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MISLEADING = 4  # paragraphs kept for each question
_LOOKED_AT = 12  # nearest paragraphs among which they are sought
_BLOCK = 2048  # questions compared at once


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: its pieces, and (sentences,) the first piece of each sentence."""

    pieces: Pieces
    sentences: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its pieces, the number of its paragraph, and its answers' first and last pieces there.

    `answers` is empty where the paragraph holds none; `misleading` are numbers of
    paragraphs that speak of the like without an answer.
    """

    question: Pieces
    paragraph: int
    answers: tuple[tuple[int, int], ...]
    misleading: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedSet:
    """The questions of one file."""

    name: str
    language: str
    paragraphs: tuple[Paragraph, ...]
    asked: tuple[Asked, ...]


def read_asked(path: Path) -> AskedSet:
    """Read the part of a SQuAD file that is for training.

    :raises TrainingDataError: if it is no SQuAD file.
    """
    name, language, articles, _ = read_articles(path)
    contexts = [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
    listed = [paragraph["qas"] for article in articles for paragraph in article["paragraphs"]]
    rows = [(number, question) for number, questions in enumerate(listed) for question in questions]
    texts = [_asked_text(question) for _, question in rows]
    words = embedded().words_of(contexts)
    paragraphs, places = [], []
    for context, each in zip(contexts, words, strict=True):
        first = np.cumsum(each.counts) - each.counts
        at = np.searchsorted(each.starts, [start for start, _ in sentence_bounds(context)])
        paragraphs.append(Paragraph(pieces_of(context, each), np.unique(first[at[at < len(first)]])))
        places.append((each.starts, each.ends, first, first + each.counts - 1))
    questions = [pieces_of(text, each) for text, each in zip(texts, embedded().words_of(texts), strict=True)]
    answers = [_answers(question) for _, question in rows]
    misleading = _misleading(
        texts, contexts, [number for number, _ in rows], [[text for text, _ in a] for a in answers]
    )
    asked = []
    for question, (number, _), given, near in zip(questions, rows, answers, misleading, strict=True):
        spans = tuple(filter(None, (_place(*places[number], start, start + len(text)) for text, start in given)))
        if spans or not given:
            asked.append(Asked(question, number, spans, near))
    return AskedSet(name, language, tuple(paragraphs), tuple(asked))


def _asked_text(question: dict[str, Any]) -> str:
    """Return the text of a question; some sets write the answer after its question mark."""
    text = str(question["question"]).strip()
    head, mark, _ = text.partition("?")
    return head + mark


def _answers(question: dict[str, Any]) -> list[tuple[str, int]]:
    if question.get("is_impossible"):
        return []
    return [(str(answer["text"]), int(answer["answer_start"])) for answer in question["answers"]]


def _place(
    starts: NDArray[np.int64], ends: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64], *span: int
) -> tuple[int, int] | None:
    """Return the first and the last piece of a span of characters, or None if no word lies in it."""
    left, right = int(np.searchsorted(ends, span[0], side="right")), int(np.searchsorted(starts, span[1])) - 1
    return (int(first[left]), int(last[right])) if left <= right else None


def _misleading(
    questions: Sequence[str], contexts: Sequence[str], own: Sequence[int], answers: Sequence[Sequence[str]]
) -> list[tuple[int, ...]]:
    """Return for each question the nearest other paragraphs in which none of its answers stands."""
    encoder = embedded()
    among, folded = encoder.encode_passages(contexts), [context.lower() for context in contexts]
    found = []
    for first in range(0, len(questions), _BLOCK):
        scores = encoder.encode_queries(questions[first : first + _BLOCK]) @ among.T
        depth = min(_LOOKED_AT, scores.shape[1])
        nearest = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
        for row, numbers in enumerate(nearest, start=first):
            told = [answer.lower() for answer in answers[row]]
            wrong = (int(n) for n in numbers if n != own[row] and not any(text in folded[n] for text in told))
            found.append(tuple(wrong)[:_MISLEADING])
    return found
