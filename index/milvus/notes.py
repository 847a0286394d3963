"""What the parts of a build under way have done, as each of them notes it for whoever seals."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from index.errors import IndexEncoderError
from index.milvus.filters import one_of, starts_with
from index.milvus.frequencies import Counts
from index.milvus.part import Part
from index.milvus.schema import blob
from index.milvus.site import Site

_DONE, _BEGUN, _TERMS, _SEALING = "done", "begun", "terms", "sealing"
_TOKEN = 8  # bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """When a part first looked at its folder, by that machine's clock; what it wrote first is as it was then or later.

    :param folder: where the folder is on that machine.
    """

    scanned_ns: int
    folder: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a part holds of its generation, and how that differs from the one before.

    :param digest: of the names and sizes of all the folder's files, which all parts must have seen alike.
    :param scanned_ns: when it looked at them.
    :param folder: where they are on that machine.
    :param documents: that it holds, and so are `passages`.
    :param tokens: how many terms more it holds than before, or less.
    :param buckets: how many rows its change of document frequencies is in.
    :param differs: whether it holds anything else than before.
    """

    digest: str
    scanned_ns: int
    folder: str
    documents: int
    passages: int
    tokens: int
    buckets: int
    differs: bool
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes about the generation that is built at a site."""

    site: Site

    def under_way(self) -> bool:
        """Say whether any part has noted anything."""
        return self.site.client.count(self.site.parts, starts_with("key", f"{self.site.generation}/")) > 0

    def begun(self, part: Part) -> Begun | None:
        """Return what a part noted when it first began."""
        told = self._get(self._key(part, _BEGUN))
        return Begun(**json.loads(told)) if told else None

    def begin(self, part: Part, begun: Begun) -> None:
        """Note that a part has begun."""
        self._put(self._key(part, _BEGUN), json.dumps(asdict(begun)))

    def done(self, of: int) -> dict[int, Done]:
        """Return what those of so many parts have noted that have ended, by number."""
        keys = {self._key(Part(number, of), _DONE): number for number in range(1, of + 1)}
        rows = self.site.client.get(self.site.parts, "key", [*keys], ["key", "value"])
        return {keys[row["key"]]: Done(**json.loads(row["value"])) for row in rows}

    def end(self, part: Part, done: Done, counts: Counts | None = None) -> None:
        """Note that a part has ended.

        :param counts: by how much it changes document frequencies; by default, as noted already.
        """
        if counts is not None:
            rows = [blob(self._key(part, _TERMS, at), each.pack()) for at, each in counts.cut(done.buckets)]
            self.site.client.upsert(self.site.parts, rows)
        self._put(self._key(part, _DONE), json.dumps(asdict(done)))

    def counts(self, part: Part, done: Done) -> Iterator[Counts]:
        """Yield by how much a part changes document frequencies, in the order of their keys."""
        for at in range(done.buckets):
            yield Counts.unpack(self._get(self._key(part, _TERMS, at)) or "")

    def withdraw(self, part: Part) -> None:
        """Take back that a part has ended, and those of a folder cut otherwise: their rows are about to change."""
        ended = [row["key"] for row in self._all() if row["key"].endswith(f"/{_DONE}")]
        others = [self._key(Part(number, part.of), _DONE) for number in range(1, part.of + 1) if number != part.number]
        if keys := set(ended).difference(others):
            self.site.client.delete(self.site.parts, one_of("key", sorted(keys)))

    def sealing(self) -> list[Part]:
        """Return the parts whose writers seal the generation, or were killed while they did."""
        where = starts_with("key", self._mark(""))
        return [Part.parse(row["value"]) for row in self.site.client.each(self.site.parts, where, ["value"], "key")]

    def seal(self, part: Part) -> str:
        """Note that the generation is being sealed: nobody may change its rows. Return a token of that."""
        token = secrets.token_hex(_TOKEN)
        self._put(self._mark(token), str(part))
        return token

    def may_seal(self, token: str) -> bool:
        """Say whether nobody has taken back the right to seal."""
        return self._get(self._mark(token)) is not None

    def stop_sealing(self, token: str = "") -> None:
        """Take back the right to seal; that of all by default."""
        self.site.client.delete(self.site.parts, starts_with("key", self._mark(token)))

    def clear(self) -> None:
        """Remove all notes about the generation."""
        self.site.client.delete(self.site.parts, starts_with("key", f"{self.site.generation}/"))

    def _all(self) -> Iterator[dict[str, str]]:
        return self.site.client.each(self.site.parts, starts_with("key", f"{self.site.generation}/"), ["key"], "key")

    def _key(self, part: Part, *what: object) -> str:
        return "/".join(map(str, (self.site.generation, f"{part.number}-{part.of}", *what)))

    def _mark(self, token: str) -> str:
        return f"{self.site.generation}/{_SEALING}/{token}"

    def _get(self, key: str) -> str | None:
        rows = self.site.client.get(self.site.parts, "key", [key], ["value"])
        return str(rows[0]["value"]) if rows else None

    def _put(self, key: str, value: str) -> None:
        self.site.client.upsert(self.site.parts, [blob(key, value)])


def check_alike(site: Site, part: Part, waiting: Sequence[int]) -> None:
    """Look whether parts that are waited for were built otherwise since this one began, and so would not come.

    :raises IndexEncoderError: if they were, of the same folder.
    """
    notes, prefix = Notes(site), site.names.parts("")
    own, begun = notes.done(part.of).get(part.number), notes.begun(part)
    if not own or not begun:
        return
    for name in site.client.names():
        if name.startswith(prefix) and name != site.parts:
            done = Notes(replace(site, epoch=name.removeprefix(prefix))).done(part.of)
            same = {number for number, each in done.items() if each.digest == own.digest}
            others = [str(each) for each in waiting if each in same and done[each].scanned_ns > begun.scanned_ns]
            if others:
                raise IndexEncoderError(
                    f"{site.client.address}: part {', '.join(others)} of {part.of} was built by another encoder or by"
                    " other versions of libraries, or with --rebuild and this one without, or the reverse: run the"
                    " same command, of the same installation, for each part"
                )
