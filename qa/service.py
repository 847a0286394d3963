"""What programs may ask, whichever way they come: checked, and answered by objects of schema 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from index.errors import SourcierError, UsageError
from index.types import LANGUAGES
from qa.discreet import discreet
from qa.live import LiveSession
from qa.nearest import nearest
from qa.question import check_text, read_question
from qa.schema import answer_json, error_json, passage_json
from qa.scope import Scope
from qa.session import DEFAULT_K, MAX_K, Session
from qa.types import SCHEMA

MAX_QUESTIONS = 200
"""How many questions `ask_many` takes at most."""

PASSAGES_FIELDS = ("question", "k", "language", "sources", "since", "until")
ASK_FIELDS = (*PASSAGES_FIELDS, "previous")
ASK_MANY_FIELDS = ("questions", "k")
_SHOWN = 40  # characters of a name that nobody knows


class Service:
    """The four things that can be asked of a folder. Arguments may be anything: they come from elsewhere."""

    def __init__(self, live: LiveSession) -> None:
        self.live = live

    def ask(
        self,
        question: object,
        k: object = DEFAULT_K,
        language: object = None,
        previous: object = None,
        sources: object = None,
        since: object = None,
        until: object = None,
    ) -> dict[str, Any]:
        """Answer a question, word for word and with citations; return an answer of schema 1.

        :raises UsageError: if an argument is not what it should be.
        """
        return self._ask(None, question, k, language, previous, sources, since, until)

    def ask_many(self, questions: object, k: object = DEFAULT_K) -> dict[str, Any]:
        """Answer many questions, in order; return `{"schema": 1, "answers": [...]}`.

        :param questions: strings, or objects with the arguments of `ask` and an `id`. One that
            cannot be asked becomes an error object in its place.
        :raises UsageError: if they are no list, or too many.
        """
        return many_json([self.ask_one(each) for each in read_many(questions, k)])

    def ask_one(self, item: Mapping[str, object]) -> dict[str, Any]:
        """Answer one of the questions that `read_many` returns, or return the error object that stands for it."""
        question_id = None
        try:
            question_id = _id(item.get("id"))
            asked = fields_of(item, (*ASK_FIELDS, "id"))
            told = {name: value for name, value in asked.items() if name != "id"}
            return self._ask(question_id, **{"question": None, **told})
        except SourcierError as error:
            return error_json(question_id, error)

    def passages(
        self,
        question: object,
        k: object = DEFAULT_K,
        language: object = None,
        sources: object = None,
        since: object = None,
        until: object = None,
    ) -> dict[str, Any]:
        """Return the passages that are nearest to a question, without reading an answer out of them.

        :raises UsageError: if an argument is not what it should be.
        """
        text, most, scope = _question(question), _k(k), Scope.of(sources, since, until)
        asked = read_question(text, language=_language(language))
        with discreet(self.live), self.live.lease() as session:
            hits = nearest(session, asked, most, scope)
            return {
                "schema": SCHEMA,
                "question": asked.text,
                "language": asked.language,
                "passages": [passage_json(hit) for hit in hits],
                "index": _index(session),
            }

    def documents(self) -> dict[str, Any]:
        """Return the articles of the folder, and the files that were skipped, each with why.

        :raises UsageError: if they are too many.
        """
        with discreet(self.live), self.live.lease() as session:
            catalogue, store = session.index.catalogue, session.index.passages
            if not catalogue.listed:
                raise UsageError(f"{catalogue.count:,} articles are too many to list: look in their folder")
            states = store.file_states()
            return {
                "schema": SCHEMA,
                "documents": [
                    {
                        "source": document.source,
                        "title": document.title,
                        "language": document.language,
                        "date": document.date,
                        "size": states[document.source].size,
                        "sha256": document.sha256,
                        "extraction": document.extraction,
                        "state": "indexed",
                    }
                    for document in store.documents()
                ],
                "skipped": [{"source": skipped.source, "reason": skipped.reason} for skipped in store.skipped()],
                "index": _index(session),
            }

    def _ask(
        self,
        question_id: str | None,
        question: object,
        k: object = DEFAULT_K,
        language: object = None,
        previous: object = None,
        sources: object = None,
        since: object = None,
        until: object = None,
    ) -> dict[str, Any]:
        text, most, spoken, earlier = _question(question), _k(k), _language(language), _previous(previous)
        scope = Scope.of(sources, since, until)
        chosen: dict[str, Any] = {"scope": scope} if scope else {}
        with discreet(self.live), self.live.lease() as session:
            return answer_json(session.ask(text, question_id, most, spoken, previous=earlier, **chosen))


def read_many(questions: object, k: object = DEFAULT_K) -> list[dict[str, object]]:
    """Return the questions of `ask_many`, one by one to be answered by `Service.ask_one`.

    :raises UsageError: if they are no list, or too many, or k is none.
    """
    most = _k(k)
    if not isinstance(questions, list):
        raise UsageError("questions is a list of strings, or of objects with a question")
    if len(questions) > MAX_QUESTIONS:
        raise UsageError(f"{len(questions):,} questions, the most is {MAX_QUESTIONS}: send the others in further calls")
    return [{"k": most, **each} if isinstance(each, dict) else {"k": most, "question": each} for each in questions]


def many_json(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the object that `ask_many` answers with."""
    return {"schema": SCHEMA, "answers": answers}


def fields_of(told: object, known: Sequence[str]) -> dict[str, Any]:
    """Return the fields of an object that came from elsewhere.

    :raises UsageError: if it is no object, or has a field that is not known.
    """
    if not isinstance(told, dict):
        raise UsageError(f'want an object, such as {{"{known[0]}": ...}}')
    for name in told:
        if name not in known:
            raise UsageError(f"no field is named {str(name)[:_SHOWN]!r}: the fields are {', '.join(known)}")
    return told


def _index(session: Session) -> dict[str, str]:
    return {"version": session.index.version, "encoder": session.index.encoder.name}


def _question(value: object) -> str:
    if not isinstance(value, str):
        raise UsageError("question is a string")
    return value


def _id(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise UsageError("id is a string, or left out")
    check_text(value, "the id")
    return value


def _k(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_K:
        raise UsageError(f"k is a whole number from 1 to {MAX_K}")
    return value


def _language(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in LANGUAGES:
        raise UsageError("language is fr or en, or left out")
    return value


def _previous(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UsageError("previous is a list of strings, the questions asked before, or left out")
    return value
