"""What of a folder is as the index that stands has it, told without reading more than is in doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from index.dense import DenseIndex
from index.documents import MAX_FILE_BYTES
from index.libraries import TOKENIZERS, upgrades
from index.passage_store import PassageStore
from index.store import Generation
from index.types import FileState, Skipped

_FRESH_NS = 2_000_000_000  # of a file touched this shortly before it was read, some file systems tell no later change


class Standing(Protocol):
    """The parts of an index that stands which a build may take over."""

    @property
    def generation(self) -> Generation:
        """Where it is."""

    @property
    def passages(self) -> PassageStore:
        """Its documents and passages."""

    @property
    def dense(self) -> DenseIndex:
        """Their vectors."""


@dataclass(frozen=True)
class Changes:
    """What a build takes over.

    `live` is the index that stands, `before` the digest of each of its documents, and `states` are those
    of its files. `kept` are the documents whose files hold the same bytes; `refused` are files that still
    cannot be articles, with the digest of their bytes. `same` says that the folder holds what `live` has,
    `complete` that it would be built of the same, too: no file was touched, and none of the libraries
    was `upgraded`. Where one was, no document is kept as it stands, but vectors of equal texts are.
    """

    live: Standing | None = None
    before: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, FileState] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    refused: Mapping[str, tuple[Skipped, str]] = field(default_factory=dict)
    same: bool = False
    complete: bool = False
    upgraded: tuple[str, ...] = ()

    @cached_property
    def names(self) -> Mapping[str, str]:
        """A source of the index that stands, by the digest of its bytes."""
        return {digest: source for source, digest in self.before.items()}

    def passages_kept(self) -> int:
        """Return how many passages are taken over as they stand."""
        counts = self.live.passages.counts() if self.live else ()
        return sum(count for source, count in counts if source in self.kept)

    def rank(self, state: FileState) -> int:
        """Return the place of a document of the index that stands, which has its documents in order of source."""
        return self._ranks[state.source]

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {source: rank for rank, source in enumerate(self.before)}


def changes(folder: Path, states: Sequence[FileState], live: Standing | None, trust: bool = True) -> Changes:
    """Compare a folder with the index that stands.

    :param states: of the files that look like articles.
    :param trust: whether a file of the same size and time is the same, unless it was written shortly
        before the build; else all are read.
    """
    if live is None:
        return Changes()
    known = live.passages.file_states()
    before = dict(live.passages.digests())
    reasons = {entry.source: entry for entry in live.passages.skipped()}
    digests = live.passages.skipped_hashes()
    scanned_ns = live.generation.manifest.scanned_ns
    kept, refused, untouched = set(), {}, True
    same = known.keys() == {state.source for state in states}
    for state in states:
        source = state.source
        digest = before.get(source, digests.get(source))
        as_before = known.get(source) == state
        same_size = source in known and known[source].size == state.size
        known_to_be = trust and as_before and settled(state, scanned_ns)
        if digest is None and source in digests:  # could not be read: perhaps it can be now
            same = same and same_size and (state.size > MAX_FILE_BYTES or sha256_of(folder / source) is None)
        elif digest is None or not (known_to_be or (same_size and sha256_of(folder / source) == digest)):
            same = False
        elif source in before:
            kept.add(source)
        else:
            refused[source] = (reasons[source], digest)
        untouched = untouched and as_before
    upgraded = upgrades(live.generation.manifest.libraries)
    if upgraded:
        taken = None if TOKENIZERS in upgraded else live  # whose words are no longer sure, either
        return Changes(taken, before, known, same=same, upgraded=tuple(upgraded.values()))
    return Changes(live, before, known, frozenset(kept), refused, same, same and untouched)


def settled(state: FileState, scanned_ns: int) -> bool:
    """Say whether a file that is in the state in which a build at that time found it holds what it held."""
    return max(state.mtime_ns, state.ctime_ns) <= scanned_ns - _FRESH_NS


def sha256_of(path: Path) -> str | None:
    """Return the digest of a file's bytes, or None if they cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
