"""Lexical search: BM25 by tantivy, with a field for each language's analyser."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tantivy

from index.errors import IndexCorruptError
from index.tokens import ANALYSED, analyser, composed, question_terms

_WRITER_BYTES = 50_000_000
_MAX_QUERY_TERMS = 128


def _field(language: str) -> str:
    return f"text_{language}"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder().add_integer_field("passage_id", stored=False, indexed=False, fast=True)
    for language in ANALYSED:
        builder = builder.add_text_field(_field(language), stored=False, tokenizer_name=language, index_option="freq")
    return builder.build()


def _register(index: tantivy.Index) -> tantivy.Index:
    for language in ANALYSED:
        index.register_tokenizer(language, analyser(language))
    return index


class LexicalIndex:
    """The terms of one generation's passages."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._searcher = index.searcher()

    @classmethod
    def build(cls, folder: Path, passages: Iterable[tuple[int, str, str]]) -> None:
        """Write an index of (passage id, language, text) into an empty folder.

        One thread and one commit: the same passages give the same scores.
        """
        folder.mkdir(parents=True, exist_ok=True)
        index = _register(tantivy.Index(_schema(), path=str(folder)))
        writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for passage_id, language, text in passages:
            writer.add_document(tantivy.Document(**{"passage_id": passage_id, _field(language): composed(text)}))
        writer.commit()
        writer.wait_merging_threads()

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Open an index for reading.

        :raises IndexCorruptError: if tantivy cannot read the folder.
        """
        try:
            return cls(_register(tantivy.Index.open(str(folder))))
        except ValueError as error:
            raise IndexCorruptError(f"{folder} is not a tantivy index ({error}): rebuild with --rebuild") from error

    def __len__(self) -> int:
        """Return the number of passages."""
        return int(self._searcher.num_docs)

    def search(self, question: str, question_language: str, k: int) -> list[tuple[int, float]]:
        """Return (passage id, BM25 score) of the k best passages, best first.

        The question is analysed once for each language a passage may be in; words
        that say nothing in the question's own language are left out of all.
        """
        clauses = []
        for language in ANALYSED:
            for term in question_terms(question, question_language, language)[:_MAX_QUERY_TERMS]:
                query = tantivy.Query.term_query(self._index.schema, _field(language), term, "freq")
                clauses.append((tantivy.Occur.Should, query))
        if not clauses:
            return []
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=k, count=False)
        column = self._searcher.fast_field_values("passage_id", [address for _, address in found.hits])
        ids = np.asarray(column, np.int64).tolist()
        return [(passage_id, float(score)) for passage_id, (score, _) in zip(ids, found.hits, strict=True)]
