"""What we ask of Milvus about whole collections: plain operations, each of which may be done twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from index.errors import IndexStoreError
from index.milvus.address import Address
from index.milvus.connection import SLOW, Connection
from index.milvus.failures import Trouble, trouble_of
from index.milvus.fields import Field
from index.milvus.kinds import LITE, LITE_LACKS, index_of, schema_of


class Collections:
    """The collections of the server at an address."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._connection = Connection(address)

    def names(self) -> list[str]:
        """Return the names of all collections."""
        return sorted(self._connection.call(lambda milvus, seconds: milvus.list_collections(timeout=seconds)))

    def create(self, name: str, fields: Sequence[Field], properties: Mapping[str, str]) -> None:
        """Make a collection, its indexes too, and load it; one that is there is completed and loaded."""

        def make(milvus: Any, seconds: float) -> None:  # noqa: ANN401
            self._check(str(milvus.get_server_version(timeout=seconds)), fields)
            if not milvus.has_collection(name, timeout=seconds):
                schema = schema_of(fields)
                # Strong, since pages of rows (`Client.each`) are read at the level of the collection, whatever we say.
                milvus.create_collection(
                    name,
                    schema=schema,
                    properties=dict(properties),
                    consistency_level="Strong",
                    timeout=seconds,
                )
            indexed = set(milvus.list_indexes(name, timeout=seconds))
            for each in fields:
                if each.name not in indexed and (params := index_of(each)) is not None:
                    # Not waited for, which takes half a second each, since there is nothing to index yet.
                    milvus.create_index(name, params, timeout=seconds, sync=False)

        self._connection.call(make, seconds=SLOW)
        self.load(name)

    def drop(self, name: str) -> None:
        """Remove a collection; one that is not there is none to remove."""

        def drop(milvus: Any, seconds: float) -> None:  # noqa: ANN401
            if milvus.has_collection(name, timeout=seconds):
                milvus.drop_collection(name, timeout=seconds)

        self._connection.call(drop)

    def properties(self, name: str) -> dict[str, str]:
        """Return what was said of a collection when it was made."""
        told = self._connection.call(lambda milvus, seconds: milvus.describe_collection(name, timeout=seconds))
        return {str(key): str(value) for key, value in told.get("properties", {}).items()}

    def load(self, name: str) -> None:
        """Have a collection ready for questions."""
        self._connection.call(lambda milvus, seconds: milvus.load_collection(name, timeout=seconds), name, SLOW)

    def release(self, name: str) -> None:
        """Let a collection go from the server's memory."""
        self._connection.call(lambda milvus, seconds: milvus.release_collection(name, timeout=seconds))

    def flush(self, name: str) -> None:
        """Have all that was written indexed and on disk."""
        self._connection.call(lambda milvus, seconds: milvus.flush(name, timeout=seconds), name, SLOW)

    def pointed(self, alias: str) -> str | None:
        """Return the collection that an alias stands for; None if it stands for none."""
        return self._connection.call(lambda milvus, seconds: _pointed(milvus, alias, seconds))

    def point(self, alias: str, name: str) -> None:
        """Let an alias stand for a collection, in one call: there is no moment at which it stands for none.

        :raises IndexStoreError: if a collection is called as the alias is to be.
        """

        def point(milvus: Any, seconds: float) -> None:  # noqa: ANN401
            now = _pointed(milvus, alias, seconds)
            if now is None and alias in milvus.list_collections(timeout=seconds):
                told = "is a collection of its own there, which is not ours to replace: choose another name"
                raise IndexStoreError(f"{self.address}: {alias} {told}")
            if now is None:
                milvus.create_alias(name, alias, timeout=seconds)
            elif now != name:
                milvus.alter_alias(name, alias, timeout=seconds)

        self._connection.call(point)

    def server_version(self) -> str:
        """Return the version of the server."""
        return str(self._connection.call(lambda milvus, seconds: milvus.get_server_version(timeout=seconds)))

    def close(self) -> None:
        """Let go of the server; another call opens it again."""
        self._connection.close()

    def _check(self, version: str, fields: Sequence[Field]) -> None:
        """Refuse the kinds of index that Milvus Lite lacks: it says so only when it loads the collection again.

        :raises IndexStoreError: if there is one.
        """
        if version.startswith(LITE) and (lacking := {each.index for each in fields} & LITE_LACKS):
            told = f"Milvus Lite has no index of kind {', '.join(lacking)}: leave ?index= out of the address"
            raise IndexStoreError(f"{self.address}: {told}")


def _pointed(milvus: Any, alias: str, seconds: float) -> str | None:  # noqa: ANN401
    try:
        return str(milvus.describe_alias(alias, timeout=seconds)["collection_name"])
    except Exception as error:
        if trouble_of(error) is Trouble.GONE:
            return None
        raise
