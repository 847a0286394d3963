"""Ask questions of a folder: the only place where the parts are put together."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType

from index.build import Progress, bring_up_to_date
from index.encoder import EMBEDDED, canonical_name
from index.opened import open_index
from index.protocols import Index, Within
from index.store import default_index
from index.stores import Store, store_of
from index.tokens import terms
from index.types import BuildReport, Hit
from qa.answer import abstain, confidence_of
from qa.calibration import Calibration, stored_calibration
from qa.question import read_question
from qa.read import by_reading, read
from qa.reader import load_reader
from qa.retrieve import RERANKED, question_words, retrieve
from qa.scope import Scope, passages_within
from qa.sources import cite
from qa.types import Answer, Question, Reader, Reason
from qa.weights import Weights, load_weights, retrieval_of

DEFAULT_K = 5
MAX_K = 100
_SCOPES = 16  # whose passages stay known: a bit for each one of the index


class Session:
    """An open index that answers questions.

    `fitted` says whether the weights of retrieval were fitted on the index's own encoder;
    `calibration` is the user's own, and `set_aside` why the one kept with the index is not.

    >>> with Session.of_folder(Path("seeds")) as session:  # doctest: +SKIP
    ...     print(session.ask("Qui dirige Microsoft ?").text)
    """

    def __init__(self, index: Index, report: BuildReport | None = None, reader: Reader | None = None) -> None:
        self.index = index
        self.report = report
        self.reader = reader or load_reader()
        self._retrieval, self.fitted = retrieval_of(index.encoder)
        self._within = lru_cache(maxsize=_SCOPES)(partial(passages_within, index))
        calibration, self.set_aside = stored_calibration(index, self.reader_identity, self.weights)
        self.use(calibration)

    @classmethod
    def of_folder(
        cls,
        folder: Path,
        index: Path | None = None,
        model: str | None = None,
        progress: Progress | None = None,
        reader: str | None = None,
    ) -> Session:
        """Bring the index of a folder up to date, and open it.

        :param reader: the name of another reader than the embedded one.
        :raises SourcierError: as `index.build.bring_up_to_date` does, or if the reader cannot be loaded.
        """
        named = _named(reader)  # before a build takes its minutes
        report = bring_up_to_date(folder, index, model, progress=progress)
        return cls(open_index(index or default_index(folder)), report, named)

    @classmethod
    def of_index(cls, index: Path, reader: str | None = None) -> Session:
        """Open an index as it stands, without looking at its folder.

        :param reader: the name of another reader than the embedded one.
        :raises IndexFolderError: if it is missing, damaged, of another format or encoder.
        :raises ModelError: if the reader cannot be loaded.
        """
        named = _named(reader)
        return cls(open_index(index), reader=named)

    @classmethod
    def of_store(cls, store: str | Store, reader: str | None = None) -> Session:
        """Open an index that many machines share, as it stands.

        :param store: where it is, such as `milvus://host:19530/articles`.
        :param reader: the name of another reader than the embedded one.
        :raises UsageError: if that is no address.
        :raises IndexFolderError: if it is missing, of another format or encoder, or cannot be reached.
        :raises ModelError: if the reader cannot be loaded.
        """
        named = _named(reader)
        return cls((store_of(store) if isinstance(store, str) else store).open(), reader=named)

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

    @property
    def weights(self) -> Weights:
        """The fitted numbers as they came, retrieval's being those of the index's encoder."""
        return replace(load_weights(), retrieval=self._retrieval)

    @property
    def reader_name(self) -> str:
        """The name of what reads the passages; that of a folder is its absolute path."""
        return self.reader.name

    @property
    def reader_identity(self) -> str:
        """The name of what reads the passages, and the digest of what decides its scores."""
        return f"{self.reader.name} {self.reader.identity}"

    @property
    def calibration(self) -> Calibration | None:
        """The calibration in force."""
        return self._in_force[0]

    def use(self, calibration: Calibration | None) -> None:
        """Answer by a calibration from now on, or by none."""
        self._in_force = (calibration, calibration.weights(self.weights) if calibration else self.weights)

    def ask(
        self,
        text: str,
        question_id: str | None = None,
        k: int = DEFAULT_K,
        language: str | None = None,
        hide: Callable[[Hit], bool] | None = None,
        previous: Sequence[str] = (),
        scope: Scope | None = None,
    ) -> Answer:
        """Answer one question.

        :param k: how many passages the answer lists, from 1 to 100: those that may answer first,
            in the order of their best sentences, then the nearest.
        :param language: `fr` or `en` if the caller knows it; found out otherwise.
        :param hide: says which passages found to pass over, as if the folder did not hold them.
        :param previous: the questions asked before this one, newest last: it may be a follow-up of theirs.
        :param scope: the articles to ask of, as if the folder held no others; what tells how rare a
            word is stays that of the whole index.
        :raises UsageError: if the scope names an article that is not there, or admits none.
        :raises QuestionError: if the question, or an earlier one, cannot be a question, or these are too many.
        :raises ValueError: if k is out of range.
        """
        if not 1 <= k <= MAX_K:
            raise ValueError(f"k is {k}, want 1 to {MAX_K}")
        began = time.perf_counter()
        within = self.within(scope)
        asked = question = read_question(text, question_id, language)
        read_as = self._follow_up(asked, previous, scope) if previous else None
        if read_as:
            question = read_question(read_as, question_id)  # perhaps in the language of the earlier ones
            question = question if question.language != "und" else replace(question, language=asked.language)
        if not question.text:
            return self._refusal(question, Reason.EMPTY_QUESTION, began)
        if not any(len(term) > 1 or term.isdigit() for term in terms(question.text, question.language)):
            return self._refusal(question, Reason.NOT_A_QUESTION, began)

        calibration, weights = self._in_force
        words = question_words(question)
        hits = retrieve(self.index, question, words, weights.retrieval, max(k, RERANKED), within)
        if hide:
            hits = [replace(hit, rank=rank) for rank, hit in enumerate(itertools.filterfalse(hide, hits), start=1)]
        retrieved = time.perf_counter()
        readings = read(self.index, question, words, hits, weights, self.reader)
        confidence = confidence_of(question, readings, weights) if readings else 0.0
        if calibration and readings:
            confidence = calibration.calibrator.apply(confidence)
        reason = abstain(question, readings, confidence, weights)
        citations, agreement = ((), None) if reason else cite(self.index, question, readings, weights.same_point)
        ended = time.perf_counter()
        return Answer(
            question=replace(question, text=asked.text),
            text=citations[0].quote if citations else None,
            reason=reason,
            confidence=confidence,
            citations=citations,
            agreement=agreement,
            passages=tuple(by_reading(hits, readings)[:k]),
            index_version=self.index.version,
            encoder=self.index.encoder.name,
            timings_ms={
                "retrieve": 1e3 * (retrieved - began),
                "read": 1e3 * (ended - retrieved),
                "total": 1e3 * (ended - began),
            },
            best=readings[0] if readings else None,
            read_as=read_as,
        )

    def check_scope(self, scope: Scope | None) -> None:
        """Check a scope before many questions are asked in it.

        :raises UsageError: if it names an article that is not there, or admits none.
        """
        self.within(scope)

    def within(self, scope: Scope | None) -> Within | None:
        """Return the passages that a question in a scope is asked of; None for all. Those of the last scopes are known.

        :raises UsageError: if it names an article that is not there, or admits none.
        """
        return self._within(scope) if scope else None

    def ask_many(self, questions: Iterable[Question], k: int = DEFAULT_K) -> Iterator[Answer]:
        """Answer questions one by one, in their order."""
        for question in questions:
            yield self.ask(question.text, question.id, k, question.language)

    def _follow_up(self, question: Question, previous: Sequence[str], scope: Scope | None) -> str | None:
        from qa.followup import follow_up  # most questions have none before them

        return follow_up(question.text, previous, lambda earlier: self.ask(earlier, scope=scope).text)

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


def _named(reader: str | None) -> Reader:
    return load_reader(canonical_name(reader or EMBEDDED))
