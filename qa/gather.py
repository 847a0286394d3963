"""What retrieval finds for each question of a pool, kept so that many weights can be tried on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.build import bring_up_to_date
from index.opened import OpenIndex, open_index
from index.types import WordMatrix
from qa.pools import Pool
from qa.question import read_question
from qa.retrieve import Candidates, find_candidates, question_words

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a pool, and its candidates.

    `documents` (n,) number the paragraph that each candidate is of, in order; `right`
    is the number of the one that answers, -1 if it is not among them.
    """

    direction: str
    article: str
    words: WordMatrix
    found: Candidates
    documents: NDArray[np.int64]
    right: int

    @property
    def same(self) -> bool:
        """Whether question and paragraphs are in one language."""
        question, _, paragraph = self.direction.partition("->")
        return question == paragraph


def index_pool(pool: Pool, folder: Path, model: str | None = None) -> OpenIndex:
    """Write the paragraphs of a pool into a new folder, and return their index.

    :param model: the encoder, as `--model` names it; by default the embedded one.
    :raises SourcierError: as building an index does.
    """
    pool.write(folder)
    bring_up_to_date(folder, model=model)
    return open_index(folder / ".sourcier")


def gather(pool: Pool, index: OpenIndex, progress: Callable[[int, int], None] | None = None) -> list[Asked]:
    """Find the candidates of every question of a pool.

    :param progress: called with the number of questions done and of all.
    """
    sources = {info.doc_id: info.source for info in index.passages.documents()}
    asked = []
    for done, each in enumerate(pool.questions, start=1):
        question = read_question(each.text, each.id, each.language)
        words = question_words(question)
        found = find_candidates(index, question, words)
        names = [sources[passage.doc_id] for passage in found.passages]
        begins = [at == 0 or name != names[at - 1] for at, name in enumerate(names)]
        documents = np.cumsum(np.asarray(begins, np.int64)) - 1
        right = int(documents[names.index(each.source)]) if each.source in names else -1
        asked.append(Asked(pool.direction(each), each.article, words, found, documents, right))
        if progress:
            progress(done, len(pool.questions))
    return asked


class Ranker:
    """Ranks the paragraphs of many questions at once, each by the best of its candidates."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        sizes = [len(one.documents) for one in asked]
        firsts = np.cumsum([0, *sizes])[:-1]
        starts = [np.flatnonzero(np.diff(one.documents, prepend=-1)) for one in asked]
        counts = np.asarray([len(each) for each in starts])
        self._starts = np.concatenate([first + each for first, each in zip(firsts, starts, strict=True)])
        self._question = np.repeat(np.arange(len(asked)), counts)
        self._first = np.cumsum(counts) - counts
        self._found = np.asarray([one.right >= 0 for one in asked])
        self._right = self._first + np.maximum([one.right for one in asked], 0)
        self._before = np.arange(len(self._starts)) < self._right[self._question]

    def reciprocal_ranks(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (questions, trials) 1 / rank of the paragraph that answers; 0 if it was not found.

        Of equal paragraphs the one that stands first in the index comes first.

        :param scores: (candidates of all questions, trials).
        """
        best = np.maximum.reduceat(scores, self._starts, axis=0)
        aims = best[self._right][self._question]
        ahead = (best > aims) | ((best == aims) & self._before[:, None])
        ranks = 1 + np.add.reduceat(ahead.astype(np.int32), self._first, axis=0)
        return np.asarray(self._found[:, None] / ranks, np.float32)
