"""Finds questions that a folder can answer, in the background, and offers some of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from threading import Event, Lock, Thread

from index.errors import IndexFolderError, SourcierError
from index.types import DocumentInfo, Hit
from qa.live import LiveSession
from qa.question import fold
from qa.scope import Scope
from qa.session import Session
from qa.suggest.candidates import of_passages
from qa.suggest.check import round_trip
from qa.suggest.nouns import Subjects
from qa.suggest.plan import choose, plan, sample
from qa.suggest.seeds import BY_HAND, written_by_hand
from qa.suggest.types import Candidate, Suggestion
from qa.types import Answer

_PAUSE = 0.05  # seconds between two questions: those of people come first
_ON_THE_SPOT = 4  # questions that are tried while somebody waits
_FAREWELL = 2.0  # seconds for a question under way, when all ends
_WAIT = 0.3  # seconds for all of those


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of one state of a folder: among others the documents that are asked of, by source.

    `done` says that the search is over.
    """

    version: str = ""
    documents: Mapping[str, DocumentInfo] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    done: bool = False


class Suggester:
    """Offers questions that were asked of the folder and answered from it. Safe to share between threads.

    :param pause: seconds between two of its questions.
    """

    def __init__(self, live: LiveSession, pause: float = _PAUSE) -> None:
        self._live = live
        self._pause = pause
        self._found = _Found()
        self._lock = Lock()
        self._closed = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Look for questions in the background, unless that is done, or under way, for the folder as it is now."""
        with self._live.lease() as session:
            version = session.index.version
        with self._lock:
            under_way = self._thread is not None and self._thread.is_alive()
            known = self._found.done and self._found.version == version
            if self._closed.is_set() or under_way or known:
                return
            self._thread = Thread(target=self._run, name="suggester", daemon=True)
            self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a search under way; return whether none is any longer."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Stop looking. What was found is still offered."""
        self._closed.set()
        self.wait(_FAREWELL)

    def opening(self, language: str, n: int, scope: Scope | None = None) -> tuple[str, ...]:
        """Return up to n questions to begin with, those in a language first; none if none is found yet."""
        self.start()
        return tuple(each.question for each in choose(self._admitted(scope), language, n))

    def near(
        self, answer: Answer, language: str, n: int, asked: Sequence[str] = (), scope: Scope | None = None
    ) -> tuple[str, ...]:
        """Return up to n questions to ask instead, of the articles nearest to what was asked.

        :param asked: questions not to offer again, besides the answer's own.
        """
        self.start()
        taken = {fold(question) for question in (answer.question.text, answer.read_as or "", *asked)}
        known = [each for each in self._admitted(scope) if fold(each.question) not in taken]
        hits = [hit for hit in answer.passages if scope is None or scope.admits(hit.document)]
        sources = {hit.document.source for hit in hits}
        close = [each for each in known if each.source in sources and each.language == language]
        if len(close) < n:
            taken.update(fold(each.question) for each in close)
            close += self._on_the_spot(hits, language, taken)
        first = choose(close, language, n)
        rest = [each for each in known if each not in first]
        return tuple(each.question for each in (*first, *choose(rest, language, n - len(first))))

    def _admitted(self, scope: Scope | None) -> list[Suggestion]:
        found = self._found
        return [each for each in found.suggestions if scope is None or scope.admits(found.documents[each.source])]

    def _on_the_spot(self, hits: Sequence[Hit], language: str, taken: set[str]) -> list[Suggestion]:
        """Return what can be asked of passages, as far as a few questions and a moment go."""
        deadline = time.monotonic() + _WAIT
        found = []
        with self._live.lease() as session:
            for candidate in islice(_of_hits(hits, language, taken), _ON_THE_SPOT):
                if time.monotonic() > deadline:
                    break
                if suggestion := round_trip(session, candidate):
                    found.append(suggestion)
        return found

    def _run(self) -> None:
        with suppress(IndexFolderError):  # closed meanwhile
            self._search()

    def _search(self) -> None:
        """Try the candidates of the folder as it is, and begin anew whenever it has changed meanwhile."""
        while not self._closed.is_set():
            with self._live.lease() as session:
                version = session.index.version
                catalogue = session.index.catalogue
                documents = catalogue.documents(sample(catalogue.count)) if catalogue.listed else []
                known = catalogue.named({each.source for each in self._found.suggestions})
                candidates = list(plan(session.index.passages, documents))
            self._begin(version, {**known, **{document.source: document for document in documents}})
            tries: tuple[Candidate | tuple[str, str], ...] = (*written_by_hand(documents), *candidates)
            if all(self._try(each, version) for each in tries):
                self._found = _Found(version, self._found.documents, self._found.suggestions, done=True)
                return

    def _begin(self, version: str, by_source: Mapping[str, DocumentInfo]) -> None:
        """Keep what was found of articles that have not changed."""
        kept = tuple(
            each
            for each in self._found.suggestions
            if each.source in by_source and by_source[each.source].sha256 == each.sha256
        )
        self._found = _Found(version, by_source, kept)

    def _try(self, each: Candidate | tuple[str, str], version: str) -> bool:
        """Try one question; return False if the search is of no more use."""
        if self._closed.wait(self._pause):
            return False
        with self._live.lease() as session:
            if session.index.version != version:
                return False
            suggestion = round_trip(session, each) if isinstance(each, Candidate) else _by_hand(session, *each)
        before = self._found
        if suggestion and suggestion.question not in {known.question for known in before.suggestions}:
            self._found = _Found(version, before.documents, (*before.suggestions, suggestion))
        return True


def _by_hand(session: Session, language: str, question: str) -> Suggestion | None:
    try:
        answer = session.ask(question, language=language)
    except SourcierError:
        return None
    if answer.text is None:
        return None
    first = answer.citations[0]
    return Suggestion(question, language, first.source, answer.text, 1.0, BY_HAND, first.sha256)


def _of_hits(hits: Sequence[Hit], language: str, taken: set[str]) -> Iterator[Candidate]:
    for hit in hits:
        subjects = Subjects.of(hit.passage.text, hit.document.title)
        for candidate in of_passages([hit.passage], hit.document, subjects):
            question = fold(candidate.draft.question)
            if candidate.draft.language == language and question not in taken:
                taken.add(question)
                yield candidate
