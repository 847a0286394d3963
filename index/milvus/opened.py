"""An index in Milvus opened for reading, as `index.opened` opens one on disk."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.encoder import embedded
from index.milvus.address import Address
from index.milvus.catalogue import RemoteCatalogue
from index.milvus.client import Client
from index.milvus.current import current_sealed, generation_of
from index.milvus.passages import RemotePassages
from index.milvus.schema import Sealed
from index.milvus.searches import RemoteDense, RemoteLexical
from index.milvus.view import View
from index.opened import fitting_encoder
from index.types import Passage, WordMatrix
from index.words import unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CACHED_WORDS = 256  # passages whose words stay in memory: about 200 kB each


class RemoteIndex:
    """One sealed generation in Milvus. A later build leaves it as it was; the second after it removes it.

    :param client: of the server, which `close` lets go of.
    :raises IndexEncoderError: if this installation's encoders are not those that built it.
    """

    def __init__(self, client: Client, sealed: Sealed) -> None:
        self._client = client
        self.generation = generation_of(client.address, sealed)
        self.encoder = fitting_encoder(sealed.manifest, client.address, f" --store {client.address}")
        view = View(client, sealed)
        self.passages = RemotePassages(view)
        self.dense = RemoteDense(view, self.passages, recoverable=self.encoder is embedded())
        self.lexical = RemoteLexical(view)
        self.catalogue = RemoteCatalogue(view, self.passages)
        self._matrix = lru_cache(maxsize=_CACHED_WORDS)(_matrix)

    def words(self, passage: Passage) -> WordMatrix:
        """Return the words of a passage, by the embedded encoder whatever the index's is.

        :param passage: one of this index, with its packed words.
        """
        return self._matrix(passage.words)

    def query_vector(self, text: str, words: WordMatrix) -> NDArray[np.float32]:
        """Return the (1, dim) unit vector of a question, without reading it again if its words give it.

        :param words: the question's words, as the embedded encoder gives them.
        """
        return words.vector()[None] if self.encoder is embedded() else self.encoder.encode_queries([text])

    @property
    def version(self) -> str:
        """The version that answers name."""
        return self.generation.manifest.version

    @property
    def folder(self) -> Path:
        """The folder of articles that was indexed, perhaps on another machine."""
        return self.generation.folder

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


def _matrix(packed: bytes) -> WordMatrix:
    return embedded().matrix(unpack(packed))


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
