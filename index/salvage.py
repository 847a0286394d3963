"""What of a damaged index is still as a build wrote it."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from index.dense import DenseIndex
from index.encoder import embedded, load_encoder
from index.errors import IndexCorruptError, IndexFolderError, ModelError
from index.opened import DENSE, PASSAGES
from index.passage_store import PassageStore
from index.store import Generation, intact_file, read_current, sealed_generations
from index.types import Encoder


@dataclass(frozen=True, slots=True)
class Intact:
    """The passages and vectors of a generation, both as they were built, and their encoder."""

    generation: Generation
    encoder: Encoder
    passages: PassageStore
    dense: DenseIndex


def salvage(index: Path, model: str | None, stack: ExitStack) -> tuple[str | None, Intact | None]:
    """Return the newest passages and vectors that are intact and fit this installation, if any are.

    :param model: the encoder that they must be of; by default that of the newest generation.
    :param stack: closes them.
    :return: the encoder's name too, if it is known.
    """
    named = model
    for generation in sealed_generations(index):
        encoder = generation.manifest.encoder
        if named is None and (_is_sound(index, generation) or _loads(encoder)):
            named = encoder
        if encoder == named and (intact := _intact(generation, stack)):
            return named, intact
    return named, None


def _is_sound(index: Path, generation: Generation) -> bool:
    try:
        return read_current(index) == generation
    except IndexFolderError:
        return False


def _loads(encoder: str) -> bool:
    """Say whether there is such an encoder: a damaged manifest may name another."""
    try:
        load_encoder(encoder)
    except ModelError:
        return False
    return True


def _intact(generation: Generation, stack: ExitStack) -> Intact | None:
    manifest = generation.manifest
    if not all(intact_file(generation, name) for name in (PASSAGES, DENSE)):
        return None
    try:
        encoder = load_encoder(manifest.encoder)
        dense = DenseIndex.load(generation.path / DENSE)
        passages = stack.enter_context(closing(PassageStore(generation.path / PASSAGES)))
    except (ModelError, IndexCorruptError, sqlite3.Error):
        return None
    told = (manifest.encoder_identity, manifest.words_identity, manifest.dim, manifest.passages)
    if told != (encoder.identity, embedded().identity, encoder.dim, len(dense)):
        return None
    return Intact(generation, encoder, passages, dense)
