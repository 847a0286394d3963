"""Lexical search: BM25 by tantivy, over the terms that each passage has in its own language.

All passages share one field, so that document frequencies and the mean length are
those of the whole index: with a field for each language, BM25 takes a passage of the
rarer language for a long one, and puts it last.

What is asked of passages in a common language is asked of all, and those found in the
others are passed over: tantivy takes several times as long to look at one language only.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import compress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import tantivy

from index.errors import IndexCorruptError, IndexFormatError
from index.subset import Subset
from index.tokens import ANALYSED, question_terms, terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WRITER_BYTES = 500_000_000  # at most; what is used grows with the passages, a million of which are one segment
_MAX_QUERY_TERMS = 128
_DEEPER = 4  # times as many passages, where too few of those found may be looked at
_MORE = 2  # times as many passages, where those in other languages are to be passed over
_COMMON = 8  # a language is common if one passage in so many is in it
_NAMED = 8  # passing over so many passages that were found takes as long as naming one to tantivy
_ID, _TERMS, _LANGUAGE = "passage_id", "terms", "language"
_TOKENIZER = "whitespace-only"
_LOCK = ".lock"
_Hit = tuple[int, float]  # a passage's id and score
_NUMBER = {language: number for number, language in enumerate(ANALYSED)}


def _schema() -> tantivy.Schema:
    return (
        tantivy.SchemaBuilder()
        .add_integer_field(_ID, stored=False, indexed=True, fast=True)
        .add_text_field(_TERMS, stored=False, tokenizer_name=_TOKENIZER, index_option="freq")
        .add_integer_field(_LANGUAGE, stored=False, indexed=True, fast=True)
        .build()
    )


def _register(index: tantivy.Index) -> tantivy.Index:
    tokenizer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, tokenizer)
    return index


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """Give a folder that tantivy can lock, as it does even to read: for a read-only one, another with its files."""
    if os.access(folder, os.W_OK):
        yield folder
    else:
        with TemporaryDirectory(ignore_cleanup_errors=True, prefix="sourcier-") as other:
            for file in folder.iterdir():
                if file.suffix != _LOCK:
                    _link(file.resolve(), Path(other, file.name))
            yield Path(other)


def _link(file: Path, link: Path) -> None:
    try:
        link.symlink_to(file)
    except OSError:  # Windows asks for a privilege
        shutil.copyfile(file, link)


class LexicalIndex:
    """The terms of one generation's passages."""

    def __init__(self, index: tantivy.Index) -> None:
        index.config_reader("manual")  # else a thread would look for commits twice a second, and there are none
        self._index = index
        self._searcher = index.searcher()
        count = self._searcher.doc_freq
        self._spoken = {
            language: passages for language in ANALYSED if (passages := count(_LANGUAGE, _NUMBER[language]))
        }

    @classmethod
    def build(cls, folder: Path, passages: Iterable[tuple[int, str, str]]) -> None:
        """Write an index of (passage id, language, text) into a folder, new or empty.

        :raises OSError: if it cannot be written.
        """
        analysed = ((number, language, " ".join(terms(text, language))) for number, language, text in passages)
        cls.write(folder, analysed)

    @classmethod
    def write(cls, folder: Path, passages: Iterable[tuple[int, str, str]]) -> None:
        """Write an index of (passage id, language, terms with blanks between them) into a folder, new or empty.

        One thread and one commit: the same passages give the same scores.

        :raises OSError: if it cannot be written.
        """
        folder.mkdir(exist_ok=True)
        try:
            writer = _register(tantivy.Index(_schema(), path=str(folder))).writer(_WRITER_BYTES, num_threads=1)
            for passage_id, language, said_terms in passages:
                said = {_ID: passage_id, _TERMS: said_terms, _LANGUAGE: _NUMBER[language]}
                writer.add_document(tantivy.Document(**said))
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:  # what tantivy makes of every failure
            raise OSError(f"tantivy: {error}") from error

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Open an index for reading.

        :raises IndexCorruptError: if tantivy cannot read the folder.
        :raises IndexFormatError: if another version of Sourcier wrote it.
        """
        try:
            with _lockable(folder) as path:
                index = tantivy.Index.open(str(path))
                if index.schema != _schema():
                    raise IndexFormatError(f"{folder} has other fields than this Sourcier's: rebuild with --rebuild")
                return cls(_register(index))
        except (ValueError, OSError) as error:
            raise IndexCorruptError(f"{folder} is not a tantivy index ({error}): rebuild with --rebuild") from error

    def __len__(self) -> int:
        """Return the number of passages."""
        return int(self._searcher.num_docs)

    def search(
        self, question: str, question_language: str, k: int, within: Subset | None = None
    ) -> list[tuple[int, float]]:
        """Return (passage id, BM25 score) of the k best passages, best first.

        The question is analysed once for each language a passage may be in; words
        that say nothing in the question's own language are left out of all.

        :param within: the passages to look among. Their scores are those of the whole index, whose
            document frequencies and mean length stay in force.
        """
        asked: dict[tuple[str, ...], list[str]] = {}
        for language in sorted(self._spoken, key=lambda each: each != question_language):
            found = question_terms(question, question_language, language)[:_MAX_QUERY_TERMS]
            if found:
                asked.setdefault(tuple(found), []).append(language)
        if within is not None and asked:
            return self._best_within([self._query(said, spoken) for said, spoken in asked.items()], k, within)
        best: list[_Hit] = []
        for said, spoken in asked.items():
            floor = best[-1][1] if len(best) == k else 0.0
            best = sorted(best + self._best(said, spoken, k, floor), key=lambda hit: (-hit[1], hit[0]))[:k]
        return best

    def frequency(self, term: str) -> int:
        """Return the number of passages, of any language, that have a term."""
        return int(self._searcher.doc_freq(_TERMS, term))

    def _best(self, said: Sequence[str], spoken: list[str], k: int, floor: float) -> list[_Hit]:
        """Return the k best passages in some languages that have any of the terms; those below `floor` may be left out.

        Most of those that a common language's terms find are in it, or score below what is found already.
        """
        if len(spoken) < len(self._spoken) and self._share(spoken) * _COMMON >= 1:
            numbers = [_NUMBER[language] for language in spoken]
            hits = self._hits(self._any_of(said), k * _MORE)
            found = self._values(_LANGUAGE, hits)
            held = list(compress(self._told(hits), np.isin(found, numbers)))
            if len(held) >= k or len(hits) < k * _MORE or hits[-1][0] < floor:
                return held[:k]
        return self._told(self._hits(self._query(said, spoken), k))

    def _best_within(self, queries: list[tantivy.Query], k: int, within: Subset) -> list[_Hit]:
        """Return the k best of some passages for any of the queries.

        Few are named to tantivy. Of many it is told the first and the last, and asked for more until k are of them.
        """
        span = within.last - within.first + 1
        limit = k * -(-span // len(within))  # enough, were they spread evenly
        schema, any_of = self._index.schema, _any(queries)
        if len(within) * _NAMED <= min(limit, span):
            named = np.flatnonzero(np.unpackbits(within.bits, bitorder="little")).tolist()
            return self._told(self._hits(_also(any_of, tantivy.Query.term_set_query(schema, _ID, named)), k))
        integer = tantivy.FieldType.Integer
        bounded = _also(any_of, tantivy.Query.range_query(schema, _ID, integer, within.first, within.last))
        while True:
            hits = self._hits(bounded, limit)
            held = within.holds(self._values(_ID, hits))
            if len(hits) < limit or np.count_nonzero(held) >= k:
                return self._told(list(compress(hits, held))[:k])
            limit *= _DEEPER

    def _hits(self, query: tantivy.Query, limit: int) -> list[tuple[float, tantivy.DocAddress]]:
        """Return the score and the place of the best passages for a query."""
        return list(self._searcher.search(query, limit=limit, count=False).hits)

    def _values(self, field: str, hits: list[tuple[float, tantivy.DocAddress]]) -> NDArray[np.int64]:
        return np.asarray(self._searcher.fast_field_values(field, [place for _, place in hits]), np.int64)

    def _told(self, hits: list[tuple[float, tantivy.DocAddress]]) -> list[_Hit]:
        return [
            (number, float(score)) for number, (score, _) in zip(self._values(_ID, hits).tolist(), hits, strict=True)
        ]

    def _share(self, spoken: list[str]) -> float:
        return sum(self._spoken[language] for language in spoken) / len(self)

    def _query(self, said: Sequence[str], spoken: list[str]) -> tantivy.Query:
        """Return a query for passages in some languages with any of the terms; the languages score nothing."""
        if len(spoken) == len(self._spoken):
            return self._any_of(said)
        return _also(self._any_of(said), _any([self._term(_LANGUAGE, _NUMBER[each], "basic") for each in spoken]))

    def _any_of(self, said: Sequence[str]) -> tantivy.Query:
        return _any([self._term(_TERMS, term, "freq") for term in said])

    def _term(self, field: str, value: str | int, option: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, field, value, option)


def _any(queries: list[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _also(query: tantivy.Query, condition: tantivy.Query) -> tantivy.Query:
    """Return a query for what meets a condition too, which scores nothing."""
    unscored = tantivy.Query.const_score_query(condition, 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)])
