"""Which generation of an index in Milvus is the sealed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import IndexCorruptError, IndexMissingError, IndexStoreError
from index.milvus.schema import MANIFEST_KEY, Names, Sealed
from index.store import Generation

if TYPE_CHECKING:
    from index.milvus.address import Address
    from index.milvus.client import Client


def current_sealed(client: Client) -> Sealed:
    """Return what the sealed generation says of itself.

    :raises IndexMissingError: if no build has finished there.
    :raises IndexFormatError: if another version of the format wrote it.
    :raises IndexCorruptError: if it cannot be read.
    """
    alias, where = client.address.collection, str(client.address)
    pointed = client.pointed(alias)
    while True:
        if pointed is None:
            told = "wait for all parts of its first build, or run"
            raise IndexMissingError(f"no index at {where}: {told} `sourcier index FOLDER --store {where}`")
        written, failure = _manifest(client, pointed)
        if written is not None:
            break
        before, pointed = pointed, client.pointed(alias)
        if pointed == before:
            if failure:
                raise failure
            raise IndexCorruptError(
                f"the index at {where} is damaged: {before} has no manifest;"
                f" run `sourcier index FOLDER --store {where} --rebuild`"
            )
    sealed = Sealed.from_json(written, where)
    if Names(alias).sealed(sealed.generation) != pointed:
        told = f"the collection {alias} stands for {pointed}, which is not of its index: choose another name"
        raise IndexCorruptError(f"the index at {where} is damaged: {told}")
    return sealed


def current_remote(client: Client) -> Generation:
    """Return the sealed generation by its manifest alone; raises as `current_sealed`."""
    return generation_of(client.address, current_sealed(client))


def generation_of(address: Address, sealed: Sealed) -> Generation:
    """Return a sealed generation as one on disk is told of. Its path is that of no folder."""
    return Generation(address.side / f"generation-{sealed.generation:06d}", sealed.manifest)


def _manifest(client: Client, collection: str) -> tuple[str | None, IndexStoreError | None]:
    """Return the manifest that a collection has, or what there was in its place: it may be removed any moment."""
    try:
        rows = client.get(collection, "key", [MANIFEST_KEY], ["key", "value"], strong=True)
    except IndexStoreError as error:
        return None, error
    return (rows[0]["value"] if rows else None), None
