"""Ask questions of a folder: the only place where the parts are put together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from index.build import Progress, bring_up_to_date
from index.opened import OpenIndex, open_index
from index.store import default_index
from index.tokens import terms
from index.types import BuildReport
from qa.answer import abstain, agreement_of, cite, confidence_of
from qa.question import read_question
from qa.read import read
from qa.retrieve import RERANKED, question_words, retrieve
from qa.types import Answer, Question, Reason
from qa.weights import load_weights, retrieval_of

DEFAULT_K = 5
MAX_K = 100


class Session:
    """An open index that answers questions.

    `fitted` says whether the weights of retrieval were fitted on the index's own encoder.

    >>> with Session.of_folder(Path("seeds")) as session:  # doctest: +SKIP
    ...     print(session.ask("Qui dirige Microsoft ?").text)
    """

    def __init__(self, index: OpenIndex, report: BuildReport | None = None) -> None:
        self.index = index
        self.report = report
        self._retrieval, self.fitted = retrieval_of(index.encoder)

    @classmethod
    def of_folder(
        cls, folder: Path, index: Path | None = None, model: str | None = None, progress: Progress | None = None
    ) -> Session:
        """Bring the index of a folder up to date, and open it.

        :raises SourcierError: as `index.build.bring_up_to_date` does.
        """
        report = bring_up_to_date(folder, index, model, progress=progress)
        return cls(open_index(index or default_index(folder)), report)

    @classmethod
    def of_index(cls, index: Path) -> Session:
        """Open an index as it stands, without looking at its folder.

        :raises IndexFolderError: if it is missing, damaged, of another format or encoder.
        """
        return cls(open_index(index))

    def __enter__(self) -> Session:
        """Return the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the index."""
        self.close()

    def close(self) -> None:
        """Let go of the index's files."""
        self.index.close()

    def ask(self, text: str, question_id: str | None = None, k: int = DEFAULT_K, language: str | None = None) -> Answer:
        """Answer one question.

        :param k: how many of the nearest passages the answer lists, from 1 to 100.
        :param language: `fr` or `en` if the caller knows it; found out otherwise.
        :raises QuestionError: if the question is longer than a question can be.
        :raises ValueError: if k is out of range.
        """
        if not 1 <= k <= MAX_K:
            raise ValueError(f"k is {k}, want 1 to {MAX_K}")
        began = time.perf_counter()
        question = read_question(text, question_id, language)
        if not question.text:
            return self._refusal(question, Reason.EMPTY_QUESTION, began)
        if not any(len(term) > 1 or term.isdigit() for term in terms(question.text, question.language)):
            return self._refusal(question, Reason.NOT_A_QUESTION, began)

        weights = replace(load_weights(), retrieval=self._retrieval)
        words = question_words(question)
        hits = retrieve(self.index, question, words, weights.retrieval, max(k, RERANKED))
        retrieved = time.perf_counter()
        readings = read(self.index, question, words, hits, weights)
        confidence = confidence_of(readings, weights) if readings else 0.0
        reason = abstain(question, readings, confidence, weights)
        citations = () if reason else cite(self.index, question, readings)
        ended = time.perf_counter()
        return Answer(
            question=question,
            text=citations[0].quote if citations else None,
            reason=reason,
            confidence=confidence,
            citations=citations,
            agreement=agreement_of(question, citations) if citations else None,
            passages=tuple(hits[:k]),
            index_version=self.index.version,
            encoder=self.index.encoder.name,
            timings_ms={
                "retrieve": 1e3 * (retrieved - began),
                "read": 1e3 * (ended - retrieved),
                "total": 1e3 * (ended - began),
            },
        )

    def ask_many(self, questions: Iterable[Question], k: int = DEFAULT_K) -> Iterator[Answer]:
        """Answer questions one by one, in their order."""
        for question in questions:
            yield self.ask(question.text, question.id, k, question.language)

    def _refusal(self, question: Question, reason: Reason, began: float) -> Answer:
        return Answer(
            question=question,
            text=None,
            reason=reason,
            confidence=0.0,
            index_version=self.index.version,
            encoder=self.index.encoder.name,
            timings_ms={"total": 1e3 * (time.perf_counter() - began)},
        )
