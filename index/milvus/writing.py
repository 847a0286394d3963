"""The new articles of a part: read, cut, embedded and written, a batch at a time."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.chunking import passages_of
from index.documents import document_of, read_bytes
from index.embedding import words_and_vectors
from index.encoder import embedded
from index.errors import DocumentError
from index.milvus.filters import one_of
from index.milvus.rows import Row, document_rows, passage_rows, skipped_rows
from index.milvus.site import Site
from index.milvus.tally import Tally
from index.milvus.target import Target, ToRead
from index.types import Document, Encoder, FileState, Passage, Skipped

_BATCH = 1024  # passages, or documents


@dataclass(frozen=True, slots=True)
class _Article:
    document: Document
    passages: Sequence[Passage]
    state: FileState


@dataclass
class Writing:
    """Writes what is born in a generation.

    :param tally: counts the terms of what is written.
    :param loose: passages that builds which did not end have left, by document; those written are taken out of it.
    """

    site: Site
    folder: Path
    encoder: Encoder
    tally: Tally
    target: Target
    loose: dict[str, set[int]]
    _articles: list[_Article] = field(default_factory=list)
    _skipped: list[Row] = field(default_factory=list)
    _waiting: int = 0

    def read(self, file: ToRead) -> None:
        """Read a file, and write its article with those that come next."""
        state, digest = file.state, None
        try:
            data = read_bytes(self.folder, state.source)
            digest = hashlib.sha256(data).hexdigest()
            document = document_of(data, state.source)
            passages = passages_of(document, fits=self.encoder.fits)
            if not passages:
                raise DocumentError("holds nothing but page furniture")
        except DocumentError as error:
            self.target.count(file.before, "")
            self.skip(Skipped(state.source, str(error)), state, digest)
            return
        self.target.count(file.before, document.sha256, len(passages))
        self._articles.append(_Article(document, passages, state))
        self._wait(len(passages))

    def skip(self, skipped: Skipped, state: FileState | None = None, sha256: str | None = None) -> None:
        """Write why a file was not indexed."""
        self._skipped += skipped_rows(skipped, state, sha256, self.site.generation)
        self._wait(1)

    def flush(self) -> None:
        """Write what waits."""
        if not self._articles and not self._skipped:
            return
        self.site.check()
        self.site.client.upsert(self.site.passages, self._passages())
        documents = self._skipped
        for article in self._articles:
            documents += document_rows(article.document, article.passages, article.state, self.site.generation)
        self._write_documents(documents)
        self._articles, self._skipped, self._waiting = [], [], 0

    def _passages(self) -> Iterator[Row]:
        """Yield the rows of the passages that wait, and count their terms."""
        known = self._known()
        texts = [passage.text for article in self._articles for passage in article.passages]
        following = words_and_vectors(self.encoder, [text for text in texts if text not in known])
        for article in self._articles:
            document = article.document
            told = [known.get(passage.text) or next(following) for passage in article.passages]
            passages = [replace(each, words=words) for each, (words, _) in zip(article.passages, told, strict=True)]
            said = [self.tally.terms(each.text, document.language) for each in passages]
            for each in said:
                self.tally.add(each)
            vectors = np.stack([vector for _, vector in told])
            for row in passage_rows(document, passages, self.site.generation, said, vectors):
                self.loose.get(document.doc_id, set()).discard(row["id"])
                yield row

    def _known(self) -> dict[str, tuple[bytes, NDArray[np.float32]]]:
        """Return the words and vectors that stand of the documents that wait, by text, where making them takes long."""
        if self.encoder is embedded() or not self.site.sealed:
            return {}
        ids = [article.document.doc_id for article in self._articles]
        where = f"{one_of('doc_id', ids)} and born < {self.site.generation} and died >= {self.site.generation}"
        rows = self.site.client.each(self.site.passages, where, ("text", "words", "dense"), "id") if ids else ()
        return {row["text"]: (b64decode(row["words"]), np.asarray(row["dense"], np.float32)) for row in rows}

    def _wait(self, passages: int) -> None:
        self._waiting += passages
        if self._waiting >= _BATCH:
            self.flush()

    def _write_documents(self, rows: Sequence[Row]) -> None:
        """Write the rows of documents, the first of each last."""
        client = self.site.client
        if ids := sorted(self.loose.keys() & {row["doc_id"] for row in rows}):  # may have had more pieces, too
            where = f"{one_of('doc_id', ids)} and piece > 0 and born == {self.site.generation}"
            client.delete(self.site.documents, where)
        if pieces := [row for row in rows if row["piece"]]:
            client.upsert(self.site.documents, pieces)
        client.upsert(self.site.documents, [row for row in rows if not row["piece"]])
