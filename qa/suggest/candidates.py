"""From an article to the questions that may be offered of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from index.protocols import Passages
from index.types import DocumentInfo, Passage
from qa.followup.grammar import plain
from qa.suggest.about import about, said
from qa.suggest.cross import in_other_language
from qa.suggest.english import english
from qa.suggest.french import french
from qa.suggest.nouns import Subjects
from qa.suggest.types import Candidate, Draft

MAX_QUESTION = 90  # characters
_LONGEST = 400  # characters of a sentence worth reading
_SENTENCES = 150  # of an article
_MAKERS = {"fr": french, "en": english}


def of_document(store: Passages, document: DocumentInfo) -> list[Candidate]:
    """Return what an article's sentences answer, in its language and in the other, in order."""
    passages = store.passages_of(document.doc_id)
    text = "".join(passage.text for passage in passages)
    made = list(of_passages(passages, document, Subjects.of(text, document.title)))
    if document.language in _MAKERS:
        whole = (0, passages[-1].end if passages else 0)
        made += [Candidate(_typeset(draft), document, whole) for draft in about(plain(text), document.title)]
    return made


def of_passages(passages: Iterable[Passage], document: DocumentInfo, subjects: Subjects) -> Iterator[Candidate]:
    """Yield the candidates of some passages of an article."""
    maker = _MAKERS.get(document.language)
    read = 0
    if maker is None:
        return
    for passage in passages:
        for sentence in passage.sentences:
            if sentence.heading or sentence.end - sentence.start > _LONGEST:
                continue
            if (read := read + 1) > _SENTENCES:
                return
            told = plain(passage.text[sentence.start - passage.start : sentence.end - passage.start])
            for draft in (*maker(told, subjects), *said(told, document.language, subjects)):
                for each in (draft, in_other_language(draft)):
                    if each and len(each.question) <= MAX_QUESTION:
                        yield Candidate(_typeset(each), document, (sentence.start, sentence.end))


def _typeset(draft: Draft) -> Draft:
    """Return a question with the apostrophes and the no-break space of print."""
    question = draft.question.replace("'", "’")
    return Draft(question, draft.language, draft.rule, draft.answer)
