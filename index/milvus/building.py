"""A folder, or a part of it, becomes the next generation of an index in Milvus: the pipeline, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from index.changes import settled, sha256_of
from index.documents import MAX_FILE_BYTES, doc_id_of
from index.encoder import canonical_name
from index.errors import IndexBusyError, IndexStoreError
from index.libraries import upgrades
from index.milvus.address import Address
from index.milvus.client import Client
from index.milvus.converging import Converging
from index.milvus.notes import Begun, Done, Notes, check_alike
from index.milvus.part import Part
from index.milvus.schema import alive_at
from index.milvus.sealing import FOLDER_KEY, Outcome, claim, seal, skipped_of
from index.milvus.site import OvertakenError, Site
from index.milvus.starting import Seen, seen_of, site_of
from index.milvus.tally import Tally
from index.milvus.target import Known, Target, target_of
from index.milvus.writing import Writing
from index.types import BuildReport, Encoder, FileState, Progress

T = TypeVar("T")
_TRIES = 5  # where other builds are sealed meanwhile


def build(
    address: Address,
    folder: Path,
    model: str | None = None,
    rebuild: bool = False,
    progress: Progress | None = None,
    part: Part | None = None,
) -> BuildReport:
    """Make an index say what a part of a folder says now; whoever ends the last part seals the generation.

    :param model: the encoder; by default the index's own, or the embedded one.
    :param rebuild: start afresh, whatever stands there.
    :param part: by default the whole folder.
    :raises FolderError: if the folder holds nothing to index; the old index stays.
    :raises IndexEncoderError: if another encoder built the index, or other versions of libraries other parts of it.
    :raises IndexFolderError: if the store is away, refuses, or does not hold what it should.
    """
    model = canonical_name(model) if model else None
    seen = seen_of(folder)
    begun = ""
    overtaken = OvertakenError("")
    with closing(Client(address)) as client:
        client.strong = True
        for _ in range(_TRIES):
            try:
                site, encoder = site_of(client, model, rebuild, begun)
                begun = site.epoch
                return _Build(site, encoder, folder, seen, part or Part()).run(progress)
            except OvertakenError as error:
                overtaken = error
    raise IndexBusyError(str(overtaken)) from overtaken


@dataclass(frozen=True, slots=True)
class _Build:
    """A build of one part, until it ends or is overtaken."""

    site: Site
    encoder: Encoder
    folder: Path
    seen: Seen
    part: Part

    def run(self, progress: Progress | None) -> BuildReport:
        """Write what the part has to, and seal if it was the last."""
        self.site.prepare(self.encoder.dim)
        rows, notes = Converging(self.site, self.part), Notes(self.site)
        states = self._own((state.source, state) for state in self.seen.states)
        passed_over = self._own((skipped.source, skipped) for skipped in self.seen.passed_over)
        begun = notes.begun(self.part)
        if notes.under_way():  # or was, and its writer was killed
            rows.flush()
        same = partial(_same, self.folder, self._trusted(begun))
        target = target_of(self.site.generation, rows.known(), states.items(), passed_over, same)
        rows.touch(target.touched)
        born = rows.born()
        done = notes.done(self.part.of).get(self.part.number)
        if target.converged and born == sum(each.known.passages for each in target.found.values()):
            if done and done.digest != self.seen.digest:
                done = replace(done, digest=self.seen.digest)
                notes.end(self.part, done)
        else:
            done = None
        if not done:
            if self._alone and not target.differs and not born and target.converged:
                return self._unchanged()
            claim(notes, self.part, self.encoder)
            notes.begin(self.part, begun or Begun(self.seen.at_ns, str(self.folder.resolve())))
            tally = Tally()
            self._write(rows, target, states, tally, progress)
            if self._alone and not target.differs:
                return self._unchanged()
            done = self._done(target, tally)
            notes.end(self.part, done, tally.counts())
        outcome = seal(self.site, self.part, self.encoder)
        if outcome.waiting:
            check_alike(self.site, self.part, outcome.waiting)
        return self._report(outcome, done)

    @property
    def _alone(self) -> bool:
        """Whether this part is the whole folder, of an index that stands."""
        return self.part.of == 1 and self.site.sealed is not None

    def _own(self, files: Iterable[tuple[str, T]]) -> dict[str, T]:
        """Return what there is of this part, by the ids of the documents."""
        ids = ((doc_id_of(source), each) for source, each in files)
        return {doc_id: each for doc_id, each in ids if self.part.holds(doc_id)}

    def _trusted(self, begun: Begun | None) -> Callable[[int], int | None]:
        """Return what tells of a row by when it was born when its file was looked at, if that was this folder."""
        here = str(self.folder.resolve())
        manifest = self.site.sealed.manifest if self.site.sealed else None
        before = manifest.scanned_ns if manifest and manifest.folder == here else None
        now = begun.scanned_ns if begun and begun.folder == here else None
        return lambda born: now if born == self.site.generation else before

    def _write(
        self,
        rows: Converging,
        target: Target,
        states: Mapping[str, FileState],
        tally: Tally,
        progress: Progress | None,
    ) -> None:
        """Bring the part's rows to what the folder holds."""
        rows.delete(target.delete)
        left = rows.found(target, states, tally)
        self.site.check()
        rows.revive(target.revive)
        rows.kill(target.kill, tally)
        writing = Writing(self.site, self.folder, self.encoder, tally, target, left)
        for skipped in target.tell:
            writing.skip(skipped)
        done = len(states) - len(target.read)
        for file in target.read:
            if progress:
                progress(done, len(states))
            writing.read(file)
            done += 1
        writing.flush()
        if progress:
            progress(done, len(states))
        rows.drop_passages([passage for each in left.values() for passage in each])
        rows.flush()
        held = rows.held()
        if held != (target.documents, target.passages):
            self.site.check()
            raise IndexStoreError(
                f"{self.site.client.address} holds {held[0]} documents and {held[1]} passages of part {self.part}"
                f" instead of {target.documents} and {target.passages}: run the same command again, alone, and if"
                " that does not help, with --rebuild"
            )

    def _done(self, target: Target, tally: Tally) -> Done:
        return Done(
            self.seen.digest,
            self.seen.at_ns,
            str(self.folder.resolve()),
            target.documents,
            target.passages,
            tally.tokens,
            tally.counts().buckets(),
            target.differs or self.site.sealed is None,
            target.added,
            target.changed,
            target.removed,
        )

    def _unchanged(self) -> BuildReport:
        """Return the report of a build that changes nothing."""
        assert self.site.stands
        manifest = self.site.stands.manifest
        skipped = tuple(skipped_of(self.site, alive_at(self.site.base.generation)))
        return BuildReport(manifest.version, manifest.documents, manifest.passages, 0, 0, 0, skipped, rebuilt=False)

    def _report(self, outcome: Outcome, own: Done) -> BuildReport:
        ended = outcome.done.values() if outcome.sealed else [own]
        stands = outcome.sealed or self.site.stands
        if not outcome.sealed and self._nothing_new(outcome):
            return self._unchanged()
        where = alive_at(self.site.generation)
        return BuildReport(
            version=stands.manifest.version if stands else "",
            documents=sum(each.documents for each in ended),
            passages=sum(each.passages for each in ended),
            added=sum(each.added for each in ended),
            changed=sum(each.changed for each in ended),
            removed=sum(each.removed for each in ended),
            skipped=tuple(skipped_of(self.site, where if outcome.sealed else f"{where} and {self.part.where()}")),
            rebuilt=bool(outcome.sealed) or own.differs,
            upgraded=tuple(upgrades(self.site.stands.manifest.libraries).values()) if self.site.stands else (),
            waiting=outcome.waiting,
        )

    def _nothing_new(self, outcome: Outcome) -> bool:
        """Say whether no part is known to differ from what stands, and the folder has the same files."""
        if not self.site.sealed or any(each.differs for each in outcome.done.values()):
            return False
        rows = self.site.client.get(str(self.site.base.name), "key", [FOLDER_KEY], ["value"])
        return not outcome.waiting or [row["value"] for row in rows] == [self.seen.digest]


def _same(folder: Path, scanned: Callable[[int], int | None], known: Known, state: FileState) -> bool:
    """Say whether a file still holds what a row was made of, without reading it if that is sure."""
    path, at_ns = folder / state.source, scanned(known.born)
    if known.state.size != state.size:
        return False
    if not known.sha256:  # could not be read: perhaps it can be now
        return state.size > MAX_FILE_BYTES or sha256_of(path) is None
    if at_ns is not None and known.state == state and settled(state, at_ns):
        return True
    return sha256_of(path) == known.sha256
