"""Fills the collections of an index in Milvus from one on disk: what a build writes there, plainly."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from index.milvus.client import Client
from index.milvus.filters import one_of
from index.milvus.frequencies import Counts, term_key
from index.milvus.rows import document_rows, passage_rows, skipped_rows
from index.milvus.schema import (
    BLOB_FIELDS,
    DOCUMENT_FIELDS,
    MANIFEST_KEY,
    Names,
    Sealed,
    alive_at,
    blob,
    bucket_key,
    date_rows,
    epoch_of,
    passage_fields,
)
from index.opened import PASSAGES, OpenIndex
from index.said_terms import SaidTerms
from index.types import Document, FileState


def fill(
    client: Client,
    index: OpenIndex,
    generation: int = 1,
    before: OpenIndex | None = None,
    manifest: Mapping[str, Any] | None = None,
) -> Sealed:
    """Write an index as a generation, and seal it.

    :param before: what the generation before was filled from; of documents that it has, the rows stay.
    :param manifest: fields of the manifest to tell otherwise.
    """
    told = replace(index.generation.manifest, files={}, folder=str(index.folder))
    epoch = epoch_of(1, told.encoder_identity, told.words_identity, told.libraries)
    names = Names(client.address.collection)
    passages, documents = names.passages(epoch), names.documents(epoch)
    client.create(passages, passage_fields(told.dim, client.address.kind), {})
    client.create(documents, DOCUMENT_FIELDS, {})
    stands = dict(before.passages.digests()) if before else {}
    wanted = dict(index.passages.digests())
    gone = [
        info.doc_id
        for info in (before.passages.documents() if before else ())
        if wanted.get(info.source) != info.sha256
    ]
    _bury(client, passages, "id", gone, generation)
    _bury(client, documents, "key", gone, generation)
    said, tokens, counted = SaidTerms(), 0, Counter[int]()
    for document, state in _documents(index):
        listed = index.passages.passages_of(document.doc_id)
        terms = [said.of(passage.text, document.language) for passage in listed]
        for each in terms:
            tokens += len(each.split())
            counted.update(term_key(term) for term in set(each.split()))
        if stands.get(document.source) != document.sha256:
            vectors = index.dense.vectors(np.asarray([passage.passage_id for passage in listed], np.int64))
            client.upsert(passages, passage_rows(document, listed, generation, terms, vectors))
            client.upsert(documents, document_rows(document, listed, state, generation))
    if not before:
        states, digests = index.passages.file_states(), index.passages.skipped_hashes()
        for skipped in index.passages.skipped():
            rows = skipped_rows(skipped, states.get(skipped.source), digests.get(skipped.source), generation)
            client.upsert(documents, rows)
    client.flush(passages)
    client.flush(documents)
    counts = Counts.of(counted)
    sealed = Sealed(told, epoch, generation, tokens, counts.buckets(), client.address.kind)
    dates = [info.date or "" for info in index.passages.documents()]
    seal(client, sealed, counts, dates, manifest or {})
    return sealed


def seal(client: Client, sealed: Sealed, counts: Counts, dates: Iterable[str], told: Mapping[str, Any]) -> None:
    """Write what a generation says of itself, and let the alias stand for it."""
    name = Names(client.address.collection).sealed(sealed.generation)
    written = json.loads(sealed.to_json())
    written["manifest"] |= told
    client.create(name, BLOB_FIELDS, {})
    client.upsert(name, [blob(MANIFEST_KEY, json.dumps(written))])
    client.upsert(name, [blob(bucket_key(number), part.pack()) for number, part in counts.cut(sealed.buckets)])
    client.upsert(name, date_rows(dates))
    client.flush(name)
    client.point(client.address.collection, name)


def remove(client: Client) -> None:
    """Remove all that belongs to an address."""
    alias = client.address.collection
    if client.pointed(alias):
        client._connection.call(lambda milvus, seconds: milvus.drop_alias(alias, timeout=seconds))
    for name in client.names():
        if name.startswith(f"{alias}_"):
            client.drop(name)


def _documents(index: OpenIndex) -> Iterator[tuple[Document, FileState]]:
    with closing(sqlite3.connect(index.generation.path / PASSAGES)) as db:
        kept = {each[0]: each[1:] for each in db.execute("SELECT doc_id, date_origin, pages FROM documents")}
    states = index.passages.file_states()
    for info in index.passages.documents():
        origin, pages = kept[info.doc_id]
        text = index.passages.text(info.doc_id)
        told = asdict(info) | {"text": text, "date_origin": origin, "pages": tuple(json.loads(pages or "[]"))}
        yield Document(**told), states[info.source]


def _bury(client: Client, name: str, key: str, doc_ids: list[str], generation: int) -> None:
    """Let the rows of documents die in a generation."""
    condition = f"{one_of('doc_id', doc_ids)} and {alive_at(generation)}"
    rows = [*client.each(name, condition, [key], key)] if doc_ids else []
    client.patch(name, [{key: row[key], "died": generation} for row in rows])
