"""Where an index is kept: in a folder of this machine, or in a Milvus that many machines share.

Nothing else knows of the latter. Its packages are imported when an address names it, and not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from index.build import Progress, bring_up_to_date
from index.opened import open_index
from index.protocols import Index
from index.store import Generation, read_current
from index.types import BuildReport

if TYPE_CHECKING:
    from index.milvus.address import Address
    from index.milvus.client import Client
    from index.milvus.part import Part


class Store(Protocol):
    """Where an index is kept."""

    @property
    def side(self) -> Path:
        """The folder of this machine that keeps what belongs to the index and no build writes; perhaps not there."""

    @property
    def shared(self) -> bool:
        """Whether it is built elsewhere: what answers from it only looks for a newer generation."""

    def current(self) -> Generation:
        """Return the live generation by its manifest alone.

        :raises IndexMissingError: if no build has finished there.
        :raises IndexFolderError: if it cannot be read.
        """

    def open(self) -> Index:
        """Open the live generation.

        :raises IndexFolderError: if it is missing, damaged, of another format or encoder, or cannot be reached.
        """

    def build(
        self, folder: Path, model: str | None = None, rebuild: bool = False, progress: Progress | None = None
    ) -> BuildReport:
        """Make the index say what a folder says now.

        :raises SourcierError: as `index.build.bring_up_to_date` does.
        """

    def close(self) -> None:
        """Let go of it. What was opened stays open."""


@dataclass(frozen=True, slots=True)
class LocalStore:
    """An index folder.

    :param path: where it is.
    """

    path: Path

    @property
    def side(self) -> Path:
        """The index folder itself."""
        return self.path

    @property
    def shared(self) -> bool:
        """False: it is of this machine."""
        return False

    def current(self) -> Generation:
        """Return the live generation by its manifest alone."""
        return read_current(self.path)

    def open(self) -> Index:
        """Open the live generation."""
        return open_index(self.path)

    def build(
        self, folder: Path, model: str | None = None, rebuild: bool = False, progress: Progress | None = None
    ) -> BuildReport:
        """Make the index say what a folder says now."""
        return bring_up_to_date(folder, self.path, model, rebuild=rebuild, progress=progress)

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def __str__(self) -> str:
        """Return where it is."""
        return str(self.path)


class MilvusStore:
    """A collection of a Milvus.

    :param address: where it is.
    :param part: the part of the folder's articles that `build` writes; all of them by default.
    """

    def __init__(self, address: Address, part: Part | None = None) -> None:
        self.address, self.part = address, part
        self._client: Client | None = None
        self._lock = Lock()

    @property
    def side(self) -> Path:
        """A folder of the user's."""
        return self.address.side

    @property
    def shared(self) -> bool:
        """True: `sourcier index` builds it, wherever that runs."""
        return True

    def current(self) -> Generation:
        """Return the live generation by its manifest alone."""
        from index.milvus.current import current_remote

        return current_remote(self._connected())

    def open(self) -> Index:
        """Open the live generation."""
        from index.milvus.opened import open_remote

        return open_remote(self.address)

    def build(
        self, folder: Path, model: str | None = None, rebuild: bool = False, progress: Progress | None = None
    ) -> BuildReport:
        """Make the index say what a folder says now, as far as its part goes."""
        from index.milvus.building import build
        from index.milvus.part import Part

        return build(self.address, folder, model, rebuild, progress, self.part or Part(1, 1))

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            client, self._client = self._client, None
        if client:
            client.close()

    def __str__(self) -> str:
        """Return the address."""
        return str(self.address)

    def _connected(self) -> Client:
        from index.milvus.client import Client

        with self._lock:
            if self._client is None:
                self._client = Client(self.address)
            return self._client


def store_of(text: str, part: str | None = None) -> MilvusStore:
    """Return the store of an address.

    :param part: `i/n`, the i-th of n parts of the folder's articles, which `build` writes.
    :raises UsageError: if either is not one.
    """
    from index.milvus.address import Address
    from index.milvus.part import Part

    return MilvusStore(Address.parse(text), None if part is None else Part.parse(part))
