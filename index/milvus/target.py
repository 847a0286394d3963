"""What a build has to write, to undo and to mark as dead: what stands, compared with what the folder holds.

Whatever killed builds have left, one that follows this comes to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from index.types import FileState, Skipped

PASSED_OVER = -1
"""The size of a file that was not looked into: it has no state."""


@dataclass(frozen=True, slots=True)
class Known:
    """What stands of a document, or of a file that was skipped, for a reason.

    `died` is past every generation where nothing has replaced it.
    """

    doc_id: str
    born: int
    died: int
    sha256: str
    reason: str
    state: FileState
    passages: int

    @property
    def digest(self) -> str:
        """Of the document; empty if the file was not indexed."""
        return "" if self.reason else self.sha256


@dataclass(frozen=True, slots=True)
class Found:
    """What a build that did not end has left of a document, and the digest that the document had before."""

    known: Known
    before: str


@dataclass(frozen=True, slots=True)
class ToRead:
    """A file to be read, and the digest of the document that it was, or an empty one."""

    state: FileState
    before: str


@dataclass
class Target:
    """What is to be done so that generation `generation` holds what the folder does.

    `delete` are rows born in it that it must not have, `kill` and `revive` older ones that must die in it or live on;
    `touched` are those that stay, of files that have another state and the same bytes. `found` are rows born in it
    that stay, by document. The rest are counts: of the dying not marked yet, of what stays, and of documents compared
    with the generation before.
    """

    generation: int
    read: list[ToRead] = field(default_factory=list)
    tell: list[Skipped] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)
    kill: list[str] = field(default_factory=list)
    revive: list[str] = field(default_factory=list)
    touched: list[tuple[Known, FileState]] = field(default_factory=list)
    found: dict[str, Found] = field(default_factory=dict)
    unmarked: int = 0
    documents: int = 0
    passages: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def converged(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.read or self.tell or self.delete or self.revive or self.unmarked)

    @property
    def differs(self) -> bool:
        """Whether the generation holds anything else than the one before."""
        return bool(self.read or self.tell or self.kill or self.found)

    def count(self, before: str, now: str, passages: int = 0, times: int = 1) -> None:
        """Count a document that is indexed with a digest, or is not, and was before, or was not."""
        self.documents += times * bool(now)
        self.passages += times * passages
        self.added += times * bool(now and not before)
        self.changed += times * bool(now and before and now != before)
        self.removed += times * bool(before and not now)

    def read_again(self, doc_id: str, state: FileState) -> None:
        """Take back that what was found of a document stays."""
        found = self.found.pop(doc_id)
        self.count(found.before, found.known.digest, found.known.passages, -1)
        self.delete.append(doc_id)
        self.read.append(ToRead(state, found.before))


Same = Callable[[Known, FileState], bool]
"""Says whether a file still holds what a row was made of."""


def target_of(
    generation: int,
    rows: Iterable[Known],
    states: Iterable[tuple[str, FileState]],
    passed_over: Mapping[str, Skipped],
    same: Same,
) -> Target:
    """Compare what stands with what the folder holds.

    :param rows: what is there for `generation` or the one before, those of a document following one another.
    :param states: of the files to be indexed, with the ids of their documents, by source.
    :param passed_over: files that look like no article, by the ids that their documents would have.
    """
    target = Target(generation)
    wanted = dict(states)
    told = dict(passed_over)
    for doc_id, group in groupby(rows, key=lambda row: row.doc_id):
        _compare(target, [*group], wanted, told.pop(doc_id, None), same)
    target.read.extend(ToRead(state, "") for state in wanted.values())
    target.read.sort(key=lambda each: each.state.source)
    target.tell.extend(told.values())
    return target


def _compare(
    target: Target, rows: list[Known], wanted: dict[str, FileState], passed_over: Skipped | None, same: Same
) -> None:
    """Say what is to be done about the rows of one document."""
    doc_id = rows[0].doc_id
    old = next((row for row in rows if row.born < target.generation), None)
    new = next((row for row in rows if row.born == target.generation), None)
    before = old.digest if old else ""
    state = wanted.get(doc_id)

    def stays(row: Known) -> bool:
        if state:
            return row.state.size != PASSED_OVER and same(row, state)
        return bool(passed_over) and row.state.size == PASSED_OVER and row.reason == (passed_over or row).reason

    kept = next((row for row in (old, new) if row and stays(row)), None)
    if new and kept is not new:
        target.delete.append(doc_id)
    if old:
        _decide(target, old, kept is old)
    if kept:
        wanted.pop(doc_id, None)
        target.count(before, kept.digest, kept.passages)
        if kept is new:
            target.found[doc_id] = Found(kept, before)
        if state and kept.state != state:
            target.touched.append((kept, state))
    elif state:
        target.read.append(ToRead(wanted.pop(doc_id), before))
    else:
        if passed_over:
            target.tell.append(passed_over)
        target.count(before, "")


def _decide(target: Target, old: Known, lives: bool) -> None:
    """Say whether a document of the generation before lives on."""
    dying = old.died == target.generation
    if not lives:
        target.kill.append(old.doc_id)
        target.unmarked += not dying
    elif dying:
        target.revive.append(old.doc_id)
