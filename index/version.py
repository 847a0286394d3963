"""What a build tells of the generation that it wrote: its version, and how many documents changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from index.encoder import embedded
from index.passage_store import PassageStore
from index.store import FORMAT
from index.types import Encoder

_DIGITS = 12


@dataclass(slots=True)
class Counted:
    """Documents of a build, and how many of them are new or say something else."""

    documents: int = 0
    added: int = 0
    changed: int = 0


def told_of(
    encoder: Encoder, libraries: Mapping[str, str], store: PassageStore, before: Mapping[str, str]
) -> tuple[str, Counted]:
    """Return a digest of all that decides the answers, equal versions answering alike; and count the documents."""
    counted = Counted()

    def documents() -> Iterator[tuple[str, str]]:
        for source, sha256 in store.digests():
            counted.documents += 1
            counted.added += source not in before
            counted.changed += before.get(source, sha256) != sha256
            yield source, sha256

    return version_of(encoder, libraries, documents()), counted


def version_of(encoder: Encoder, libraries: Mapping[str, str], documents: Iterable[tuple[str, str]]) -> str:
    """Return a digest of all that decides the answers.

    :param documents: the source of each and the digest of its file, by source.
    """
    identities = [FORMAT, encoder.identity, embedded().identity, libraries]
    digest = hashlib.sha256(json.dumps(identities, sort_keys=True).encode())
    for source, sha256 in documents:
        digest.update(json.dumps([source, sha256]).encode())
    return digest.hexdigest()[:_DIGITS]
