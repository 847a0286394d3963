"""An index in Milvus opened for reading, as `index.opened` opens one on disk."""

from __future__ import annotations

from pathlib import Path

from index.encoder import embedded
from index.milvus.address import Address
from index.milvus.catalogue import RemoteCatalogue
from index.milvus.client import Client
from index.milvus.current import current_sealed, generation_of
from index.milvus.passages import RemotePassages
from index.milvus.schema import Sealed
from index.milvus.searches import RemoteDense, RemoteLexical
from index.milvus.view import View
from index.one_generation import OneGeneration


class RemoteIndex(OneGeneration):
    """One sealed generation in Milvus. A later build leaves it as it was; the second after it removes it.

    :param client: of the server, which `close` lets go of.
    :raises IndexEncoderError: if this installation's encoders are not those that built it.
    """

    def __init__(self, client: Client, sealed: Sealed) -> None:
        self._client = client
        super().__init__(generation_of(client.address, sealed), client.address, f" --store {client.address}")
        view = View(client, sealed)
        self.passages = RemotePassages(view)
        self.dense = RemoteDense(view, self.passages, recoverable=self.encoder is embedded())
        self.lexical = RemoteLexical(view)
        self.catalogue = RemoteCatalogue(view, self.passages)

    @property
    def place(self) -> str:
        """The address."""
        return str(self._client.address)

    @property
    def side(self) -> Path:
        """The folder of this machine that keeps what belongs to the index and no build writes."""
        return self._client.address.side

    def close(self) -> None:
        """Let go of the server."""
        self._client.close()


def open_remote(address: Address) -> RemoteIndex:
    """Open the sealed generation of an index in Milvus.

    :raises IndexFolderError: if it is missing, of another format or encoder, or the server fails.
    """
    client = Client(address)
    try:
        return RemoteIndex(client, current_sealed(client))
    except BaseException:
        client.close()
        raise
