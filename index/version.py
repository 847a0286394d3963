"""What a build tells of the generation that it wrote: its version, and how many documents changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from index.encoder import embedded
from index.passage_store import PassageStore
from index.store import FORMAT
from index.types import Encoder


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
    identities = [FORMAT, encoder.identity, embedded().identity, libraries]
    digest = hashlib.sha256(json.dumps(identities, sort_keys=True).encode())
    for source, sha256 in store.digests():
        digest.update(json.dumps([source, sha256]).encode())
        counted.documents += 1
        counted.added += source not in before
        counted.changed += before.get(source, sha256) != sha256
    return digest.hexdigest()[:12], counted
