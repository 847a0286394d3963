"""The generation that all parts have written becomes the one that answers, in one call; what only older ones had goes.

Whoever seals notes it first, and looks then whether all parts still have ended; whoever would change rows takes
its own end back first, and looks then whether somebody seals. One of them sees the other, and gives way: rows
never change while they are sealed. Two may seal at once: they do the same.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.documents import nothing_read
from index.encoder import embedded
from index.errors import FolderError, IndexStoreError
from index.libraries import versions
from index.milvus.frequencies import Counts
from index.milvus.notes import Done, Notes
from index.milvus.part import Part
from index.milvus.schema import BLOB_FIELDS, MANIFEST_KEY, Sealed, alive_at, blob, bucket_key, date_rows
from index.milvus.site import OvertakenError, Site
from index.store import FORMAT, Manifest
from index.types import Encoder, Skipped
from index.version import version_of

FOLDER_KEY = "folder"
"""The key of the blob of a sealed generation that holds the digest of its folder's names and sizes."""

_INDEXED = 'piece == 0 and reason == ""'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt to seal: what was sealed, if it was; the parts that are waited for, and those that ended.

    Nothing is sealed either where no part differs from the generation before.
    """

    sealed: Sealed | None
    waiting: tuple[int, ...]
    done: Mapping[int, Done]


def seal(site: Site, part: Part, encoder: Encoder) -> Outcome:
    """Seal the generation, if all parts have ended and saw the same folder as `part` did.

    :raises OvertakenError: if another build was sealed meanwhile.
    :raises IndexStoreError: if the store does not hold what the parts wrote.
    """
    notes = Notes(site)
    done = notes.done(part.of)
    waiting = _waiting(done, part)
    if waiting or not (site.sealed is None or any(each.differs for each in done.values())):
        if waiting:
            site.check()
        return Outcome(None, waiting, done)
    token = notes.seal(part)
    try:
        if (again := notes.done(part.of)) != done:
            site.check()
            return Outcome(None, _waiting(again, part), again)
        sealed = _write(site, notes, part, done, encoder)
        _point(site, notes, token)
    finally:
        with contextlib.suppress(IndexStoreError):
            notes.stop_sealing(token)
    with contextlib.suppress(IndexStoreError):  # the next build tidies up
        _tidy(site, notes)
    return Outcome(sealed, (), done)


def claim(notes: Notes, part: Part, encoder: Encoder) -> None:
    """Take back that a part has ended, so that its rows may be changed; finish first what somebody seals.

    :raises OvertakenError: if that was sealed.
    """
    _help(notes, encoder)
    own = notes.done(part.of).get(part.number)
    notes.withdraw(part)
    if notes.sealing():
        if own:
            notes.end(part, own)
        _help(notes, encoder)
        notes.withdraw(part)
    notes.site.check()


def _help(notes: Notes, encoder: Encoder) -> None:
    """Finish what somebody seals: perhaps the writer was killed. If that cannot be, nobody may any longer."""
    marks = notes.sealing()
    for part in marks:
        try:
            outcome = seal(notes.site, part, encoder)
        except OvertakenError:
            raise
        except (IndexStoreError, FolderError):
            continue  # what cannot be sealed is mended
        if outcome.sealed:
            raise OvertakenError(f"{notes.site.client.address}: another build is being sealed")
    if marks:
        notes.stop_sealing()


def skipped_of(site: Site, where: str) -> list[Skipped]:
    """Return the files that were not indexed, by source.

    :param where: a condition for their rows.
    """
    told = site.client.each(site.documents, f'piece == 0 and reason != "" and {where}', ("source", "reason"), "key")
    return sorted((Skipped(row["source"], row["reason"]) for row in told), key=lambda each: each.source)


def _waiting(done: Mapping[int, Done], part: Part) -> tuple[int, ...]:
    """Return the parts that have not ended, or not with the folder that this one saw."""
    own = done.get(part.number)
    return tuple(
        number
        for number in range(1, part.of + 1)
        if own is None or number not in done or done[number].digest != own.digest
    )


def _write(site: Site, notes: Notes, part: Part, done: Mapping[int, Done], encoder: Encoder) -> Sealed:
    """Write what the generation says of itself, after counting what it has."""
    client, now = site.client, alive_at(site.generation)
    listed = [*_documents(site)]
    documents = [(source, digest) for source, digest, _ in listed]
    should = sum(each.documents for each in done.values()), sum(each.passages for each in done.values())
    if not should[0]:
        skipped = skipped_of(site, alive_at(site.generation))
        raise FolderError(nothing_read(Path(done[part.number].folder), skipped))
    held = len(documents), client.count(site.passages, now)
    if held != should:
        site.check()
        raise _differs(site, f"{held[0]} documents and {held[1]} passages", f"{should[0]} and {should[1]}")
    counts = _counts(site, notes, part, done)
    buckets = counts.buckets()
    first = done[1]
    manifest = Manifest(
        format=FORMAT,
        version=version_of(encoder, versions(), sorted(documents)),
        folder=first.folder,
        encoder=encoder.name,
        encoder_identity=encoder.identity,
        words_identity=embedded().identity,
        libraries=versions(),
        scanned_ns=min(each.scanned_ns for each in done.values()),
        dim=encoder.dim,
        documents=held[0],
        passages=held[1],
        files={},
    )
    tokens = sum(each.tokens for each in done.values()) + (site.sealed.tokens if site.sealed else 0)
    sealed = Sealed(manifest, site.epoch, site.generation, tokens, buckets, site.kind)
    name = site.names.sealed(site.generation)
    client.create(name, BLOB_FIELDS, {})
    client.upsert(name, (blob(bucket_key(bucket), each.pack()) for bucket, each in counts.cut(buckets)))
    client.upsert(name, date_rows(date for _, _, date in listed))
    client.upsert(name, [blob(FOLDER_KEY, first.digest), blob(MANIFEST_KEY, sealed.to_json())])
    client.flush(name)
    client.load(name)
    return sealed


def _documents(site: Site) -> Iterator[tuple[str, str, str]]:
    """Yield the source of every document, the digest of its file, and its date."""
    where = f"{_INDEXED} and {alive_at(site.generation)}"
    for row in site.client.each(site.documents, where, ("source", "sha256", "date"), "key"):
        yield row["source"], row["sha256"], row["date"]


def _counts(site: Site, notes: Notes, part: Part, done: Mapping[int, Done]) -> Counts:
    """Return the document frequencies: those that stood, and what each part changes."""

    def parts() -> Iterator[Counts]:
        for bucket in range(site.sealed.buckets if site.sealed else 0):
            rows = site.client.get(str(site.base.name), "key", [bucket_key(bucket)], ["value"])
            yield Counts.unpack(rows[0]["value"] if rows else "")
        for number, each in done.items():
            yield from notes.counts(Part(number, part.of), each)

    try:
        counts = Counts.total(parts())
    except ValueError as error:
        site.check()
        raise _differs(site, f"counts of terms that cannot be read ({error})", "those that were written") from error
    if (counts.counts < 0).any():
        raise _differs(site, "fewer passages of some terms", "those that die")
    return counts


def _differs(site: Site, held: str, should: str) -> IndexStoreError:
    return IndexStoreError(
        f"{site.client.address} holds {held} instead of {should}: run the same command again, and if that does not"
        " help, with --rebuild"
    )


def _point(site: Site, notes: Notes, token: str) -> None:
    """Let the alias stand for the new generation, unless it does.

    :raises OvertakenError: if it stands for another, or somebody took back the right to seal.
    """
    name = site.names.sealed(site.generation)
    now = site.client.pointed(site.names.alias)
    if now == name:
        return
    if now != site.base.name or not notes.may_seal(token):
        raise OvertakenError(f"{site.client.address}: another build was sealed meanwhile: run the same command again")
    site.client.point(site.names.alias, name)


def _tidy(site: Site, notes: Notes) -> None:
    """Remove what neither this generation nor the one before has. The latter may still be read."""
    client, names = site.client, site.names
    notes.clear()
    kept = {names.sealed(site.generation), site.base.name}
    epochs = {site.epoch, site.stands.epoch if site.stands else site.epoch}
    alias = re.escape(names.alias)
    for name in client.names():
        generation = re.fullmatch(alias + r"_g([0-9]{6,})", name)
        epoch = re.fullmatch(alias + r"_(?:passages|documents|parts)_(([0-9]+)_[0-9a-f]+)", name)
        old = generation and name not in kept and int(generation[1]) < site.generation
        if old or (epoch and epoch[1] not in epochs and int(epoch[2]) <= site.generation):
            client.drop(name)
    for name in (site.passages, site.documents):
        client.delete(name, f"died <= {site.base.generation}")
