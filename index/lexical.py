"""Lexical search: BM25 by tantivy, over the terms that each passage has in its own language.

All passages share one field, so that document frequencies and the mean length are
those of the whole index: with a field for each language, BM25 takes a passage of the
rarer language for a long one, and puts it last.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
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

_WRITER_BYTES = 50_000_000
_MAX_QUERY_TERMS = 128
_DEEPER = 4  # times as many passages, where too few of those found may be looked at
_ID, _TERMS, _LANGUAGE = "passage_id", "terms", "language"
_TOKENIZER = "whitespace-only"


def _schema() -> tantivy.Schema:
    return (
        tantivy.SchemaBuilder()
        .add_integer_field(_ID, stored=False, indexed=False, fast=True)
        .add_text_field(_TERMS, stored=False, tokenizer_name=_TOKENIZER, index_option="freq")
        .add_text_field(_LANGUAGE, stored=False, tokenizer_name="raw", index_option="basic")
        .build()
    )


def _register(index: tantivy.Index) -> tantivy.Index:
    tokenizer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, tokenizer)
    return index


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """Give a folder that tantivy can lock, as it does even to read: for a read-only one, a copy."""
    if os.access(folder, os.W_OK):
        yield folder
    else:
        with TemporaryDirectory(ignore_cleanup_errors=True, prefix="sourcier-") as copy:
            yield Path(shutil.copytree(folder, copy, dirs_exist_ok=True))


class LexicalIndex:
    """The terms of one generation's passages."""

    def __init__(self, index: tantivy.Index) -> None:
        index.config_reader("manual")  # else a thread would look for commits twice a second, and there are none
        self._index = index
        self._searcher = index.searcher()

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
                said = {_ID: passage_id, _TERMS: said_terms, _LANGUAGE: language}
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
        clauses = []
        for language in ANALYSED:
            found = question_terms(question, question_language, language)[:_MAX_QUERY_TERMS]
            if found:
                clauses.append((tantivy.Occur.Should, self._query(found, language)))
        if not clauses:
            return []
        query = tantivy.Query.boolean_query(clauses)
        if within is not None:
            return self._best_within(query, k, within)
        ids, scores = self._best(query, k)
        return list(zip(ids.tolist(), scores, strict=True))

    def frequency(self, term: str) -> int:
        """Return the number of passages, of any language, that have a term."""
        return int(self._searcher.doc_freq(_TERMS, term))

    def _best(self, query: tantivy.Query, limit: int) -> tuple[NDArray[np.int64], list[float]]:
        best = self._searcher.search(query, limit=limit, count=False).hits
        ids = np.asarray(self._searcher.fast_field_values(_ID, [address for _, address in best]), np.int64)
        return ids, [float(score) for score, _ in best]

    def _best_within(self, query: tantivy.Query, k: int, within: Subset) -> list[tuple[int, float]]:
        """Return the k best of some passages: tantivy bounds their ids, and is asked for more until k are of them."""
        bounds = tantivy.Query.range_query(
            self._index.schema, _ID, tantivy.FieldType.Integer, within.first, within.last
        )
        both = [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(bounds, 0.0))]
        bounded = tantivy.Query.boolean_query(both)
        limit = k * -(-(within.last - within.first + 1) // len(within))  # enough, were they spread evenly
        while True:
            ids, scores = self._best(bounded, limit)
            held = within.holds(ids)
            if len(ids) < limit or np.count_nonzero(held) >= k:
                return list(compress(zip(ids.tolist(), scores, strict=True), held))[:k]
            limit *= _DEEPER

    def _query(self, found: list[str], language: str) -> tantivy.Query:
        """Return a query for passages in `language` with any of the terms; the language itself scores nothing."""
        any_of = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, _TERMS, term, "freq")) for term in found
        ]
        is_in = tantivy.Query.term_query(self._index.schema, _LANGUAGE, language, "basic")
        both = [
            (tantivy.Occur.Must, tantivy.Query.boolean_query(any_of)),
            (tantivy.Occur.Must, tantivy.Query.const_score_query(is_in, 0.0)),
        ]
        return tantivy.Query.boolean_query(both)
