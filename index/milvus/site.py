"""Where a build writes: the collections of its generation, beside those that readers ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.errors import IndexStoreError, UsageError
from index.milvus.client import Client
from index.milvus.schema import (
    BLOB_FIELDS,
    DOCUMENT_FIELDS,
    MANIFEST_KEY,
    Names,
    Sealed,
    passage_fields,
)


class OvertakenError(IndexStoreError):
    """Another build was sealed, or may be: what this one compared with is not what stands."""


@dataclass(frozen=True, slots=True)
class Base:
    """The generation that stands: its number, 0 if there is none, and the collection that the alias names."""

    generation: int
    name: str | None

    @classmethod
    def of(cls, client: Client) -> Base:
        """Return the one that stands now.

        :raises UsageError: if the name is another's.
        """
        alias = client.address.collection
        name = client.pointed(alias)
        if name is None:
            if alias in client.names():
                raise UsageError(f"{client.address}: {alias} is a collection, not Sourcier's: choose another name")
            return cls(0, None)
        match = re.fullmatch(re.escape(Names(alias).sealed(0)[:-6]) + r"([0-9]{6,})", name)
        if not match:
            raise UsageError(f"{client.address}: {alias} stands for {name}, which is not ours: choose another name")
        return cls(int(match[1]), name)


def sealed_of(client: Client, base: Base) -> Sealed | None:
    """Return what the generation that stands says of itself; None if there is none.

    :raises IndexFormatError: if another version of the format wrote it.
    :raises OvertakenError: if it was replaced meanwhile.
    """
    if base.name is None:
        return None
    try:
        rows = client.get(base.name, "key", [MANIFEST_KEY], ["value"])
    except IndexStoreError as error:
        if client.pointed(client.address.collection) == base.name:
            raise
        raise OvertakenError(f"{client.address}: {base.name} is gone: run the same command again") from error
    if not rows:
        told = f"{base.name} has no manifest: run the same command again, and if that does not help, with --rebuild"
        raise OvertakenError(f"{client.address}: {told}")
    return Sealed.from_json(rows[0]["value"], str(client.address))


@dataclass(frozen=True, slots=True)
class Site:
    """Where the generation after `base` is written.

    :param stands: what `base` says of itself, if it can be read.
    :param sealed: the same, if the new one goes on from it.
    :param kind: of the index of the vectors.
    """

    client: Client
    base: Base
    stands: Sealed | None
    sealed: Sealed | None
    epoch: str
    kind: str

    @property
    def generation(self) -> int:
        """The number of the generation that is written."""
        return self.base.generation + 1

    @property
    def names(self) -> Names:
        """The names of the collections."""
        return Names(self.client.address.collection)

    @property
    def passages(self) -> str:
        """The collection of passages."""
        return self.names.passages(self.epoch)

    @property
    def documents(self) -> str:
        """The collection of documents."""
        return self.names.documents(self.epoch)

    @property
    def parts(self) -> str:
        """The collection of what each part has done."""
        return self.names.parts(self.epoch)

    def prepare(self, dim: int) -> None:
        """Make the collections that are not there.

        :param dim: of the vectors.
        """
        self.client.create(self.passages, passage_fields(dim, self.kind), {})
        self.client.create(self.documents, DOCUMENT_FIELDS, {})
        self.client.create(self.parts, BLOB_FIELDS, {})

    def check(self) -> None:
        """Look whether what this build compared with still stands.

        :raises OvertakenError: if it does not.
        """
        if self.client.pointed(self.names.alias) != self.base.name:
            told = "another build was sealed meanwhile: run the same command again"
            raise OvertakenError(f"{self.client.address}: {told}")
