"""What a build in Milvus begins with: what the folder holds, what stands, and the encoder."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.documents import nothing_read, scan
from index.encoder import EMBEDDED, embedded, load_encoder
from index.errors import FolderError, IndexEncoderError, IndexFolderError
from index.libraries import upgrades, versions
from index.milvus.client import Client
from index.milvus.schema import Sealed, epoch_of
from index.milvus.site import Base, Site, sealed_of
from index.one_generation import fitting_encoder
from index.types import Encoder, FileState, Skipped


@dataclass(frozen=True, slots=True)
class Seen:
    """What a folder holds, and when that was asked; `digest` is of the names and sizes of its files."""

    at_ns: int
    states: Sequence[FileState]
    passed_over: Sequence[Skipped]
    digest: str


def seen_of(folder: Path) -> Seen:
    """Look at a folder.

    :raises FolderError: if it is missing, unreadable, or holds nothing that looks like an article.
    """
    at_ns = time.time_ns()
    states, passed_over = scan(folder)
    if not states:
        raise FolderError(nothing_read(folder, passed_over))
    digest = hashlib.sha256()
    for state in states:
        digest.update(json.dumps([state.source, state.size]).encode())
    return Seen(at_ns, states, passed_over, digest.hexdigest())


def site_of(client: Client, model: str | None, rebuild: bool, begun: str) -> tuple[Site, Encoder]:
    """Return where a build writes, and its encoder.

    :param begun: the epoch that this build has begun: a rebuild that was sealed meanwhile is none any more.
    :raises IndexEncoderError: if the index that stands was built by another encoder than is asked for, or is installed.
    """
    base = Base.of(client)
    try:
        stands = sealed_of(client, base)
    except IndexFolderError:
        if not rebuild:
            raise
        stands = None
    if stands and stands.epoch == begun:
        rebuild = False
    encoder = load_encoder(model or EMBEDDED) if rebuild or not stands else _standing(client, stands, model)
    sealed = None if rebuild or not stands or upgrades(stands.manifest.libraries) else stands
    epoch = epoch_of(base.generation + 1, encoder.identity, embedded().identity, versions())
    kind = sealed.kind if sealed else client.address.kind
    return Site(client, base, stands, sealed, sealed.epoch if sealed else epoch, kind), encoder


def _standing(client: Client, stands: Sealed, model: str | None) -> Encoder:
    """Return the encoder of the index that stands.

    :raises IndexEncoderError: if another one is asked for, or is installed.
    """
    manifest, where = stands.manifest, client.address
    if model is not None and model != manifest.encoder:
        raise IndexEncoderError(
            f"the index at {where} was built by the encoder {manifest.encoder!r}, not {model!r}:"
            f" leave --model out, or run `sourcier index FOLDER --store {where} --model {model} --rebuild`"
        )
    return fitting_encoder(manifest, where, f" --store {where}")
