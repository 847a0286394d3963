"""The questions that reading and confidence are fitted on, each with the sentences it finds.

Those of a folder's own gold (its split `dev`), and of the two pools, whose articles the
reader has not been trained on. A question with an answer is also asked with every passage
that holds it left out; some are asked of a folder that is not their own: so a missing
answer, and a missing subject, are seen as often as the real thing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.build import bring_up_to_date
from index.opened import OpenIndex, open_index
from index.types import Passage
from qa.features import Candidate, candidates
from qa.gather import index_pool
from qa.gold import read_gold
from qa.normalise import holds
from qa.pools import Pool, PoolQuestion, read_pools
from qa.question import read_question
from qa.read import read_closely, to_read
from qa.retrieve import RERANKED, question_words, retrieve
from qa.types import Example, Question, Reader, TokenScores
from qa.weights import retrieval_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OWN_WEIGHT = 3.0  # a question on a folder counts as much as so many of the pools
_LEFT_OUT = 0.5  # of the pools' questions are asked again without their passages
_FOREIGN = 60  # questions of each set that are asked of each other one
_SEED = 0


@dataclass(frozen=True, slots=True)
class FitSet:
    """A folder's index, and the questions about it."""

    name: str
    index: OpenIndex
    examples: tuple[Example, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked once, with the sentences found, and which of them are right.

    `article` is what the questions that belong together share; `direction` goes from the
    question's language to the folder's; `whole` says that nothing was left out and the
    folder is its own.
    """

    question: Question
    found: tuple[Candidate, ...]
    right: NDArray[np.bool_]
    weight: float
    article: str
    direction: str
    whole: bool


class RememberingReader:
    """A reader that reads nothing twice."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], TokenScores] = {}
        self.name, self.identity = reader.name, reader.identity

    def scores(self, question: str, passages: Sequence[Passage]) -> list[TokenScores]:
        """Return what the reader says of each passage."""
        new = [passage for passage in passages if (question, passage.text) not in self._known]
        for passage, said in zip(new, self._reader.scores(question, new) if new else [], strict=True):
            self._known[question, passage.text] = said
        return [self._known[question, passage.text] for passage in passages]


def read_sets(gold: Path, folder: Path, data: Path, translations: Path, scratch: Path) -> list[FitSet]:
    """Return the sets to fit on: the gold's own folder, then the two pools.

    :param scratch: an empty folder for the indexes.
    :raises SourcierError: if gold, data or translations are missing or damaged.
    """
    own = tuple(replace(e, split=_asked_alike(e.id)) for e in read_gold(gold) if e.split == "dev")
    bring_up_to_date(folder, scratch / "own")
    sets = [FitSet("own", open_index(scratch / "own"), own, _OWN_WEIGHT)]
    for pool in read_pools(data, translations):
        asked = (*pool.questions, *pool.unanswered)
        examples = tuple(_example(pool, question, number) for number, question in enumerate(asked))
        sets.append(FitSet(f"pool {pool.language}", index_pool(pool, scratch / pool.language), examples, 1.0))
    return sets


def _asked_alike(example: str) -> str:
    """Return what a question's translations share, which no fold may part: its id to the last hyphen."""
    return example.rpartition("-")[0] or example


def _example(pool: Pool, question: PoolQuestion, number: int) -> Example:
    sources = (question.source,) if question.answers else ()
    return Example(
        f"{pool.language}-{number}", question.text, question.answers, sources, question.language, question.article
    )


def ask_sets(sets: Sequence[FitSet], reader: Reader, log: Callable[[str], None]) -> Iterator[Asked]:
    """Ask every question, of its own folder whole and in part, and some of other folders."""
    remembering = RememberingReader(reader)
    for each in sets:
        chance = random.Random(_SEED)
        log(f"asks {len(each.examples):,} questions of {each.name}")
        for example in each.examples:
            yield from _ask(each, example, remembering, each.weight == _OWN_WEIGHT or chance.random() < _LEFT_OUT)
        for other in sets:
            if other is not each:
                for example in chance.sample(other.examples, min(_FOREIGN, len(other.examples))):
                    hidden = replace(example, answers=(), sources=())
                    yield from (replace(one, whole=False) for one in _ask(each, hidden, remembering, False))


def _ask(each: FitSet, example: Example, reader: Reader, left_out: bool) -> Iterator[Asked]:
    question = read_question(example.question)
    words, weights = question_words(question), retrieval_of(each.index.encoder)[0]
    hits = retrieve(each.index, question, words, weights, RERANKED)
    kept = [hit for hit in hits if not any(holds(hit.passage.text, answer) for answer in example.answers)]
    trials = [(hits, True)]
    if left_out and example.answers:
        trials.append(([replace(hit, rank=rank) for rank, hit in enumerate(kept, 1)], False))
    for some, whole in trials:
        looked_at = to_read(question, some)
        scores = read_closely(question, looked_at, reader)
        found = tuple(candidates(each.index, question, words, looked_at, weights, scores))
        if found:
            right = np.asarray([_is_right(candidate, example) for candidate in found])
            language = found[0].hit.document.language
            direction = f"{example.language}->{language}"
            yield Asked(question, found, right, each.weight, f"{each.name} {example.split}", direction, whole)


def _is_right(candidate: Candidate, example: Example) -> bool:
    passage, sentence = candidate.hit.passage, candidate.sentence
    text = passage.text[sentence.start - passage.start : sentence.end - passage.start]
    return candidate.hit.document.source in example.sources and any(holds(text, answer) for answer in example.answers)
