"""What gold counts as found: the passages that hold an accepted answer, or the files that it judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from index.errors import InputError
from index.protocols import Index
from index.types import DocumentInfo, Hit, Passage
from qa.answer import quote
from qa.normalise import holds
from qa.types import Answer, Example


def check_sources(index: Index, examples: Sequence[Example]) -> dict[str, DocumentInfo]:
    """Return the documents that gold names, by source, once it is sure that an index holds them.

    :raises InputError: if it does not.
    """
    documents = index.catalogue.named({source: None for example in examples for source in example.sources})
    for example in examples:
        for source in example.sources:
            if source not in documents:
                raise InputError(
                    f"gold question {example.id!r}: {source} is not in the index of {index.folder}:"
                    " evaluate the folder that holds it"
                )
    return documents


class Relevance:
    """What an index says of gold.

    :param names: what a run calls the files, where that is not their own name.
    :raises InputError: if the index does not hold a file that gold names.
    """

    def __init__(self, index: Index, examples: Sequence[Example], names: Mapping[str, str]) -> None:
        self._index = index
        self._names = names
        self._documents = check_sources(index, examples)

    def relevant(self, example: Example) -> dict[str, int]:
        """Return what is to be found and how relevant it is: passages as `source:start`, or files by their name."""
        if example.grades:
            return {self._names.get(source, source): grade for source, grade in example.grades.items()}
        return {
            f"{source}:{passage.start}": 1
            for source in example.sources
            for passage in self._index.passages.passages_of(self._documents[source].doc_id)
            if passage_answers(example, source, passage)
        }

    def found(self, example: Example, answer: Answer) -> tuple[str, ...]:
        """Return what was found, best first, by the same names.

        A file that has the name of the question is passed over, as BEIR does: there, some
        queries are documents of the corpus.
        """
        if example.grades:
            sources = dict.fromkeys(hit.document.source for hit in answer.passages)
            names = (self._names.get(source, source) for source in sources)
            return tuple(name for name in names if name != example.id)
        return tuple(f"{hit.document.source}:{hit.passage.start}" for hit in answer.passages)

    def direction(self, example: Example) -> str:
        """Return the question's language and that of the files: `en->fr`, `fr->none`, `en->en+fr`."""
        languages = sorted({self._documents[source].language for source in example.sources})
        return f"{example.language}->{'+'.join(languages) or 'none'}"

    def pair(self, example: Example, answer: Answer) -> str:
        """Return the direction that confidence is measured by: without an answer, that to the best sentence."""
        if example.answerable or answer.best is None:
            return self.direction(example)
        return f"{example.language}->{answer.best.hit.document.language}"


def passage_answers(example: Example, source: str, passage: Passage) -> bool:
    """Say whether a passage of a file holds an accepted answer: at the place that gold tells, if it tells one.

    Of a span that was cut through, at least half must stand in the passage, or fill it.
    """
    if example.spans:
        shared = (
            (min(span.end, passage.end) - max(span.start, passage.start), span.end - span.start)
            for span in example.spans
            if span.source == source
        )
        return any(2 * inside >= length or inside == passage.end - passage.start for inside, length in shared)
    return source in example.sources and any(holds(passage.text, answer) for answer in example.answers)


def answering(example: Example) -> Callable[[Hit], bool]:
    """Return what says of a hit that it holds an accepted answer, in whichever file: a copy answers too."""

    def answers(hit: Hit) -> bool:
        return any(holds(hit.passage.text, answer) for answer in example.answers)

    return answers


def is_right(example: Example, answer: Answer) -> bool:
    """Say whether the sentence cited, or else the one that was not sure enough, holds an accepted answer.

    It must be that of an accepted source, at the place that gold tells, if it tells one. Of
    a question without an answer, none is right.
    """
    if answer.citations:
        source, (start, end, text) = answer.citations[0].source, answer.citations[0].sentence
    elif answer.best:
        source, sentence = answer.best.hit.document.source, answer.best.sentence
        start, end, text = sentence.start, sentence.end, quote(answer.best, sentence)
    else:
        return False
    if example.spans:
        return any(span.source == source and span.start < end and start < span.end for span in example.spans)
    return source in example.sources and any(holds(text, answer) for answer in example.answers)
